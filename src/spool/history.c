/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading beside a daemon; see history.h. A segment is read to its end twice
 * before it is left: once while it is the newest, and once more when a later
 * one has begun, for then nothing is added to it any more.
 */
#include "spool/history.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "spool/segment_walk.h"
#include "spool/survey.h"
#include "util/alloc.h"
#include "util/io.h"

struct history {
    char *directory;
    uint64_t number; /* of the segment that is open, or was last */
    int fd;          /* -1: none is open */
    uint64_t bound;  /* records from here on are in a later segment */
    bool at_end;     /* the newest, and all that it had is read */
    uint64_t seq;    /* of the next record; 0: any */
    uint64_t lost;
    struct segment_walk walk;
};

int history_open(const char *directory, struct history **ret, struct error *err)
{
    DIR *dir = opendir(directory);
    struct history *h;

    if (!dir)
        return error_set(err, -errno, "cannot read the spool %s: %s", directory,
                         strerror(errno));
    closedir(dir);
    h = XNEW(struct history);
    h->directory = xstrdup(directory);
    h->fd = -1;
    *ret = h;
    return 0;
}

static void close_segment(struct history *h)
{
    if (h->fd >= 0)
        close(TAKE_FD(h->fd));
    h->at_end = false;
}

void history_free(struct history *h)
{
    if (!h)
        return;
    close_segment(h);
    segment_walk_done(&h->walk);
    free(h->directory);
    free(h);
}

static int refuse(const struct history *h, const struct survey_segment *s,
                  struct error *err)
{
    _cleanup_free_ char *path = survey_path(h->directory, s->number);

    return error_set(err, -EPROTONOSUPPORT, "%s was written by %s", path,
                     s->kind == SEGMENT_NEWER
                         ? "a newer version of this program"
                         : "a machine of another byte order");
}

/*
 * The first segment from `number` on that has begun: 1, or 0. One that
 * vanishes while it is looked at is none.
 */
static int find_from(const struct history *h, uint64_t number,
                     struct survey_segment *ret, struct error *err)
{
    _cleanup_free_ struct survey_segment *items = NULL;
    struct segment_header header;
    size_t count;
    int r = survey_list(h->directory, &items, &count, err);

    for (size_t i = 0; r == 0 && i < count; i++) {
        if (items[i].number < number)
            continue;
        r = survey_look(h->directory, &items[i], &header, err);
        if (r == -ENOENT) {
            r = 0;
            continue;
        }
        if (r < 0)
            return r;
        *ret = items[i];
        if (ret->kind == SEGMENT_NEWER || ret->kind == SEGMENT_SWAPPED)
            return refuse(h, ret, err);
        if (ret->first_seq > 0 && ret->kind != SEGMENT_BLANK)
            return 1;
    }
    return r;
}

/* Where the segment after this one begins; UINT64_MAX: there is none. */
static int find_bound(struct history *h, struct error *err)
{
    struct survey_segment after;
    int r = find_from(h, h->number + 1, &after, err);

    h->bound = r > 0 ? after.first_seq : UINT64_MAX;
    return r < 0 ? r : 0;
}

/*
 * Where a file ends that may have room prepared: one hole at its end need not
 * be read through. Where the file system cannot tell, that is its size.
 */
static uint64_t end_of_data(int fd)
{
    off_t hole = lseek(fd, 0, SEEK_HOLE);
    struct stat st;

    if (hole >= 0 && lseek(fd, hole, SEEK_DATA) < 0 && errno == ENXIO)
        return (uint64_t)hole;
    return fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* From the next record on, with what is on disk now. */
static void walk_again(struct history *h)
{
    buffer_clear(&h->walk.window);
    h->walk.limit = end_of_data(h->fd);
    h->at_end = false;
}

/* Opens the next segment: 1, or 0 if none has begun. */
static int enter(struct history *h, struct error *err)
{
    _cleanup_free_ char *path = NULL;
    struct survey_segment s;
    int r;

    do {
        r = find_from(h, h->number + 1, &s, err);
        if (r <= 0)
            return r;
        free(path);
        path = survey_path(h->directory, s.number);
        h->fd = io_open(path, O_RDONLY, 0);
        h->number = s.number;
    } while (h->fd == -ENOENT);
    if (h->fd < 0) {
        r = h->fd;
        h->fd = -1;
        return error_set(err, r, "cannot open %s: %s", path, strerror(-r));
    }
    segment_walk_init(&h->walk, h->fd, 0, s.first_seq);
    h->walk.tolerant = true;
    h->walk.wanted = h->seq;
    walk_again(h);
    r = find_bound(h, err);
    return r < 0 ? r : 1;
}

/* Whether a mark from here on says that all before it was durable. */
static bool is_vouched(const struct history *h)
{
    struct segment_walk walk = {0};
    struct segment_record record;
    bool found = false;

    segment_walk_init(&walk, h->fd, h->walk.limit, 0);
    walk.offset = h->walk.at;
    walk.tolerant = true;
    while (!found && segment_walk_next(&walk, &record, NULL) > 0)
        found = record.flags & SEGMENT_BATCH;
    segment_walk_done(&walk);
    return found;
}

/*
 * Through the newest segment for the first time. What seems damaged may only
 * have been half written when it was read: so it is read again; and then it
 * may be what a batch left that never got whole.
 */
static int walk_newest(struct history *h, struct segment_record *ret,
                       struct error *err)
{
    uint64_t offset = h->walk.offset, expected = h->walk.expected;
    int r = segment_walk_next(&h->walk, ret, err);

    for (int turn = 0; r > 0 && h->walk.damaged && turn < 2; turn++) {
        if (turn > 0 && is_vouched(h))
            return 1;
        h->walk.offset = offset;
        h->walk.expected = expected;
        if (turn > 0)
            return 0;
        walk_again(h);
        r = segment_walk_next(&h->walk, ret, err);
    }
    return r;
}

/*
 * Behind the last record of the newest segment: one record if a whole one
 * stands just here. Nothing else is looked at: the rest is room.
 */
static int walk_end(struct history *h, struct segment_record *ret,
                    struct error *err)
{
    uint8_t block[SEGMENT_RECORD_HEADER];
    ssize_t n = io_read(h->fd, block, sizeof(block), h->walk.offset);

    if (n < 0)
        return error_set(err, (int)n, "cannot read segment %" PRIu64 ": %s",
                         h->number, strerror((int)-n));
    if ((size_t)n < sizeof(block) || !segment_parse_record(block, ret))
        return 0;
    buffer_clear(&h->walk.window);
    h->walk.limit = h->walk.offset + segment_record_size(ret->len);
    return segment_walk_next(&h->walk, ret, err);
}

static int walk(struct history *h, struct segment_record *ret,
                struct error *err)
{
    int r;

    if (h->bound != UINT64_MAX)
        return segment_walk_next(&h->walk, ret, err);
    if (h->at_end)
        return walk_end(h, ret, err);
    r = walk_newest(h, ret, err);
    h->at_end = r == 0;
    return r;
}

/* At the end of what is there: 1 if there is more to read after all. */
static int leave(struct history *h, struct error *err)
{
    int r;

    if (h->bound != UINT64_MAX) {
        if (h->seq > 0 && h->bound > h->seq)
            h->lost += h->bound - h->seq;
        h->seq = MAX_OF(h->seq, h->bound);
        close_segment(h);
        return 1;
    }
    r = find_bound(h, err);
    if (r < 0 || h->bound == UINT64_MAX)
        return r;
    walk_again(h);
    return 1;
}

/* False if it has been read already, or is of a later segment, or none. */
static bool take(struct history *h, const struct segment_record *record,
                 struct spool_record *ret)
{
    if (record->type == SEGMENT_SEAL || record->seq >= h->bound ||
        record->seq < h->seq)
        return false;
    if (h->seq > 0)
        h->lost += record->seq - h->seq;
    h->seq = record->seq + 1;
    ret->seq = record->seq;
    ret->time = record->time;
    ret->type = (enum spool_record_type)record->type;
    memcpy(ret->id, record->id, sizeof(ret->id));
    ret->data = record->data;
    ret->len = record->len;
    return true;
}

int history_next(struct history *h, struct spool_record *ret, struct error *err)
{
    struct segment_record record;
    int r;

    for (;;) {
        r = h->fd < 0 ? enter(h, err) : 1;
        if (r <= 0)
            return r;
        r = walk(h, &record, err);
        if (r < 0)
            return error_prefix(err, r, "segment %" PRIu64, h->number);
        if (r == 0)
            r = leave(h, err);
        else if (take(h, &record, ret))
            return 1;
        if (r <= 0)
            return r;
    }
}

uint64_t history_lost(const struct history *h)
{
    return h->lost;
}

static void begin_with(struct history *h, uint64_t number)
{
    close_segment(h);
    h->number = number - 1;
    h->seq = h->lost = 0;
}

int history_seek(struct history *h, usec_t since, struct error *err)
{
    _cleanup_free_ struct survey_segment *items = NULL;
    struct segment_header header;
    uint64_t start = 1;
    size_t count;
    int r = survey_list(h->directory, &items, &count, err);

    for (size_t i = 0; r == 0 && i < count; i++) {
        r = survey_look(h->directory, &items[i], &header, err);
        if (r == -ENOENT)
            r = 0;
        else if (r == 0 && items[i].first_seq > 0 && items[i].created <= since)
            start = items[i].number;
    }
    if (r == 0)
        begin_with(h, start);
    return r;
}

int history_seek_last(struct history *h, size_t segments, struct error *err)
{
    _cleanup_free_ struct survey_segment *items = NULL;
    size_t count;
    int r = survey_list(h->directory, &items, &count, err);

    if (r < 0)
        return r;
    begin_with(h, count > segments ? items[count - segments].number : 1);
    return count > segments;
}
