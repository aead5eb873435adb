/* SPDX-License-Identifier: Apache-2.0 */
/* The thread of a sink, its wishes and its waits; see deliver.h. */
#include "deliver.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "deliver/deliver_private.h"
#include "util/alloc.h"

#define BACKOFF_FIRST (250 * USEC_PER_MSEC)
#define BACKOFF_CEILING (30 * USEC_PER_SEC)

/* A wake-up that got lost costs this much and not a record. */
#define SWEEP (10 * USEC_PER_SEC)

#define FACILITY_DAEMON 3
#define APP_NAME "redfish"

/* A record that was taken turns out to be unacceptable. */
static void on_refused(void *userdata, uint64_t seq, const char *why)
{
    struct deliver *d = userdata;

    inflight_refuse(&d->inflight, seq, why);
}

static void publish(struct deliver *d)
{
    pthread_mutex_lock(&d->lock);
    d->shared.state = d->failing     ? DELIVER_DOWN
                      : d->connected ? DELIVER_UP
                                     : DELIVER_STARTING;
    /* What is sent once more is dealt with, and holds nothing up. */
    d->shared.seq = MAX_OF(d->state.seq, d->replay.resume);
    d->shared.saved = d->saved;
    d->shared.replayed = d->replayed;
    d->shared.replaying = d->replay.active || d->wish.replay.active;
    d->shared.delivered = d->state.delivered;
    d->shared.refused = d->state.refused;
    d->shared.skipped = d->state.skipped;
    d->shared.last_success = d->last_success;
    d->shared.trouble = d->trouble;
    pthread_mutex_unlock(&d->lock);
}

/* Does what others have asked for; true if the thread shall end. */
static bool obey(struct deliver *d)
{
    struct deliver_wish wish;

    pthread_mutex_lock(&d->lock);
    wish = d->wish;
    d->wish.reopen = false;
    d->wish.replay = (struct replay){0};
    pthread_mutex_unlock(&d->lock);
    if (wish.skip_before > d->skip_before) {
        d->skip_before = wish.skip_before;
        inflight_skip(&d->inflight, wish.skip_before);
    }
    if (wish.reopen) {
        d->start_at = 0;
        if (d->connected && d->type->reopen)
            d->type->reopen(d->sink);
    }
    if (wish.replay.active)
        deliver_begin_replay(d, &wish.replay);
    replay_done(&wish.replay);
    return wish.stop;
}

/* The earliest moment at which something is due by the clock alone. */
static usec_t next_deadline(const struct deliver *d, usec_t now)
{
    usec_t at = now + SWEEP;

    if (!d->connected)
        at = MIN_OF(at, d->start_at);
    if (d->failing && d->connected && d->connected_at + SWEEP > now)
        at = MIN_OF(at, now + USEC_PER_SEC); /* is it back for good? */
    if (d->dirty)
        at = MIN_OF(at, d->save_at);
    if (d->keep_failing && d->inflight.refused > 0)
        at = MIN_OF(at, d->keep_at);
    if (d->read_at > 0)
        at = MIN_OF(at, d->read_at);
    return at;
}

static void sleep_until(struct pollfd *fds, nfds_t count, usec_t deadline)
{
    usec_t now = clock_monotonic();
    usec_t delay = deadline > now ? deadline - now : 0;
    struct timespec t = {
        .tv_sec = (time_t)(delay / USEC_PER_SEC),
        .tv_nsec = (long)(delay % USEC_PER_SEC) * 1000,
    };

    if (ppoll(fds, count, &t, NULL) < 0)
        return; /* a signal, at worst: the next round finds out */
}

/* Sleeps until there is something to do, at most until `limit`. */
static void await(struct deliver *d, usec_t limit)
{
    usec_t deadline = MIN_OF(limit, next_deadline(d, clock_monotonic()));
    usec_t sink_deadline = USEC_INFINITY;
    struct pollfd fds[3] = {
        {.fd = d->wake, .events = POLLIN},
        {.fd = d->drained ? spool_reader_fd(d->reader) : -1, .events = POLLIN},
        {.fd = -1},
    };
    eventfd_t unused;

    if (d->connected)
        d->type->wait(d->sink, &fds[2], &sink_deadline);
    sleep_until(fds, 3, MIN_OF(deadline, sink_deadline));
    if (fds[0].revents & POLLIN)
        eventfd_read(d->wake, &unused);
}

/* Lets what is in flight arrive, without sending more. */
static void drain(struct deliver *d)
{
    usec_t now = clock_monotonic(), limit = now + DELIVER_STOP_TIME;

    d->drained = d->has_record = false;
    while (d->connected && d->inflight.count > 0 && now < limit) {
        await(d, limit);
        now = clock_monotonic();
        deliver_settle(d, now);
    }
}

static void finish(struct deliver *d)
{
    bool clean;

    pthread_mutex_lock(&d->lock);
    clean = d->wish.clean;
    pthread_mutex_unlock(&d->lock);
    if (clean)
        drain(d);
    if (d->connected)
        deliver_go_back(d, d->type->stop(d->sink, clean));
    d->connected = false;
    deliver_save(d, clock_monotonic(), true);
    publish(d);
}

static void *run(void *userdata)
{
    struct deliver *d = userdata;

    deliver_seek(d);
    while (!obey(d)) {
        deliver_turn(d, clock_monotonic());
        publish(d);
        if (!d->more)
            await(d, USEC_INFINITY);
    }
    finish(d);
    pthread_mutex_lock(&d->lock);
    d->over = true;
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

/* Where to begin without a cursor that can be believed. */
static struct cursor_state oldest_state(struct spool *spool)
{
    /* In this order: a record that becomes durable now is not to be missed. */
    uint64_t durable = spool_durable(spool);
    uint64_t oldest = spool_oldest(spool);
    uint64_t seq = oldest > 0 ? oldest - 1 : durable;

    return (struct cursor_state){.seq = seq, .counted = seq};
}

static int open_cursor(struct deliver *d, struct error *err)
{
    struct cursor_state initial = oldest_state(d->o.spool);
    struct cursor_state fresh = initial;
    enum cursor_found found;
    int r;

    fresh.seq = fresh.counted = MAX_OF(initial.seq, d->o.start_seq);
    r = cursor_open(d->o.directory, d->o.sink->name, &fresh, &d->cursor,
                    &d->state, &found, err);
    if (r < 0)
        return r;
    d->saved = d->state.seq;
    if (found == CURSOR_LOST || d->state.seq > spool_appended(d->o.spool)) {
        deliver_note(d, NOTICE_CURSOR_LOST, initial.seq + 1, 1,
                     found == CURSOR_LOST
                         ? "its cursor is damaged: everything that the spool "
                           "has is sent again"
                         : "its cursor is of another spool: everything that "
                           "the spool has is sent again");
        d->state = initial;
        d->dirty = true;
        d->saved = 0;
    }
    d->seen_seq = d->state.counted;
    return 0;
}

static void make_sink(struct deliver *d)
{
    const struct config_sink *sink = d->o.sink;

    d->setup = (struct sink_setup){
        .name = sink->name,
        .options = sink->options,
        .format = sink->format,
        .refused = on_refused,
        .userdata = d,
    };
    d->format_options.facility = FACILITY_DAEMON;
    d->format_options.app_name = APP_NAME;
    if (d->type->format_options)
        d->type->format_options(sink->options, &d->format_options);
    d->sink = d->type->create(&d->setup);
}

/* Signals are the loop's: the thread starts with all of them blocked. */
static int start_thread(struct deliver *d, struct error *err)
{
    char name[16] = "sink-";
    sigset_t all, before;
    int r;

    strncat(name, d->o.sink->name, sizeof(name) - strlen(name) - 1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    r = pthread_create(&d->thread, NULL, run, d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (r != 0)
        return error_set(err, -r, "cannot start a thread for sink %s: %s",
                         d->o.sink->name, strerror(r));
    pthread_setname_np(d->thread, name);
    return 0;
}

static struct deliver *make(const struct deliver_options *options)
{
    struct deliver *d = XNEW(struct deliver);

    d->o = *options;
    d->type = options->sink->type;
    d->failing = options->was_down;
    d->backoff.first = d->read_backoff.first = BACKOFF_FIRST;
    d->backoff.ceiling = d->read_backoff.ceiling = BACKOFF_CEILING;
    pthread_mutex_init(&d->lock, NULL);
    d->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return d;
}

/* Frees what make() and what came after it have made; no thread runs. */
static void dispose(struct deliver *d)
{
    if (d->sink)
        d->type->destroy(d->sink);
    spool_reader_free(d->reader);
    cursor_close(d->cursor);
    inflight_done(&d->inflight);
    replay_done(&d->replay);
    replay_done(&d->wish.replay);
    buffer_done(&d->text);
    if (d->wake >= 0)
        close(d->wake);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

int deliver_start(const struct deliver_options *options, struct deliver **ret,
                  struct error *err)
{
    struct deliver *d = make(options);
    int r = 0;

    if (d->wake < 0)
        r = error_set(err, -errno, "cannot make an eventfd for sink %s: %s",
                      options->sink->name, strerror(errno));
    if (r == 0)
        r = open_cursor(d, err);
    if (r == 0) {
        make_sink(d);
        publish(d);
        r = start_thread(d, err);
    }
    if (r < 0) {
        dispose(d);
        return r;
    }
    *ret = d;
    return 0;
}

void deliver_unlock_and_wake(struct deliver *d)
{
    pthread_mutex_unlock(&d->lock);
    eventfd_write(d->wake, 1);
}

void deliver_stop(struct deliver *d, bool clean)
{
    pthread_mutex_lock(&d->lock);
    if (!d->wish.stop)
        d->wish.clean = clean;
    d->wish.stop = true;
    deliver_unlock_and_wake(d);
}

void deliver_reopen(struct deliver *d)
{
    pthread_mutex_lock(&d->lock);
    d->wish.reopen = true;
    deliver_unlock_and_wake(d);
}

void deliver_skip(struct deliver *d, uint64_t seq)
{
    pthread_mutex_lock(&d->lock);
    d->wish.skip_before = MAX_OF(d->wish.skip_before, seq);
    deliver_unlock_and_wake(d);
}

void deliver_stats(struct deliver *d, struct deliver_stats *ret)
{
    pthread_mutex_lock(&d->lock);
    *ret = d->shared;
    pthread_mutex_unlock(&d->lock);
}

bool deliver_is_over(struct deliver *d)
{
    bool over;

    pthread_mutex_lock(&d->lock);
    over = d->over;
    pthread_mutex_unlock(&d->lock);
    return over;
}

void deliver_free(struct deliver *d)
{
    if (!d)
        return;
    deliver_stop(d, false);
    pthread_join(d->thread, NULL);
    dispose(d);
}
