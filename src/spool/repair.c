/* SPDX-License-Identifier: Apache-2.0 */
/* See repair.h. The copy is durable before the original is touched. */
#include "spool/repair.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "util/alloc.h"
#include "util/io.h"

#define ASIDE ".damaged" /* as a start would name it */
#define PIECE (256u << 10)

/*
 * Where no header is left, the spool needs a new id: the same in all headers
 * of the plan, for a start takes no segments of two spools.
 */
static void new_id(const struct repair *plan, uint8_t ret[SEGMENT_UUID_LEN])
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->steps[i].new_header) {
            memcpy(ret, plan->steps[i].header.uuid, SEGMENT_UUID_LEN);
            return;
        }
    if (getrandom(ret, SEGMENT_UUID_LEN, 0) != SEGMENT_UUID_LEN)
        memset(ret, 0, SEGMENT_UUID_LEN);
}

/*
 * The header that a segment should have: the spool's id and the sums are
 * those of the good header before it, or of any good one; without any, the
 * id that stands in `ret` already.
 */
static int make_header(const char *directory, const struct inspect *in,
                       size_t i, struct segment_header *ret, struct error *err)
{
    const struct inspect_segment *s = &in->segments[i];
    struct survey_segment found;
    int r = 0;

    for (size_t k = in->count; k > 0 && r == 0; k--) {
        const struct inspect_segment *other = &in->segments[k - 1];
        bool before = k - 1 < i;

        if (other->file.kind != SEGMENT_VALID)
            continue;
        found.number = other->file.number;
        r = survey_look(directory, &found, ret, err);
        if (before)
            break;
        ret->checkpoint_len = 0; /* those of a later one cover too much */
        ret->checkpoint_seq = 0;
    }
    ret->number = s->file.number;
    ret->first_seq = s->file.first_seq;
    ret->created = s->first_time;
    return r;
}

/* Neither a header nor a record says what it holds. */
static bool is_mute(const struct inspect_segment *s)
{
    return s->file.kind == SEGMENT_BROKEN && s->file.first_seq == 0;
}

static void add(struct repair *r, const struct repair_step *step)
{
    r->steps = xrealloc(r->steps, (r->count + 1) * sizeof(*r->steps));
    r->steps[r->count++] = *step;
}

static int plan_one(const char *directory, const struct inspect *in, size_t i,
                    struct repair *plan, struct error *err)
{
    const struct inspect_segment *s = &in->segments[i];
    struct repair_step step = {.number = s->file.number, .aside = is_mute(s)};
    int r = 0;

    /* Whole records behind a gap are not ours to cut. */
    if (s->newest && !s->sealed && s->unvouched == 0) {
        step.end = s->end;
        step.cut = s->torn;
    }
    if (s->file.kind == SEGMENT_BROKEN && !step.aside) {
        step.new_header = true;
        new_id(plan, step.header.uuid);
        r = make_header(directory, in, i, &step.header, err);
    }
    if (step.aside || step.new_header || step.cut > 0)
        add(plan, &step);
    return r;
}

int repair_plan(const char *directory, const struct inspect *in,
                struct repair *ret, struct error *err)
{
    int r = 0;

    *ret = (struct repair){0};
    for (size_t i = 0; i < in->count && r == 0; i++)
        r = plan_one(directory, in, i, ret, err);
    if (r < 0)
        repair_done(ret);
    return r;
}

void repair_done(struct repair *r)
{
    free(r->steps);
    *r = (struct repair){0};
}

static int copy_bytes(int from, int to)
{
    _cleanup_free_ char *piece = xcalloc(1, PIECE);
    uint64_t at = 0;
    ssize_t n;
    int r = 0;

    while (r == 0 && (n = io_read(from, piece, PIECE, at)) != 0) {
        if (n < 0)
            return (int)n;
        r = io_write(to, piece, (size_t)n, at);
        at += (uint64_t)n;
    }
    return r < 0 ? r : io_sync(to);
}

/* A copy of the file as it is. */
static int keep_original(const char *directory, const char *path,
                         struct error *err)
{
    /* O_EXCL: a copy of an earlier repair may be the true original. */
    _cleanup_free_ char *kept = xasprintf("%s%s", path, REPAIR_KEPT);
    _cleanup_close_ int from = io_open(path, O_RDONLY, 0);
    _cleanup_close_ int to =
        from < 0 ? from : io_open(kept, O_WRONLY | O_CREAT | O_EXCL, 0640);
    int r = to < 0 ? to : copy_bytes(from, to);

    if (r == 0)
        r = io_sync_directory(directory);
    if (r < 0 && to >= 0)
        io_unlink(kept);
    if (r < 0)
        return error_set(err, r,
                         "cannot keep %s as %s: %s; nothing was "
                         "changed",
                         path, kept, strerror(-r));
    return 0;
}

static int change(const char *path, const struct repair_step *step)
{
    _cleanup_close_ int fd = io_open(path, O_RDWR, 0);
    uint8_t block[SEGMENT_HEADER_SIZE];
    int r = fd < 0 ? fd : 0;

    if (r == 0 && step->cut > 0)
        r = io_truncate(fd, step->end);
    if (r == 0 && step->new_header) {
        segment_format_header(&step->header, block);
        r = io_write(fd, block, sizeof(block), 0);
    }
    return r < 0 ? r : io_sync(fd);
}

static int put_aside(const char *directory, const char *path, struct error *err)
{
    _cleanup_free_ char *aside = xasprintf("%s%s", path, ASIDE);
    /* rename() would replace an older one without a word. */
    int r = access(aside, F_OK) == 0 ? -EEXIST : 0;

    if (r == 0 && rename(path, aside) < 0)
        r = -errno;
    if (r == 0)
        r = io_sync_directory(directory);
    return r < 0 ? error_set(err, r, "cannot name %s %s: %s", path, aside,
                             strerror(-r))
                 : 0;
}

int repair_apply(const char *directory, const struct repair_step *step,
                 struct error *err)
{
    _cleanup_free_ char *path = survey_path(directory, step->number);
    int r;

    if (step->aside)
        return put_aside(directory, path, err);
    r = keep_original(directory, path, err);
    if (r < 0)
        return r;
    r = change(path, step);
    return r < 0 ? error_set(err, r,
                             "cannot mend %s: %s; its original is "
                             "%s%s",
                             path, strerror(-r), path, REPAIR_KEPT)
                 : 0;
}
