/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What registry_fetch.c (one BMC after another) and registry_fleet.c (what
 * all BMCs have, and from time to time) share. Nobody else includes this.
 */
#pragma once

#include "registry/registry_cache.h"
#include "registry/registry_fetch.h"
#include "registry/registry_job.h"
#include "util/hashmap.h"
#include "util/worker.h"

#define REGISTRY_TOLD_MAX 1000 /* what BMCs can make us remember */

/* What becomes of one BMC. */
struct registry_visit {
    struct registry_fetch *owner;
    struct bmc *bmc;
    char *registries_url, *managers_url;
    struct registry_job *job;           /* running, or NULL */
    struct registry_visit *prev, *next; /* in the queue */
    bool queued;
    usec_t look_at; /* monotonic: before, there is nothing to do */
    usec_t done_at; /* monotonic; 0: never */
    struct registry_wait *waits;
};

struct registry_wait {
    struct registry_visit *visit;
    struct registry_wait *next;
    sd_event_source *timer;
    void (*on_ready)(void *userdata);
    void *userdata;
};

struct registry_fetch {
    struct registry_fetch_setup setup;
    struct registry_fetch_times times;
    const struct config *config;
    struct worker *worker;        /* for all that is slow */
    struct registry_cache *cache; /* NULL while registries.fetch is false */
    struct hashmap *visits;       /* by name of the BMC */
    struct hashmap *told;         /* what was said to be unusable, and why */
    struct registry_visit *first, *last; /* the queue */
    unsigned running;
    bool emptying;          /* inside registry_visit_run() */
    sd_event_source *later; /* runs the queue outside of our callers */
    sd_event_source *tend;
    usec_t swept; /* monotonic */
    bool quiet;
};

/* Has a BMC asked when its turn comes. */
void registry_visit_enqueue(struct registry_visit *v);

/* Asks those at the head of the queue, as many as may be at a time. */
void registry_visit_run(struct registry_fetch *f);

/* Takes it out of the queue, or ends its job without a result. */
void registry_visit_stop(struct registry_visit *v);

/* Stops it, and cancels who waits. */
void registry_visit_free(struct registry_visit *v);

/* What was said of a registry, as a key of `told`. The caller frees it. */
char *registry_visit_told_key(const char *name, const char *why);

/* Calls who waits for it, and forgets them. */
void registry_visit_release(struct registry_visit *v);
