/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deadlines of HTTP connections. libmicrohttpd's own timeout is one of
 * idleness: a header sent one byte a second outlives it (reference pitfall
 * 4). So each phase of a connection gets a time of its own here, and a socket
 * that overruns it is shut down, which the library then notices by itself.
 *
 * Within a phase all connections get the same time, so each phase is a queue
 * with the earliest deadline in front: moving between phases costs nothing.
 * Suspended connections have no deadline, but once a second we look whether
 * the client is still there: the library does not while they are suspended,
 * and clients that gave up must not fill the connection limit.
 */
#include "http/http_server_private.h"

#include <poll.h>

#define PROBE_INTERVAL USEC_PER_SEC
#define TIMER_ACCURACY (10 * USEC_PER_MSEC)

static usec_t limits_now(const struct http_server *s)
{
    uint64_t now = 0;

    (void)sd_event_now(s->loop, CLOCK_MONOTONIC, &now);
    return now;
}

static usec_t phase_delay(const struct http_server *s, enum http_phase phase)
{
    const struct http_server_limits *l = &s->options.limits;

    switch (phase) {
    case HTTP_PHASE_HEADER:
        return l->header_timeout;
    case HTTP_PHASE_BODY:
    case HTTP_PHASE_ANSWER: /* answers are small: a client that reads has them
                             */
        return l->body_timeout;
    case HTTP_PHASE_WAITING:
        return PROBE_INTERVAL;
    case HTTP_PHASE_IDLE:
        return l->idle_timeout;
    case HTTP_PHASE_NONE:
    case HTTP_PHASE_COUNT:
        break;
    }
    return 0;
}

static void queue_remove(struct http_queue *q, struct http_connection *c)
{
    if (c->prev)
        c->prev->next = c->next;
    else
        q->head = c->next;
    if (c->next)
        c->next->prev = c->prev;
    else
        q->tail = c->prev;
    c->prev = c->next = NULL;
}

static void queue_append(struct http_queue *q, struct http_connection *c)
{
    c->prev = q->tail;
    c->next = NULL;
    if (q->tail)
        q->tail->next = c;
    else
        q->head = c;
    q->tail = c;
}

/* Sets the timer unless it rings earlier anyway; then it looks again. */
static void limits_arm(struct http_server *s, usec_t deadline)
{
    if (deadline >= s->armed)
        return;
    s->armed = deadline;
    (void)sd_event_source_set_time(s->deadlines, deadline);
    (void)sd_event_source_set_enabled(s->deadlines, SD_EVENT_ONESHOT);
}

void http_limits_enter(struct http_connection *c, enum http_phase phase)
{
    struct http_server *s = c->server;
    usec_t delay = phase_delay(s, phase);

    if (c->phase != HTTP_PHASE_NONE)
        queue_remove(&s->queues[c->phase], c);
    c->phase = HTTP_PHASE_NONE;
    if (delay == 0 || delay == USEC_INFINITY)
        return;
    c->phase = phase;
    c->deadline = limits_now(s) + delay;
    queue_append(&s->queues[phase], c);
    limits_arm(s, c->deadline);
}

/* A half-closed client counts as gone: no BMC waits on such a connection. */
static bool client_is_gone(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0 &&
           (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

static void limits_expire(struct http_connection *c)
{
    if (c->phase == HTTP_PHASE_WAITING) {
        if (client_is_gone(c->fd))
            http_request_abandon(c->request);
        else
            http_limits_enter(c, HTTP_PHASE_WAITING);
        return;
    }
    http_limits_enter(c, HTTP_PHASE_NONE);
    (void)shutdown(c->fd, SHUT_RDWR);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
    struct http_server *s = userdata;
    usec_t now = limits_now(s), earliest = USEC_INFINITY;

    (void)source;
    (void)usec;
    for (int i = 0; i < HTTP_PHASE_COUNT; i++) {
        struct http_queue *q = &s->queues[i];

        while (q->head && q->head->deadline <= now)
            limits_expire(q->head);
    }
    for (int i = 0; i < HTTP_PHASE_COUNT; i++)
        if (s->queues[i].head)
            earliest = MIN_OF(earliest, s->queues[i].head->deadline);
    s->armed = USEC_INFINITY;
    limits_arm(s, earliest);
    return 0;
}

int http_limits_start(struct http_server *s, struct error *err)
{
    int rc = sd_event_add_time(s->loop, &s->deadlines, CLOCK_MONOTONIC, 0,
                               TIMER_ACCURACY, on_deadline, s);

    s->armed = USEC_INFINITY;
    if (rc < 0)
        return error_set(err, rc, "cannot make a timer on the loop");
    return sd_event_source_set_enabled(s->deadlines, SD_EVENT_OFF);
}
