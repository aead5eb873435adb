/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The projector's thread; see projector.h. Records are applied in batches, a
 * transaction each. A failure rolls the batch back, and the reader starts
 * again behind what was saved: applying twice changes nothing.
 */
#include "projector.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "correlate/condition_state.h"
#include "correlate/recent.h"
#include "event.h"
#include "ledger.h"
#include "state_marks.h"
#include "util/alloc.h"
#include "util/backoff.h"
#include "util/crash.h"
#include "util/random.h"

#define BATCH 1024
#define TRIM_EVERY 64 /* batches */

struct projector {
    struct projector_setup setup;
    struct spool_reader *reader;
    struct backoff backoff;
    _Atomic uint64_t cursor;
    _Atomic bool stop;
    int wake;
    bool complaining;
    unsigned batches; /* since the last trim */
    struct state_marks marks;
    pthread_t thread;
};

static int keep_unreadable(struct projector *p, const struct spool_record *r,
                           const struct event *e, struct error *err)
{
    struct quarantine_item item = {
        .time = (usec_t)event_int(e, EVENT_RECEIVED, 0),
        .bmc = event_text(e, EVENT_BMC_NAME, NULL),
        .source = event_text(e, EVENT_SOURCE, NULL),
        .reason = event_text(e, EVENT_QUARANTINE_REASON, NULL),
        .seq = r->seq,
        .id = event_text(e, EVENT_ID, NULL),
    };

    item.payload = event_text(e, EVENT_RAW, &item.len);
    return quarantine_put(p->setup.quarantine, &item, err);
}

static int apply(struct projector *p, const struct spool_record *r,
                 struct error *err)
{
    struct event e;
    int result = 0;

    if (event_view(&e, r->data, r->len) < 0)
        return 0; /* counted by the sinks, which cannot use it either */
    if (event_int(&e, EVENT_OUTCOME, 0) == OUTCOME_QUARANTINED)
        result = keep_unreadable(p, r, &e, err);
    if (result == 0)
        result = state_marks_apply(&p->marks, p->setup.state, &e, err);
    return result < 0 ? result : condition_state_apply(p->setup.state, &e, err);
}

static int trim(struct projector *p, struct error *err)
{
    if (p->batches++ % TRIM_EVERY != 0)
        return 0;
    return state_trim_memory(p->setup.state, p->setup.memory, RECENT_SHARE_MIN,
                             err);
}

/* Applies one batch: 1 if there may be more, 0 if not, negative on failure. */
static int apply_batch(struct projector *p, struct error *err)
{
    struct spool_record record;
    uint64_t last = 0;
    int r = 1, count = 0;

    while (count < BATCH &&
           (r = spool_reader_next(p->reader, &record, err)) > 0) {
        if (count++ == 0 && (r = state_begin(p->setup.state, err)) < 0)
            return r;
        r = apply(p, &record, err);
        if (r < 0)
            return r;
        last = record.seq;
    }
    if (last > 0) {
        int saved = trim(p, err);

        if (saved == 0)
            saved = state_marks_save(&p->marks, p->setup.state, err);
        crash_point("projector-applied");
        saved = saved < 0 ? saved : state_commit(p->setup.state, last, err);
        crash_point("projector-committed");
        if (saved < 0)
            return saved;
        atomic_store(&p->cursor, last);
    }
    return r < 0 ? r : count == BATCH;
}

static void start_over(struct projector *p)
{
    state_rollback(p->setup.state);
    state_marks_done(&p->marks);
    spool_reader_free(p->reader);
    p->reader = spool_reader_new(p->setup.spool, atomic_load(&p->cursor) + 1);
}

static void complain(struct projector *p, const struct error *err)
{
    struct notice notice = {.kind = NOTICE_QUARANTINE};

    if (!p->complaining) {
        snprintf(notice.text, sizeof(notice.text),
                 "the state cannot be kept and is tried again: %.400s",
                 err->text);
        notice_add(p->setup.notices, &notice);
    }
    p->complaining = true;
}

static void wait_for(struct projector *p, bool for_records, usec_t delay)
{
    struct pollfd fds[2] = {
        {.fd = p->wake, .events = POLLIN},
        {.fd = for_records ? spool_reader_fd(p->reader) : -1, .events = POLLIN},
    };
    int timeout = delay == USEC_INFINITY ? -1 : (int)(delay / USEC_PER_MSEC);

    poll(fds, 2, timeout);
}

static void *run(void *userdata)
{
    struct projector *p = userdata;
    struct error err = {""};
    int r;

    for (;;) {
        bool stopping = atomic_load(&p->stop);

        r = apply_batch(p, &err);
        if (r < 0) {
            start_over(p);
            complain(p, &err);
            if (stopping)
                return NULL;
            wait_for(p, false,
                     backoff_next(&p->backoff, (uint32_t)random_bits()));
            continue;
        }
        backoff_reset(&p->backoff);
        p->complaining = false;
        if (r == 0 && stopping)
            return NULL;
        if (r == 0)
            wait_for(p, true, USEC_INFINITY);
    }
}

static int start_thread(struct projector *p)
{
    sigset_t all, before;
    int r;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&p->thread, NULL, run, p);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r == 0)
        pthread_setname_np(p->thread, "projector");
    return -r;
}

int projector_start(const struct projector_setup *setup, struct projector **ret,
                    struct error *err)
{
    struct projector *p = XNEW(struct projector);
    int r;

    p->setup = *setup;
    p->backoff = (struct backoff){.first = 250 * USEC_PER_MSEC,
                                  .ceiling = 30 * USEC_PER_SEC};
    p->cursor = state_applied(setup->state);
    p->reader = spool_reader_new(setup->spool, p->cursor + 1);
    p->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    r = p->wake < 0 ? -errno : start_thread(p);
    if (r < 0) {
        error_set(err, r, "cannot start the projector: %s", strerror(-r));
        spool_reader_free(p->reader);
        if (p->wake >= 0)
            close(p->wake);
        free(p);
        return r;
    }
    *ret = p;
    return 0;
}

void projector_stop(struct projector *p)
{
    if (!p)
        return;
    atomic_store(&p->stop, true);
    eventfd_write(p->wake, 1);
    pthread_join(p->thread, NULL);
    spool_reader_free(p->reader);
    state_close(p->setup.state);
    state_marks_done(&p->marks);
    close(p->wake);
    free(p);
}

uint64_t projector_cursor(const struct projector *p)
{
    return atomic_load(&p->cursor);
}
