/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Trawl tells of itself over HTTP: /metrics in the text form of
 * Prometheus, with both laws of conservation; /metrics/bmcs, the same with
 * series for each BMC, which in a large fleet only who wants them should ask
 * for; and /healthz, which is 200 while the spool takes events and 503 with a
 * reason while it does not.
 */
#pragma once

#include <systemd/sd-event.h>

#include "bmc.h"
#include "correlate/conditions.h"
#include "ledger.h"
#include "outlets.h"
#include "quarantine.h"
#include "spool.h"
#include "util/error.h"

struct metrics;
struct source_host;

struct metrics_view {
    struct spool *spool;
    const struct ledger *ledger;
    const struct fleet *fleet;
    const struct source_host *host; /* may be NULL: nobody is asked */
    const struct outlets *outlets;
    struct quarantine *quarantine;
    const struct conditions *conditions;
    const struct spool_recovery *recovery;
    usec_t started;            /* real */
    uint64_t reloads;          /* adopted */
    uint64_t reload_errors;    /* refused */
    struct error reload_error; /* why the last was refused; "": it was not */
};

/* All metrics of the whole as text. */
void metrics_write(const struct metrics_view *view, struct buffer *out);

/* Those of each single BMC. */
void metrics_write_bmcs(const struct metrics_view *view, struct buffer *out);

/* A line on the state of all: "ok", or why not; true if ok. */
bool metrics_health(const struct metrics_view *view, struct buffer *out);

/* `view` must outlive the object. */
struct metrics *metrics_new(sd_event *loop, const struct metrics_view *view);
void metrics_free(struct metrics *m);

/*
 * The address to listen on (NULL: none), in the three steps of a reload: see
 * struct source_type.
 */
int metrics_prepare(struct metrics *m, const char *address, struct error *err);
void metrics_adopt(struct metrics *m);
void metrics_abandon(struct metrics *m);
