/* SPDX-License-Identifier: Apache-2.0 */
/* See clock.h. A binary heap of pointers to the embedded timers. */
#include "clock.h"

#include <time.h>

struct clock {
    pthread_mutex_t *lock;
    pthread_cond_t changed;
    pthread_t thread;
    struct timer **heap; /* heap[1..n] */
    size_t n, cap;
    uint64_t order;
    bool stopping;
};

static bool is_before(const struct timer *a, const struct timer *b)
{
    return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void place(struct clock *c, struct timer *t, size_t i)
{
    c->heap[i] = t;
    t->place = i;
}

/* Puts t where it belongs, starting from the hole at i. */
static void sift(struct clock *c, struct timer *t, size_t i)
{
    while (i > 1 && is_before(t, c->heap[i / 2])) {
        place(c, c->heap[i / 2], i);
        i /= 2;
    }
    for (size_t child; (child = i * 2) <= c->n; i = child) {
        if (child < c->n && is_before(c->heap[child + 1], c->heap[child]))
            child++;
        if (!is_before(c->heap[child], t))
            break;
        place(c, c->heap[child], i);
    }
    place(c, t, i);
}

void clock_cancel(struct clock *c, struct timer *t)
{
    size_t hole = t->place;
    struct timer *last;

    if (!hole)
        return;
    t->place = 0;
    last = c->heap[c->n--];
    if (last != t)
        sift(c, last, hole);
}

void clock_set(struct clock *c, struct timer *t, usec_t when,
               void (*call)(void *), void *arg)
{
    clock_cancel(c, t);
    t->when = when;
    t->order = c->order++;
    t->call = call;
    t->arg = arg;
    if (c->n + 2 > c->cap) {
        c->cap = c->cap * 2 + 64;
        c->heap = xrealloc(c->heap, c->cap * sizeof(*c->heap));
    }
    c->n++;
    sift(c, t, c->n);
    if (t->place == 1)
        pthread_cond_signal(&c->changed);
}

static void wait_until(struct clock *c, usec_t when)
{
    struct timespec t = {.tv_sec = (time_t)(when / USEC_SEC),
                         .tv_nsec = (long)(when % USEC_SEC * 1000)};

    pthread_cond_timedwait(&c->changed, c->lock, &t);
}

static void *clock_run(void *arg)
{
    struct clock *c = arg;

    pthread_mutex_lock(c->lock);
    while (!c->stopping) {
        struct timer *t = c->n ? c->heap[1] : NULL;

        if (!t) {
            pthread_cond_wait(&c->changed, c->lock);
        } else if (t->when > time_now()) {
            wait_until(c, t->when);
        } else {
            clock_cancel(c, t);
            t->call(t->arg);
            /* A busy row of timers must not starve the other threads. */
            pthread_mutex_unlock(c->lock);
            pthread_mutex_lock(c->lock);
        }
    }
    pthread_mutex_unlock(c->lock);
    return NULL;
}

struct clock *clock_new(pthread_mutex_t *lock)
{
    struct clock *c = xcalloc(1, sizeof(*c));
    pthread_condattr_t attr;

    c->lock = lock;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&c->thread, NULL, clock_run, c) != 0)
        abort();
    return c;
}

void clock_free(struct clock *c)
{
    if (!c)
        return;
    pthread_mutex_lock(c->lock);
    c->stopping = true;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(c->lock);
    pthread_join(c->thread, NULL);
    pthread_cond_destroy(&c->changed);
    free(c->heap);
    free(c);
}
