/* SPDX-License-Identifier: Apache-2.0 */
/* The walk through a segment's records; see segment_walk.h. */
#include "spool/segment_walk.h"

#include <string.h>

#include "util/io.h"
#include "util/macro.h"

#define CHUNK (256u << 10)
#define BLOCK 4096u

void segment_walk_init(struct segment_walk *w, int fd, uint64_t limit,
                       uint64_t first_seq)
{
    w->fd = fd;
    w->offset = SEGMENT_HEADER_SIZE;
    w->limit = limit;
    w->expected = first_seq;
    w->wanted = 0;
    w->tolerant = false;
    w->at = 0;
    w->damaged = false;
    w->window_offset = 0;
    buffer_clear(&w->window);
}

void segment_walk_done(struct segment_walk *w)
{
    buffer_done(&w->window);
}

/* Block by block, so that one bad sector costs only what stands in it. */
static ssize_t read_around(int fd, char *to, uint64_t want, uint64_t at)
{
    ssize_t n = 0;
    uint64_t len;

    for (uint64_t done = 0; done < want; done += len) {
        len = MIN_OF((uint64_t)BLOCK, want - done);
        n = io_read(fd, to + done, (size_t)len, at + done);
        if (n < 0)
            memset(to + done, 0, (size_t)len);
        else if ((uint64_t)n < len)
            return (ssize_t)done + n;
    }
    return (ssize_t)want;
}

static ssize_t load(struct segment_walk *w, uint64_t at, uint64_t want)
{
    char *to;
    ssize_t n;

    buffer_clear(&w->window);
    to = buffer_reserve(&w->window, (size_t)want);
    n = io_read(w->fd, to, (size_t)want, at);
    if (n < 0 && w->tolerant)
        n = read_around(w->fd, to, want, at);
    w->window.len = n > 0 ? (size_t)n : 0;
    w->window_offset = at;
    return n;
}

/*
 * Points at `need` bytes from `at` on: 1, or 0 if the limit or the end of the
 * file comes before. What is read never passes the limit, so bytes that were
 * not published yet can never be left in the window.
 */
static int fetch(struct segment_walk *w, uint64_t at, uint64_t need,
                 const uint8_t **ret, struct error *err)
{
    uint64_t skip = at - w->window_offset;
    uint64_t want;
    ssize_t n;

    if (at > w->limit || need > w->limit - at)
        return 0;
    if (at < w->window_offset || skip > w->window.len ||
        need > w->window.len - skip) {
        want = MIN_OF(MAX_OF(need, (uint64_t)CHUNK), w->limit - at);
        n = load(w, at, want);
        if (n < 0)
            return error_set(err, (int)n, "cannot read at byte %llu: %s",
                             (unsigned long long)at, strerror((int)-n));
        skip = 0;
        if ((uint64_t)n < need)
            return 0;
    }
    *ret = (const uint8_t *)w->window.data + skip;
    return 1;
}

/* No more records can be missing than fit between here and there. */
static bool is_plausible(const struct segment_walk *w, uint64_t at,
                         uint64_t seq)
{
    uint64_t most = (at - w->offset) / SEGMENT_RECORD_HEADER;

    return w->expected == 0 ||
           (seq >= w->expected && seq - w->expected <= most);
}

/* Whether a believable record header stands at `at`: 1, 0, or an error. */
static int look(struct segment_walk *w, uint64_t at, struct segment_record *ret,
                struct error *err)
{
    const uint8_t *p;
    int r = fetch(w, at, SEGMENT_RECORD_HEADER, &p, err);

    if (r <= 0)
        return r;
    return segment_parse_record(p, ret) && is_plausible(w, at, ret->seq) &&
           segment_record_size(ret->len) <= w->limit - at;
}

/* The next place from `at` on where a record's first word stands. */
static int find_magic(struct segment_walk *w, uint64_t *at, struct error *err)
{
    const uint32_t magic = SEGMENT_MAGIC;
    const uint8_t *p;
    uint64_t have;
    int r;

    while ((r = fetch(w, *at, SEGMENT_RECORD_HEADER, &p, err)) > 0) {
        have = w->window_offset + w->window.len - *at;
        for (uint64_t i = 0; i + sizeof(magic) <= have; i += 8)
            if (memcmp(p + i, &magic, sizeof(magic)) == 0) {
                *at += i;
                return 1;
            }
        *at += have & ~(uint64_t)7;
    }
    return r;
}

static void step(struct segment_walk *w, uint64_t at,
                 const struct segment_record *r)
{
    w->at = at;
    w->damaged = at != w->offset;
    w->offset = at + segment_record_size(r->len);
    w->expected = r->seq + 1;
}

/*
 * What stands at `at`: 1 a good record (data filled in), 0 nothing good, with
 * `at` moved to where to look next.
 */
static int examine(struct segment_walk *w, uint64_t *at,
                   struct segment_record *ret, struct error *err)
{
    uint64_t size;
    const uint8_t *p;
    int r = look(w, *at, ret, err);

    if (r < 0)
        return r;
    if (r == 0) {
        *at += 8;
        return 0;
    }
    size = segment_record_size(ret->len);
    /* Passed over by its header alone, however large its payload is. */
    if (ret->seq < w->wanted)
        return 1;
    r = fetch(w, *at, size, &p, err);
    if (r < 0)
        return r;
    if (r > 0 && segment_check_payload(ret, p + SEGMENT_RECORD_HEADER)) {
        ret->data = p + SEGMENT_RECORD_HEADER;
        return 1;
    }
    /* Its header has a sum of its own: the next record is behind it. */
    *at += size;
    return 0;
}

int segment_walk_next(struct segment_walk *w, struct segment_record *ret,
                      struct error *err)
{
    uint64_t at = w->offset;
    int r;

    for (;;) {
        r = find_magic(w, &at, err);
        if (r <= 0)
            return r;
        r = examine(w, &at, ret, err);
        if (r < 0)
            return r;
        if (r == 0)
            continue;
        step(w, at, ret);
        if (ret->data)
            return 1;
        at = w->offset;
    }
}

static uint64_t last_used(const uint8_t *p, uint64_t len)
{
    while (len > 0 && p[len - 1] == 0)
        len--;
    return len;
}

int segment_walk_used(struct segment_walk *w, uint64_t *ret_end,
                      struct error *err)
{
    uint64_t at = w->offset, used, len;
    const uint8_t *p;
    int r = 0;

    *ret_end = w->offset;
    while (at < w->limit) {
        len = MIN_OF((uint64_t)CHUNK, w->limit - at);
        r = fetch(w, at, len, &p, err);
        if (r <= 0)
            return r;
        used = last_used(p, len);
        if (used > 0)
            *ret_end = at + used;
        at += len;
    }
    return 0;
}
