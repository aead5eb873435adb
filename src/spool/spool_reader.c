/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the spool from any thread: through one segment up to its published
 * end, then on to the next. A reader keeps its file open, so it may finish a
 * segment that is removed meanwhile.
 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "spool/spool_internal.h"
#include "util/alloc.h"
#include "util/io.h"

struct spool_reader *spool_reader_new(struct spool *s, uint64_t seq)
{
    struct spool_reader *r = XNEW(struct spool_reader);

    r->s = s;
    r->fd = -1;
    r->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_lock(&s->lock);
    /* A cursor from beyond the end is of a spool that is lost: not ahead. */
    r->seq = MIN_OF(MAX_OF(seq, 1u), s->appended + 1);
    r->next = s->readers;
    s->readers = r;
    pthread_mutex_unlock(&s->lock);
    return r;
}

void spool_reader_free(struct spool_reader *r)
{
    struct spool_reader **p;

    if (!r)
        return;
    pthread_mutex_lock(&r->s->lock);
    for (p = &r->s->readers; *p != r; p = &(*p)->next)
        ;
    *p = r->next;
    pthread_mutex_unlock(&r->s->lock);
    segment_walk_done(&r->walk);
    if (r->fd >= 0)
        close(r->fd);
    if (r->event_fd >= 0)
        close(r->event_fd);
    free(r);
}

/* What the lists say about a segment, copied while they were locked. */
struct place {
    struct chain_segment segment;
    uint64_t bound; /* UINT64_MAX: it is the newest */
    bool found;
};

/* Locked. */
static void fill_place(struct spool *s, const struct chain_segment *item,
                       struct place *ret)
{
    const struct chain_segment *after;

    *ret = (struct place){.bound = UINT64_MAX};
    if (!item)
        return;
    ret->found = true;
    ret->segment = *item;
    after = chain_after(&s->chain, item->number);
    if (after)
        ret->bound = after->first_seq;
}

/* Where to read next: the segment that is known by number, else by `seq`. */
static void find_place(struct spool_reader *r, struct place *ret)
{
    struct chain *c = &r->s->chain;
    struct chain_segment *item = NULL;

    pthread_mutex_lock(&r->s->lock);
    if (r->number > 0)
        item = chain_find_number(c, r->number);
    if (!item)
        item = chain_find(c, r->seq);
    fill_place(r->s, item, ret);
    pthread_mutex_unlock(&r->s->lock);
}

/* The segment is done with; unread sequences up to `seq` are not there. */
static void leave_segment(struct spool_reader *r, uint64_t seq, bool lost)
{
    if (r->fd >= 0)
        close(r->fd);
    r->fd = -1;
    r->number = 0;
    if (seq <= r->seq)
        return;
    if (lost)
        r->skipped += seq - r->seq;
    r->seq = seq;
}

static int open_place(struct spool_reader *r, const struct place *p,
                      struct error *err)
{
    _cleanup_free_ char *path = chain_path(&r->s->chain, p->segment.number);
    int fd = io_open(path, O_RDONLY, 0);

    if (fd < 0)
        return error_set(err, fd, "cannot open the segment %s: %s", path,
                         strerror(-fd));
    r->fd = fd;
    r->number = p->segment.number;
    r->bound = p->bound;
    r->seq = MAX_OF(r->seq, p->segment.first_seq);
    segment_walk_init(&r->walk, fd, p->segment.end, p->segment.first_seq);
    r->walk.wanted = r->seq;
    return 1;
}

/* Nothing new: whoever publishes will make the descriptor readable. Locked. */
static void start_waiting(struct spool_reader *r)
{
    eventfd_t ignored;

    eventfd_read(r->event_fd, &ignored);
    r->waiting = true;
}

/* Opens the file that has the next record: 1, or 0 if there is none yet. */
static int enter_segment(struct spool_reader *r, struct error *err)
{
    struct place place, again;
    int n;

    for (;;) {
        find_place(r, &place);
        if (!place.found)
            return 0;
        n = open_place(r, &place, err);
        if (n != -ENOENT)
            return n;
        /* If it was not the spool that removed it, its records are lost. */
        find_place(r, &again);
        if (again.segment.number != place.segment.number)
            continue;
        if (again.bound == UINT64_MAX)
            return n;
        leave_segment(r, again.bound, true);
    }
}

/*
 * At the end of what was known: 1 if there is more by now (in this segment or
 * the next), 0 if not.
 */
static int advance(struct spool_reader *r)
{
    struct chain *c = &r->s->chain;
    struct chain_segment *item, *after;
    struct stat st;
    int more = 1;

    pthread_mutex_lock(&r->s->lock);
    item = chain_find_number(c, r->number);
    after = chain_after(c, r->number);
    if (item && item->end > r->walk.limit)
        r->walk.limit = item->end;
    else if (!item && fstat(r->fd, &st) == 0 &&
             (uint64_t)st.st_size > r->walk.limit)
        r->walk.limit = (uint64_t)st.st_size; /* removed: it was complete */
    else if (after)
        leave_segment(r, after->first_seq, item != NULL);
    else
        more = 0;
    if (after)
        r->bound = after->first_seq;
    if (!more)
        start_waiting(r);
    pthread_mutex_unlock(&r->s->lock);
    return more;
}

/* Whether there is nothing at all to read yet; then the reader waits. */
static bool is_idle(struct spool_reader *r)
{
    bool idle;

    pthread_mutex_lock(&r->s->lock);
    idle = r->s->chain.count == 0;
    if (idle)
        start_waiting(r);
    pthread_mutex_unlock(&r->s->lock);
    return idle;
}

static void take_record(struct spool_reader *r,
                        const struct segment_record *record,
                        struct spool_record *ret)
{
    r->skipped += record->seq - r->seq;
    r->seq = record->seq + 1;
    ret->seq = record->seq;
    ret->time = record->time;
    ret->type = (enum spool_record_type)record->type;
    memcpy(ret->id, record->id, sizeof(ret->id));
    ret->data = record->data;
    ret->len = record->len;
}

int spool_reader_next(struct spool_reader *r, struct spool_record *ret,
                      struct error *err)
{
    struct segment_record record;
    int n;

    for (;;) {
        if (r->fd < 0 && is_idle(r))
            return 0;
        n = r->fd < 0 ? enter_segment(r, err) : 1;
        if (n <= 0)
            return n;
        n = segment_walk_next(&r->walk, &record, err);
        if (n < 0)
            return error_prefix(err, n, "segment %" PRIu64, r->number);
        if (n > 0 && record.type != SEGMENT_SEAL && record.seq < r->bound) {
            take_record(r, &record, ret);
            return 1;
        }
        if (advance(r) == 0)
            return 0;
    }
}

uint64_t spool_reader_skipped(const struct spool_reader *r)
{
    return r->skipped;
}

int spool_reader_fd(const struct spool_reader *r)
{
    return r->event_fd;
}
