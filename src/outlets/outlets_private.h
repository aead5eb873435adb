/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between outlets.c, where deliveries come and go, outlets_room.c, which lets
 * the spool go on, and outlets_gone.c, which ends what was said of sinks that
 * are no more. Nobody else includes this.
 */
#pragma once

#include "log.h"
#include "outlets.h"

struct outlet {
    char *name;
    const struct config_sink *config; /* NULL: not wanted any more */
    struct deliver *running;
    bool ending;       /* `running` was asked to end */
    bool complained;   /* that it cannot be started */
    uint64_t skipped;  /* events, not told yet */
    uint64_t skip_to;  /* where it was last asked to go on */
    bool skip_settled; /* and it has, and the spool had time to see it */
    struct log_limit refusals;
    struct replay replay; /* for its successor */
};

struct outlets {
    struct outlets_setup setup;
    char *directory; /* setup's, which goes with its configuration */
    struct outlet *items;
    size_t count, cap;
    sd_event_source *notices;
    sd_event_source *look;
};

/* The sink's entry, wanted or not any more; NULL if there is none. */
struct outlet *outlets_find(const struct outlets *o, const char *name);

/* Ends by events of our own what stands of sinks that have no entry. */
void outlets_end_gone(struct outlets *o);

/* The first record that somebody still needs. */
uint64_t outlets_least_needed(const struct outlets *o);

/*
 * The spool is full: a sink that may skip, and is the one that holds it, gives
 * up a part of the oldest that it has.
 */
void outlets_skip_some(struct outlets *o);
