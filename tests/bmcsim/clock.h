/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread that calls functions at given times: rates of emission, retry
 * intervals, delayed answers, keep-alive comments, the end of a reboot and
 * the steps of a scenario all are timers here. Everything is done under the
 * simulator's one lock, which a callback therefore finds held.
 */
#ifndef BMCSIM_CLOCK_H
#define BMCSIM_CLOCK_H

#include <pthread.h>

#include "base.h"

struct clock;

/* Embedded in what it belongs to; zeroed means not set. Its owner cancels it
 * before it goes. */
struct timer {
    usec_t when;
    uint64_t order;
    size_t place; /* 1-based place in the heap, 0 when not set */
    void (*call)(void *arg);
    void *arg;
};

/* Starts the thread; lock is taken around each callback. */
struct clock *clock_new(pthread_mutex_t *lock);
/* Ends the thread without calling what is still set. Not under the lock. */
void clock_free(struct clock *c);

/* Calls call(arg) once at the monotonic time when; a timer that is already
 * set is moved. Timers of the same time are called in the order they were
 * set. All under the lock. */
void clock_set(struct clock *c, struct timer *t, usec_t when,
               void (*call)(void *), void *arg);
void clock_cancel(struct clock *c, struct timer *t);

#endif
