/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a BMC as it is told; see reach.h. */
#include "reach.h"

#include "log.h"
#include "util/alloc.h"
#include "voice.h"

#define LOGINS_REFUSED_MAX 2
#define LOGIN_PAUSE (30 * USEC_PER_MINUTE)

void reach_login_refused(struct pipeline *p, struct bmc *bmc, usec_t now)
{
    reach_answers(p, bmc);
    if (++bmc->logins_refused < LOGINS_REFUSED_MAX)
        return;
    bmc->login_pause_end = now + LOGIN_PAUSE;
    if (bmc->login_told)
        return;
    bmc->login_told = true;
    log_warning("%s: refuses our password; to lock no account it is tried "
                "again only after a reload or in half an hour",
                bmc->name);
    pipeline_say(p, bmc, VOICE_LOGIN_REFUSED, bmc->config->url,
                 bmc->config->username, NULL);
}

void reach_recall_refused(struct bmc *bmc, unsigned count, usec_t ago,
                          usec_t now)
{
    if (ago >= LOGIN_PAUSE)
        return;
    bmc->logins_refused = MIN_OF(count, LOGINS_REFUSED_MAX + 0u);
    bmc->login_pause_end = now + LOGIN_PAUSE - ago;
}

void reach_login_accepted(struct pipeline *p, struct bmc *bmc)
{
    bmc->logins_refused = 0;
    if (!bmc->login_told)
        return;
    bmc->login_told = false;
    log_info("%s: takes our password again", bmc->name);
    pipeline_say(p, bmc, VOICE_LOGIN_ACCEPTED, bmc->config->url, NULL, NULL);
}

bool reach_may_log_in(struct bmc *bmc, usec_t now)
{
    if (!reach_is_held(bmc))
        return true;
    if (now < bmc->login_pause_end)
        return false;
    bmc->logins_refused = LOGINS_REFUSED_MAX - 1;
    return true;
}

void reach_failed(struct pipeline *p, struct bmc *bmc, unsigned status,
                  const char *what, const struct error *err)
{
    bool *told = status ? &bmc->refused : &bmc->unreachable;
    _cleanup_free_ char *refused = NULL;

    /* That it refuses the login was told, and nothing is tried meanwhile. */
    if (*told || (status && reach_is_held(bmc)))
        return;
    *told = true;
    log_warning("%s: cannot %s: %s; trying again", bmc->name, what, err->text);
    if (status == 0) {
        pipeline_say(p, bmc, VOICE_BMC_UNREACHABLE, bmc->config->url, err->text,
                     NULL);
        return;
    }
    refused = xasprintf("cannot %s: %s", what, err->text);
    pipeline_say(p, bmc, VOICE_SUBSCRIPTION_FAILED, bmc->config->url, refused,
                 NULL);
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

void reach_answers(struct pipeline *p, struct bmc *bmc)
{
    if (bmc->unreachable)
        pipeline_say(p, bmc, VOICE_BMC_REACHABLE, bmc->config->url, NULL, NULL);
    bmc->unreachable = false;
}

void reach_worked(struct pipeline *p, struct bmc *bmc, const char *how)
{
    log_info("%s: %s", bmc->name, how);
    reach_answers(p, bmc);
    if (bmc->refused)
        pipeline_say(p, bmc, VOICE_SUBSCRIPTION_MADE, bmc->config->url, NULL,
                     NULL);
    bmc->refused = false;
}

usec_t reach_delay(const struct bmc *bmc, usec_t delay)
{
    return reach_is_held(bmc) ? MAX_OF(delay, LOGIN_PAUSE) : delay;
}

bool reach_is_held(const struct bmc *bmc)
{
    return bmc->logins_refused >= LOGINS_REFUSED_MAX;
}

void reach_begin(struct bmc *bmc)
{
    bmc->logins_refused = MIN_OF(bmc->logins_refused, LOGINS_REFUSED_MAX - 1u);
}

void reach_restore(const struct fleet *fleet, const struct correlator *c)
{
    struct bmc *bmc;
    size_t cursor = 0;

    while ((bmc = fleet_next(fleet, &cursor))) {
        bmc->unreachable |=
            correlate_has_own(c, bmc->name, VOICE_BMC_UNREACHABLE, NULL);
        bmc->limited |=
            correlate_has_own(c, bmc->name, VOICE_SUBSCRIPTION_LIMIT, NULL);
        bmc->refused |=
            correlate_has_own(c, bmc->name, VOICE_SUBSCRIPTION_FAILED, NULL) ||
            correlate_has_own(c, bmc->name, VOICE_SUBSCRIPTION_LOST, NULL) ||
            bmc->limited;
        bmc->flow_broken |=
            correlate_has_own(c, bmc->name, VOICE_FLOW_BROKEN, NULL);
        bmc->clock_wrong |=
            correlate_has_own(c, bmc->name, VOICE_CLOCK_WRONG, NULL);
        bmc->login_told |=
            correlate_has_own(c, bmc->name, VOICE_LOGIN_REFUSED, NULL);
    }
}
