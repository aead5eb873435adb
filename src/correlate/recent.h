/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was met lately: keys of 16 bytes, each remembered for a BMC until a
 * time. For duplicates (ids of events) and for what was cleared lately.
 *
 * Bounded, and fair: beyond `limit` entries in all, a BMC that has its share
 * (limit / BMCs) gives up its own oldest for each new one. So nobody pushes
 * out what others need, and there are never more than 2 x limit entries.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"
#include "util/macro.h"

#define RECENT_KEY_LEN 16
#define RECENT_SHARE_MIN 256u /* what every BMC may have, however many are */

struct recent_item {
    uint8_t key[RECENT_KEY_LEN];
    uint8_t id[RECENT_KEY_LEN]; /* of the event that was met */
    usec_t time;                /* that event's own */
    usec_t until;               /* on the clock of receipt */
    uint16_t live, log;         /* how often, pushed and read from a log */
    uint32_t bmc, before, after, chain; /* recent.c's own */
};

struct recent;

struct recent *recent_new(size_t limit);
void recent_free(struct recent *r);
DEFINE_FREEP(struct recent, recent_free);

/* The entry, or NULL; also one whose time is over. Until the next put. */
struct recent_item *recent_find(const struct recent *r,
                                const uint8_t key[RECENT_KEY_LEN]);

/*
 * Finds or makes the entry and sets its end; what this BMC has that is over
 * at `now` is forgotten on the way.
 */
struct recent_item *recent_put(struct recent *r, const char *bmc,
                               const uint8_t key[RECENT_KEY_LEN], usec_t now,
                               usec_t until);

size_t recent_count(const struct recent *r);
