/* SPDX-License-Identifier: Apache-2.0 */
/* Which segments there are and what their headers say; see survey.h. */
#include "spool/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "spool/segment_walk.h"
#include "util/alloc.h"
#include "util/file.h"
#include "util/io.h"

char *survey_path(const char *directory, uint64_t number)
{
    return xasprintf("%s/%010" PRIu64 ".seg", directory, number);
}

/* Written again and compared: "1.seg" or "0000000001x.seg" is none of ours. */
static bool parse_name(const char *name, uint64_t *ret_number)
{
    char again[32];

    if (sscanf(name, "%20" SCNu64, ret_number) != 1)
        return false;
    snprintf(again, sizeof(again), "%010" PRIu64 ".seg", *ret_number);
    return *ret_number > 0 && strcmp(name, again) == 0;
}

static int compare(const void *a, const void *b)
{
    const struct survey_segment *x = a, *y = b;

    return x->number < y->number ? -1 : x->number > y->number;
}

int survey_list(const char *directory, struct survey_segment **ret,
                size_t *ret_count, struct error *err)
{
    struct survey_segment *items = NULL;
    size_t count, found = 0, cap = 0;
    uint64_t number;
    char **names;
    int r = file_list(directory, ".seg", &names, &count, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        if (parse_name(names[i], &number)) {
            items = xgrow(items, &cap, found + 1, sizeof(*items));
            items[found++] = (struct survey_segment){.number = number};
        }
        free(names[i]);
    }
    free(names);
    if (found > 0)
        qsort(items, found, sizeof(*items), compare);
    *ret = items;
    *ret_count = found;
    return 0;
}

/*
 * Whether anything was ever written behind the header: a prepared segment is
 * one hole, and need not be read through. Where the file system cannot tell,
 * it says yes.
 */
static bool has_data(int fd)
{
    return lseek(fd, SEGMENT_HEADER_SIZE, SEEK_DATA) >= 0 || errno != ENXIO;
}

/* Without a good header the records must say what the segment begins with. */
static int look_for_records(struct survey_segment *s, int fd, struct error *err)
{
    struct segment_walk walk = {0};
    struct segment_record record;
    int r;

    segment_walk_init(&walk, fd, s->size, 0);
    walk.tolerant = true;
    while ((r = segment_walk_next(&walk, &record, err)) > 0) {
        if (s->first_seq == 0)
            s->first_seq = record.seq;
        s->marked |= record.flags & SEGMENT_BATCH;
    }
    if (r == 0)
        r = segment_walk_used(&walk, &s->used, err);
    segment_walk_done(&walk);
    /* Something was written behind the header, so it was in use. */
    if (s->used > SEGMENT_HEADER_SIZE)
        s->kind = SEGMENT_BROKEN;
    return r;
}

/*
 * What the file itself says, until a good header says better. st_blocks counts
 * 512 bytes each, whatever the file system's blocks are.
 */
static void fill_in(struct survey_segment *s, const struct stat *st)
{
    *s = (struct survey_segment){
        .number = s->number,
        .size = (uint64_t)st->st_size,
        .allocated = (uint64_t)st->st_blocks * 512 >= (uint64_t)st->st_size,
        .created = (usec_t)st->st_mtim.tv_sec * USEC_PER_SEC,
    };
}

/* What it says of itself without a header that can be believed. */
static int look_behind(struct survey_segment *s, int fd, struct error *err)
{
    switch (s->kind) {
    case SEGMENT_NEWER:
    case SEGMENT_SWAPPED:
    case SEGMENT_VALID:
        return 0;
    case SEGMENT_BLANK:
        return has_data(fd) ? look_for_records(s, fd, err) : 0;
    case SEGMENT_BROKEN:
        break;
    }
    return look_for_records(s, fd, err);
}

int survey_look(const char *directory, struct survey_segment *s,
                struct segment_header *ret, struct error *err)
{
    _cleanup_free_ char *path = survey_path(directory, s->number);
    _cleanup_close_ int fd = io_open(path, O_RDONLY, 0);
    uint8_t block[SEGMENT_HEADER_SIZE];
    struct stat st;
    ssize_t n;
    int r;

    if (fd < 0 || fstat(fd, &st) < 0) {
        r = fd < 0 ? fd : -errno;
        return error_set(err, r, "cannot open %s: %s", path, strerror(-r));
    }
    fill_in(s, &st);
    n = io_read(fd, block, sizeof(block), 0);
    s->kind =
        n < 0 ? SEGMENT_BROKEN : segment_parse_header(block, (size_t)n, ret);
    if (s->kind != SEGMENT_VALID)
        return look_behind(s, fd, err);
    s->first_seq = ret->first_seq;
    s->created = ret->created;
    return 0;
}
