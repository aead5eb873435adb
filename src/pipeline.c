/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes in, from BMCs and from Trawl itself; see pipeline.h. This file
 * decides with which outcome a record enters; the stages that it then passes
 * are pipeline_stages.c. Every record ends in the spool, also one that goes
 * nowhere, so that the books can be rebuilt from the disk.
 *
 * What is found out about an event (a clock that is wrong, a full table) is
 * said after the event itself is in the spool: the reader of the spool meets
 * the cause first.
 */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalogue.h"
#include "decode.h"
#include "identity.h"
#include "decode/quirks.h"
#include "pipeline/pipeline_kept.h"
#include "pipeline/pipeline_stages.h"
#include "pipeline/pipeline_watch.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "voice.h"

struct pipeline {
    struct pipeline_stages stages;
    bool (*is_test)(void *userdata, struct bmc *bmc, const struct event *e);
    void *is_test_userdata;
    struct hashmap *missing;   /* registries that we said we do not have */
    struct pipeline_kept kept; /* for pipeline_resume() */
    uint32_t said;             /* tells events of ours apart */
    void (*on_event)(void *userdata, struct bmc *bmc, const struct event *e);
    void *on_event_userdata;
};

void pipeline_free(struct pipeline *p)
{
    if (!p)
        return;
    pipeline_kept_done(&p->kept);
    hashmap_free(p->missing);
    free(p);
}

void pipeline_set_witness(struct pipeline *p,
                          void (*on_event)(void *userdata, struct bmc *bmc,
                                           const struct event *e),
                          void *userdata)
{
    p->on_event = on_event;
    p->on_event_userdata = userdata;
}

void pipeline_adopt(struct pipeline *p, const struct config *config,
                    const struct registry_set *registries)
{
    p->stages.setup.config = config;
    p->stages.setup.registries = registries;
    correlate_adopt(p->stages.setup.correlator, config, registries,
                    clock_real());
    p->stages.warned_unrouted = false;
    hashmap_free(p->missing);
    p->missing = hashmap_new();
}

struct registry_view pipeline_view(const struct pipeline *p,
                                   const struct bmc *bmc)
{
    return pipeline_stages_view(&p->stages, bmc);
}

struct pipeline *pipeline_new(const struct pipeline_setup *setup)
{
    struct pipeline *p = XNEW(struct pipeline);

    p->stages.setup = *setup;
    p->missing = hashmap_new();
    pipeline_stages_connect(&p->stages);
    if (setup->registries)
        correlate_adopt(setup->correlator, setup->config, setup->registries,
                        clock_real());
    return p;
}

/*
 * Events of our own: two that say the same at once are two. One that only
 * bears where logs go on is no news: it is for the projector.
 */
static uint64_t pass_ours(struct pipeline *p, struct event *e)
{
    uint8_t id[IDENTITY_LEN];

    identity_set(e, p->said++, id);
    if (event_has(e, EVENT_LOG_CURSOR))
        return pipeline_stages_drop(&p->stages, e, OUTCOME_DROPPED_IGNORED);
    return pipeline_stages_pass(&p->stages, e, NULL, NULL);
}

void pipeline_resume(struct pipeline *p)
{
    struct pipeline_kept kept = p->kept;

    if (kept.count == 0 || spool_state(p->stages.setup.spool) != SPOOL_OK)
        return;
    p->kept = (struct pipeline_kept){0};
    for (size_t i = 0; i < kept.count; i++)
        pass_ours(p, kept.events[i]);
    pipeline_kept_done(&kept);
    spool_flush(p->stages.setup.spool);
}

void pipeline_tell(struct pipeline *p, struct bmc *bmc, struct event *e)
{
    pipeline_resume(p); /* what was said earlier stands before it */
    pipeline_stages_complete(&p->stages, e, bmc);
    if (spool_state(p->stages.setup.spool) != SPOOL_OK) {
        pipeline_kept_take(&p->kept, e);
        return;
    }
    pass_ours(p, e);
    event_free(e);
    spool_flush(p->stages.setup.spool);
}

void pipeline_say(struct pipeline *p, struct bmc *bmc, const char *key,
                  const char *origin, const char *first, const char *second)
{
    pipeline_tell(p, bmc,
                  voice_event(key, origin, first, second, clock_real()));
}

/* A record that nothing could be made of: its bytes, for the quarantine. */
static struct event *unreadable_event(const struct decode_item *item)
{
    struct event *e = event_new();

    event_set_text(e, EVENT_RAW, item->bytes, item->len);
    event_set(e, EVENT_QUARANTINE_REASON, item->why);
    return e;
}

/* Read by us, not sent; also one that comes from quarantine, without a place.
 */
static bool is_from_log(const struct pipeline_intake *in)
{
    return strcmp(in->source, "log") == 0;
}

/* Where its source goes on after it. */
static void set_place(struct event *e, const struct pipeline_intake *in)
{
    event_set(e, EVENT_SSE_ID, in->sse_id);
    if (in->bmc->gap && !is_from_log(in))
        event_set_int(e, EVENT_IN_GAP, 1);
    if (in->log_cursor)
        event_add(e, EVENT_LOG_CURSOR, in->log_cursor, strlen(in->log_cursor));
}

static uint64_t take_uneventful(struct pipeline *p,
                                const struct pipeline_intake *in,
                                struct event *e, enum outcome outcome,
                                uint32_t place)
{
    uint8_t id[IDENTITY_LEN];

    event_set_int(e, EVENT_TIME, (int64_t)in->received);
    event_set_int(e, EVENT_RECEIVED, (int64_t)in->received);
    event_set(e, EVENT_SOURCE, in->source);
    set_place(e, in);
    pipeline_stages_set_bmc(&p->stages, e, in->bmc);
    identity_set(e, place, id);
    event_set_int(e, EVENT_OUTCOME, outcome);
    return pipeline_stages_append(&p->stages, e);
}

void pipeline_set_tester(struct pipeline *p,
                         bool (*is_test)(void *, struct bmc *,
                                         const struct event *),
                         void *userdata)
{
    p->is_test = is_test;
    p->is_test_userdata = userdata;
}

static void say_full(struct pipeline *p, struct bmc *bmc)
{
    char count[24];

    snprintf(count, sizeof(count), "%zu",
             correlate_count(p->stages.setup.correlator, bmc->name));
    pipeline_say(p, bmc, VOICE_CONDITIONS_FULL, bmc->config->url, count, NULL);
}

/*
 * A sign of life that we asked for, every few minutes (DSP8010,
 * HeartbeatEvent): it says nothing else.
 */
static bool is_heartbeat(const struct event *e)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);

    return registry && strcasecmp(registry, "HeartbeatEvent") == 0;
}

static uint64_t take_event(struct pipeline *p, const struct pipeline_intake *in,
                           struct event *e, uint32_t place)
{
    uint8_t id[IDENTITY_LEN];
    bool full = false, wanted;
    uint64_t ticket;

    event_set(e, EVENT_SOURCE, in->source);
    set_place(e, in);
    if (in->stream_lines)
        quirks_note(e, QUIRK_STREAM_LINES);
    wanted = pipeline_stages_complete(&p->stages, e, in->bmc);
    identity_set(e, place, id);
    if (!wanted || is_heartbeat(e))
        return pipeline_stages_drop(&p->stages, e, OUTCOME_DROPPED_IGNORED);
    if (p->is_test && p->is_test(p->is_test_userdata, in->bmc, e))
        return pipeline_stages_drop(&p->stages, e, OUTCOME_DROPPED_TEST);
    ticket = pipeline_stages_pass(&p->stages, e, in->bmc->registries, &full);
    if (full)
        say_full(p, in->bmc);
    pipeline_watch_clock(p, in->bmc, e);
    pipeline_watch_registry(p, p->missing, in->bmc, e);
    if (p->on_event)
        p->on_event(p->on_event_userdata, in->bmc, e);
    return ticket;
}

/* It may be one that was cut short: its log has the whole of it. */
static uint64_t take_unreadable(struct pipeline *p,
                                const struct pipeline_intake *in,
                                const struct decode_item *item, uint32_t place)
{
    _cleanup_(event_freep) struct event *e = unreadable_event(item);
    uint64_t ticket;

    if (!is_from_log(in)) {
        in->bmc->gap = true;
        in->bmc->gaps++;
    }
    ticket = take_uneventful(p, in, e, OUTCOME_QUARANTINED, place);
    pipeline_say(p, in->bmc, VOICE_PAYLOAD_UNREADABLE, in->bmc->config->url,
                 item->why, NULL);
    return ticket;
}

static uint64_t take_item(struct pipeline *p, const struct pipeline_intake *in,
                          struct decode_item *item, uint32_t place)
{
    _cleanup_(event_freep) struct event *e = TAKE(item->event);
    uint64_t ticket = 0;

    switch (item->kind) {
    case DECODE_EVENT:
        return take_event(p, in, e, place);
    case DECODE_BUFFER_EXCEEDED:
        in->bmc->gap = true;
        ticket = take_event(p, in, e, place);
        in->bmc->gaps++;
        pipeline_say(p, in->bmc, VOICE_EVENTS_MISSED, in->bmc->config->url,
                     "its buffer of events was exceeded", NULL);
        return ticket;
    case DECODE_METRIC_REPORT:
        e = event_new();
        return take_uneventful(p, in, e, OUTCOME_DROPPED_METRIC_REPORT, place);
    case DECODE_UNREADABLE:
        return take_unreadable(p, in, item, place);
    }
    return ticket;
}

uint64_t pipeline_take(struct pipeline *p, const struct pipeline_intake *in)
{
    struct decode_options options = {.received = in->received,
                                     .keep_raw =
                                         p->stages.setup.config->keep_raw,
                                     .log = is_from_log(in),
                                     .context = in->bmc->context};
    struct pipeline_intake last = *in, rest = *in;
    struct decode_result result;
    uint64_t ticket = 0;

    /* Only the last record says where to resume: a crash between two batches
     * must not skip the rest of a payload. */
    rest.sse_id = rest.log_cursor = NULL;
    decode_payload(in->bytes, in->len, &options, &result);
    for (size_t i = 0; i < result.count; i++)
        ticket = take_item(p, i + 1 < result.count ? &rest : &last,
                           &result.items[i], (uint32_t)i);
    if (result.other_context)
        pipeline_doubt(p, in->bmc,
                       "they bear the Context of another BMC's subscription");
    in->bmc->records += result.count;
    in->bmc->last_event = in->received;
    if (!is_from_log(in))
        in->bmc->heard = clock_monotonic();
    if (!is_from_log(in) && !in->bmc->gap)
        in->bmc->last_pushed = in->received;
    decode_result_done(&result);
    spool_flush(p->stages.setup.spool);
    return ticket;
}

bool pipeline_is_raised(struct pipeline *p, const struct pipeline_intake *in)
{
    struct decode_options options = {.received = in->received, .log = true};
    struct decode_result result;
    bool raised = false;

    decode_payload(in->bytes, in->len, &options, &result);
    if (result.count == 1 && result.items[0].kind == DECODE_EVENT) {
        pipeline_stages_complete(&p->stages, result.items[0].event, in->bmc);
        raised =
            correlate_is_raised(p->stages.setup.correlator,
                                result.items[0].event, in->bmc->registries);
    }
    decode_result_done(&result);
    return raised;
}

usec_t pipeline_due(const struct pipeline *p)
{
    return correlate_due(p->stages.setup.correlator);
}

void pipeline_tick(struct pipeline *p)
{
    if (spool_state(p->stages.setup.spool) != SPOOL_OK)
        return;
    correlate_run(p->stages.setup.correlator, clock_real(), PIPELINE_DUE_MAX);
    spool_flush(p->stages.setup.spool);
}

bool pipeline_close_condition(struct pipeline *p, const struct condition *c,
                              const char *key, const char *why)
{
    if (spool_state(p->stages.setup.spool) != SPOOL_OK)
        return false;
    correlate_close(p->stages.setup.correlator, c, key, why, clock_real());
    spool_flush(p->stages.setup.spool);
    return true;
}

bool pipeline_clear_condition(struct pipeline *p, const char *id,
                              const char *why)
{
    bool found;

    if (spool_state(p->stages.setup.spool) != SPOOL_OK)
        return false;
    found = correlate_clear(p->stages.setup.correlator, id, why, clock_real());
    spool_flush(p->stages.setup.spool);
    return found;
}
