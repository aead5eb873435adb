/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of a way; see chooser.h. A way that rests is never given up: that
 * a BMC has no stream may be true of its firmware until next week. Rests grow
 * so that a way that fails for good costs a few requests an hour.
 */
#include "keep/chooser.h"

#include "util/macro.h"

#define TRIES 3 /* failures in a row that make a way rest */
/* About as long as a BMC takes to reboot, or an operator to free a place. */
#define REST_STANDARD (5 * USEC_PER_MINUTE)
#define REST_CEILING 12 /* rests, an hour */
#define DOUBLINGS_MAX 8u /* beyond the ceiling in any case */

static usec_t first_rest(const struct chooser *c)
{
    return c->rest ? c->rest : REST_STANDARD;
}

bool chooser_rests(const struct chooser *c, enum way way, usec_t now)
{
    return now < c->ways[way].rests_until;
}

enum way chooser_pick(const struct chooser *c,
                      const struct chooser_offer *offer, usec_t now)
{
    enum way first = WAY_NONE;

    for (size_t i = 0; i < offer->count; i++) {
        enum way way = offer->order[i];

        if (!chooser_rests(c, way, now))
            return way;
        if (first == WAY_NONE ||
            c->ways[way].rests_until < c->ways[first].rests_until)
            first = way;
    }
    return first;
}

usec_t chooser_better(const struct chooser *c,
                      const struct chooser_offer *offer, enum way way,
                      enum way *ret_better)
{
    usec_t first = USEC_INFINITY;

    for (size_t i = 0; i < offer->count && offer->order[i] != way; i++) {
        usec_t until = c->ways[offer->order[i]].rests_until;

        if (until >= first)
            continue;
        first = until;
        if (ret_better)
            *ret_better = offer->order[i];
    }
    return first;
}

bool chooser_failed(struct chooser *c, enum way way, usec_t now)
{
    unsigned doublings = MIN_OF(c->ways[way].rests, DOUBLINGS_MAX);

    if (++c->ways[way].failures < TRIES)
        return false;
    /* Three tries again after the rest, not one. */
    c->ways[way].failures = 0;
    c->ways[way].rests++;
    c->ways[way].rests_until =
        now + MIN_OF(first_rest(c) << doublings, first_rest(c) * REST_CEILING);
    return true;
}

void chooser_absent(struct chooser *c, enum way way, usec_t now)
{
    c->ways[way].failures = 0;
    /*
     * Not counted as a rest: once it is there, its first failures are as any.
     */
    c->ways[way].rests_until = now + first_rest(c) * REST_CEILING;
}

void chooser_steady(struct chooser *c, enum way way)
{
    c->ways[way].failures = c->ways[way].rests = 0;
    c->ways[way].rests_until = 0;
}
