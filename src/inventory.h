/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How it stands with each BMC, in the words that people and metrics use, put
 * together from what the rooms know that deal with it; and the sum over the
 * fleet. Looks only, changes nothing. Loop thread only.
 */
#pragma once

#include "bmc.h"

enum inventory_state {
    INVENTORY_STARTING, /* nothing is known yet */
    INVENTORY_PASSIVE,  /* only listened to, never asked */
    INVENTORY_LISTENING,
    INVENTORY_REFUSED, /* it answers, but refuses what we need */
    INVENTORY_LOCKED,  /* it refused our password: a pause is kept */
    INVENTORY_SILENT,  /* it does not answer */
    INVENTORY_STATES
};

struct inventory_row {
    enum inventory_state state;
    const char *way; /* "sse", "webhook" …; NULL: none now */
};

struct inventory_sums {
    size_t bmcs;
    size_t states[INVENTORY_STATES];
    usec_t oldest_event;        /* real, of the BMC quiet for longest; or 0 */
    const struct bmc *quietest; /* which that is, or NULL */
    size_t never;               /* had no event since the start */
};

/* "listening", … */
const char *inventory_state_name(enum inventory_state state);

/* Whether somebody should see to it. */
bool inventory_is_bad(enum inventory_state state);

void inventory_describe(const struct bmc *bmc, struct inventory_row *ret);

void inventory_sum(const struct fleet *fleet, struct inventory_sums *ret);
