/* SPDX-License-Identifier: Apache-2.0 */
/* See emit.h. A job is an order that is not finished; its timer drives it. */
#include "emit.h"

#include <errno.h>

#include "emission.h"
#include "ledger.h"
#include "stream.h"
#include "subscriptions.h"

#define AT_ONCE 1000 /* more than that would hold the lock for too long */
#define COUNT_MAX 100000000

struct job {
    struct job *next;
    struct bmc *bmc;
    struct emission emission;
    uint64_t first, done, count;
    double rate; /* per second; 0: as fast as it goes */
    usec_t started;
    struct timer timer;
};

/* An event on its way while the BMC delays. */
struct delayed {
    struct delayed *next, **at; /* on sim->delayed */
    struct bmc *bmc;
    struct event *event;
    struct timer timer;
};

static void deliver(struct bmc *b, struct event *e)
{
    if (b->down || !b->dialect.service_enabled) {
        e->down = true;
        b->counters.down++;
        return;
    }
    for (long i = 0; i <= b->behave.repeat; i++) {
        stream_broadcast(b, e);
        subscriptions_push(b, e);
    }
}

static void delayed_free(struct delayed *d)
{
    *d->at = d->next;
    if (d->next)
        d->next->at = d->at;
    clock_cancel(d->bmc->sim->clock, &d->timer);
    event_unref(d->event);
    free(d);
}

static void on_delayed(void *arg)
{
    struct delayed *d = arg;

    deliver(d->bmc, d->event);
    delayed_free(d);
}

static void delay(struct bmc *b, struct event *e)
{
    struct delayed *d = xcalloc(1, sizeof(*d)), **list = &b->sim->delayed;

    *d = (struct delayed){
        .next = *list, .at = list, .bmc = b, .event = event_ref(e)};
    if (d->next)
        d->next->at = &d->next;
    *list = d;
    clock_set(b->sim->clock, &d->timer,
              time_now() + (usec_t)b->behave.delay_ms * USEC_MSEC, on_delayed,
              d);
}

static void emit_one(struct bmc *b, const struct emission *emission, uint64_t n)
{
    struct event *e = event_new(b, emission, n);

    if (e->test)
        b->counters.tests++;
    else
        b->counters.emitted++;
    ledger_add(b, e);
    if (e->unsent) {
        b->counters.log_only++;
    } else if (behave_drops(&b->behave)) {
        e->dropped = true;
        b->counters.dropped++;
    } else if (b->behave.delay_ms > 0) {
        delay(b, e);
    } else {
        deliver(b, e);
    }
    event_unref(e);
}

static void job_free(struct sim *sim, struct job *job)
{
    struct job **at = &sim->jobs;

    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    clock_cancel(sim->clock, &job->timer);
    emission_done(&job->emission);
    free(job);
}

/* How many are due by now. */
static uint64_t job_due(const struct job *job)
{
    double due;

    if (job->rate <= 0)
        return job->count;
    due =
        (double)(time_now() - job->started) / (double)USEC_SEC * job->rate + 1;
    return due < (double)job->count ? (uint64_t)due : job->count;
}

static void on_job(void *arg)
{
    struct job *job = arg;
    struct sim *sim = job->bmc->sim;
    uint64_t due = job_due(job);
    usec_t next = time_now();

    for (int i = 0; job->done < due && i < AT_ONCE / 4; i++, job->done++)
        emit_one(job->bmc, &job->emission, job->first + job->done);
    if (job->done >= job->count) {
        job_free(sim, job);
        return;
    }
    if (job->rate > 0 && job->done >= due) {
        double at = (double)job->done / job->rate * (double)USEC_SEC;

        /* Not more than a thousand wake-ups a second, whatever the rate. */
        next = job->started + (usec_t)at;
        if (next < time_now() + USEC_MSEC)
            next = time_now() + USEC_MSEC;
    }
    clock_set(sim->clock, &job->timer, next, on_job, job);
}

static uint64_t job_start(struct bmc *b, struct emission *take, uint64_t first,
                          uint64_t count, double rate)
{
    struct job *job = xcalloc(1, sizeof(*job));

    *job = (struct job){.next = b->sim->jobs,
                        .bmc = b,
                        .emission = *take,
                        .first = first,
                        .count = count,
                        .rate = rate,
                        .started = time_now()};
    *take = (struct emission){0};
    b->sim->jobs = job;
    clock_set(b->sim->clock, &job->timer, job->started, on_job, job);
    return count;
}

long emit_order(struct bmc *b, json_t *order, uint64_t *ret_pending,
                struct error *err)
{
    json_t *count_given = json_object_get(order, "count");
    json_t *first_given = json_object_get(order, "first");
    json_int_t count = count_given ? json_integer_value(count_given) : 1;
    json_int_t first = first_given ? json_integer_value(first_given) : 1;
    double rate = json_number_value(json_object_get(order, "rate"));
    struct emission emission;
    int r;

    *ret_pending = 0;
    if (count < 1 || count > COUNT_MAX || rate < 0)
        return error_set(err, -EINVAL,
                         "'count' is 1 to %d, 'rate' is not negative",
                         COUNT_MAX);
    r = emission_parse(b, order, &emission, err);
    if (r < 0)
        return r;
    if (count > AT_ONCE || (rate > 0 && count > 1)) {
        *ret_pending =
            job_start(b, &emission, (uint64_t)first, (uint64_t)count, rate);
        return 0;
    }
    for (json_int_t i = 0; i < count; i++)
        emit_one(b, &emission, (uint64_t)(first + i));
    emission_done(&emission);
    return (long)count;
}

uint64_t emit_pending(struct sim *sim, const struct bmc *b)
{
    uint64_t pending = 0;

    for (struct job *job = sim->jobs; job; job = job->next)
        if (!b || job->bmc == b)
            pending += job->count - job->done;
    return pending;
}

void emit_stop(struct sim *sim, const struct bmc *b)
{
    struct job *next;

    for (struct job *job = sim->jobs; job; job = next) {
        next = job->next;
        if (!b || job->bmc == b)
            job_free(sim, job);
    }
}

void emit_end(struct sim *sim)
{
    emit_stop(sim, NULL);
    while (sim->delayed)
        delayed_free(sim->delayed);
}
