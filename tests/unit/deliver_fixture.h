/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that does as it is told, and a delivery into it from a real spool in
 * a folder of its own: what the tests of delivery share. The threads are real,
 * so a test waits for conditions (eventually()); how long that takes decides
 * nothing.
 */
#pragma once

#include "deliver.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>

#include "deliver/cursor.h"
#include "ledger.h"
#include "sinks/sink.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define SENT_MAX 4096
#define PATIENCE (60 * USEC_PER_SEC)

/* The sink under the test's hands; the lock is of everything. */
struct puppet {
    pthread_mutex_t lock;
    int kick; /* eventfd: look at your orders again */

    /* orders */
    unsigned start_failures; /* so many starts fail */
    unsigned busy;           /* so many sends are turned away */
    uint64_t fail_at;        /* the send of this record fails, once */
    uint64_t refuse;         /* this record is refused */
    uint64_t refuse_late;    /* this one, after it was taken */
    uint64_t hold_after;     /* nothing behind it is acknowledged; 0: all is */
    uint64_t back_to;        /* the next stop goes back to this record */

    /* what happened */
    uint64_t sent[SENT_MAX];
    size_t sent_count;
    unsigned starts, stops, reopens;
    uint64_t taken, acked;
    struct sink_setup setup;
    bool told_late;
};

/* create() gets only the setup, and the options lead to the puppet. */
struct puppet_options {
    struct puppet *puppet;
};

_unused_
static struct puppet *puppet_of(const struct sink *s)
{
    return (struct puppet *)s;
}

_unused_
static struct sink *puppet_create(const struct sink_setup *setup)
{
    const struct puppet_options *o = setup->options;

    o->puppet->setup = *setup;
    return (struct sink *)o->puppet;
}

_unused_
static int puppet_start(struct sink *s, struct error *err)
{
    struct puppet *p = puppet_of(s);
    bool fails;

    pthread_mutex_lock(&p->lock);
    fails = p->start_failures > 0;
    if (fails)
        p->start_failures--;
    p->starts++;
    p->taken = p->acked = 0;
    pthread_mutex_unlock(&p->lock);
    return fails ? error_set(err, -ECONNREFUSED, "nobody is there") : 0;
}

_unused_
static enum sink_result decide(struct puppet *p, uint64_t seq,
                               struct error *err)
{
    if (p->busy > 0) {
        p->busy--;
        eventfd_write(p->kick, 1);
        return SINK_BUSY;
    }
    if (p->fail_at == seq) {
        p->fail_at = 0;
        error_set(err, -EPIPE, "it went away");
        return SINK_FAILED;
    }
    if (p->refuse == seq) {
        error_set(err, -EMSGSIZE, "too large");
        return SINK_REFUSED;
    }
    p->taken = seq;
    return SINK_TAKEN;
}

_unused_
static enum sink_result puppet_send(struct sink *s, const struct sink_record *r,
                                    struct error *err)
{
    struct puppet *p = puppet_of(s);
    enum sink_result result;

    pthread_mutex_lock(&p->lock);
    result = decide(p, r->seq, err);
    if (result == SINK_TAKEN && p->sent_count < SENT_MAX)
        p->sent[p->sent_count++] = r->seq;
    pthread_mutex_unlock(&p->lock);
    return result;
}

_unused_
static int puppet_work(struct sink *s, _unused_ usec_t now,
                       _unused_ struct error *err)
{
    struct puppet *p = puppet_of(s);
    uint64_t late = 0;
    eventfd_t unused;

    pthread_mutex_lock(&p->lock);
    eventfd_read(p->kick, &unused);
    if (p->refuse_late > 0 && p->taken >= p->refuse_late) {
        late = p->refuse_late;
        p->refuse_late = 0;
    }
    p->acked = p->hold_after > 0 ? MIN_OF(p->taken, p->hold_after) : p->taken;
    pthread_mutex_unlock(&p->lock);
    if (late > 0)
        p->setup.refused(p->setup.userdata, late, "thought better of it");
    return 0;
}

_unused_
static uint64_t puppet_acked(const struct sink *s)
{
    return puppet_of(s)->acked;
}

_unused_
static void puppet_wait(const struct sink *s, struct pollfd *ret_fd,
                        usec_t *ret_deadline)
{
    *ret_fd = (struct pollfd){.fd = puppet_of(s)->kick, .events = POLLIN};
    *ret_deadline = USEC_INFINITY;
}

_unused_
static uint64_t puppet_stop(struct sink *s, _unused_ bool clean)
{
    struct puppet *p = puppet_of(s);
    uint64_t back;

    pthread_mutex_lock(&p->lock);
    back = p->back_to;
    p->back_to = 0;
    p->stops++;
    p->taken = p->acked = 0;
    pthread_mutex_unlock(&p->lock);
    return back;
}

_unused_
static void puppet_reopen(struct sink *s)
{
    struct puppet *p = puppet_of(s);

    pthread_mutex_lock(&p->lock);
    p->reopens++;
    pthread_mutex_unlock(&p->lock);
}

_unused_
static void puppet_destroy(_unused_ struct sink *s)
{
}

static const struct sink_type puppet_type = {
    .name = "puppet",
    .create = puppet_create,
    .start = puppet_start,
    .send = puppet_send,
    .work = puppet_work,
    .acked = puppet_acked,
    .wait = puppet_wait,
    .stop = puppet_stop,
    .reopen = puppet_reopen,
    .destroy = puppet_destroy,
};

/* A story's world. */
struct world {
    char directory[64];
    char quarantine_directory[96];
    struct spool *spool;
    struct quarantine *quarantine;
    struct notice_queue *notices;
    struct puppet puppet;
    struct puppet_options puppet_options;
    struct config_sink config;
    struct deliver *deliver;
    uint64_t start_seq;
    uint64_t routed;
    struct notice seen[32];
    size_t seen_count;
};

_unused_
static void open_spool(struct world *w)
{
    struct spool_options options = {
        .directory = w->directory,
        .max_size = 64u << 20,
        .keep = USEC_PER_DAY,
        .segment_size = 1u << 20,
    };
    struct spool_recovery recovery = {0};
    struct error err = {0};

    if (spool_open(&options, &w->spool, &recovery, &err) < 0)
        diag("%s", err.text);
    buffer_done(&recovery.checkpoint);
}

_unused_
static void world_init(struct world *w)
{
    struct error err = {0};

    *w = (struct world){.directory = "/tmp/trawl-deliver-XXXXXX"};
    if (!mkdtemp(w->directory))
        skip_all("no temporary folder");
    snprintf(w->quarantine_directory, sizeof(w->quarantine_directory),
             "%s/quarantine", w->directory);
    open_spool(w);
    if (quarantine_open(w->quarantine_directory, &w->quarantine, &err) < 0)
        diag("%s", err.text);
    w->notices = notice_queue_new();
    pthread_mutex_init(&w->puppet.lock, NULL);
    w->puppet.kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->puppet_options.puppet = &w->puppet;
    w->config = (struct config_sink){
        .name = "mine",
        .type = &puppet_type,
        .options = &w->puppet_options,
        .format = &format_json,
    };
}

_unused_
static void remove_folder(const char *directory)
{
    char **names;
    size_t count;

    if (file_list(directory, "", &names, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);

        unlink(path);
        free(names[i]);
    }
    free(names);
    rmdir(directory);
}

_unused_
static void world_done(struct world *w)
{
    deliver_free(w->deliver);
    spool_close(w->spool);
    quarantine_close(w->quarantine);
    notice_queue_free(w->notices);
    close(w->puppet.kick);
    pthread_mutex_destroy(&w->puppet.lock);
    remove_folder(w->quarantine_directory);
    remove_folder(w->directory);
}

_unused_
static void start(struct world *w)
{
    struct deliver_options options = {
        .spool = w->spool,
        .sink = &w->config,
        .directory = w->directory,
        .quarantine = w->quarantine,
        .notices = w->notices,
        .start_seq = w->start_seq,
    };
    struct error err = {0};

    if (deliver_start(&options, &w->deliver, &err) < 0)
        diag("%s", err.text);
}

_unused_
static void stop(struct world *w, bool clean)
{
    deliver_stop(w->deliver, clean);
    deliver_free(TAKE(w->deliver));
}

/* One record for the sinks named (up to two); returns its sequence. */
_unused_
static uint64_t append(struct world *w, enum outcome outcome, const char *one,
                       const char *two)
{
    _cleanup_(event_freep) struct event *e = event_new();
    uint8_t id[SPOOL_ID_LEN] = {0};
    uint64_t seq;

    event_set(e, EVENT_ID, "0123");
    event_set(e, EVENT_MESSAGE, "a drive has failed");
    event_set(e, EVENT_BMC_NAME, "r1-n01");
    event_set_int(e, EVENT_OUTCOME, outcome);
    if (one)
        event_add(e, EVENT_SINK, one, strlen(one));
    if (two)
        event_add(e, EVENT_SINK, two, strlen(two));
    seq = spool_append(w->spool, SPOOL_EVENT, 1795160068000000u, id, e->data,
                       e->len);
    if (outcome == OUTCOME_FORWARDED && ((one && strcmp(one, "mine") == 0) ||
                                         (two && strcmp(two, "mine") == 0)))
        w->routed++;
    return seq;
}

_unused_
static void append_mine(struct world *w, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        append(w, OUTCOME_FORWARDED, "mine", NULL);
    spool_flush(w->spool);
}

/* What the loop would have read so far. */
_unused_
static const struct notice *find_notice(struct world *w, enum notice_kind kind)
{
    while (w->seen_count < ARRAY_LEN(w->seen) &&
           notice_take(w->notices, &w->seen[w->seen_count]))
        w->seen_count++;
    for (size_t i = 0; i < w->seen_count; i++)
        if (w->seen[i].kind == kind)
            return &w->seen[i];
    return NULL;
}

_unused_
static void order(struct world *w, uint64_t *what, uint64_t value)
{
    pthread_mutex_lock(&w->puppet.lock);
    *what = value;
    pthread_mutex_unlock(&w->puppet.lock);
    eventfd_write(w->puppet.kick, 1);
}

_unused_
static size_t sent_count(struct world *w)
{
    size_t count;

    pthread_mutex_lock(&w->puppet.lock);
    count = w->puppet.sent_count;
    pthread_mutex_unlock(&w->puppet.lock);
    return count;
}

_unused_
static struct deliver_stats stats(struct world *w)
{
    struct deliver_stats s;

    deliver_stats(w->deliver, &s);
    return s;
}

/* Waits until the expression holds; false after a very long time. */
#define eventually(...)                                                 \
    ({                                                                  \
        usec_t _limit = clock_monotonic() + PATIENCE;                   \
        bool _holds;                                                    \
        while (!(_holds = (__VA_ARGS__)) && clock_monotonic() < _limit) \
            usleep(1000);                                               \
        _holds;                                                         \
    })

_unused_
static void assert_conservation(struct world *w, uint64_t backlog)
{
    struct cursor_state state = {0};
    struct cursor *c = NULL;
    enum cursor_found found;

    if (cursor_open(w->directory, "mine", &state, &c, &state, &found, NULL))
        return;
    cursor_close(c);
    is_int(state.delivered + state.refused + state.skipped + backlog, w->routed,
           "routed = %llu delivered + %llu refused + "
           "%llu skipped + %llu backlog",
           (unsigned long long)state.delivered,
           (unsigned long long)state.refused, (unsigned long long)state.skipped,
           (unsigned long long)backlog);
}
