/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream of server-sent events for each BMC that offers one: discovered,
 * opened with the Last-Event-ID of the last record on disk, read frame by
 * frame into the pipeline, and opened again with back-off whenever it ends.
 * While the spool takes nothing, reading pauses and TCP pushes back; so it
 * does for a stream that floods, until the disk has what it brought.
 *
 * A BMC with receive: auto that offers no stream is left to subscribe.c.
 */
#include "sources/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "discover.h"
#include "log.h"
#include "reach.h"
#include "registry/registry_fetch.h"
#include "sse_frame.h"
#include "subscribe.h"
#include "util/alloc.h"
#include "util/backoff.h"
#include "voice.h"

#define STANDARD_PATH "/redfish/v1/EventService/SSE"
#define SWEEP_EVERY (5 * USEC_PER_SEC)
#define STEADY_AFTER USEC_PER_MINUTE     /* a stream this old was no failure */
#define START_SPREAD (4 * USEC_PER_MSEC) /* per BMC, so as not to start all */
#define START_SPREAD_MAX (30 * USEC_PER_SEC)
#define AHEAD_MAX 256 /* records of one stream that wait for the disk */
#define RETRY_MAX (5 * USEC_PER_MINUTE) /* that a stream may ask for */

struct sse {
    struct source_host *host;
    const struct config *config;
    struct hashmap *streams; /* by BMC name */
    sd_event_source *sweep;
    bool paused; /* all streams, as the spool said */
    bool strays; /* some stream paused itself since */
    bool quiet;  /* the program ends */
};

struct stream {
    struct sse *owner;
    struct bmc *bmc;
    char *signature; /* what it was begun with */
    struct discovery *discovery;
    struct registry_wait *registries;
    char *url; /* of the stream, once it was discovered */
    struct talk_exchange *exchange;
    struct sse_frame *frame;
    sd_event_source *timer;
    struct backoff backoff;
    usec_t opened, last_byte; /* monotonic */
    uint64_t ticket;          /* of its last record */
    size_t ahead;             /* records since all of it was durable */
    bool paused;
    bool up;
};

static void begin(struct stream *s);

static uint32_t random_bits(void)
{
    uint32_t bits = 0;

    getrandom(&bits, sizeof(bits), GRND_NONBLOCK);
    return bits;
}

static void stream_close(struct stream *s)
{
    discover_cancel(TAKE(s->discovery));
    registry_fetch_cancel(TAKE(s->registries));
    talk_cancel(TAKE(s->exchange));
    s->up = s->paused = false;
    s->ahead = 0;
}

static void stream_free(struct stream *s)
{
    stream_close(s);
    sd_event_source_disable_unref(s->timer);
    sse_frame_free(s->frame);
    free(s->signature);
    free(s->url);
    free(s);
}

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    begin(userdata);
    return 0;
}

static void begin_after(struct stream *s, usec_t delay)
{
    sd_event_source_disable_unref(s->timer);
    s->timer = NULL;
    sd_event_add_time_relative(s->owner->host->loop, &s->timer, CLOCK_MONOTONIC,
                               delay, 0, on_timer, s);
}

/* Not before the time that the stream asked for ("retry:"). */
static void begin_again(struct stream *s)
{
    usec_t asked = MIN_OF(sse_frame_retry(s->frame), RETRY_MAX);
    usec_t delay = backoff_next(&s->backoff, random_bits());

    stream_close(s);
    begin_after(s, reach_delay(s->bmc, MAX_OF(delay, asked)));
}

/* The stream is not there. */
static void fail(struct stream *s, unsigned status, const struct error *err)
{
    reach_failed(s->owner->host->pipeline, s->bmc, status,
                 "open its event stream", err);
    begin_again(s);
}

/*
 * The stream is not there any more. Streams end (iDRAC closes idle ones after
 * an hour): whether the BMC is away shows when it is opened again.
 */
static void ended(struct stream *s, const struct error *err)
{
    if (clock_monotonic() - s->opened >= STEADY_AFTER)
        backoff_reset(&s->backoff);
    if (log_limit_pass(&s->bmc->lines, clock_monotonic(), NULL))
        log_info("%s: its event stream ended: %s; opening it again",
                 s->bmc->name, err->text);
    begin_again(s);
}

static void on_frame(void *userdata, const struct sse_frame_event *event)
{
    struct stream *s = userdata;
    struct pipeline_intake intake = {
        .bmc = s->bmc,
        .source = source_sse.name,
        .bytes = event->data,
        .len = event->len,
        .received = clock_real(),
        .sse_id = event->id,
        .stream_lines = event->continued,
    };
    uint64_t ticket;

    if (s->ticket <= spool_durable(s->owner->host->spool))
        s->ahead = 0;
    ticket = pipeline_take(s->owner->host->pipeline, &intake);
    s->ticket = MAX_OF(s->ticket, ticket); /* 0: there was nothing in it */
    s->ahead += ticket > 0;
    if (event->id)
        bmc_set_sse_id(s->bmc, event->id);
    backoff_reset(&s->backoff);
}

static void on_oversize(void *userdata, size_t limit)
{
    struct stream *s = userdata;
    char why[128];

    snprintf(why, sizeof(why),
             "one of its stream was larger than the limit of %zu bytes "
             "(limits.sse_event)",
             limit);
    pipeline_say(s->owner->host->pipeline, s->bmc, VOICE_EVENTS_MISSED,
                 s->bmc->config->url, why, NULL);
}

static void set_paused(struct stream *s, bool paused)
{
    if (s->paused && !paused)
        s->last_byte = clock_monotonic(); /* silence was ours */
    s->paused = paused;
    talk_pause(s->exchange, paused);
}

/*
 * sse_spool_changed() will resume it: what it has ahead of the disk is on its
 * way there.
 */
static void pause_if_needed(struct stream *s)
{
    bool floods = s->ahead >= AHEAD_MAX;

    if (!floods && spool_state(s->owner->host->spool) == SPOOL_OK)
        return;
    s->bmc->pushed_back += floods;
    s->owner->strays = true;
    set_paused(s, true);
}

static void on_head(void *userdata, const char *content_type)
{
    struct stream *s = userdata;

    if (!content_type ||
        strncasecmp(content_type, "text/event-stream", 17) != 0) {
        struct error err;

        error_set(&err, -EPROTO, "its answer is %s, not text/event-stream",
                  content_type ? content_type : "of no type");
        fail(s, 200, &err);
        return;
    }
    s->up = true;
    s->opened = s->last_byte = clock_monotonic();
    pause_if_needed(s);
    reach_worked(s->owner->host->pipeline, s->bmc, "event stream open");
}

static void on_data(void *userdata, const char *data, size_t len)
{
    struct stream *s = userdata;

    s->last_byte = clock_monotonic();
    sse_frame_feed(s->frame, data, len);
    pause_if_needed(s);
}

static void on_end(void *userdata, const struct talk_answer *a)
{
    struct stream *s = userdata;

    s->exchange = NULL;
    sse_frame_end(s->frame);
    if (s->up)
        ended(s, a->err);
    else
        fail(s, a->status, a->err);
}

static void open_stream(struct stream *s)
{
    const char *headers[] = {"Accept: text/event-stream", NULL, NULL};
    _cleanup_free_ char *last_id = NULL;
    struct talk_request request = {
        .bmc = s->bmc,
        .uri = s->url,
        .headers = headers,
        .on_head = on_head,
        .on_data = on_data,
        .on_answer = on_end,
        .userdata = s,
    };

    if (s->bmc->sse_id && *s->bmc->sse_id)
        headers[1] = last_id = xasprintf("Last-Event-ID: %s", s->bmc->sse_id);
    sse_frame_reset(s->frame);
    s->exchange = talk_start(s->owner->host->talk, &request);
}

/* The first event will find them, or they cannot be had. */
static void on_registries(void *userdata)
{
    struct stream *s = userdata;

    s->registries = NULL;
    open_stream(s);
}

static void on_discovered(void *userdata, unsigned status,
                          const struct error *failure)
{
    struct stream *s = userdata;
    const char *url;

    s->discovery = NULL;
    if (failure) {
        fail(s, status, failure);
        return;
    }
    url = s->bmc->service->sse_url;
    if (!url && s->bmc->config->receive == RECEIVE_AUTO) {
        log_info("%s: offers no event stream; subscribing", s->bmc->name);
        subscribe_bmc(s->owner->host->subscriber, s->bmc);
        return;
    }
    free(s->url);
    s->url = url ? xstrdup(url)
                 : xasprintf("%s%s", s->bmc->config->url, STANDARD_PATH);
    s->registries = registry_fetch_start(s->owner->host->registries, s->bmc,
                                         on_registries, s);
    if (!s->registries)
        open_stream(s);
}

static void begin(struct stream *s)
{
    if (!s->owner->quiet)
        s->discovery = discover_start(s->owner->host->discoverer, s->bmc,
                                      on_discovered, s);
}

static void stream_start(struct sse *o, struct bmc *bmc, char *signature)
{
    usec_t spread =
        MIN_OF(fleet_count(o->host->fleet) * START_SPREAD, START_SPREAD_MAX);
    struct sse_frame_callbacks callbacks = {
        .on_event = on_frame,
        .on_oversize = on_oversize,
    };
    struct stream *s = XNEW(struct stream);

    reach_begin(bmc);
    s->owner = o;
    s->bmc = bmc;
    s->signature = signature;
    s->backoff = (struct backoff){.first = 2 * USEC_PER_SEC,
                                  .ceiling = 2 * USEC_PER_MINUTE};
    callbacks.userdata = s;
    s->frame = sse_frame_new(o->config->limits.sse_event, &callbacks);
    hashmap_set(o->streams, bmc->name, s);
    begin_after(s, spread * (random_bits() >> 16) / 65536);
}

static void sse_remove_bmc(struct source *source, struct bmc *bmc)
{
    struct sse *o = (struct sse *)source;
    struct stream *s = hashmap_remove(o->streams, bmc->name);

    if (s)
        stream_free(s);
}

static void adopt_bmc(struct sse *o, struct bmc *bmc)
{
    struct stream *s = hashmap_find(o->streams, bmc->name);
    _cleanup_free_ char *signature = bmc_signature(bmc, o->config);
    bool wanted = bmc->config->receive == RECEIVE_SSE ||
                  bmc->config->receive == RECEIVE_AUTO;

    if (wanted && s && strcmp(s->signature, signature) == 0 &&
        !reach_is_held(bmc))
        return;
    sse_remove_bmc((struct source *)o, bmc);
    if (bmc->config->receive == RECEIVE_AUTO) /* one way, not both */
        subscribe_remove(o->host->subscriber, bmc);
    if (wanted)
        stream_start(o, bmc, TAKE(signature));
}

static int sse_prepare(struct source *source _unused_,
                       const struct config *config _unused_,
                       struct error *err _unused_)
{
    return 0; /* nothing of a stream can fail before it is tried */
}

static void sse_abandon(struct source *source _unused_)
{
}

static void sse_adopt(struct source *source, const struct config *config)
{
    struct sse *o = (struct sse *)source;
    struct bmc *bmc;
    size_t cursor = 0;

    o->config = config;
    while ((bmc = fleet_next(o->host->fleet, &cursor)))
        adopt_bmc(o, bmc);
}

static void sse_spool_changed(struct source *source, uint64_t durable,
                              enum spool_state state)
{
    struct sse *o = (struct sse *)source;
    bool pause = state != SPOOL_OK;
    size_t cursor = 0;
    void *stream;

    if (o->paused == pause && (pause || !o->strays))
        return;
    o->paused = pause;
    o->strays = false;
    while (hashmap_next(o->streams, &cursor, NULL, &stream)) {
        struct stream *s = stream;
        bool floods = s->ahead >= AHEAD_MAX && s->ticket > durable;

        if (!s->exchange || !s->up)
            continue;
        o->strays |= !pause && floods;
        set_paused(s, pause || floods);
    }
}

/* Streams on which nothing came for too long are opened again. */
static int on_sweep(sd_event_source *source, uint64_t now, void *userdata)
{
    struct sse *o = userdata;
    struct error err;
    size_t cursor = 0;
    void *stream;

    while (!o->paused && hashmap_next(o->streams, &cursor, NULL, &stream)) {
        struct stream *s = stream;

        if (!s->up || now < s->last_byte + o->config->limits.sse_idle)
            continue;
        error_set(&err, -ETIMEDOUT, "nothing came for limits.sse_idle");
        ended(s, &err);
    }
    sd_event_source_set_time_relative(source, SWEEP_EVERY);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void close_all(struct sse *o)
{
    size_t cursor = 0;
    void *stream;

    while (hashmap_next(o->streams, &cursor, NULL, &stream))
        stream_close(stream);
}

static void sse_quiesce(struct source *source)
{
    struct sse *o = (struct sse *)source;

    o->quiet = true;
    close_all(o);
}

static size_t sse_waiting(const struct source *source _unused_)
{
    return 0; /* nobody waits for an answer */
}

static struct source *sse_create(struct source_host *host)
{
    struct sse *o = XNEW(struct sse);

    o->host = host;
    o->streams = hashmap_new();
    sd_event_add_time_relative(host->loop, &o->sweep, CLOCK_MONOTONIC,
                               SWEEP_EVERY, 0, on_sweep, o);
    return (struct source *)o;
}

static void sse_destroy(struct source *source)
{
    struct sse *o = (struct sse *)source;
    size_t cursor = 0;
    void *stream;

    while (hashmap_next(o->streams, &cursor, NULL, &stream))
        stream_free(stream);
    hashmap_free(o->streams);
    sd_event_source_disable_unref(o->sweep);
    free(o);
}

const struct source_type source_sse = {
    .name = "sse",
    .create = sse_create,
    .prepare = sse_prepare,
    .adopt = sse_adopt,
    .abandon = sse_abandon,
    .remove_bmc = sse_remove_bmc,
    .spool_changed = sse_spool_changed,
    .quiesce = sse_quiesce,
    .waiting = sse_waiting,
    .destroy = sse_destroy,
};
