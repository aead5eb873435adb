/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop's side of the spool: appending into memory, handing over, asking.
 * Writing is committer.c, room and history are room.c, the start is
 * recovery.c, reading is spool_reader.c.
 */
#include "spool.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "committer.h"
#include "spool/lock.h"
#include "spool/recovery.h"
#include "spool/room.h"
#include "spool/spool_internal.h"
#include "util/alloc.h"
#include "util/crash.h"
#include "util/file.h"
#include "util/io.h"

#define SEGMENTS_MIN 3 /* one being written, one ahead, one with history */
#define SEGMENT_SIZE_MIN (4 * SEGMENT_HEADER_SIZE)

void spool_tell(struct spool *s)
{
    if (room_state(s) != s->told)
        eventfd_write(s->event_fd, 1);
}

void spool_wake(struct spool *s)
{
    eventfd_write(s->event_fd, 1);
    for (struct spool_reader *r = s->readers; r; r = r->next) {
        if (r->waiting)
            eventfd_write(r->event_fd, 1);
        r->waiting = false;
    }
}

void spool_set_trouble(struct spool *s, const struct error *err)
{
    pthread_mutex_lock(&s->lock);
    s->trouble = *err;
    pthread_mutex_unlock(&s->lock);
}

static void init_lock(struct spool *s)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_init(&attr);
    /* A wait with a deadline must not follow a clock that is set. */
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&s->work, &attr);
    pthread_condattr_destroy(&attr);
}

static struct spool *spool_new(const struct spool_options *o)
{
    struct spool *s = XNEW(struct spool);

    init_lock(s);
    s->lock_fd = -1;
    s->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->checkpoint = o->checkpoint;
    s->userdata = o->userdata;
    s->current.fd = -1;
    s->chain.directory = xstrdup(o->directory);
    s->chain.max_size = o->max_size;
    s->chain.keep = o->keep;
    /* Records are aligned to eight bytes, so a segment is a multiple of it. */
    s->chain.segment_size = o->segment_size > 0 ? o->segment_size & ~(uint64_t)7
                                                : SPOOL_SEGMENT_SIZE;
    return s;
}

static void free_chunk(struct spool_chunk *c)
{
    if (!c)
        return;
    buffer_done(&c->bytes);
    buffer_done(&c->checkpoint);
    free(c);
}

static void spool_free(struct spool *s)
{
    struct spool_chunk *c;

    assert(!s->readers);
    while ((c = s->pending)) {
        s->pending = c->next;
        free_chunk(c);
    }
    free_chunk(s->recycled);
    chain_done(&s->chain);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    if (s->event_fd >= 0)
        close(s->event_fd);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

static int check_options(const struct spool *s, struct error *err)
{
    const struct chain *c = &s->chain;

    if (s->event_fd < 0)
        return error_set(err, -EMFILE, "spool %s: cannot make an eventfd",
                         c->directory);
    if (c->segment_size < SEGMENT_SIZE_MIN)
        return error_set(err, -EINVAL,
                         "spool %s: a segment has at least %u bytes",
                         c->directory, SEGMENT_SIZE_MIN);
    if (c->max_size < SEGMENTS_MIN * c->segment_size)
        return error_set(err, -EINVAL,
                         "spool %s: max_size is %llu bytes, but %d segments "
                         "of %llu are the least",
                         c->directory, (unsigned long long)c->max_size,
                         SEGMENTS_MIN, (unsigned long long)c->segment_size);
    return 0;
}

static int spool_start(struct spool *s, struct spool_recovery *ret_recovery,
                       struct error *err)
{
    struct error trouble = {""};
    int r = check_options(s, err);

    if (r == 0)
        r = file_make_directory(s->chain.directory, 0750, err);
    /* The lock before anything is read: recovery changes what it finds. */
    if (r == 0)
        r = lock_take(s->chain.directory, &s->lock_fd, err);
    if (r == 0)
        r = recovery_run(s, ret_recovery, err);
    if (r < 0)
        return r;
    /* Without room we start all the same, to deliver what there is. */
    if (room_prune(s, &trouble) < 0 || room_prepare(s, &trouble) < 0)
        s->trouble = trouble;
    return committer_start(s, err);
}

int spool_open(const struct spool_options *options, struct spool **ret,
               struct spool_recovery *ret_recovery, struct error *err)
{
    struct spool *s = spool_new(options);
    int r;

    *ret_recovery = (struct spool_recovery){0};
    r = spool_start(s, ret_recovery, err);
    if (r < 0) {
        buffer_done(&ret_recovery->checkpoint);
        spool_free(s);
        return r;
    }
    *ret = s;
    return 0;
}

void spool_close(struct spool *s)
{
    if (!s)
        return;
    committer_stop(s);
    spool_free(s);
}

enum spool_state spool_state(struct spool *s)
{
    enum spool_state state;

    pthread_mutex_lock(&s->lock);
    state = s->told = room_state(s);
    pthread_mutex_unlock(&s->lock);
    return state;
}

/* Where the next record goes. Locked. */
static struct spool_chunk *chunk_for(struct spool *s, bool opens)
{
    struct spool_chunk *c = s->pending_last;

    if (c && !opens)
        return c;
    c = s->recycled ? TAKE(s->recycled) : XNEW(struct spool_chunk);
    c->next = NULL;
    c->first_seq = s->appended + 1;
    c->opens = opens;
    c->counted = false;
    if (s->pending_last)
        s->pending_last->next = c;
    else
        s->pending = c;
    s->pending_last = c;
    if (opens) {
        s->plan_opens++;
        s->plan_free = spool_capacity(s);
    }
    return c;
}

/* The checkpoint for a segment that the next record begins. */
static void ask_checkpoint(struct spool *s, struct buffer *ret)
{
    if (s->checkpoint)
        s->checkpoint(s->userdata, s->appended + 1, ret);
    /* Too large a one is left out: the one before covers less, but holds. */
    if (ret->len > SEGMENT_CHECKPOINT_MAX)
        buffer_clear(ret);
}

uint64_t spool_append(struct spool *s, enum spool_record_type type, usec_t time,
                      const uint8_t id[SPOOL_ID_LEN], const void *data,
                      size_t len)
{
    _cleanup_(buffer_done) struct buffer checkpoint = {0};
    uint64_t size = segment_record_size(len);
    bool opens = size > s->plan_free;
    struct segment_record record = {.time = time,
                                    .type = (uint16_t)type,
                                    .len = (uint32_t)len,
                                    .data = data};
    struct spool_chunk *c;

    assert(len <= SPOOL_RECORD_MAX && size <= spool_capacity(s));
    if (opens)
        ask_checkpoint(s, &checkpoint);
    memcpy(record.id, id, sizeof(record.id));
    pthread_mutex_lock(&s->lock);
    c = chunk_for(s, opens);
    record.seq = c->last_seq = ++s->appended;
    /* All chunks before this one will be durable when it is written. */
    record.flags = c->bytes.len == 0 ? SEGMENT_BATCH : 0;
    segment_add_record(&c->bytes, &record);
    buffer_add(&c->checkpoint, checkpoint.data, checkpoint.len);
    s->plan_free -= size;
    s->added += size;
    pthread_mutex_unlock(&s->lock);
    crash_point("append");
    return record.seq;
}

void spool_flush(struct spool *s)
{
    pthread_mutex_lock(&s->lock);
    if (s->pending) {
        s->flushed = true;
        pthread_cond_signal(&s->work);
    }
    pthread_mutex_unlock(&s->lock);
}

uint64_t spool_durable(struct spool *s)
{
    uint64_t seq;

    pthread_mutex_lock(&s->lock);
    seq = s->durable;
    pthread_mutex_unlock(&s->lock);
    return seq;
}

uint64_t spool_appended(struct spool *s)
{
    uint64_t seq;

    pthread_mutex_lock(&s->lock);
    seq = s->appended;
    pthread_mutex_unlock(&s->lock);
    return seq;
}

uint64_t spool_added(struct spool *s)
{
    return s->added;
}

int spool_fd(struct spool *s)
{
    return s->event_fd;
}

void spool_acknowledge(struct spool *s)
{
    eventfd_t ignored;

    eventfd_read(s->event_fd, &ignored);
}

void spool_trouble(struct spool *s, struct error *ret)
{
    pthread_mutex_lock(&s->lock);
    *ret = s->trouble;
    pthread_mutex_unlock(&s->lock);
}

/* Locked: lets the committer look at room and history again. */
static void ask_to_tidy(struct spool *s)
{
    s->tidy = true;
    pthread_cond_signal(&s->work);
}

void spool_release(struct spool *s, uint64_t seq)
{
    struct chain *c = &s->chain;
    const struct chain_segment *before, *after;

    pthread_mutex_lock(&s->lock);
    before = chain_find(c, c->released);
    after = chain_find(c, seq);
    /* Most releases end in the segment of the last one: nothing to do. */
    if (seq > c->released && (before != after || !c->has_spare))
        ask_to_tidy(s);
    c->released = MAX_OF(c->released, seq);
    pthread_mutex_unlock(&s->lock);
}

uint64_t spool_size(struct spool *s, size_t *ret_segments)
{
    uint64_t size;

    pthread_mutex_lock(&s->lock);
    size = chain_size(&s->chain);
    if (ret_segments)
        *ret_segments =
            s->chain.count + s->chain.has_spare + s->chain.is_opening;
    pthread_mutex_unlock(&s->lock);
    return size;
}

uint64_t spool_oldest(struct spool *s)
{
    uint64_t seq;

    pthread_mutex_lock(&s->lock);
    seq = s->chain.count > 0 ? s->chain.items[0].first_seq : 0;
    /* The first segment may have been opened and not written yet. */
    if (seq > s->durable)
        seq = 0;
    pthread_mutex_unlock(&s->lock);
    return seq;
}

uint64_t spool_since(struct spool *s, usec_t time, usec_t *ret_oldest)
{
    const struct chain *c = &s->chain;
    uint64_t seq = 0;

    pthread_mutex_lock(&s->lock);
    *ret_oldest = c->count > 0 ? c->items[0].created : 0;
    /*
     * Segments know only when they began: the last that began before then has
     * the first record of that time, behind older ones.
     */
    for (size_t i = 0; i < c->count; i++)
        if (i == 0 || c->items[i].created <= time)
            seq = c->items[i].first_seq;
    pthread_mutex_unlock(&s->lock);
    return seq;
}

void spool_set_limits(struct spool *s, uint64_t max_size, usec_t keep)
{
    pthread_mutex_lock(&s->lock);
    /*
     * With less nothing could be written at all (check_options), and a reload
     * must not stop us.
     */
    s->chain.max_size = MAX_OF(max_size, SEGMENTS_MIN * s->chain.segment_size);
    s->chain.keep = keep;
    ask_to_tidy(s);
    pthread_mutex_unlock(&s->lock);
}

void spool_set_extra(struct spool *s, uint64_t bytes)
{
    pthread_mutex_lock(&s->lock);
    s->chain.extra = bytes;
    ask_to_tidy(s);
    pthread_mutex_unlock(&s->lock);
}

usec_t spool_busy_since(struct spool *s)
{
    usec_t since;

    pthread_mutex_lock(&s->lock);
    since = s->busy_since;
    pthread_mutex_unlock(&s->lock);
    return since;
}
