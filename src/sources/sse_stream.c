/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream that floods is paused until the disk has what it brought, and so
 * are all while the spool takes nothing: TCP pushes back. See sse_stream.h.
 */
#include "sources/sse_stream.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "keep.h"
#include "service.h"
#include "sse_frame.h"
#include "talk.h"
#include "util/alloc.h"
#include "vendors.h"
#include "voice.h"

#define STANDARD_PATH "/redfish/v1/EventService/SSE"
/*
 * Records of one stream that wait for the disk: a few batches of the committer.
 * What the BMC has beyond that stays in its socket, and in its own ring.
 */
#define AHEAD_MAX 256
#define RETRY_MAX (5 * USEC_PER_MINUTE) /* that a stream may ask for */

struct sse_stream {
    struct source_host *host;
    struct sse_brakes *brakes;
    struct bmc *bmc;
    struct talk_exchange *exchange; /* until it ended */
    struct sse_frame *frame;
    usec_t last_byte; /* monotonic */
    uint64_t ticket;  /* of its last record */
    size_t ahead;     /* records since all of it was durable */
    uint64_t number;  /* of its last id, if they count; else 0 */
    bool resumed;     /* it was opened with a Last-Event-ID */
    bool brought;     /* at least one event */
    bool paused;
    bool up;
    sd_event_source *round; /* its end is awaited; NULL: it never was */
};

static void end(struct sse_stream *s, unsigned status, const struct error *err)
{
    struct keep_end end = {
        .status = status,
        /*
         * The `retry` field of the stream itself (HTML standard, server-sent
         * events).
         */
        .retry_after = MIN_OF(sse_frame_retry(s->frame), RETRY_MAX),
        .brought = s->brought,
        .err = err,
    };

    talk_cancel(TAKE(s->exchange));
    s->up = s->paused = false;
    keep_down(s->host->keep, s->bmc, WAY_SSE, &end); /* may free us */
}

/*
 * bmcweb gives its heartbeats the id 0: to resume there would bring everything
 * again (wire facts 2.7).
 */
static const char *id_of(const struct sse_frame_event *event)
{
    return event->id && strcmp(event->id, "0") != 0 ? event->id : NULL;
}

/* Ids that count and skip some: those in between went elsewhere, or nowhere. */
static void watch_number(struct sse_stream *s, const char *id)
{
    char *rest;
    uint64_t number = strtoull(id, &rest, 10);

    /* bmcweb and Lenovo count; a service may use any text (HTML standard). */
    if (*rest || rest == id)
        number = 0;
    if (s->number && number > s->number + 1) {
        s->bmc->gaps++;
        s->bmc->gap = true;
    }
    s->number = number;
}

static void on_frame(void *userdata, const struct sse_frame_event *event)
{
    struct sse_stream *s = userdata;
    struct pipeline_intake intake = {
        .bmc = s->bmc,
        .source = source_sse.name,
        .bytes = event->data,
        .len = event->len,
        .received = clock_real(),
        .sse_id = id_of(event),
        .stream_lines = event->continued,
    };
    uint64_t ticket, before = spool_appended(s->host->spool);
    usec_t now = clock_monotonic();

    if (s->ticket <= spool_durable(s->host->spool))
        s->ahead = 0;
    ticket = pipeline_take(s->host->pipeline, &intake);
    pace_note(&s->host->pace, s->bmc, now);
    pace_count(&s->host->pace, s->bmc, spool_appended(s->host->spool) - before,
               now);
    s->ticket = MAX_OF(s->ticket, ticket); /* 0: there was nothing in it */
    s->ahead += ticket > 0;
    s->brought = true;
    if (!intake.sse_id)
        return;
    watch_number(s, intake.sse_id);
    bmc_set_sse_id(s->bmc, intake.sse_id);
}

static void on_oversize(void *userdata, size_t limit)
{
    struct sse_stream *s = userdata;
    char why[128];

    snprintf(why, sizeof(why),
             "one of its stream was larger than the limit of %zu bytes "
             "(limits.sse_event)",
             limit);
    pipeline_say(s->host->pipeline, s->bmc, VOICE_EVENTS_MISSED,
                 s->bmc->config->url, why, NULL);
}

/* ---- reading and pausing */

static void set_paused(struct sse_stream *s, bool paused)
{
    if (s->paused == paused)
        return;
    if (!paused)
        s->last_byte = clock_monotonic(); /* the silence was ours */
    s->paused = paused;
    talk_pause(s->exchange, paused);
}

static int on_round(sd_event_source *timer, uint64_t now, void *userdata);

static void await_round(struct sse_stream *s, usec_t delay)
{
    if (!s->round) /* few ever need one */
        (void)sd_event_add_time(s->host->loop, &s->round, CLOCK_MONOTONIC, 0, 1,
                                on_round, s);
    (void)sd_event_source_set_time_relative(s->round, delay);
    (void)sd_event_source_set_enabled(s->round, SD_EVENT_ONESHOT);
}

/* For the disk, which sse.c tells of, or until its round is over; or goes on */
static void pause_or_resume(struct sse_stream *s, uint64_t durable, bool takes)
{
    bool floods = s->ahead >= AHEAD_MAX && s->ticket > durable;
    usec_t delay = 0;

    if (!takes || floods) {
        s->bmc->pushed_back += floods && !s->paused;
        s->brakes->held_back = true;
    } else {
        delay = pace_delay(&s->host->pace, s->bmc, clock_monotonic());
    }
    if (delay > 0)
        await_round(s, delay);
    set_paused(s, !takes || floods || delay > 0);
}

static void look_around(struct sse_stream *s)
{
    pause_or_resume(s, spool_durable(s->host->spool),
                    spool_state(s->host->spool) == SPOOL_OK);
}

static int on_round(sd_event_source *timer _unused_, uint64_t now _unused_,
                    void *userdata)
{
    struct sse_stream *s = userdata;

    if (s->up)
        look_around(s);
    return 0;
}

void sse_stream_spool(struct sse_stream *s, uint64_t durable, bool takes)
{
    if (s->up)
        pause_or_resume(s, durable, takes);
}

bool sse_stream_sweep(struct sse_stream *s, usec_t idle, usec_t now)
{
    struct error err;

    usec_t own = s->bmc->service->vendor_row->sse_idle;

    if (!s->up || s->paused || now < s->last_byte + (own ?: idle))
        return false;
    error_set(&err, -ETIMEDOUT, "nothing came for limits.sse_idle");
    end(s, 200, &err);
    return true;
}

/* ---- the exchange */

static void on_head(void *userdata, const char *content_type)
{
    struct sse_stream *s = userdata;
    struct error err;

    if (!content_type ||
        strncasecmp(content_type, "text/event-stream", 17) != 0) {
        error_set(&err, -EPROTO, "its answer is %s, not text/event-stream",
                  content_type ? content_type : "of no type");
        end(s, 200, &err);
        return;
    }
    s->up = true;
    s->last_byte = s->bmc->heard = clock_monotonic();
    look_around(s);
    keep_up(s->host->keep, s->bmc, WAY_SSE, "event stream open", s->resumed);
}

static void on_data(void *userdata, const char *data, size_t len)
{
    struct sse_stream *s = userdata;

    /*
     * Any byte is a sign of life, also of a comment: Lenovo sends one to keep
     * the connection.
     */
    s->last_byte = s->bmc->heard = clock_monotonic();
    sse_frame_feed(s->frame, data, len);
    look_around(s);
}

static void on_answer(void *userdata, const struct talk_answer *answer)
{
    struct sse_stream *s = userdata;
    struct error err = {"the BMC ended it"};

    s->exchange = NULL;
    /*
     * What was begun without a blank line at its end is no event (HTML
     * standard); its id does not count, so that it comes again.
     */
    sse_frame_end(s->frame);
    end(s, answer->status, answer->status == 200 ? &err : answer->err);
}

static char *stream_uri(const struct bmc *bmc)
{
    const char *url = bmc->service->sse_url ?: STANDARD_PATH;
    const char *filter = bmc->service->vendor_row->sse_filter;

    return filter ? xasprintf("%s?$filter=%s", url, filter) : xstrdup(url);
}

struct sse_stream *sse_stream_open(struct source_host *host, struct bmc *bmc,
                                   struct sse_brakes *brakes)
{
    struct sse_stream *s = XNEW(struct sse_stream);
    _cleanup_free_ char *last_id = NULL, *uri = stream_uri(bmc);
    /* bmcweb opens no stream without that Accept (wire facts 5). */
    const char *headers[] = {"Accept: text/event-stream", NULL, NULL};
    struct talk_request request = {
        .bmc = bmc,
        .uri = uri,
        .headers = headers,
        .on_head = on_head,
        .on_data = on_data,
        .on_answer = on_answer,
        .userdata = s,
    };
    struct sse_frame_callbacks callbacks = {
        .on_event = on_frame,
        .on_oversize = on_oversize,
        .userdata = s,
    };

    s->host = host;
    s->bmc = bmc;
    s->brakes = brakes;
    s->frame = sse_frame_new(brakes->event_max, &callbacks);
    s->resumed = bmc->sse_id && *bmc->sse_id;
    if (s->resumed)
        headers[1] = last_id = xasprintf("Last-Event-ID: %s", bmc->sse_id);
    s->exchange = talk_start(host->talk, &request);
    return s;
}

void sse_stream_free(struct sse_stream *s)
{
    if (!s)
        return;
    sd_event_source_disable_unref(s->round);
    talk_cancel(s->exchange);
    sse_frame_free(s->frame);
    free(s);
}
