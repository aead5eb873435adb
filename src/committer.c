/* SPDX-License-Identifier: Apache-2.0 */
/* Writes, syncs, publishes; see committer.h. */
#include "committer.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "spool/room.h"
#include "spool/spool_internal.h"
#include "util/alloc.h"
#include "util/backoff.h"
#include "util/crash.h"
#include "util/io.h"

#define RETRY_FIRST (20 * USEC_PER_MSEC)
#define RETRY_CEILING USEC_PER_SEC
#define RECYCLE_MAX (4u << 20) /* a larger buffer is given back */

/* Waits on the condition; false when the time has come. Locked. */
static bool wait_for_work(struct spool *s, usec_t until)
{
    struct timespec ts = {(time_t)(until / USEC_PER_SEC),
                          (long)(until % USEC_PER_SEC * 1000)};

    if (until == USEC_INFINITY)
        return pthread_cond_wait(&s->work, &s->lock) == 0;
    return pthread_cond_timedwait(&s->work, &s->lock, &ts) != ETIMEDOUT;
}

/* The current file is written no more: its room goes back to the disk. */
static void close_current(struct spool *s)
{
    struct spool_current *c = &s->current;
    struct chain_segment *item;
    int r;

    if (c->fd < 0)
        return;
    r = io_truncate(c->fd, c->offset);
    close(c->fd);
    c->fd = -1;
    if (r < 0)
        return; /* it stays as large as it was, that is all */
    pthread_mutex_lock(&s->lock);
    item = chain_find_number(&s->chain, c->header.number);
    if (item)
        item->size = c->offset;
    pthread_mutex_unlock(&s->lock);
}

/*
 * After a failure the file is not trusted with anything more. What it holds
 * up to the last published record stays; a file without any goes.
 */
static void abandon_current(struct spool *s)
{
    _cleanup_free_ char *path = NULL;

    if (s->current.fd < 0)
        return;
    if (s->current.published) {
        close_current(s);
        return;
    }
    path = chain_path(&s->chain, s->current.header.number);
    close(s->current.fd);
    s->current.fd = -1;
    io_unlink(path);
    pthread_mutex_lock(&s->lock);
    s->chain.is_opening = false;
    pthread_mutex_unlock(&s->lock);
}

/* A chunk without a checkpoint of its own keeps the one before. */
static void fill_header(struct spool *s, const struct spool_chunk *c,
                        uint64_t number)
{
    struct segment_header *h = &s->current.header;

    h->number = number;
    h->first_seq = c->first_seq;
    h->created = clock_real();
    memcpy(h->uuid, s->chain.uuid, sizeof(h->uuid));
    if (c->checkpoint.len == 0)
        return;
    h->checkpoint_seq = c->first_seq;
    h->checkpoint_len = c->checkpoint.len;
    memcpy(h->checkpoint, c->checkpoint.data, c->checkpoint.len);
}

static int open_segment(struct spool *s, struct spool_chunk *c,
                        struct error *err)
{
    uint8_t block[SEGMENT_HEADER_SIZE];
    uint64_t number;
    int fd, r;

    r = room_take(s, c->opens && !c->counted, &fd, &number, err);
    s->current.no_room = r < 0;
    if (r < 0)
        return r;
    c->counted = true;
    close_current(s);
    fill_header(s, c, number);
    s->current.fd = fd;
    s->current.offset = SEGMENT_HEADER_SIZE;
    s->current.published = false;
    segment_format_header(&s->current.header, block);
    r = io_write(fd, block, sizeof(block), 0);
    crash_point("segment-opened");
    if (r < 0)
        return error_set(err, r,
                         "cannot write the header of segment %" PRIu64 ": %s",
                         number, strerror(-r));
    return 0;
}

static int write_records(struct spool *s, const struct spool_chunk *c,
                         struct error *err)
{
    struct spool_current *to = &s->current;
    const char *what = "write to";
    int r;

    crash_point("commit-begin");
    r = io_write(to->fd, c->bytes.data, c->bytes.len, to->offset);
    crash_point("commit-written");
    if (r == 0) {
        what = "sync";
        r = io_sync(to->fd);
    }
    crash_point("commit-synced");
    if (r < 0)
        return error_set(err, r,
                         "spool %s: cannot %s segment %" PRIu64 ": %s; the "
                         "same records go to a new segment, new ones are "
                         "refused until then",
                         s->chain.directory, what, to->header.number,
                         strerror(-r));
    return 0;
}

static void publish(struct spool *s, const struct spool_chunk *c)
{
    struct spool_current *to = &s->current;
    struct chain_segment item = {
        .number = to->header.number,
        .first_seq = to->header.first_seq,
        .size = s->chain.segment_size,
        .created = to->header.created,
    };

    pthread_mutex_lock(&s->lock);
    to->offset += c->bytes.len;
    if (!to->published)
        chain_add(&s->chain, &item);
    to->published = true;
    s->chain.is_opening = false;
    s->chain.checkpoint_seq = to->header.checkpoint_seq;
    s->chain.items[s->chain.count - 1].end = to->offset;
    s->durable = c->last_seq;
    s->sick = false;
    spool_wake(s);
    pthread_mutex_unlock(&s->lock);
    crash_point("commit-published");
}

static int commit_once(struct spool *s, struct spool_chunk *c,
                       struct error *err)
{
    const struct spool_current *to = &s->current;
    bool fresh = to->fd >= 0 && to->header.first_seq == c->first_seq;
    int r = 0;

    s->current.no_room = false;
    if (to->fd < 0 || (c->opens && !fresh))
        r = open_segment(s, c, err);
    if (r == 0)
        r = write_records(s, c, err);
    return r;
}

/* Want of room is no sickness: room_state() sees it for itself. */
static void note_failure(struct spool *s, int r, const struct error *err)
{
    spool_set_trouble(s, err);
    if (!s->current.no_room)
        abandon_current(s);
    pthread_mutex_lock(&s->lock);
    s->sick |= !s->current.no_room || r != -ENOSPC;
    spool_tell(s);
    pthread_mutex_unlock(&s->lock);
}

/* Says that the committer is at work; true if this is to be the last try. */
static bool begin_try(struct spool *s)
{
    bool last;

    pthread_mutex_lock(&s->lock);
    last = s->stopping;
    s->tidy = false;
    s->busy_since = clock_monotonic();
    pthread_mutex_unlock(&s->lock);
    return last;
}

/* Lets time pass before the next try; less if room may have come. */
static void pause_for(struct spool *s, usec_t delay)
{
    usec_t until = clock_monotonic() + delay;

    pthread_mutex_lock(&s->lock);
    s->busy_since = 0;
    while (!s->stopping && !s->tidy)
        if (!wait_for_work(s, until))
            break;
    pthread_mutex_unlock(&s->lock);
}

/* Until it works; false if it was given up because the spool is closed. */
static bool commit(struct spool *s, struct spool_chunk *c)
{
    struct backoff pause = {.first = RETRY_FIRST, .ceiling = RETRY_CEILING};
    struct error err = {""};
    bool last;
    int r;

    for (;;) {
        last = begin_try(s);
        r = commit_once(s, c, &err);
        if (r == 0) {
            publish(s, c);
            return true;
        }
        note_failure(s, r, &err);
        if (last)
            return false;
        pause_for(s, backoff_next(&pause, UINT32_MAX));
    }
}

static void recycle(struct spool *s, struct spool_chunk *c)
{
    buffer_clear(&c->bytes);
    buffer_clear(&c->checkpoint);
    pthread_mutex_lock(&s->lock);
    if (!s->recycled && c->bytes.cap <= RECYCLE_MAX)
        s->recycled = TAKE(c);
    pthread_mutex_unlock(&s->lock);
    if (!c)
        return;
    buffer_done(&c->bytes);
    buffer_done(&c->checkpoint);
    free(c);
}

static void commit_all(struct spool *s, struct spool_chunk *chunks)
{
    struct spool_chunk *c;
    bool ok = true;

    while ((c = chunks)) {
        chunks = c->next;
        ok = ok && commit(s, c);
        recycle(s, c);
    }
}

static void tidy_up(struct spool *s)
{
    struct error err = {""};
    int r = room_prune(s, &err);

    if (r == 0)
        r = room_prepare(s, &err);
    if (r < 0)
        spool_set_trouble(s, &err);
}

/*
 * Waits for something to do; false when all is done and the spool closes.
 * Without a prepared segment it looks for room again once a second.
 */
static bool take_work(struct spool *s, struct spool_chunk **ret)
{
    usec_t until =
        s->chain.has_spare ? USEC_INFINITY : clock_monotonic() + RETRY_CEILING;
    bool go_on;

    pthread_mutex_lock(&s->lock);
    s->busy_since = 0;
    while (!(s->flushed && s->pending) && !s->tidy && !s->stopping)
        if (!wait_for_work(s, until))
            break;
    *ret = s->flushed || s->stopping ? TAKE(s->pending) : NULL;
    if (*ret) {
        s->pending_last = NULL;
        s->flushed = false;
    }
    s->tidy = false;
    go_on = *ret || !s->stopping;
    s->busy_since = clock_monotonic();
    pthread_mutex_unlock(&s->lock);
    return go_on;
}

/*
 * Tells the next start that nothing behind this place was ever written, so
 * that damage before it is damage and not the torn end of a batch.
 */
static void seal_current(struct spool *s)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    struct segment_record seal = {.seq = s->durable + 1,
                                  .time = clock_real(),
                                  .type = SEGMENT_SEAL,
                                  .flags = SEGMENT_BATCH};
    struct spool_current *c = &s->current;

    if (c->fd < 0 || !c->published)
        return;
    segment_add_record(&bytes, &seal);
    if (c->offset + bytes.len > s->chain.segment_size ||
        io_write(c->fd, bytes.data, bytes.len, c->offset) < 0)
        return;
    c->offset += bytes.len;
    crash_point("seal-written");
    io_sync(c->fd);
}

static void *run(void *userdata)
{
    struct spool *s = userdata;
    struct spool_chunk *chunks;

    while (take_work(s, &chunks)) {
        commit_all(s, chunks);
        tidy_up(s);
    }
    seal_current(s);
    close_current(s);
    return NULL;
}

int committer_start(struct spool *s, struct error *err)
{
    int r = pthread_create(&s->thread, NULL, run, s);

    if (r != 0)
        return error_set(err, -r, "cannot start the spool's thread: %s",
                         strerror(r));
    pthread_setname_np(s->thread, "committer");
    s->has_thread = true;
    return 0;
}

void committer_stop(struct spool *s)
{
    if (!s->has_thread)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    s->has_thread = false;
}
