/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and mending the newest segment; see recovery_tail.h. */
#include "spool/recovery_tail.h"

#include <fcntl.h>
#include <string.h>

#include "spool/segment_walk.h"
#include "util/io.h"
#include "util/macro.h"

/* The state before the first damage that no mark has vouched for yet. */
struct doubt {
    bool open;
    uint64_t last_seq;
    uint64_t end;
};

static void take_record(struct tail *t, struct doubt *d,
                        const struct segment_walk *w,
                        const struct segment_record *record)
{
    if (w->damaged && !d->open)
        *d = (struct doubt){true, t->last_seq, t->end};
    /* What the sequence lacks is what the damage took. */
    t->bad_records += record->seq - (t->last_seq + 1);
    if (record->flags & SEGMENT_BATCH) {
        d->open = false;
        t->batch = w->at;
    }
    if (record->type == SEGMENT_SEAL) {
        t->sealed = true;
        /* A seal uses up no sequence: its own is that of the next record. */
        t->last_seq = record->seq - 1;
        return;
    }
    t->last_seq = record->seq;
    t->end = w->offset;
}

static int read_records(struct segment_walk *w, struct tail *t,
                        struct error *err)
{
    struct segment_record record;
    struct doubt doubt = {0};
    uint64_t safe_bad = 0;
    int r;

    while (!t->sealed && (r = segment_walk_next(w, &record, err)) != 0) {
        if (r < 0)
            return r;
        take_record(t, &doubt, w, &record);
        if (!doubt.open)
            safe_bad = t->bad_records;
    }
    if (!doubt.open)
        return 0;
    /* It lies in the batch that never got whole: back to before it. */
    t->last_seq = doubt.last_seq;
    t->end = doubt.end;
    t->bad_records = safe_bad;
    return 0;
}

/*
 * For the log. The file's size does not tell, for it was allocated whole: what
 * was written ends with the last byte that is not zero.
 */
static int measure_torn(struct segment_walk *w, struct tail *t,
                        struct error *err)
{
    uint64_t used;
    int r;

    w->offset = t->end;
    r = segment_walk_used(w, &used, err);
    if (r == 0)
        t->torn_bytes = used - t->end;
    return r;
}

int tail_read(const struct chain *c, const struct chain_segment *segment,
              struct tail *ret, struct error *err)
{
    _cleanup_free_ char *path = chain_path(c, segment->number);
    _cleanup_close_ int fd = io_open(path, O_RDONLY, 0);
    struct segment_walk walk = {0};
    int r;

    if (fd < 0)
        return error_set(err, fd, "cannot open %s: %s", path, strerror(-fd));
    *ret = (struct tail){.last_seq = segment->first_seq - 1,
                         .end = SEGMENT_HEADER_SIZE,
                         .batch = SEGMENT_HEADER_SIZE};
    segment_walk_init(&walk, fd, segment->size, segment->first_seq);
    walk.tolerant = true;
    r = read_records(&walk, ret, err);
    if (r == 0 && !ret->sealed)
        r = measure_torn(&walk, ret, err);
    segment_walk_done(&walk);
    return r < 0 ? error_prefix(err, r, "%s", path) : 0;
}

/* The same bytes to the same place; of a first batch also the header. */
static int write_again(int fd, uint64_t from, uint64_t to)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    size_t len = (size_t)(to - from);
    ssize_t n = io_read(fd, buffer_reserve(&bytes, len), len, from);

    if (n <= 0)
        return (int)n;
    return io_write(fd, bytes.data, (size_t)n, from);
}

void tail_mend(const struct chain *c, struct chain_segment *segment,
               const struct tail *tail, struct error *trouble)
{
    uint64_t batch = tail->batch == SEGMENT_HEADER_SIZE ? 0 : tail->batch;
    _cleanup_free_ char *path = NULL;
    _cleanup_close_ int fd = -1;
    int r = 0;

    if (tail->sealed)
        return;
    path = chain_path(c, segment->number);
    fd = io_open(path, O_RDWR, 0);
    r = fd < 0 ? fd : io_truncate(fd, tail->end);
    if (r == 0)
        segment->size = tail->end;
    if (r == 0)
        r = write_again(fd, batch, tail->end);
    if (r == 0)
        r = io_sync(fd);
    if (r < 0)
        error_set(trouble, r, "cannot mend the end of %s: %s", path,
                  strerror(-r));
}
