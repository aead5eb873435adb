/* SPDX-License-Identifier: Apache-2.0 */
/* What is noticed on the way of an event; see pipeline_watch.h. */
#include "pipeline/pipeline_watch.h"

#include "catalogue.h"
#include "log.h"
#include "voice.h"

#define MISSING_REGISTRIES_MAX 1000 /* names a BMC can make us remember */

static void heed_clock(struct pipeline *p, struct bmc *bmc,
                       enum skew_verdict verdict, const char *its_time)
{
    char how[SKEW_TEXT_MAX];

    if (verdict == SKEW_WRONG && !bmc->clock_wrong &&
        log_limit_pass(&bmc->clocks, clock_monotonic(), NULL)) {
        bmc->clock_wrong = true;
        skew_describe(&bmc->skew, how);
        pipeline_say(p, bmc, VOICE_CLOCK_WRONG, bmc->config->url, its_time,
                     how);
    } else if (verdict == SKEW_RIGHT && bmc->clock_wrong &&
               skew_is_right(&bmc->skew)) {
        bmc->clock_wrong = false;
        pipeline_say(p, bmc, VOICE_CLOCK_RIGHT, bmc->config->url, NULL, NULL);
    }
}

void pipeline_heed_time(struct pipeline *p, struct bmc *bmc,
                        const char *its_time, usec_t asked, usec_t answered)
{
    heed_clock(p, bmc, skew_take_answer(&bmc->skew, its_time, asked, answered),
               its_time);
}

void pipeline_watch_clock(struct pipeline *p, struct bmc *bmc,
                          const struct event *e)
{
    const char *text = event_text(e, EVENT_EVENT_TIME, NULL);
    char time[CLOCK_TEXT_MAX];

    clock_format((usec_t)event_int(e, EVENT_TIME, 0), 0, time);
    heed_clock(p, bmc, skew_take_event(&bmc->skew, e), text ?: time);
}

void pipeline_watch_registry(struct pipeline *p, struct hashmap *missing,
                             struct bmc *bmc, const struct event *e)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);
    struct registry_view view = pipeline_view(p, bmc);

    if (!registry || registry_view_has(&view, registry) ||
        clock_monotonic() < bmc->registries_due ||
        catalogue_has(registry_set_catalogue(view.shared), registry) ||
        hashmap_count(missing) >= MISSING_REGISTRIES_MAX ||
        hashmap_set(missing, registry, p))
        return;
    pipeline_say(p, bmc, VOICE_REGISTRY_MISSING, NULL, registry, NULL);
}

void pipeline_doubt(struct pipeline *p, struct bmc *bmc, const char *why)
{
    if (!log_limit_pass(&bmc->doubts, clock_monotonic(), NULL))
        return;
    log_warning("%s: events with its token may be another BMC's: %s", bmc->name,
                why);
    pipeline_say(p, bmc, VOICE_SENDER_DOUBTFUL, bmc->config->url, why, NULL);
}
