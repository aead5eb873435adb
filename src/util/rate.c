/* SPDX-License-Identifier: Apache-2.0 */
/* See rate.h. */
#include "util/rate.h"

#include "util/macro.h"

void rate_note(struct rate *r, usec_t now, uint64_t count)
{
    if (r->count > 0 && now < r->notes[r->newest].at + RATE_STEP)
        return;
    if (r->count > 0)
        r->newest = (r->newest + 1) % RATE_NOTES;
    r->count = MIN_OF(r->count + 1, (size_t)RATE_NOTES);
    r->notes[r->newest].at = now;
    r->notes[r->newest].count = count;
}

double rate_per_second(const struct rate *r)
{
    size_t oldest = (r->newest + RATE_NOTES + 1 - r->count) % RATE_NOTES;
    usec_t time;

    if (r->count < 2)
        return 0;
    time = r->notes[r->newest].at - r->notes[oldest].at;
    return (double)(r->notes[r->newest].count - r->notes[oldest].count) *
           (double)USEC_PER_SEC / (double)time;
}
