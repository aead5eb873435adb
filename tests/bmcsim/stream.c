/* SPDX-License-Identifier: Apache-2.0 */
/* See stream.h. All of this is under the lock. */
#include "stream.h"

#include <stdio.h>
#include <string.h>

#include "frame.h"
#include "heartbeat.h"
#include "ring.h"
#include "server.h"
#include "subscription_filter.h"

/* On its BMC's list; freed when libmicrohttpd is done with the response. */
struct stream {
    struct stream *next;
    struct bmc *bmc;
    struct conn *conn;
    unsigned id;
    struct buf out;
    size_t taken;
    long events;
    bool ended;  /* ends when all is written */
    usec_t last; /* event, or the start */
    struct timer keepalive, beat, idle;
};

void stream_forget(struct bmc *b)
{
    ring_forget(b);
    lingers_clear(&b->lingers);
    b->sse_no = 0;
}

/* ---- bytes out
 * --------------------------------------------------------------- */

/* Is there anything that the reader may have now? */
static bool is_ready(const struct stream *s)
{
    return s->ended || (s->out.len > s->taken && !s->bmc->behave.sse_stall);
}

static void wake(struct stream *s)
{
    if (is_ready(s))
        conn_resume(s->conn);
}

void stream_wake(struct bmc *b)
{
    for (struct stream *s = b->streams; s; s = s->next)
        wake(s);
}

void stream_end(struct stream *s)
{
    s->ended = true;
    wake(s);
}

ssize_t stream_read(struct stream *s, char *to, size_t max)
{
    size_t len = s->out.len - s->taken;

    if (!is_ready(s))
        return 0;
    if (len == 0 || (s->ended && s->bmc->behave.sse_stall))
        return -1;
    if (len > max)
        len = max;
    memcpy(to, s->out.data + s->taken, len);
    s->taken += len;
    if (s->taken == s->out.len)
        s->taken = s->out.len = 0;
    return (ssize_t)len;
}

static void add(struct stream *s, const struct buf *bytes)
{
    /* What was read moves out of the way before the buffer has to grow. */
    if (s->taken && s->out.len + bytes->len + 1 > s->out.cap) {
        memmove(s->out.data, s->out.data + s->taken, s->out.len - s->taken);
        s->out.len -= s->taken;
        s->taken = 0;
    }
    buf_add(&s->out, bytes->data, bytes->len);
    wake(s);
}

/* A reader that does not read is put out, as real BMCs do. */
static void add_event(struct stream *s, struct event *e,
                      const struct buf *bytes)
{
    long limit = s->bmc->behave.sse_close_after;

    if (s->ended)
        return;
    if (s->out.len - s->taken + bytes->len >
        (size_t)s->bmc->dialect.sse_buffer) {
        stream_end(s);
        return;
    }
    e->sse_sent++;
    s->bmc->counters.sse_sent++;
    s->events++;
    s->last = time_now();
    add(s, bytes);
    if (limit > 0 && s->events >= limit)
        stream_end(s);
}

void stream_broadcast(struct bmc *b, struct event *e)
{
    struct buf bytes = {0};

    if (!filter_streams(b, e))
        return;
    if (!e->sse_id) {
        e->sse_id = ++b->sse_no;
        ring_put(b, e);
    }
    if (!b->streams)
        return;
    frame_event(b, e, false, &bytes);
    for (struct stream *s = b->streams; s; s = s->next)
        add_event(s, e, &bytes);
    buf_done(&bytes);
}

static void comment(struct stream *s)
{
    struct buf bytes = {0};

    frame_comment(&s->bmc->dialect, s->bmc->dialect.sse_comment, &bytes);
    add(s, &bytes);
    buf_done(&bytes);
}

static bool has_comments(const struct bmc *b)
{
    return b->dialect.sse_comment[0];
}

static void on_keepalive(void *arg)
{
    struct stream *s = arg;
    usec_t interval = (usec_t)s->bmc->dialect.sse_keepalive_ms * USEC_MSEC;

    if (has_comments(s->bmc) && !s->ended)
        comment(s);
    if (interval)
        clock_set(s->bmc->sim->clock, &s->keepalive, time_now() + interval,
                  on_keepalive, s);
}

/* A heartbeat has the id 0 and is not in the ring. */
static void on_beat(void *arg)
{
    struct stream *s = arg;
    struct event *e = heartbeat_new(s->bmc);
    struct buf bytes = {0};

    frame_event(s->bmc, e, false, &bytes);
    if (!s->ended)
        add(s, &bytes);
    buf_done(&bytes);
    event_unref(e);
    clock_set(s->bmc->sim->clock, &s->beat,
              time_now() + (usec_t)s->bmc->dialect.sse_heartbeat_ms * USEC_MSEC,
              on_beat, s);
}

/* Too long without an event, comments or not: the BMC ends it. */
static void on_idle(void *arg)
{
    struct stream *s = arg;
    usec_t end = s->last + (usec_t)s->bmc->dialect.sse_idle_ms * USEC_MSEC;

    if (time_now() >= end)
        stream_end(s);
    else
        clock_set(s->bmc->sim->clock, &s->idle, end, on_idle, s);
}

/* ---- opening and closing
 * ------------------------------------------------------ */

/* All after the id that the reader had; what the ring lost is lost. An id
 * that we never gave counts as older than everything. */
static void replay(struct stream *s, const char *last)
{
    struct bmc *b = s->bmc;
    uint64_t id = strtoull(last, NULL, 10);
    bool lost = id > b->sse_no;
    struct buf bytes = {0};

    if (id > b->sse_no)
        id = 0;
    if (b->sse_no > b->ring_size && id < b->sse_no - b->ring_size) {
        id = b->sse_no - b->ring_size;
        lost = true;
    }
    if (lost && b->dialect.sse_unknown_id == UNKNOWN_EXCEEDED) {
        frame_exceeded(&b->dialect, &bytes);
        add(s, &bytes);
        buf_done(&bytes);
        return;
    }
    while (++id <= b->sse_no) {
        struct event *e = ring_find(b, id);

        if (!e)
            continue;
        bytes.len = 0;
        frame_event(b, e, b->dialect.sse_bare_replay, &bytes);
        b->counters.sse_replayed++;
        add_event(s, e, &bytes);
    }
    buf_done(&bytes);
}

/* bmcweb answers one too many with 200 and an end, others with a status. */
static bool is_refused(struct request *r, struct reply *ret)
{
    const struct dialect *d = &r->bmc->dialect;
    const char *accept = request_header(r, "Accept");
    const char *filter = request_arg(r, "$filter");

    if (*d->sse_filter && filter && strcmp(filter, d->sse_filter) != 0) {
        reply_error(ret, 400, "QueryParameterValueFormatError",
                    "The $filter is not supported: use %s.", d->sse_filter);
        return true;
    }
    if (d->sse_need_accept &&
        (!accept || !strstr(accept, "text/event-stream"))) {
        reply_error(ret, 406, "HeaderInvalid",
                    "The stream wants Accept: text/event-stream.");
        return true;
    }
    if (d->sse_limit <= 0 ||
        stream_count(r->bmc) + lingers_count(&r->bmc->lingers, time_now()) <
            (size_t)d->sse_limit)
        return false;
    if (d->sse_over_limit == OVER_EOF) {
        reply_empty(ret, 200);
        ret->type = "text/event-stream";
        ret->close = true;
    } else {
        reply_error(ret, 503, "EventSubscriptionLimitExceeded",
                    "There are %ld streams already.", d->sse_limit);
    }
    return true;
}

/* Not for an interval of 0. */
static void start_timer(struct stream *s, struct timer *t, long ms,
                        void (*call)(void *))
{
    if (ms > 0)
        clock_set(s->bmc->sim->clock, t, time_now() + (usec_t)ms * USEC_MSEC,
                  call, s);
}

/* What comes before the first event. */
static void greet(struct stream *s, const char *last)
{
    const struct dialect *d = &s->bmc->dialect;
    struct buf bytes = {0};

    s->last = time_now();
    if (d->sse_retry_ms > 0)
        frame_retry(d, &bytes);
    add(s, &bytes);
    buf_done(&bytes);
    if (has_comments(s->bmc))
        comment(s);
    if (last)
        replay(s, last);
    start_timer(s, &s->keepalive, d->sse_keepalive_ms, on_keepalive);
    start_timer(s, &s->beat, d->sse_heartbeat_ms, on_beat);
    start_timer(s, &s->idle, d->sse_idle_ms, on_idle);
}

void stream_open(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;
    struct stream *s;

    if (is_refused(r, ret))
        return;
    if (r->head) {
        reply_empty(ret, 200);
        return;
    }
    s = xcalloc(1, sizeof(*s));
    s->bmc = b;
    s->conn = r->conn;
    s->id = ++b->last_subscription;
    s->next = b->streams;
    b->streams = s;
    conn_set_stream(r->conn, s);
    greet(s, request_header(r, "Last-Event-ID"));
    ret->status = 200;
    ret->type = "text/event-stream";
    ret->stream = s;
    ret->close = !b->dialect.sse_chunked;
}

void stream_free(struct stream *s)
{
    struct stream **at = &s->bmc->streams;

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    conn_set_stream(s->conn, NULL);
    lingers_add(&s->bmc->lingers, time_now(),
                (usec_t)s->bmc->dialect.sse_linger_ms * USEC_MSEC);
    clock_cancel(s->bmc->sim->clock, &s->keepalive);
    clock_cancel(s->bmc->sim->clock, &s->beat);
    clock_cancel(s->bmc->sim->clock, &s->idle);
    buf_done(&s->out);
    free(s);
}

/* ---- as members of the subscriptions
 * ------------------------------------------- */

size_t stream_count(const struct bmc *b)
{
    size_t n = 0;

    for (const struct stream *s = b->streams; s; s = s->next)
        n += !s->ended;
    return n;
}

static char *stream_uri(const struct bmc *b, const struct stream *s)
{
    return xasprintf("%s/%u", b->dialect.subs.path, s->id);
}

json_t *stream_members(const struct bmc *b)
{
    json_t *members = json_array();

    for (const struct stream *s = b->streams; s; s = s->next) {
        _cleanup_(freep) char *uri = stream_uri(b, s);

        if (!s->ended)
            json_array_append_new(members, json_pack("{ss}", "@odata.id", uri));
    }
    return members;
}

static json_t *show(const struct bmc *b, const struct stream *s)
{
    _cleanup_(freep) char *uri = stream_uri(b, s);

    return json_pack("{ss ss ss ss ss so so}", "@odata.id", uri, "@odata.type",
                     "#EventDestination.v1_14_0.EventDestination", "Id",
                     strrchr(uri, '/') + 1, "Name", "Event stream",
                     "SubscriptionType", "SSE", "Destination", json_null(),
                     "Context", json_null());
}

bool stream_handle_member(struct request *r, const char *id, struct reply *ret)
{
    struct stream *s = r->bmc->streams;

    while (s && (s->ended || s->id != strtoul(id, NULL, 10)))
        s = s->next;
    if (!s)
        return false;
    if (request_is(r, "GET")) {
        reply_json(ret, 200, show(r->bmc, s));
    } else if (request_is(r, "DELETE")) {
        stream_end(s);
        reply_empty(ret, 204);
    } else {
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    }
    return true;
}
