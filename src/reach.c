/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a BMC as it is told; see reach.h. */
#include "reach.h"

#include "log.h"
#include "voice.h"

void reach_failed(struct pipeline *p, struct bmc *bmc, unsigned status,
                  const char *what, const struct error *err)
{
    bool *told = status ? &bmc->refused : &bmc->unreachable;

    if (*told)
        return;
    *told = true;
    log_warning("%s: cannot %s: %s; trying again", bmc->name, what, err->text);
    pipeline_say(p, bmc,
                 status ? VOICE_SUBSCRIPTION_FAILED : VOICE_BMC_UNREACHABLE,
                 bmc->config->url, err->text, NULL);
}

void reach_refused_uri(struct pipeline *p, struct bmc *bmc, const char *uri)
{
    if (!log_limit_pass(&bmc->uris, clock_monotonic(), NULL))
        return;
    log_warning("%s: it named '%s', which is not at its configured address; "
                "not followed",
                bmc->name, uri);
    pipeline_say(p, bmc, VOICE_URI_REFUSED, bmc->config->url, uri, NULL);
}

void reach_worked(struct pipeline *p, struct bmc *bmc, const char *how)
{
    log_info("%s: %s", bmc->name, how);
    if (bmc->unreachable)
        pipeline_say(p, bmc, VOICE_BMC_REACHABLE, bmc->config->url, NULL,
                     NULL);
    if (bmc->refused)
        pipeline_say(p, bmc, VOICE_SUBSCRIPTION_MADE, bmc->config->url, NULL,
                     NULL);
    bmc->unreachable = bmc->refused = false;
}
