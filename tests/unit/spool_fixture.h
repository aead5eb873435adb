/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A spool in a temporary folder, filled with records whose contents follow
 * from their sequence, so that any reader can tell whether it got the right
 * ones. Shared by the tests of spool, committer and recovery.
 */
#pragma once

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "spool/segment.h"
#include "spool.h"
#include "tap.h"
#include "util/buffer.h"
#include "util/macro.h"

#define FIXTURE_SEGMENT (64u << 10)
#define FIXTURE_PAYLOAD_MAX 1200

struct fixture {
    char directory[256];
    struct spool_options options;
    struct spool *s;
    struct spool_recovery recovery;
    struct error err;
};

_unused_
static void fixture_init(struct fixture *f)
{
    const char *base = getenv("TMPDIR");

    *f = (struct fixture){0};
    snprintf(f->directory, sizeof(f->directory), "%s/trawl-spool-XXXXXX",
             base ? base : "/tmp");
    if (!mkdtemp(f->directory))
        abort();
    f->options = (struct spool_options){
        .directory = f->directory,
        .max_size = 1000 * FIXTURE_SEGMENT,
        .keep = USEC_PER_DAY,
        .segment_size = FIXTURE_SEGMENT,
    };
}

/* Calls `each` with the path of every file in the folder. */
static void fixture_files(const char *directory, const char *suffix,
                          void (*each)(const char *path, void *userdata),
                          void *userdata)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    char path[600];

    while (dir && (entry = readdir(dir))) {
        size_t len = strlen(entry->d_name), s = strlen(suffix);

        if (entry->d_name[0] == '.' || len < s ||
            strcmp(entry->d_name + len - s, suffix) != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
        each(path, userdata);
    }
    if (dir)
        closedir(dir);
}

static void fixture_remove_file(const char *path, void *userdata _unused_)
{
    unlink(path);
}

static void fixture_count_file(const char *path _unused_, void *userdata)
{
    ++*(size_t *)userdata;
}

_unused_
static size_t fixture_count(const struct fixture *f)
{
    size_t count = 0;

    fixture_files(f->directory, ".seg", fixture_count_file, &count);
    return count;
}

_unused_
static int fixture_open(struct fixture *f)
{
    buffer_done(&f->recovery.checkpoint);
    return spool_open(&f->options, &f->s, &f->recovery, &f->err);
}

_unused_
static void fixture_close(struct fixture *f)
{
    spool_close(f->s);
    f->s = NULL;
}

_unused_
static void fixture_done(struct fixture *f)
{
    fixture_close(f);
    buffer_done(&f->recovery.checkpoint);
    fixture_files(f->directory, "", fixture_remove_file, NULL);
    rmdir(f->directory);
}

/* The payload of a sequence, into FIXTURE_PAYLOAD_MAX bytes. */
static size_t fixture_payload(uint64_t seq, uint8_t *ret)
{
    uint32_t x = (uint32_t)(seq * 2654435761u + 12345);
    size_t len = (x >> 8) % FIXTURE_PAYLOAD_MAX;

    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        ret[i] = (uint8_t)(x >> 24);
    }
    return len;
}

_unused_
static uint64_t fixture_append(struct fixture *f)
{
    uint64_t seq = spool_appended(f->s) + 1;
    uint8_t payload[FIXTURE_PAYLOAD_MAX];
    uint8_t id[SPOOL_ID_LEN] = {0};
    size_t len = fixture_payload(seq, payload);

    memcpy(id, &seq, sizeof(seq));
    return spool_append(f->s, SPOOL_EVENT, seq * 1000, id, payload, len);
}

/* Waits for the loop's descriptor; what it says is read. */
_unused_
static void fixture_wait(struct fixture *f)
{
    struct pollfd p = {.fd = spool_fd(f->s), .events = POLLIN};

    poll(&p, 1, -1);
    spool_acknowledge(f->s);
}

_unused_
static void fixture_wait_durable(struct fixture *f)
{
    while (spool_durable(f->s) < spool_appended(f->s))
        fixture_wait(f);
}

_unused_
static void fixture_wait_state(struct fixture *f, enum spool_state state)
{
    while (spool_state(f->s) != state)
        fixture_wait(f);
}

/* Appends `count` records in batches of `batch` and waits for each batch. */
_unused_
static void fixture_fill(struct fixture *f, unsigned count, unsigned batch)
{
    for (unsigned i = 1; i <= count; i++) {
        fixture_append(f);
        if (i % batch != 0 && i != count)
            continue;
        spool_flush(f->s);
        fixture_wait_durable(f);
    }
}

_unused_
static bool fixture_is_right(const struct spool_record *r)
{
    uint8_t payload[FIXTURE_PAYLOAD_MAX];
    size_t len = fixture_payload(r->seq, payload);

    return r->len == len && r->type == SPOOL_EVENT &&
           r->time == r->seq * 1000 && memcmp(r->data, payload, len) == 0 &&
           memcmp(r->id, &r->seq, sizeof(r->seq)) == 0;
}

/* What a reader found. */
struct reading {
    uint64_t first, last, count, skipped;
    bool wrong;    /* contents not those of the sequence */
    bool disorder; /* a sequence not above the one before */
};

_unused_
static struct reading fixture_read(struct spool *s, uint64_t from)
{
    struct spool_reader *r = spool_reader_new(s, from);
    struct reading got = {0};
    struct spool_record record;
    int n;

    while ((n = spool_reader_next(r, &record, NULL)) > 0) {
        got.wrong |= !fixture_is_right(&record);
        got.disorder |= record.seq <= got.last;
        got.first = got.count == 0 ? record.seq : got.first;
        got.last = record.seq;
        got.count++;
    }
    got.wrong |= n < 0;
    got.skipped = spool_reader_skipped(r);
    spool_reader_free(r);
    return got;
}

/* All of first to last stand there, once, in order, with right contents. */
_unused_
static bool fixture_has(struct spool *s, uint64_t first, uint64_t last)
{
    struct reading got = fixture_read(s, first);
    bool good = !got.wrong && !got.disorder && got.skipped == 0 &&
                got.count == last + 1 - first && got.last == last &&
                got.first == first;

    if (!good)
        diag("wanted %" PRIu64 "-%" PRIu64 ", got %" PRIu64 "-%" PRIu64
             ": %" PRIu64 " records, %" PRIu64 " skipped, wrong %d, "
             "disorder %d",
             first, last, got.first, got.last, got.count, got.skipped,
             got.wrong, got.disorder);
    return good;
}

/* The path of the segment with this number. */
_unused_
static const char *fixture_path(const struct fixture *f, uint64_t number,
                                char *ret, size_t size)
{
    snprintf(ret, size, "%s/%010" PRIu64 ".seg", f->directory, number);
    return ret;
}

/* Inverts bits of one byte of a file. */
_unused_
static void fixture_flip(const char *path, uint64_t offset, uint8_t mask)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t byte = 0;

    if (fd < 0 || pread(fd, &byte, 1, (off_t)offset) != 1)
        abort();
    byte ^= mask;
    if (pwrite(fd, &byte, 1, (off_t)offset) != 1)
        abort();
    close(fd);
}

/* Where record `seq` begins in a file whose first record is `first`. */
_unused_
static uint64_t fixture_offset(uint64_t first, uint64_t seq)
{
    uint64_t at = SEGMENT_HEADER_SIZE;
    uint8_t payload[FIXTURE_PAYLOAD_MAX];

    for (; first < seq; first++)
        at += segment_record_size(fixture_payload(first, payload));
    return at;
}
