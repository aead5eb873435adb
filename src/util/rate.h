/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a counter runs at present: over the last ten minutes, or since the
 * first note if that is less. Zeroed at first. Pure.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"

#define RATE_STEP (10 * USEC_PER_SEC)
#define RATE_NOTES 61

struct rate {
    struct {
        usec_t at; /* monotonic */
        uint64_t count;
    } notes[RATE_NOTES]; /* a ring */
    size_t count, newest;
};

/* What the counter says now; more than one in RATE_STEP is passed over. */
void rate_note(struct rate *r, usec_t now, uint64_t count);

/* Per second; 0 before the second note, and where nothing moves. */
double rate_per_second(const struct rate *r);
