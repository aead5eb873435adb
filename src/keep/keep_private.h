/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of keep share: keep.c (the life of one BMC), keep_ways.c
 * (choosing and changing the way), keep_gap.c (reading what was missed) and
 * keep_watch.c (the fleet, from time to time).
 */
#pragma once

#include "keep.h"
#include "keep/presence.h"
#include "util/backoff.h"

struct discovery;
struct registry_wait;

enum life_state {
    LIFE_WAITING,     /* until the timer begins again */
    LIFE_DISCOVERING, /* the service is read */
    LIFE_REGISTRIES,  /* its registries are waited for */
    LIFE_STARTING,    /* the way has not told yet */
    LIFE_LISTENING,   /* the way is up */
};

/* One BMC, as long as it is in the fleet; owned by the keep. */
struct life {
    struct keep *owner;
    struct bmc *bmc;
    char *signature; /* of the configuration that it was begun with */
    enum life_state state;
    enum way way;   /* in use, or just tried */
    enum way trial; /* a better one that is tried beside it */
    struct chooser chooser;
    char *missing[WAY_COUNT]; /* why it does not have a way; NULL: it may */
    bool nothing;             /* it had none of its ways when last asked */
    struct backoff backoff;
    struct discovery *discovery;
    struct registry_wait *registries;
    sd_event_source *timer; /* begins again, or tries a better way */
    usec_t due;             /* monotonic, of the timer; USEC_INFINITY: off */
    usec_t since;           /* monotonic, of the state */
    usec_t silent_since;    /* monotonic, of the first failure; 0: answers */
    bool heartbeat_missed;  /* and a look was taken */
    uint64_t gaps_seen;     /* of bmc->gaps, and when they were read for */
    usec_t gap_read;
    bool caught_up; /* since the start of the program */
    struct {
        struct backfill_run *run;
        sd_event_source *timer; /* until it is tried again */
        struct backoff backoff;
        bool told; /* that it could not be read, since it last was */
    } gap;
    struct talk_exchange *ask; /* whether a quiet one is there */
    struct presence_member presence;
    char *error;     /* the last one, or NULL */
    usec_t error_at; /* real */
};

struct keep {
    struct source_host *host;
    const struct config *config;
    struct hashmap *lives; /* by BMC name */
    struct presence presence;
    struct {
        const struct way_type *type;
        void *userdata;
    } ways[WAY_COUNT];
    sd_event_source *sweep;
    size_t swept; /* so far; where the next slice of the lives begins */
    bool quiet;   /* the program ends */
};

/* NULL for one that is not kept. */
struct life *keep_find_life(const struct keep *k, const struct bmc *bmc);

void life_set_state(struct life *l, enum life_state state);

/* The timer, `delay` from now. */
void life_wake_after(struct life *l, usec_t delay);

/* Everything that is under way is stopped, then it begins after `delay`. */
void life_restart(struct life *l, usec_t delay);

/* It answers. */
void life_answers(struct life *l);

/* The last thing that went wrong. */
void life_note(struct life *l, const struct error *err);

/*
 * `verb` did not work: a refusal (status) is told at once, no answer (0) as
 * presence.h decides.
 */
void life_failed(struct life *l, unsigned status, const char *verb,
                 const struct error *err);

/* ---- keep_ways.c */

/* Starts the best way that the BMC offers now. */
void life_start_way(struct life *l);
void life_stop_ways(struct life *l);

/* The timer of a life that listens: a better way has rested enough. */
void life_try_better(struct life *l);

/* ---- keep_gap.c */

/* Reads the logs for what may have been missed, again until that works. */
void life_catch_up(struct life *l, const char *why);
void life_stop_catching_up(struct life *l);

/* ---- keep_watch.c */

void keep_watch_start(struct keep *k);
void keep_watch_stop(struct keep *k);
