/* SPDX-License-Identifier: Apache-2.0 */
/* See inventory.h. */
#include "inventory.h"

#include <string.h>

#include "keep.h"
#include "reach.h"

const char *inventory_state_name(enum inventory_state state)
{
    static const char *const names[INVENTORY_STATES] = {
        [INVENTORY_STARTING] = "starting",   [INVENTORY_PASSIVE] = "passive",
        [INVENTORY_LISTENING] = "listening", [INVENTORY_REFUSED] = "refused",
        [INVENTORY_LOCKED] = "locked",       [INVENTORY_SILENT] = "silent",
        [INVENTORY_LEFT] = "left",
    };

    return names[state];
}

const char *inventory_way_name(enum inventory_way way)
{
    static const char *const names[INVENTORY_WAYS] = {
        [INVENTORY_NO_WAY] = "none",
        [INVENTORY_SSE] = "sse",
        [INVENTORY_WEBHOOK] = "webhook",
        [INVENTORY_POLL] = "poll",
    };

    return names[way];
}

/* What went wrong counts, unless it is listened to all the same. */
static enum inventory_state state_of(const struct bmc *bmc,
                                     const struct keep_view *view)
{
    if (bmc->config->receive == RECEIVE_PASSIVE)
        return INVENTORY_PASSIVE;
    if (strcmp(view->state, "listening") == 0)
        return INVENTORY_LISTENING;
    if (strcmp(view->state, "passive") == 0) /* for keep, not by its rule */
        return INVENTORY_LEFT;
    if (reach_is_held(bmc))
        return INVENTORY_LOCKED;
    if (bmc->unreachable || strcmp(view->state, "silent") == 0)
        return INVENTORY_SILENT;
    return bmc->refused ? INVENTORY_REFUSED : INVENTORY_STARTING;
}

static enum inventory_way way_named(const char *name)
{
    int way = INVENTORY_WAYS - 1;

    while (way > 0 &&
           strcmp(name, inventory_way_name((enum inventory_way)way)) != 0)
        way--;
    return (enum inventory_way)way;
}

const struct keep *inventory_keep(const struct source_host *host)
{
    return host ? host->keep : NULL;
}

void inventory_describe(const struct keep *keep, const struct bmc *bmc,
                        struct inventory_row *ret)
{
    struct keep_view view = {.state = "starting"};

    if (keep)
        keep_describe(keep, bmc, &view);
    *ret = (struct inventory_row){
        .state = state_of(bmc, &view),
        .degraded = view.degraded,
        .since = view.since,
        .next = view.next,
        .error = view.error,
        .error_at = view.error_at,
    };
    if (ret->state == INVENTORY_LISTENING && view.way)
        ret->way = way_named(view.way);
    ret->flow_broken = ret->state == INVENTORY_LISTENING && bmc->flow_broken;
}

static void add_event(struct inventory_sums *sums, usec_t last_event)
{
    if (last_event == 0)
        sums->never++;
    else if (sums->oldest_event == 0 || last_event < sums->oldest_event)
        sums->oldest_event = last_event;
}

void inventory_sum(const struct keep *keep, const struct fleet *fleet,
                   struct inventory_sums *ret)
{
    const struct bmc *bmc;
    size_t cursor = 0;

    *ret = (struct inventory_sums){0};
    while ((bmc = fleet_next(fleet, &cursor))) {
        struct inventory_row row;

        inventory_describe(keep, bmc, &row);
        ret->bmcs++;
        ret->states[row.state]++;
        ret->ways[row.way] += row.state == INVENTORY_LISTENING;
        ret->degraded += row.degraded;
        ret->flow_broken += row.flow_broken;
        add_event(ret, bmc->last_event);
    }
}
