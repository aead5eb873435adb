/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask a BMC now: so many requests at a time over the fleet, so many at
 * one BMC. Each BMC is a lane whose turns go in order; the lanes take turns,
 * so that one with a long queue does not hold up the others. BMCs that are slow
 * or did not answer last time share a quarter of the places: their time-outs
 * must not keep the good ones waiting. Nor must those of which that is not
 * known yet: when all places are taken and others wait, one that can be asked
 * again gives up its place after GATE_PATIENCE. Pure: takes `now`, starts
 * nothing itself.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/clock.h"

/* Most BMCs answer in less than one second, the slowest in some. */
#define GATE_PATIENCE (5 * USEC_PER_SEC)

struct gate_lane;

/* One request; part of what its owner knows of it. */
struct gate_turn {
    void (*begin)(struct gate_turn *turn); /* the owner's, for its turn */
    struct gate_lane *lane;        /* while it waits or runs, else NULL */
    struct gate_turn *prev, *next; /* of those that wait, or that run */
    usec_t since;                  /* it runs; monotonic */
    bool running;
    bool silent; /* it runs as one of a silent lane */
    bool yields; /* it can be asked again */
};

struct gate_list {
    struct gate_lane *first, *last;
};

/* One BMC; zeroed at first, with `limit` set. */
struct gate_lane {
    struct gate_turn *first, *last; /* that wait */
    unsigned running;
    unsigned limit;    /* so many at a time; gate_set_limit() */
    usec_t rest_until; /* it asked for a pause; 0: it did not */
    bool silent;       /* no answer last time, or late; before gate_leave() */
    struct gate_list *list;
    struct gate_lane *prev, *next;
};

/* Zeroed at first, with `max` set. */
struct gate {
    unsigned max; /* so many at a time, in all */
    unsigned running, running_silent;
    struct gate_list ready, silent, resting;
    struct gate_turn *first, *last; /* that run, the oldest first */
    usec_t wake; /* the earliest rest_until of `resting`, or before it */
    bool alternate;
};

/* Has a turn wait behind those of its lane, or before them. */
void gate_wait(struct gate *g, struct gate_lane *lane, struct gate_turn *turn);
void gate_wait_first(struct gate *g, struct gate_lane *lane,
                     struct gate_turn *turn);

/* The turn that may begin now, and runs from here on; NULL: none may. */
struct gate_turn *gate_next(struct gate *g, usec_t now);

/* `in` takes the place of `out`, which runs, and waits from now on, first. */
void gate_swap(struct gate *g, struct gate_turn *out, struct gate_turn *in);

/* It is over, or gives up waiting. In neither, nothing happens. */
void gate_leave(struct gate *g, struct gate_turn *turn);

/* How many of a lane may run; 0 shuts it. */
void gate_set_limit(struct gate *g, struct gate_lane *lane, unsigned limit);

/* Nothing of the lane begins before `until` (monotonic). */
void gate_rest(struct gate *g, struct gate_lane *lane, usec_t until);

/*
 * One that has had its time while others wait, to be stopped, and to wait
 * again as one of a silent lane; or NULL.
 */
struct gate_turn *gate_stale(const struct gate *g, usec_t now);

/* When those two are to be asked though nothing happened; or never. */
usec_t gate_due(const struct gate *g);
