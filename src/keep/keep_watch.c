/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole fleet, every few seconds: who has been quiet for long is asked
 * whether it is there, whose promised heartbeat is missing is looked after, a
 * BMC that speaks while we wait for it is not waited for any longer, and who
 * is silent is told.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "keep/keep_private.h"
#include "log.h"
#include "reach.h"
#include "service.h"
#include "talk.h"
#include "util/alloc.h"
#include "util/slices.h"
#include "voice.h"

#define SWEEP_EVERY (5 * USEC_PER_SEC)
#define QUIET_AFTER (5 * USEC_PER_MINUTE) /* then a BMC is asked */
/* One may be lost, and one late; a heartbeat is asked for in minutes. */
#define HEARTBEATS_MISSED 3
#define GAP_EVERY USEC_PER_MINUTE /* a stream may leave some out for ever */
/* A sign of life just before an attempt failed does not call for another. */
#define PATIENCE (5 * USEC_PER_SEC)
/* After the start, until each BMC had its first attempt or two. */
#define SETTLED_AFTER (2 * USEC_PER_MINUTE)

/* ---- what is told of silence */

static void on_silent(void *userdata, struct presence_member *m)
{
    struct keep *k = userdata;
    struct life *l =
        (struct life *)((char *)m - offsetof(struct life, presence));
    struct error err;

    /* Nobody falls silent but by a failure, which was noted. */
    error_set(&err, -ETIMEDOUT, "%s", l->error);
    reach_failed(k->host->pipeline, l->bmc, 0, "reach it", &err);
}

static void on_isolated(void *userdata, size_t silent, size_t members)
{
    struct keep *k = userdata;
    char few[24], all[24];

    snprintf(few, sizeof(few), "%zu", silent);
    snprintf(all, sizeof(all), "%zu", members);
    log_error("%s of %s BMCs fell silent at once: the collector itself may be "
              "cut off",
              few, all);
    pipeline_say(k->host->pipeline, NULL, VOICE_COLLECTOR_ISOLATED,
                 VOICE_ORIGIN_COLLECTOR, few, all);
}

static void on_connected(void *userdata)
{
    struct keep *k = userdata;

    log_info("the collector reaches its BMCs again");
    pipeline_say(k->host->pipeline, NULL, VOICE_COLLECTOR_CONNECTED,
                 VOICE_ORIGIN_COLLECTOR, NULL, NULL);
}

/* ---- who is quiet */

/* Another than at the last look: it was reset in between. */
static void look_at_reset(struct life *l, const json_t *manager)
{
    const char *now =
        json_string_value(json_object_get(manager, "LastResetTime"));
    struct service *s = l->bmc->service;

    /*
     * A BMC without LastResetTime shows its reset only by its broken stream, or
     * by the subscription that is not there any more.
     */
    if (!now || !s->last_reset || strcmp(now, s->last_reset) == 0)
        return;
    free(s->last_reset);
    s->last_reset = xstrdup(now);
    keep_suspect(l->owner, l->bmc, "it was reset");
    keep_gap(l->owner, l->bmc, "it was reset");
}

static void look_at_time(struct life *l, const struct talk_answer *answer)
{
    pipeline_heed_time(
        l->owner->host->pipeline, l->bmc,
        json_string_value(json_object_get(answer->json, "DateTime")),
        answer->asked, answer->answered);
}

static void on_asked(void *userdata, const struct talk_answer *answer)
{
    struct life *l = userdata;
    struct keep_end end = {.err = answer->err};

    l->ask = NULL;
    if (answer->status) {
        look_at_time(l, answer);
        look_at_reset(l, answer->json);
    } else {
        keep_down(l->owner, l->bmc, l->way, &end);
    }
}

static void ask(struct life *l)
{
    const struct service *s = l->bmc->service;
    struct talk_request request = {
        .bmc = l->bmc,
        /*
         * The Manager, as it tells the clock and the last reset with the same
         * answer.
         */
        .uri = s->manager_url ?: "/redfish/v1/",
        .on_answer = on_asked,
        .userdata = l,
    };

    l->ask = talk_start(l->owner->host->talk, &request);
}

/* Its heartbeat is missing: it may have forgotten us. Once a spell. */
static void look_at_heartbeat(struct life *l, usec_t quiet_for)
{
    bool missed = l->bmc->heartbeat > 0 &&
                  quiet_for > HEARTBEATS_MISSED * l->bmc->heartbeat;

    if (missed && !l->heartbeat_missed)
        keep_suspect(l->owner, l->bmc, "its heartbeat is missing");
    l->heartbeat_missed = missed;
}

/* Its way goes on, but something was missed on it. */
static void look_at_gaps(struct life *l, usec_t now)
{
    if (l->bmc->gaps == l->gaps_seen || now < l->gap_read + GAP_EVERY)
        return;
    l->gaps_seen = l->bmc->gaps;
    l->gap_read = now;
    life_catch_up(l, "it left some out, or sent some that cannot be read");
}

static void sweep_one(struct life *l, usec_t now)
{
    usec_t heard = MAX_OF(l->bmc->heard, l->since);

    switch (l->state) {
    case LIFE_LISTENING:
        look_at_gaps(l, now);
        look_at_heartbeat(l, now - heard);
        /* Any answer counts, also to a question of another room. */
        if (!l->ask && now - MAX_OF(heard, l->bmc->answered) > QUIET_AFTER)
            ask(l);
        break;
    case LIFE_WAITING: /* it speaks again */
        if (l->silent_since && l->bmc->heard > l->since + PATIENCE) {
            backoff_reset(&l->backoff);
            life_restart(l, 0);
        }
        break;
    case LIFE_DISCOVERING:
    case LIFE_REGISTRIES:
    case LIFE_STARTING:
        break;
    }
}

static const char *state_name(const struct life *l)
{
    switch (l->state) {
    case LIFE_WAITING:
        return l->silent_since ? "silent" : "waiting";
    case LIFE_DISCOVERING:
        return l->silent_since ? "silent" : "discovering";
    case LIFE_REGISTRIES:
        return "reading registries";
    case LIFE_STARTING:
        return "starting";
    case LIFE_LISTENING:
        return "listening";
    }
    return NULL;
}

static usec_t to_real(usec_t monotonic)
{
    usec_t now = clock_monotonic();

    return monotonic > now ? clock_real() + (monotonic - now)
                           : clock_real() - (now - monotonic);
}

void keep_describe(const struct keep *k, const struct bmc *bmc,
                   struct keep_view *ret)
{
    static const char *const ways[] = {
        [WAY_NONE] = NULL,
        [WAY_SSE] = "sse",
        [WAY_WEBHOOK] = "webhook",
        [WAY_POLL] = "poll",
    };
    const struct life *l = keep_find_life(k, bmc);

    if (!l) {
        *ret = (struct keep_view){.state = "passive"};
        return;
    }
    *ret = (struct keep_view){
        .state = state_name(l),
        .way = ways[l->way],
        .degraded = l->state == LIFE_LISTENING && l->due != USEC_INFINITY,
        .since = to_real(l->since),
        .next = l->due == USEC_INFINITY ? 0 : to_real(l->due),
        .error = l->error,
        .error_at = l->error_at,
    };
}

static int on_sweep(sd_event_source *source, uint64_t now, void *userdata)
{
    struct keep *k = userdata;
    size_t count = hashmap_count(k->lives), slices = slices_of(count);
    bool more = true;
    void *l;

    for (size_t left = 1 + count / slices; left > 0 && !k->quiet; left--) {
        more = hashmap_next(k->lives, &k->swept, NULL, &l);
        if (!more)
            break;
        sweep_one(l, now);
    }
    if (!more)
        k->swept = 0;
    if (!more && !k->quiet)
        presence_run(&k->presence, now);
    sd_event_source_set_time_relative(source, SWEEP_EVERY / slices);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

void keep_watch_start(struct keep *k)
{
    k->presence.on_silent = on_silent;
    k->presence.on_isolated = on_isolated;
    k->presence.on_connected = on_connected;
    k->presence.userdata = k;
    k->presence.connected_from = clock_monotonic() + SETTLED_AFTER;
    sd_event_add_time_relative(k->host->loop, &k->sweep, CLOCK_MONOTONIC,
                               SWEEP_EVERY, USEC_PER_MSEC, on_sweep, k);
}

void keep_watch_stop(struct keep *k)
{
    sd_event_source_disable_unref(TAKE(k->sweep));
}
