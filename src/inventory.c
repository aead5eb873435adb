/* SPDX-License-Identifier: Apache-2.0 */
/* See inventory.h. */
#include "inventory.h"

#include "reach.h"

const char *inventory_state_name(enum inventory_state state)
{
    static const char *const names[INVENTORY_STATES] = {
        [INVENTORY_STARTING] = "starting",   [INVENTORY_PASSIVE] = "passive",
        [INVENTORY_LISTENING] = "listening", [INVENTORY_REFUSED] = "refused",
        [INVENTORY_LOCKED] = "locked",       [INVENTORY_SILENT] = "silent",
    };

    return names[state];
}

bool inventory_is_bad(enum inventory_state state)
{
    switch (state) {
    case INVENTORY_STARTING:
    case INVENTORY_PASSIVE:
    case INVENTORY_LISTENING:
    case INVENTORY_STATES:
        return false;
    case INVENTORY_REFUSED:
    case INVENTORY_LOCKED:
    case INVENTORY_SILENT:
        break;
    }
    return true;
}

static enum inventory_state state_of(const struct bmc *bmc)
{
    if (bmc->config->receive == RECEIVE_PASSIVE)
        return INVENTORY_PASSIVE;
    if (reach_is_held(bmc))
        return INVENTORY_LOCKED;
    if (bmc->unreachable)
        return INVENTORY_SILENT;
    if (bmc->refused)
        return INVENTORY_REFUSED;
    return bmc->vendor ? INVENTORY_LISTENING : INVENTORY_STARTING;
}

void inventory_describe(const struct bmc *bmc, struct inventory_row *ret)
{
    *ret = (struct inventory_row){.state = state_of(bmc)};
}

void inventory_sum(const struct fleet *fleet, struct inventory_sums *ret)
{
    const struct bmc *bmc;
    size_t cursor = 0;

    *ret = (struct inventory_sums){0};
    while ((bmc = fleet_next(fleet, &cursor))) {
        struct inventory_row row;

        inventory_describe(bmc, &row);
        ret->bmcs++;
        ret->states[row.state]++;
        if (bmc->last_event == 0)
            ret->never++;
        else if (!ret->quietest || bmc->last_event < ret->oldest_event) {
            ret->quietest = bmc;
            ret->oldest_event = bmc->last_event;
        }
    }
}
