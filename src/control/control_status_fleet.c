/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's part of the status: how many BMCs are in which state, which of
 * them somebody should see to, and what is left at those that are gone. See
 * control_status.c.
 */
#include "control/control_status.h"

#include "control/control_fleet.h"
#include "inventory.h"
#include "subscribe/leftover.h"
#include "util/alloc.h"

#define NAMES_SHOWN 3 /* of those that somebody should see to */

#define FLOW_BROKEN INVENTORY_STATES /* no state of its own */

static bool is_one(const struct inventory_row *row, enum inventory_state what)
{
    return what == FLOW_BROKEN ? row->flow_broken : row->state == what;
}

/* "r1-n01, r1-n02, r1-n03 and 9 more" */
static char *name_some(const struct metrics_view *v, enum inventory_state what,
                       size_t count)
{
    struct control_fleet *f = control_fleet_new(v->fleet);
    struct buffer names = {0};
    struct inventory_row row;
    const struct bmc *bmc;
    size_t shown = 0;

    control_fleet_add(f, "*");
    while (shown < NAMES_SHOWN && (bmc = control_fleet_next(f))) {
        inventory_describe(inventory_keep(v->host), bmc, &row);
        if (!is_one(&row, what))
            continue;
        buffer_printf(&names, "%s%s", shown ? ", " : "", bmc->name);
        shown++;
    }
    control_fleet_free(f);
    if (count > shown)
        buffer_printf(&names, " and %zu more", count - shown);
    return buffer_take_text(&names);
}

static const char *const bad_states[INVENTORY_STATES] = {
    [INVENTORY_REFUSED] = "refuses what Trawl needs of it",
    [INVENTORY_LOCKED] = "refused the password, and is left alone for a while",
    [INVENTORY_SILENT] = "does not answer",
};

static void report_ways(struct report *r, const struct inventory_sums *sums)
{
    control_status_open(r, "ways");
    for (int w = INVENTORY_NO_WAY + 1; w < INVENTORY_WAYS; w++)
        control_status_number(r, inventory_way_name((enum inventory_way)w),
                              sums->ways[w]);
    control_status_number(r, "degraded", sums->degraded);
    json_writer_close_object(&r->w);
}

/* They are subscribed, and for all that is known nothing comes of it. */
static void report_flow(struct report *r, size_t count)
{
    _cleanup_free_ char *some =
        count ? name_some(r->figures, FLOW_BROKEN, count) : NULL;

    if (count > 0)
        control_status_attend(
            r,
            "%zu BMC%s: %s (sent a test event that did not arrive: does "
            "public_url lead here, past firewalls, with a certificate that "
            "BMCs trust?)",
            count, count == 1 ? "" : "s", some);
}

static void report_bmcs(struct report *r)
{
    struct inventory_sums sums;

    inventory_sum(inventory_keep(r->figures->host), r->figures->fleet, &sums);
    control_status_open(r, "bmcs");
    control_status_number(r, "all", sums.bmcs);
    for (int s = 0; s < INVENTORY_STATES; s++) {
        const char *name = inventory_state_name((enum inventory_state)s);
        _cleanup_free_ char *some = NULL;

        control_status_number(r, name, sums.states[s]);
        if (sums.states[s] == 0 || !bad_states[s])
            continue;
        some = name_some(r->figures, (enum inventory_state)s, sums.states[s]);
        control_status_attend(r, "%zu BMC%s: %s (%s)", sums.states[s],
                              sums.states[s] == 1 ? "" : "s", some,
                              bad_states[s]);
    }
    control_status_number(r, "flow_broken", sums.flow_broken);
    json_writer_close_object(&r->w);
    report_flow(r, sums.flow_broken);
    report_ways(r, &sums);
}

/* What is left at BMCs that are not configured any more. */
static void report_leftovers(struct report *r)
{
    const struct subscriber *subscriber = r->figures->host->subscriber;
    _cleanup_(buffer_done) struct buffer names = {0};
    struct leftover l;
    size_t count = 0, cursor = 0;

    while (leftover_next(subscriber, &cursor, &l)) {
        if (count++ < NAMES_SHOWN)
            buffer_printf(&names, "%s%s", names.len ? ", " : "", l.bmc);
        free(l.uri);
    }
    control_status_number(r, "leftovers", count);
    if (count > NAMES_SHOWN)
        buffer_printf(&names, " and %zu more", count - NAMES_SHOWN);
    if (count > 0)
        control_status_attend(
            r,
            "%zu BMC%s not configured any more may still have our "
            "subscription: %s (trawlctl subscriptions says where; settled: "
            "trawlctl unsubscribe --forget NAME)",
            count, count == 1 ? "" : "s", names.data);
}

/* Nothing can come: nobody must take that for peace. */
static void report_nobody(struct report *r)
{
    if (fleet_count(r->figures->fleet) == 0)
        control_status_attend(
            r,
            "no BMC is configured: name them under bmcs: in %s and reload, "
            "see trawl.yaml(5)",
            r->view->config->file);
}

void control_status_fleet(struct report *r)
{
    report_nobody(r);
    report_bmcs(r);
    report_leftovers(r);
}
