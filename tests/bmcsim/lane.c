/* SPDX-License-Identifier: Apache-2.0 */
/* See lane.h. All of this is under the lock. */
#include "lane.h"

#include <string.h>

#include "subscriptions.h"

struct lane *lane_open(struct poster *p, struct subscription *s)
{
    struct lane *lane = xcalloc(1, sizeof(*lane));

    lane->poster = p;
    lane->bmc = s->bmc;
    lane->subscription = s;
    return lane;
}

static struct event *queue_head(struct lane *lane)
{
    return lane->queue[lane->head];
}

static struct event *queue_take(struct lane *lane)
{
    struct event *e = queue_head(lane);

    lane->head = (lane->head + 1) % lane->cap;
    lane->n--;
    lane->attempts = 0;
    lane->bmc->counters.pending--;
    return e;
}

static void queue_put(struct lane *lane, struct event *e)
{
    if (lane->n == lane->cap) {
        size_t cap = lane->cap * 2 + 8;
        struct event **queue = xcalloc(cap, sizeof(*queue));

        for (size_t i = 0; i < lane->n; i++)
            queue[i] = lane->queue[(lane->head + i) % lane->cap];
        free(lane->queue);
        lane->queue = queue;
        lane->cap = cap;
        lane->head = 0;
    }
    lane->queue[(lane->head + lane->n++) % lane->cap] = event_ref(e);
    lane->bmc->counters.pending++;
}

/* Makes room by losing the oldest event that is not on its way, as small
 * queues of real BMCs do. */
static void queue_overflow(struct lane *lane)
{
    size_t victim = lane->in_flight && lane->n > 1 ? 1 : 0;
    struct event *e = lane->queue[(lane->head + victim) % lane->cap];

    e->given_up++;
    event_unref(e);
    lane->bmc->counters.overflow++;
    if (victim)
        lane->queue[(lane->head + 1) % lane->cap] = queue_head(lane);
    lane->head = (lane->head + 1) % lane->cap;
    lane->n--;
    lane->bmc->counters.pending--;
    if (!victim)
        lane->attempts = 0;
}

void lane_push(struct lane *lane, struct event *e)
{
    long limit = lane->bmc->dialect.queue;

    if (limit > 0 && lane->n >= (size_t)limit + lane->in_flight)
        queue_overflow(lane);
    queue_put(lane, e);
    if (!lane->in_flight && !lane->retrying)
        poster_ready(lane->poster, lane);
}

size_t lane_depth(const struct lane *lane)
{
    return lane->n;
}

void lane_drain(struct lane *lane)
{
    while (lane->n) {
        struct event *e = queue_take(lane);

        e->given_up++;
        lane->bmc->counters.given_up++;
        event_unref(e);
    }
}

void lane_close(struct lane *lane)
{
    clock_cancel(lane->bmc->sim->clock, &lane->retry);
    lane->retrying = false;
    lane->subscription = NULL;
    poster_ready(lane->poster, lane);
}

static void on_retry(void *arg)
{
    struct lane *lane = arg;

    lane->retrying = false;
    poster_ready(lane->poster, lane);
}

static void retry_later(struct lane *lane)
{
    usec_t interval = (usec_t)lane->bmc->dialect.retry_interval_ms * USEC_MSEC;

    lane->retrying = true;
    clock_set(lane->bmc->sim->clock, &lane->retry, time_now() + interval,
              on_retry, lane);
}

/* The retries are used up. */
static void give_up(struct lane *lane)
{
    struct subscription *s = lane->subscription;
    struct event *e;

    switch ((enum retry_policy)s->policy) {
    case RETRY_FOREVER:
        retry_later(lane);
        return;
    case RETRY_TERMINATE:
        subscription_delete(s);
        return;
    case RETRY_SUSPEND:
        s->suspended = true;
        lane_drain(lane);
        return;
    case RETRY_DROP_EVENT:
        e = queue_take(lane);
        e->given_up++;
        lane->bmc->counters.given_up++;
        event_unref(e);
        if (lane->n)
            poster_ready(lane->poster, lane);
        return;
    }
}

static bool is_success(const struct bmc *b, long status)
{
    return b->dialect.ack == ACK_EXACT200 ? status == 200
                                          : status >= 200 && status < 300;
}

static void lane_acked(struct lane *lane)
{
    struct event *e = queue_take(lane);

    e->acked++;
    lane->bmc->counters.acked++;
    lane->subscription->acked++;
    event_unref(e);
    if (lane->n)
        poster_ready(lane->poster, lane);
}

void lane_answered(struct lane *lane, long status)
{
    struct counters *c = &lane->bmc->counters;

    lane->in_flight = false;
    c->posted++;
    if (status > 0 && status < N_STATUSES)
        c->statuses[status]++;
    if (!lane->subscription || !lane->n) {
        poster_ready(lane->poster, lane);
        return;
    }
    queue_head(lane)->posted++;
    lane->subscription->posted++;
    if (is_success(lane->bmc, status)) {
        lane_acked(lane);
        return;
    }
    if (status > 0) {
        c->refused++;
        queue_head(lane)->refused++;
    } else {
        c->failed++;
    }
    if (lane->attempts++ < (unsigned)lane->bmc->dialect.retry_attempts)
        retry_later(lane);
    else
        give_up(lane);
}
