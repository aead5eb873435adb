/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has fallen silent, and whether it is them or us. In a small fleet a BMC
 * that does not answer is told at once. In one of twenty or more it is told a
 * minute later: if by then so many fell within two minutes that the collector
 * itself must be cut off (twenty, and one in twenty), one message stands for
 * all of them until most are back. Pure: tests drive it in virtual time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/clock.h"

enum presence_state {
    PRESENCE_HERE,
    PRESENCE_FALLEN,  /* silent, not told yet */
    PRESENCE_TOLD,    /* silent, and told by itself */
    PRESENCE_COVERED, /* silent, the isolation stands for it */
};

/* Part of what stands for one BMC; begins as zeroes, here. */
struct presence_member {
    struct presence_member *prev, *next; /* among the silent, oldest first */
    enum presence_state state;
    usec_t fell;
};

struct presence {
    struct presence_member *oldest, *newest;
    size_t members; /* in all, the silent included; kept by the owner */
    size_t covered;
    bool isolated;
    usec_t connected_from; /* no end of the isolation is concluded before */

    /* To be told; each may look at the presence, not change it. */
    void (*on_silent)(void *userdata, struct presence_member *m);
    void (*on_isolated)(void *userdata, size_t silent, size_t members);
    void (*on_connected)(void *userdata);
    void *userdata;
};

/* It does not answer. No change if that is known. */
void presence_fell(struct presence *p, struct presence_member *m, usec_t now);

/* It gives a sign of life; true if its silence had been told by itself. */
bool presence_back(struct presence *p, struct presence_member *m, usec_t now);

/* As presence_back(), but it leaves the fleet: nothing is concluded. */
void presence_forget(struct presence *p, struct presence_member *m);

/* Tells what is due; to be called every few seconds. */
void presence_run(struct presence *p, usec_t now);
