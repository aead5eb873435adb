/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exponential back-off with jitter: each failure doubles the wait up to a
 * ceiling, and half of each wait is random so that thousands do not return at
 * once. Pure: the caller supplies the random number.
 */
#pragma once

#include <stdint.h>

#include "util/clock.h"

struct backoff {
    usec_t first;   /* delay after the first failure */
    usec_t ceiling; /* no delay is longer */
    unsigned failures;
};

/* The delay to wait now; `random` is any 32 random bits. */
usec_t backoff_next(struct backoff *b, uint32_t random);

/* To be called after a success: the next failure waits `first` again. */
void backoff_reset(struct backoff *b);
