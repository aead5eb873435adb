/* SPDX-License-Identifier: Apache-2.0 */
/* Exponential back-off with jitter; see backoff.h. */
#include "util/backoff.h"

usec_t backoff_next(struct backoff *b, uint32_t random)
{
    usec_t delay = b->first;

    for (unsigned i = 0; i < b->failures && delay < b->ceiling; i++)
        delay *= 2;
    if (delay > b->ceiling)
        delay = b->ceiling;
    b->failures++;
    return delay / 2 + delay / 2 * (random >> 16) / 65535;
}

void backoff_reset(struct backoff *b)
{
    b->failures = 0;
}
