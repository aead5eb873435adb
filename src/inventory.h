/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How it stands with each BMC, in the words that people and metrics use, put
 * together from what the rooms know that deal with it; and the sum over the
 * fleet. Looks only, changes nothing. Loop thread only.
 */
#pragma once

#include "bmc.h"

struct keep;
struct source_host;

enum inventory_state {
    INVENTORY_STARTING, /* nothing went wrong yet, or for too short a while */
    INVENTORY_PASSIVE,  /* only listened to, never asked */
    INVENTORY_LISTENING,
    INVENTORY_REFUSED, /* it answers, but refuses what we need */
    INVENTORY_LOCKED,  /* it refused our password: a pause is kept */
    INVENTORY_SILENT,  /* it does not answer */
    INVENTORY_LEFT,    /* trawlctl unsubscribe; until a reload */
    INVENTORY_STATES
};

enum inventory_way {
    INVENTORY_NO_WAY,
    INVENTORY_SSE,
    INVENTORY_WEBHOOK,
    INVENTORY_POLL,
    INVENTORY_WAYS
};

struct inventory_row {
    enum inventory_state state;
    enum inventory_way way; /* by which it is listened to now */
    bool degraded;          /* a better one does not work at present */
    bool flow_broken;       /* but a test event did not arrive */
    usec_t since;           /* real, of the state; 0: not known */
    usec_t next;            /* real, of the next attempt; 0: none is due */
    const char *error;      /* the last one, or NULL; until the loop turns */
    usec_t error_at;        /* real */
};

struct inventory_sums {
    size_t bmcs;
    size_t states[INVENTORY_STATES];
    size_t ways[INVENTORY_WAYS]; /* of those that are listening */
    size_t degraded;
    size_t flow_broken;
    usec_t oldest_event; /* real, of the BMC quiet for longest; 0: none */
    size_t never;        /* had no event since the start */
};

/* "listening", …; "sse", …, "none". */
const char *inventory_state_name(enum inventory_state state);
const char *inventory_way_name(enum inventory_way way);

/* That of a host; NULL for NULL. */
const struct keep *inventory_keep(const struct source_host *host);

/* `keep` may be NULL: then nobody is listening. */
void inventory_describe(const struct keep *keep, const struct bmc *bmc,
                        struct inventory_row *ret);

void inventory_sum(const struct keep *keep, const struct fleet *fleet,
                   struct inventory_sums *ret);
