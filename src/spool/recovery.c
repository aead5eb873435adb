/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a spool; see recovery.h. */
#include "spool/recovery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "spool/recovery_tail.h"
#include "spool/spool_internal.h"
#include "spool/survey.h"
#include "util/alloc.h"
#include "util/io.h"

struct scan {
    struct spool *s;
    struct survey_segment *items;
    size_t count;
    bool has_uuid;
    struct segment_header newest; /* the newest good header */
    bool has_newest;
};

static int refuse(const char *path, enum segment_kind kind, struct error *err)
{
    return error_set(err, -EPROTONOSUPPORT,
                     "%s was written by %s; nothing was changed", path,
                     kind == SEGMENT_NEWER
                         ? "a newer version of this program: install that "
                           "version, or move the spool away"
                         : "a machine of another byte order");
}

/* The header's word on its spool must agree with that of the others. */
static int take_header(struct scan *scan, const struct segment_header *h,
                       const char *path, struct error *err)
{
    uint8_t *uuid = scan->s->chain.uuid;

    if (!scan->has_uuid)
        memcpy(uuid, h->uuid, SEGMENT_UUID_LEN);
    scan->has_uuid = true;
    if (memcmp(uuid, h->uuid, SEGMENT_UUID_LEN) != 0)
        return error_set(err, -EINVAL,
                         "%s is of another spool: move it away; nothing was "
                         "changed",
                         path);
    scan->newest = *h;
    scan->has_newest = true;
    return 0;
}

/* All headers, before anything is changed. */
static int read_headers(struct scan *scan, struct error *err)
{
    const char *directory = scan->s->chain.directory;
    struct segment_header header;
    int r = 0;

    for (size_t i = 0; i < scan->count && r == 0; i++) {
        struct survey_segment *f = &scan->items[i];
        _cleanup_free_ char *path = survey_path(directory, f->number);

        r = survey_look(directory, f, &header, err);
        if (r < 0)
            return r;
        if (f->kind == SEGMENT_NEWER || f->kind == SEGMENT_SWAPPED)
            return refuse(path, f->kind, err);
        if (f->kind == SEGMENT_VALID)
            r = take_header(scan, &header, path, err);
    }
    return r;
}

/* A prepared segment that was never used serves again, another one goes. */
static void reuse_blank(struct scan *scan, size_t i)
{
    struct chain *c = &scan->s->chain;
    const struct survey_segment *f = &scan->items[i];
    _cleanup_free_ char *path = NULL;

    /* One without all its blocks could run into a full disk in mid-record. */
    if (!c->has_spare && i + 1 == scan->count && f->allocated &&
        f->size == c->segment_size) {
        c->has_spare = true;
        c->spare_number = f->number;
        return;
    }
    path = chain_path(c, f->number);
    io_unlink(path);
}

static void put_aside(struct scan *scan, const struct survey_segment *f)
{
    _cleanup_free_ char *from = chain_path(&scan->s->chain, f->number);
    _cleanup_free_ char *to = xasprintf("%s.damaged", from);

    if (rename(from, to) == 0 && truncate(to, (off_t)f->used) < 0)
        return; /* it only occupies more than it must */
}

/*
 * The newest segment with neither a header nor the beginning of a batch is
 * one that a power cut left before its first batch was durable.
 */
static void drop_torn(struct scan *scan, struct spool_recovery *ret)
{
    for (size_t i = scan->count; i > 0; i--) {
        struct survey_segment *f = &scan->items[i - 1];

        if (f->kind == SEGMENT_BLANK)
            continue;
        if (f->kind == SEGMENT_VALID || f->marked)
            return;
        ret->torn_bytes += f->used;
        f->first_seq = 0;
    }
}

static void fill_chain(struct scan *scan, struct spool_recovery *ret)
{
    struct chain *c = &scan->s->chain;

    drop_torn(scan, ret);
    for (size_t i = 0; i < scan->count; i++) {
        const struct survey_segment *f = &scan->items[i];
        struct chain_segment item = {f->number, f->first_seq, f->size, f->size,
                                     f->created};

        c->last_number = f->number;
        if (f->kind == SEGMENT_BLANK)
            reuse_blank(scan, i);
        else if (f->first_seq > 0)
            chain_add(c, &item);
        else
            put_aside(scan, f);
    }
}

/* The sequence and the end of the newest segment, and what is to mend. */
static int recover_tail(struct scan *scan, struct spool_recovery *ret,
                        struct error *err)
{
    struct chain *c = &scan->s->chain;
    struct chain_segment *last = &c->items[c->count - 1];
    struct tail tail = {0};
    int r = tail_read(c, last, &tail, err);

    if (r < 0)
        return r;
    last->end = tail.end;
    ret->torn_bytes += tail.torn_bytes;
    ret->bad_records += tail.bad_records;
    ret->last_seq = tail.last_seq;
    tail_mend(c, last, &tail, &scan->s->trouble);
    return 0;
}

static void finish(struct scan *scan, struct spool_recovery *ret)
{
    struct spool *s = scan->s;

    /* Without a good header it gets a name, to tell it from other spools. */
    if (!scan->has_uuid &&
        getrandom(s->chain.uuid, SEGMENT_UUID_LEN, 0) != SEGMENT_UUID_LEN)
        memset(s->chain.uuid, 0, SEGMENT_UUID_LEN);
    s->appended = s->durable = ret->last_seq;
    if (s->chain.count > 0 && s->chain.items[0].first_seq <= ret->last_seq)
        ret->first_seq = s->chain.items[0].first_seq;
    if (!scan->has_newest)
        return;
    s->current.header = scan->newest;
    s->chain.checkpoint_seq = scan->newest.checkpoint_seq;
    ret->checkpoint_seq = scan->newest.checkpoint_seq;
    buffer_add(&ret->checkpoint, scan->newest.checkpoint,
               scan->newest.checkpoint_len);
}

int recovery_run(struct spool *s, struct spool_recovery *ret, struct error *err)
{
    _cleanup_free_ struct scan *scan = XNEW(struct scan);
    int r;

    scan->s = s;
    r = survey_list(s->chain.directory, &scan->items, &scan->count, err);
    if (r == 0)
        r = read_headers(scan, err);
    if (r == 0)
        fill_chain(scan, ret);
    if (r == 0 && s->chain.count > 0)
        r = recover_tail(scan, ret, err);
    if (r == 0)
        finish(scan, ret);
    /* What was made or removed last time shall be so after a power cut. */
    if (r == 0 && io_sync_directory(s->chain.directory) < 0)
        error_set(&s->trouble, 0, "spool %s: cannot sync the folder",
                  s->chain.directory);
    free(scan->items);
    return r;
}
