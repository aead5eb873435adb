/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which way a BMC is listened to: the best of those that it offers and that
 * do not rest. A way rests after three failures in a row, each time for
 * longer, or at once if the BMC does not have it; then it is tried again, so
 * that a BMC that lost its stream comes back to it by itself. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/clock.h"

enum way { WAY_NONE, WAY_SSE, WAY_WEBHOOK, WAY_POLL, WAY_COUNT };

/* The ways that come into question, the best first. */
struct chooser_offer {
    enum way order[WAY_COUNT];
    size_t count;
};

/* Begins as zeroes; owned by whoever chooses. */
struct chooser {
    usec_t rest; /* the first, doubled up to twelve times it; 0: 5 minutes */
    struct {
        unsigned failures; /* in a row */
        unsigned rests;    /* since it last was steady */
        usec_t rests_until;
    } ways[WAY_COUNT];
};

/*
 * The way to take now. If all rest, the one that wakes first: something is
 * always tried. WAY_NONE only for an empty offer.
 */
enum way chooser_pick(const struct chooser *c,
                      const struct chooser_offer *offer, usec_t now);

/* Whether it rests at `now`: it was lately found not to work. */
bool chooser_rests(const struct chooser *c, enum way way, usec_t now);

/*
 * When a way better than `way` may be tried, USEC_INFINITY if there is none;
 * that way is *ret_better (may be NULL).
 */
usec_t chooser_better(const struct chooser *c,
                      const struct chooser_offer *offer, enum way way,
                      enum way *ret_better);

/* It failed; true if it rests now. */
bool chooser_failed(struct chooser *c, enum way way, usec_t now);

/* The BMC does not have it: it rests as long as any does, an hour. */
void chooser_absent(struct chooser *c, enum way way, usec_t now);

/* It worked long enough, or brought something: all is forgiven. */
void chooser_steady(struct chooser *c, enum way way);
