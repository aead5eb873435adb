/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the logs of BMCs now, for what was missed. */
#include "control/control_each.h"

#include "backfill.h"
#include "util/macro.h"

static void on_done(void *userdata, const struct backfill_result *result)
{
    struct control_one *one = userdata;

    if (result->ok && result->logs == 0)
        control_one_over(one, false, "it has no log of events");
    else if (result->ok)
        control_one_over(one, true,
                         "%zu of %zu entries had been missed, in %zu log%s",
                         result->missed, result->entries, result->logs,
                         result->logs == 1 ? "" : "s");
    else
        control_one_over(one, false, "%s (%zu of %zu entries had been missed)",
                         result->err->text, result->missed, result->entries);
}

static void *start(const struct control_view *view, struct bmc *bmc,
                   struct control_one *one, struct error *err)
{
    if (!control_each_may_ask(view, bmc, err))
        return NULL;
    return backfill_start(view->host->backfill, bmc, BACKFILL_ALL,
                          "trawlctl asked for it", on_done, one);
}

static void cancel(void *handle)
{
    backfill_cancel(handle);
}

static void catch_up(struct control_call *call, void *userdata)
{
    static const struct control_each_type type = {start, cancel};

    control_each(call, userdata, &type);
}

static const struct control_command commands[] = {
    {"catch-up", catch_up},
};

void control_backfill_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
