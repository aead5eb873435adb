/* SPDX-License-Identifier: Apache-2.0 */
/* Every record of every segment, read once; see inspect.h. */
#include "spool/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "spool/recovery_tail.h"
#include "spool/segment_walk.h"
#include "util/alloc.h"
#include "util/io.h"

static bool has_records(const struct inspect_segment *s)
{
    return s->file.first_seq > 0 &&
           (s->file.kind == SEGMENT_VALID || s->file.kind == SEGMENT_BROKEN);
}

/* The headers first: each segment's end is the next one's beginning. */
static int look(const char *directory, struct inspect_segment *s,
                struct error *err)
{
    struct segment_header header = {0};
    int r = survey_look(directory, &s->file, &header, err);

    if (r < 0 || s->file.kind != SEGMENT_VALID)
        return r;
    memcpy(s->uuid, header.uuid, sizeof(s->uuid));
    if (header.checkpoint_len > 0)
        s->checkpoint_seq = header.checkpoint_seq;
    return 0;
}

static void note(struct inspect_segment *s, const struct segment_record *record)
{
    if (s->records++ == 0) {
        s->first_seq = record->seq;
        s->first_time = record->time;
    }
    s->last_seq = record->seq;
    s->last_time = record->time;
}

/*
 * What a start would make of the newest one's end: recovery's own reading,
 * so that both never differ. It asks the chain for the folder only.
 */
static int look_at_tail(const char *directory, struct inspect_segment *s,
                        struct error *err)
{
    const struct chain chain = {.directory = (char *)directory};
    const struct chain_segment at = {.number = s->file.number,
                                     .first_seq = s->file.first_seq,
                                     .size = s->file.size};
    struct tail tail = {0};
    int r = tail_read(&chain, &at, &tail, err);

    s->end = tail.end;
    s->torn = tail.torn_bytes;
    s->sealed = tail.sealed;
    s->missing = tail.bad_records;
    if (r == 0 && s->last_seq > tail.last_seq)
        s->unvouched = s->last_seq - tail.last_seq;
    return r;
}

/* Counts the records before `bound`, which begins the next segment. */
static int walk(struct segment_walk *w, struct inspect_segment *s,
                uint64_t bound, struct error *err)
{
    struct segment_record record;
    int r;

    while ((r = segment_walk_next(w, &record, err)) > 0) {
        if (record.type == SEGMENT_SEAL) {
            s->sealed = true;
            return 0;
        }
        if (record.seq >= bound)
            return 0;
        note(s, &record);
        s->end = w->offset;
    }
    return r;
}

static int read_records(const char *directory, struct inspect_segment *s,
                        uint64_t bound, struct error *err)
{
    _cleanup_free_ char *path = survey_path(directory, s->file.number);
    _cleanup_close_ int fd = io_open(path, O_RDONLY, 0);
    struct segment_walk w = {0};
    int r;

    if (fd < 0)
        return error_set(err, fd, "cannot open %s: %s", path, strerror(-fd));
    segment_walk_init(&w, fd, s->file.size, s->file.first_seq);
    w.tolerant = true;
    s->end = SEGMENT_HEADER_SIZE;
    r = walk(&w, s, bound, err);
    segment_walk_done(&w);
    if (r < 0)
        return error_prefix(err, r, "%s", path);
    if (s->newest)
        r = look_at_tail(directory, s, err);
    /* What a daemon was just writing may have seemed damaged. */
    if (r == 0 && s->newest && s->missing > 0)
        r = look_at_tail(directory, s, err);
    if (s->newest)
        return r;
    s->missing = bound - MIN_OF(bound, s->file.first_seq) - s->records;
    return 0;
}

/* Where the next segment with records begins; UINT64_MAX: there is none. */
static uint64_t bound_of(const struct inspect *in, size_t i)
{
    while (++i < in->count)
        if (has_records(&in->segments[i]))
            return in->segments[i].file.first_seq;
    return UINT64_MAX;
}

static int read_all(const char *directory, struct inspect *in,
                    struct error *err)
{
    int r = 0;

    for (size_t i = 0; i < in->count && r == 0; i++) {
        struct inspect_segment *s = &in->segments[i];
        uint64_t bound = bound_of(in, i);

        s->newest = has_records(s) && bound == UINT64_MAX;
        if (has_records(s))
            r = read_records(directory, s, bound, err);
        if (r == -ENOENT) /* delivered and old: the daemon let it go */
            s->records = s->missing = s->file.first_seq = 0, r = 0;
    }
    return r;
}

int inspect_run(const char *directory, struct inspect *ret, struct error *err)
{
    _cleanup_free_ struct survey_segment *items = NULL;
    struct inspect in = {0};
    size_t count;
    int r = access(directory, R_OK | X_OK) < 0 ? -errno : 0;

    if (r < 0)
        return error_set(err, r, "cannot read the spool %s: %s", directory,
                         strerror(-r));
    r = survey_list(directory, &items, &count, err);
    if (r < 0)
        return r;
    in.segments = xcalloc(count + 1, sizeof(*in.segments));
    for (size_t i = 0; i < count && r == 0; i++) {
        struct inspect_segment *s = &in.segments[in.count];

        s->file.number = items[i].number;
        r = look(directory, s, err);
        in.count += r == 0;
        r = r == -ENOENT ? 0 : r;
    }
    r = r < 0 ? r : read_all(directory, &in, err);
    if (r < 0) {
        inspect_done(&in);
        return r;
    }
    *ret = in;
    return 0;
}

void inspect_done(struct inspect *in)
{
    free(in->segments);
    *in = (struct inspect){0};
}
