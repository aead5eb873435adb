/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sinks of the configuration in force: a delivery for each, handed over
 * without a gap on reload, their notices turned into lines of the log and
 * events of our own, the spool released as they get on, and one that may skip
 * made to when it would silence the fleet. Loop thread only; never blocks.
 */
#pragma once

#include <systemd/sd-event.h>

#include "config.h"
#include "deliver.h"
#include "pipeline.h"
#include "projector.h"

struct outlets;

struct outlets_setup {
    sd_event *loop;
    struct spool *spool;
    struct pipeline *pipeline;
    struct quarantine *quarantine;
    struct notice_queue *notices;
    const struct projector *projector;
    struct correlator *correlator; /* whose held records stay; or NULL */
    const char *directory;         /* of the cursors */

    /* A reload's hand-over is done: the configuration before is unused. */
    void (*on_adopted)(void *userdata);
    void *userdata;
};

int outlets_new(const struct outlets_setup *setup, struct outlets **ret,
                struct error *err);

/* Ends all deliveries, in at most DELIVER_STOP_TIME, and frees. */
void outlets_free(struct outlets *o);

/*
 * Delivers by this configuration from now on: deliveries end with what they
 * have in flight and begin again with the new options. on_adopted() tells
 * when the last has; not to be called again before.
 */
void outlets_adopt(struct outlets *o, const struct config *config);

/*
 * Has a sink send again what it has had; -ENOENT if none of that name runs. It
 * outlasts a reload, and not the program.
 */
int outlets_replay(struct outlets *o, const char *sink,
                   const struct replay_window *window);

/* Opens files again and tries now what is down (a SIGHUP that adopts nothing).
 */
void outlets_reopen(struct outlets *o);

/* The figures of one sink after another: false at the end. */
bool outlets_next(const struct outlets *o, size_t *cursor,
                  const char **ret_name, struct deliver_stats *ret);

/* Releases the spool and helps it when it is full; about once a second. */
void outlets_tend(struct outlets *o);
