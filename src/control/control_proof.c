/* SPDX-License-Identifier: Apache-2.0 */
/* Asking BMCs for test events, and telling whether each arrived. */
#include "control/control_each.h"

#include "proof.h"
#include "util/macro.h"

#define RECENT USEC_PER_MINUTE

/* It may not be asked now; one that arrived a moment ago is as good. */
static void tell_too_soon(struct control_one *one, const struct error *err)
{
    const struct bmc *bmc = control_one_bmc(one);
    struct proof_view view = {0};
    usec_t now = clock_real();

    if (bmc)
        proof_describe(control_one_view(one)->host->proof, bmc, &view);
    if (view.broken || view.failed || view.proved + RECENT < now)
        control_one_over(one, false, "not so soon again: %s", err->text);
    else
        control_one_over(one, true,
                         "a test event arrived %llu s ago, after %llu ms; it "
                         "is not asked again so soon",
                         (unsigned long long)((now - MIN_OF(view.proved, now)) /
                                              USEC_PER_SEC),
                         (unsigned long long)(view.took / USEC_PER_MSEC));
}

static void on_result(void *userdata, const struct proof_result *result)
{
    struct control_one *one = userdata;

    switch (result->end) {
    case PROOF_ARRIVED:
        control_one_over(one, true, "a test event arrived after %llu ms",
                         (unsigned long long)(result->took / USEC_PER_MSEC));
        return;
    case PROOF_REFUSED:
        control_one_over(one, false, "it sends none: %s", result->err->text);
        return;
    case PROOF_LOST:
        control_one_over(one, false, "%s", result->err->text);
        return;
    case PROOF_TOO_SOON:
        tell_too_soon(one, result->err);
        return;
    case PROOF_UNSUPPORTED:
        break;
    }
    control_one_over(one, false, "it has no test events: %s",
                     result->err->text);
}

static void *start(const struct control_view *view, struct bmc *bmc,
                   struct control_one *one, struct error *err)
{
    if (!control_each_may_ask(view, bmc, err))
        return NULL;
    return proof_start(view->host->proof, bmc, on_result, one);
}

static void cancel(void *handle)
{
    proof_cancel(handle);
}

static void test_bmcs(struct control_call *call, void *userdata)
{
    static const struct control_each_type type = {start, cancel};

    control_each(call, userdata, &type);
}

static const struct control_command commands[] = {
    {"test", test_bmcs},
};

void control_proof_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
