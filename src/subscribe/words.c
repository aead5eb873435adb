/* SPDX-License-Identifier: Apache-2.0 */
/* What says what is ours at one BMC; see subscription.h and member.h. */
#include <string.h>

#include "service.h"
#include "subscribe/subscription.h"
#include "util/alloc.h"
#include "vendors.h"

/* The same machine under two names: each has its own subscription at it. */
static bool has_other(void *userdata, const char *name)
{
    const struct words *w = userdata;
    const struct bmc *other = fleet_find(w->fleet, name);

    return other && strcmp(other->config->url, w->url) == 0;
}

void words_init(struct words *w, const struct subscriber *s,
                const struct bmc *bmc)
{
    size_t collector_len = strlen(bmc->context) - strlen(bmc->name);

    *w = (struct words){
        .destination = bmc_destination(bmc, s->config),
        .context = xstrdup(bmc->context),
        .token = xstrdup(bmc->token),
        .old_token = xstrdup(bmc->old_token),
        .fleet = s->host->fleet,
        .url = xstrdup(bmc->config->url),
    };
    w->member = (struct member_words){
        .destination = w->destination,
        .tokens = {w->token, w->old_token},
        .context = w->context,
        .collector_len = collector_len,
        .slots = bmc->service && bmc->service->vendor_row->fixed_slots,
        .has_other = has_other,
        .userdata = w,
    };
}

void words_done(struct words *w)
{
    free(w->destination);
    free(w->context);
    free(w->shown);
    free(w->token);
    free(w->old_token);
    free(w->url);
    *w = (struct words){0};
}
