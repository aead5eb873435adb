/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two lists under a mutex, one to the thread and one back; see worker.h. A
 * task belongs to the thread only while it runs.
 */
#include "util/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "util/alloc.h"

struct list {
    struct worker_task *first, *last;
};

struct worker {
    sd_event_source *source;
    int fd; /* eventfd: something is done */
    size_t max, under_way;
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wanted, done;
    struct list to_do, to_tell;
    bool ends;
};

static void push(struct list *l, struct worker_task *t)
{
    t->next = NULL;
    if (l->first)
        l->last->next = t;
    else
        l->first = t;
    l->last = t;
}

static struct worker_task *pop(struct list *l)
{
    struct worker_task *t = l->first;

    if (t)
        l->first = t->next;
    return t;
}

/* The next task, or NULL at the end. */
static struct worker_task *wait_for_task(struct worker *w)
{
    struct worker_task *t = NULL;

    pthread_mutex_lock(&w->lock);
    while (!w->ends && !w->to_do.first)
        pthread_cond_wait(&w->wanted, &w->lock);
    if (!w->ends)
        t = pop(&w->to_do);
    pthread_mutex_unlock(&w->lock);
    return t;
}

static void *work(void *userdata)
{
    struct worker *w = userdata;
    struct worker_task *t;

    while ((t = wait_for_task(w))) {
        if (!atomic_load(&t->cancelled))
            t->run(t);
        pthread_mutex_lock(&w->lock);
        push(&w->to_tell, t);
        pthread_cond_signal(&w->done);
        pthread_mutex_unlock(&w->lock);
        eventfd_write(w->fd, 1);
    }
    return NULL;
}

static void tell(struct worker *w)
{
    struct worker_task *t;

    do {
        pthread_mutex_lock(&w->lock);
        t = pop(&w->to_tell);
        pthread_mutex_unlock(&w->lock);
        if (!t)
            return;
        w->under_way--;
        if (atomic_load(&t->cancelled))
            t->drop(t);
        else
            t->done(t);
    } while (true);
}

static int on_told(sd_event_source *source _unused_, int fd,
                   uint32_t events _unused_, void *userdata)
{
    eventfd_t unused;

    eventfd_read(fd, &unused);
    tell(userdata);
    return 0;
}

/* Signals are the loop's: the thread takes none. */
static int start_thread(struct worker *w)
{
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&w->thread, NULL, work, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r == 0)
        pthread_setname_np(w->thread, "worker");
    return -r;
}

static void destroy(struct worker *w)
{
    sd_event_source_disable_unref(w->source);
    if (w->fd >= 0)
        close(w->fd);
    pthread_cond_destroy(&w->wanted);
    pthread_cond_destroy(&w->done);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

static struct worker *make(size_t max)
{
    struct worker *w = XNEW(struct worker);
    pthread_condattr_t monotonic;

    w->max = max;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wanted, NULL);
    pthread_cond_init(&w->done, &monotonic);
    pthread_condattr_destroy(&monotonic);
    w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return w;
}

int worker_new(sd_event *loop, size_t max, struct worker **ret,
               struct error *err)
{
    struct worker *w = make(max);
    int r = w->fd < 0
                ? -errno
                : sd_event_add_io(loop, &w->source, w->fd, EPOLLIN, on_told, w);

    r = r < 0 ? r : start_thread(w);
    if (r < 0) {
        destroy(w);
        return error_set(err, r, "cannot start a thread: %s", strerror(-r));
    }
    *ret = w;
    return 0;
}

void worker_free(struct worker *w)
{
    struct worker_task *t;

    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->ends = true;
    pthread_cond_signal(&w->wanted);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    while ((t = pop(&w->to_tell)) || (t = pop(&w->to_do)))
        t->drop(t);
    destroy(w);
}

bool worker_add(struct worker *w, struct worker_task *t)
{
    if (w->under_way >= w->max)
        return false;
    w->under_way++;
    atomic_store(&t->cancelled, false);
    pthread_mutex_lock(&w->lock);
    push(&w->to_do, t);
    pthread_cond_signal(&w->wanted);
    pthread_mutex_unlock(&w->lock);
    return true;
}

void worker_cancel(struct worker_task *t)
{
    atomic_store(&t->cancelled, true);
}

/* Until something is to be told; false when the time is over. */
static bool wait_until(struct worker *w, usec_t deadline)
{
    struct timespec end = {
        .tv_sec = (time_t)(deadline / USEC_PER_SEC),
        .tv_nsec = (long)(deadline % USEC_PER_SEC * 1000),
    };
    int r = 0;

    pthread_mutex_lock(&w->lock);
    while (!w->to_tell.first && r == 0)
        r = pthread_cond_timedwait(&w->done, &w->lock, &end);
    pthread_mutex_unlock(&w->lock);
    return r == 0;
}

bool worker_settle(struct worker *w, usec_t delay)
{
    usec_t deadline = clock_monotonic() + delay;

    while (w->under_way > 0) {
        if (!wait_until(w, deadline))
            return false;
        tell(w);
    }
    return true;
}
