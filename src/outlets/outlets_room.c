/* SPDX-License-Identifier: Apache-2.0 */
/* What the spool may forget, and who gives up when it is full. */
#include "outlets/outlets_private.h"

#include "util/macro.h"

#define SKIP_PART 8 /* a skipping sink gives up an eighth of its backlog */

static bool may_skip(const struct outlet *outlet)
{
    return outlet->config && outlet->config->when_full == WHEN_FULL_SKIP;
}

/*
 * The least that the readers have dealt with, durably: of all, or without the
 * sinks that may skip. Of a sink that cannot be started nobody knows: nothing.
 */
static uint64_t least_saved(const struct outlets *o, bool of_all)
{
    uint64_t least = projector_cursor(o->setup.projector);
    struct deliver_stats stats;

    for (size_t i = 0; i < o->count; i++) {
        if (!of_all && may_skip(&o->items[i]))
            continue;
        if (!o->items[i].running && o->items[i].config)
            return 0;
        if (!o->items[i].running)
            continue;
        deliver_stats(o->items[i].running, &stats);
        least = MIN_OF(least, stats.saved);
    }
    return least;
}

/* Whether what it skipped last has had its effect: else it skips too much. */
static bool has_skipped(struct outlet *outlet, const struct deliver_stats *s)
{
    bool settled = outlet->skip_settled;

    if (s->saved + 1 < outlet->skip_to)
        return false;
    outlet->skip_settled = true;
    return settled;
}

void outlets_skip_some(struct outlets *o)
{
    uint64_t floor = least_saved(o, false);
    struct deliver_stats stats;

    for (size_t i = 0; i < o->count; i++) {
        struct outlet *outlet = &o->items[i];

        if (!outlet->running || !may_skip(outlet))
            continue;
        deliver_stats(outlet->running, &stats);
        if (stats.seq >= floor || !has_skipped(outlet, &stats))
            continue;
        outlet->skip_to = stats.seq + 1 + (floor - stats.seq) / SKIP_PART;
        outlet->skip_settled = false;
        deliver_skip(outlet->running, outlet->skip_to);
    }
}

uint64_t outlets_least_needed(const struct outlets *o)
{
    uint64_t needed = least_saved(o, true) + 1;

    if (o->setup.correlator)
        needed = MIN_OF(needed, correlate_oldest_held(o->setup.correlator));
    return needed;
}
