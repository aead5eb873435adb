/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One payload's way; see pipeline.h. Every record ends in the spool with its
 * outcome, also one that goes nowhere, so that the books can be rebuilt from
 * the disk.
 */
#include "pipeline.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "catalogue.h"
#include "decode.h"
#include "identity.h"
#include "log.h"
#include "decode/quirks.h"
#include "pipeline/pipeline_kept.h"
#include "pipeline/pipeline_watch.h"
#include "resolve.h"
#include "route.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "voice.h"

#define DUE_MAX 256 /* of what is due, in one turn of the loop */

struct pipeline {
    struct pipeline_setup setup;
    bool (*is_test)(void *userdata, struct bmc *bmc, const struct event *e);
    void *is_test_userdata;
    struct hashmap *missing;   /* registries that we said we do not have */
    struct pipeline_kept kept; /* for pipeline_resume() */
    uint32_t said;             /* tells events of ours apart */
    bool warned_unrouted;
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
    p->setup.config = config;
    p->setup.registries = registries;
    correlate_adopt(p->setup.correlator, config, registries, clock_real());
    p->warned_unrouted = false;
    hashmap_free(p->missing);
    p->missing = hashmap_new();
}

/* Whose event it is. */
static void set_bmc(const struct pipeline *p, struct event *e,
                    const struct bmc *bmc)
{
    event_set(e, EVENT_COLLECTOR, p->setup.config->collector);
    if (!bmc)
        return;
    bmc_describe(bmc->config, e);
    event_set(e, EVENT_BMC_VENDOR, bmc->vendor);
    event_set(e, EVENT_BMC_MODEL, bmc->model);
    event_set(e, EVENT_BMC_SERIAL, bmc->serial);
    event_set(e, EVENT_BMC_UUID, bmc->uuid);
    event_set(e, EVENT_BMC_HOST, bmc->host);
}

/*
 * The last stage: into the spool and the books, in this order: a segment that
 * begins with this record asks for the sums of those before it.
 */
static uint64_t append(struct pipeline *p, struct event *e)
{
    uint8_t id[IDENTITY_LEN] = {0};
    uint64_t ticket;

    identity_get(e, id);
    ticket = spool_append(p->setup.spool, SPOOL_EVENT,
                          (usec_t)event_int(e, EVENT_RECEIVED, 0), id, e->data,
                          e->len);
    ledger_enter(p->setup.ledger, e);
    return ticket;
}

static enum outcome route(struct pipeline *p, struct event *e)
{
    switch (route_event(p->setup.config, e)) {
    case ROUTE_TO_SINKS:
        return OUTCOME_FORWARDED;
    case ROUTE_DROPPED:
        return OUTCOME_DROPPED_ROUTE;
    case ROUTE_UNMATCHED:
        break;
    }
    if (!p->warned_unrouted)
        log_warning("an event of %s (%s) matches no route and goes nowhere; "
                    "further ones are only counted "
                    "(trawl_records_dropped_total{reason=\"unrouted\"}). "
                    "Add a last route without match to catch them",
                    event_text(e, EVENT_BMC_NAME, NULL) ?: "Trawl",
                    event_text(e, EVENT_MESSAGE_ID, NULL) ?: "no MessageId");
    p->warned_unrouted = true;
    return OUTCOME_DROPPED_UNROUTED;
}

struct registry_view pipeline_view(const struct pipeline *p,
                                   const struct bmc *bmc)
{
    return (struct registry_view){
        .shared = p->setup.registries,
        .own = bmc ? bmc->registries : NULL,
    };
}

/* What became of a correlated event, into its record and into the books. */
static uint64_t conclude(struct pipeline *p, struct event *e,
                         enum outcome outcome)
{
    event_set_int(e, EVENT_OUTCOME, outcome);
    correlate_commit(p->setup.correlator, e, outcome,
                     spool_appended(p->setup.spool) + 1);
    return append(p, e);
}

/* All that an event says: frozen afterwards. False if it says nothing. */
static bool complete(struct pipeline *p, struct event *e, const struct bmc *bmc)
{
    struct registry_view view = pipeline_view(p, bmc);

    set_bmc(p, e, bmc);
    return !resolve_event(&view, e);
}

/* The same for an event that names its BMC. */
static void complete_ours(void *userdata, struct event *e)
{
    struct pipeline *p = userdata;
    const char *name = event_text(e, EVENT_BMC_NAME, NULL);

    complete(p, e,
             name && p->setup.fleet ? fleet_find(p->setup.fleet, name) : NULL);
}

static void emit(void *userdata, struct event *e)
{
    struct pipeline *p = userdata;

    conclude(p, e, route(p, e));
}

/* The rest of the way of an event that has its id. */
static uint64_t pass(struct pipeline *p, struct event *e,
                     const struct registry_own *own, bool *ret_full)
{
    usec_t now = (usec_t)event_int(e, EVENT_RECEIVED, 0);
    enum outcome outcome;

    correlate_run(p->setup.correlator, now, DUE_MAX);
    outcome = correlate_decide(p->setup.correlator, e, own, now, ret_full);
    if (outcome == OUTCOME_FORWARDED)
        outcome = route(p, e);
    return conclude(p, e, outcome);
}

struct pipeline *pipeline_new(const struct pipeline_setup *setup)
{
    struct pipeline *p = XNEW(struct pipeline);

    p->setup = *setup;
    p->missing = hashmap_new();
    correlate_connect(setup->correlator, complete_ours, emit, p);
    if (setup->registries)
        correlate_adopt(setup->correlator, setup->config, setup->registries,
                        clock_real());
    return p;
}

/* Recorded and counted, and nothing more. */
static uint64_t drop(struct pipeline *p, struct event *e, enum outcome outcome)
{
    event_set_int(e, EVENT_OUTCOME, outcome);
    return append(p, e);
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
        return drop(p, e, OUTCOME_DROPPED_IGNORED);
    return pass(p, e, NULL, NULL);
}

void pipeline_resume(struct pipeline *p)
{
    struct pipeline_kept kept = p->kept;

    if (kept.count == 0 || spool_state(p->setup.spool) != SPOOL_OK)
        return;
    p->kept = (struct pipeline_kept){0};
    for (size_t i = 0; i < kept.count; i++)
        pass_ours(p, kept.events[i]);
    pipeline_kept_done(&kept);
    spool_flush(p->setup.spool);
}

void pipeline_tell(struct pipeline *p, struct bmc *bmc, struct event *e)
{
    pipeline_resume(p); /* what was said earlier stands before it */
    complete(p, e, bmc);
    if (spool_state(p->setup.spool) != SPOOL_OK) {
        pipeline_kept_take(&p->kept, e);
        return;
    }
    pass_ours(p, e);
    event_free(e);
    spool_flush(p->setup.spool);
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

/* Where its source goes on after it. */
static void set_place(struct event *e, const struct pipeline_intake *in)
{
    event_set(e, EVENT_SSE_ID, in->sse_id);
    if (in->bmc->gap && !in->log_cursor)
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
    set_bmc(p, e, in->bmc);
    identity_set(e, place, id);
    event_set_int(e, EVENT_OUTCOME, outcome);
    return append(p, e);
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
             correlate_count(p->setup.correlator, bmc->name));
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
    wanted = complete(p, e, in->bmc);
    identity_set(e, place, id);
    if (!wanted || is_heartbeat(e))
        return drop(p, e, OUTCOME_DROPPED_IGNORED);
    if (p->is_test && p->is_test(p->is_test_userdata, in->bmc, e))
        return drop(p, e, OUTCOME_DROPPED_TEST);
    ticket = pass(p, e, in->bmc->registries, &full);
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

    if (!in->log_cursor) {
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
                                     .keep_raw = p->setup.config->keep_raw,
                                     .log = in->log_cursor != NULL,
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
    if (!in->log_cursor)
        in->bmc->heard = clock_monotonic();
    if (!in->log_cursor && !in->bmc->gap)
        in->bmc->last_pushed = in->received;
    decode_result_done(&result);
    spool_flush(p->setup.spool);
    return ticket;
}

bool pipeline_is_raised(struct pipeline *p, const struct pipeline_intake *in)
{
    struct decode_options options = {.received = in->received, .log = true};
    struct decode_result result;
    bool raised = false;

    decode_payload(in->bytes, in->len, &options, &result);
    if (result.count == 1 && result.items[0].kind == DECODE_EVENT) {
        complete(p, result.items[0].event, in->bmc);
        raised = correlate_is_raised(p->setup.correlator, result.items[0].event,
                                     in->bmc->registries);
    }
    decode_result_done(&result);
    return raised;
}

usec_t pipeline_due(const struct pipeline *p)
{
    return correlate_due(p->setup.correlator);
}

void pipeline_tick(struct pipeline *p)
{
    if (spool_state(p->setup.spool) != SPOOL_OK)
        return;
    correlate_run(p->setup.correlator, clock_real(), DUE_MAX);
    spool_flush(p->setup.spool);
}

bool pipeline_close_condition(struct pipeline *p, const struct condition *c,
                              const char *key, const char *why)
{
    if (spool_state(p->setup.spool) != SPOOL_OK)
        return false;
    correlate_close(p->setup.correlator, c, key, why, clock_real());
    spool_flush(p->setup.spool);
    return true;
}

bool pipeline_clear_condition(struct pipeline *p, const char *id,
                              const char *why)
{
    bool found;

    if (spool_state(p->setup.spool) != SPOOL_OK)
        return false;
    found = correlate_clear(p->setup.correlator, id, why, clock_real());
    spool_flush(p->setup.spool);
    return found;
}
