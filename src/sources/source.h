/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where payloads come from. A source is one file, one row in source.c and one
 * line of the makefile; it lives on the loop, hands payloads to the pipeline
 * and, where its protocol has an answer, gives it once the ticket is durable.
 */
#pragma once

#include <systemd/sd-event.h>

#include "bmc.h"
#include "config.h"
#include "pipeline.h"
#include "sources/pace.h"
#include "spool.h"
#include "util/error.h"

struct discoverer;
struct backfill;
struct keep;
struct notebook;
struct proof;
struct registry_fetch;
struct recheck;
struct subscriber;
struct talk;

struct source; /* each type begins its own structure as it likes */

/* What the daemon lends to every source; lives longer than they do. */
struct source_host {
    sd_event *loop;
    struct spool *spool;
    struct pipeline *pipeline;
    struct fleet *fleet;
    struct talk *talk;                 /* asks BMCs */
    struct notebook *notebook;         /* over restarts; NULL: there is none */
    struct discoverer *discoverer;     /* what they say of themselves */
    struct registry_fetch *registries; /* reads those of BMCs */
    struct backfill *backfill;         /* reads logs; NULL: nobody does */
    struct subscriber *subscriber;     /* webhook subscriptions at BMCs */
    struct recheck *recheck; /* whether what is open is still so; or NULL */
    struct keep *keep;       /* says who is listened to, and how */
    struct proof *proof;     /* asks BMCs for test events */
    struct pace pace;        /* who sends beside whom, by any of them */
};

struct source_type {
    const char *name;

    /* Makes the source, idle. */
    struct source *(*create)(struct source_host *host);

    /*
     * Does everything of a new configuration that can fail (binds addresses,
     * reads certificates) beside what runs. Nothing changes until adopt();
     * after a failure anywhere abandon() throws the preparation away.
     */
    int (*prepare)(struct source *s, const struct config *config,
                   struct error *err);
    void (*adopt)(struct source *s, const struct config *config);
    void (*abandon)(struct source *s);

    /* A BMC leaves the fleet; nothing may point to it afterwards. */
    void (*remove_bmc)(struct source *s, struct bmc *bmc);

    /* spool_durable() or spool_state() changed. */
    void (*spool_changed)(struct source *s, uint64_t durable,
                          enum spool_state state);

    /* No new payloads; those under way are finished by spool_changed(). */
    void (*quiesce)(struct source *s);

    /* How many payloads wait for their ticket. */
    size_t (*waiting)(const struct source *s);

    void (*destroy)(struct source *s);
};

/* All types, in order; ends with NULL. */
extern const struct source_type *const source_types[];

extern const struct source_type source_webhook;
extern const struct source_type source_sse;
extern const struct source_type source_poll;
