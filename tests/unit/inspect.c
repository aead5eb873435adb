/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a spool's files, and what is mended: no good record goes, a
 * start afterwards finds all of them, and originals stay.
 */
#include "spool/inspect.h"

#include <errno.h>
#include <sys/stat.h>

#include "spool/lock.h"
#include "spool/repair.h"
#include "spool_fixture.h"

#define MANY 600

static void sums(void *userdata _unused_, uint64_t seq, struct buffer *out)
{
    buffer_printf(out, "sums before %llu", (unsigned long long)seq);
}

/* A spool of several segments, closed cleanly. */
static void make(struct fixture *f)
{
    fixture_init(f);
    f->options.checkpoint = sums;
    fixture_open(f);
    fixture_fill(f, MANY, 50);
    fixture_close(f);
}

/* One segment with 1 to 40 in batches, without a seal. */
static void make_unsealed(struct fixture *f, unsigned batch, char path[300])
{
    fixture_init(f);
    fixture_open(f);
    fixture_fill(f, 40, batch);
    fixture_close(f);
    fixture_path(f, 1, path, 300);
    if (truncate(path, (off_t)fixture_offset(1, 41)) < 0)
        abort();
}

static struct inspect look(struct fixture *f)
{
    struct inspect in = {0};

    if (inspect_run(f->directory, &in, &f->err) < 0)
        diag("%s", f->err.text);
    return in;
}

static struct repair plan(struct fixture *f)
{
    struct inspect in = look(f);
    struct repair r = {0};

    if (repair_plan(f->directory, &in, &r, &f->err) < 0)
        diag("%s", f->err.text);
    inspect_done(&in);
    return r;
}

/* Does the whole plan; how many steps it had. */
static size_t mend(struct fixture *f)
{
    struct repair r = plan(f);
    size_t count = r.count;

    for (size_t i = 0; i < r.count; i++)
        if (repair_apply(f->directory, &r.steps[i], &f->err) < 0) {
            diag("%s", f->err.text);
            count = 0;
        }
    repair_done(&r);
    return count;
}

static uint64_t size_of(const char *path, const char *suffix)
{
    char full[340];
    struct stat st;

    snprintf(full, sizeof(full), "%s%s", path, suffix);
    return stat(full, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

/* A daemon that starts now has `last` records, all good, and cuts nothing. */
static void check_start(struct fixture *f, uint64_t last)
{
    is_int(fixture_open(f), 0, "a start takes it");
    ok(f->recovery.torn_bytes == 0 && f->recovery.last_seq == last,
       "with nothing to mend, up to %llu", (unsigned long long)last);
}

static void test_sound(void)
{
    struct fixture f;
    struct inspect in;
    struct repair r;
    uint64_t records = 0, missing = 0;
    size_t newest = 0, valid = 0;

    make(&f);
    in = look(&f);
    for (size_t i = 0; i < in.count; i++) {
        const struct inspect_segment *s = &in.segments[i];

        records += s->records;
        missing += s->missing;
        valid += s->file.kind == SEGMENT_VALID;
        newest += s->newest && s->sealed && s->last_seq == MANY &&
                  s->last_time == MANY * 1000 && s->torn == 0;
    }
    ok(valid > 3 && valid + 1 == in.count, "several segments, one prepared");
    is_int(records, MANY, "every record is counted once");
    is_int(missing, 0, "none is missing");
    is_int(newest, 1, "the newest is closed and ends with the last");
    ok(in.segments[0].first_seq == 1 && in.segments[1].checkpoint_seq > 1,
       "sequences and sums are seen");
    r = plan(&f);
    is_int(r.count, 0, "there is nothing to repair");
    repair_done(&r);
    inspect_done(&in);
    fixture_done(&f);
}

static void test_lost(void)
{
    struct fixture f;
    struct inspect in;
    struct repair r;
    char path[300];

    make(&f);
    fixture_path(&f, 1, path, sizeof(path));
    fixture_flip(path, fixture_offset(1, 7) + 60, 1);
    in = look(&f);
    is_int(in.segments[0].missing, 1, "a record that is lost is counted");
    r = plan(&f);
    is_int(r.count, 0, "and left as it is: readers step over it");
    repair_done(&r);
    inspect_done(&in);
    fixture_done(&f);
}

static void test_end(void)
{
    uint64_t whole = fixture_offset(1, 40);
    struct fixture f;
    struct inspect in;
    char path[300];

    make_unsealed(&f, 40, path);
    if (truncate(path, (off_t)whole + 70) < 0)
        abort();
    in = look(&f);
    ok(in.segments[0].torn > 0 && in.segments[0].torn <= 70 &&
           in.segments[0].unvouched == 0 && in.segments[0].records == 39,
       "an unfinished write is seen");
    inspect_done(&in);
    is_int(mend(&f), 1, "and cut");
    is_int(size_of(path, ""), whole, "to the last whole record");
    is_int(size_of(path, REPAIR_KEPT), whole + 70, "its original stays");
    check_start(&f, 39);
    fixture_done(&f);
}

static void test_unvouched(void)
{
    struct fixture f;
    struct inspect in;
    struct repair r;
    char path[300];

    make_unsealed(&f, 40, path);
    fixture_flip(path, fixture_offset(1, 30) + 60, 1);
    in = look(&f);
    ok(in.segments[0].unvouched == 11 && in.segments[0].missing == 0,
       "records behind a gap of the last batch are told apart");
    r = plan(&f);
    is_int(r.count, 0, "and never cut by a repair");
    repair_done(&r);
    inspect_done(&in);
    fixture_done(&f);
}

static bool read_header(const char *path, struct segment_header *ret)
{
    uint8_t block[SEGMENT_HEADER_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, block, sizeof(block));

    close(fd);
    return n == (ssize_t)sizeof(block) &&
           segment_parse_header(block, sizeof(block), ret) == SEGMENT_VALID;
}

static void test_header(void)
{
    struct segment_header first, before, after;
    struct fixture f;
    char path[300], path_first[300];

    make(&f);
    fixture_path(&f, 2, path, sizeof(path));
    fixture_path(&f, 1, path_first, sizeof(path_first));
    ok(read_header(path, &before) && read_header(path_first, &first),
       "headers are good");
    fixture_flip(path, 100, 0xff);
    ok(!read_header(path, &after), "one is damaged");
    is_int(mend(&f), 1, "it is written anew");
    ok(read_header(path, &after) && after.number == 2 &&
           after.first_seq == before.first_seq &&
           memcmp(after.uuid, before.uuid, sizeof(after.uuid)) == 0,
       "of this spool, for the same records");
    ok(after.checkpoint_seq == first.checkpoint_seq &&
           after.checkpoint_len == first.checkpoint_len,
       "with the sums of the one before, which cover less and hold");
    is_int(size_of(path, REPAIR_KEPT), size_of(path, ""), "the original stays");
    is_int(mend(&f), 0, "then there is nothing more to do");
    fixture_open(&f);
    ok(fixture_has(f.s, 1, MANY), "and no record is gone");
    fixture_done(&f);

    make(&f);
    fixture_path(&f, 1, path, sizeof(path));
    fixture_flip(path, 100, 0xff);
    is_int(mend(&f), 1, "the first one's too");
    ok(read_header(path, &after) && after.checkpoint_len == 0,
       "without the sums of a later one: they cover too much");
    fixture_open(&f);
    ok(fixture_has(f.s, 1, MANY), "and no record is gone");
    fixture_done(&f);
}

/* No header is left to say of which spool the segments are. */
static void test_all_headers(void)
{
    struct fixture f;
    struct inspect in;
    size_t count = 0;
    char path[300];

    make(&f);
    in = look(&f);
    for (size_t i = 0; i < in.count; i++) {
        if (in.segments[i].file.kind != SEGMENT_VALID)
            continue;
        fixture_path(&f, in.segments[i].file.number, path, sizeof(path));
        fixture_flip(path, 100, 0xff);
        count++;
    }
    inspect_done(&in);
    is_int(mend(&f), count, "all headers are written anew");
    is_int(fixture_open(&f), 0, "as those of one spool");
    ok(fixture_has(f.s, 1, MANY), "and no record is gone");
    fixture_done(&f);
}

static void test_mute(void)
{
    struct fixture f;
    char path[300], noise[20000];
    FILE *file;

    make(&f);
    fixture_path(&f, 77, path, sizeof(path));
    memset(noise, 'x', sizeof(noise));
    file = fopen(path, "we");
    ok(file && fwrite(noise, 1, sizeof(noise), file) == sizeof(noise) &&
           fclose(file) == 0,
       "a file with nothing in it that is ours");
    is_int(mend(&f), 1, "goes");
    ok(size_of(path, "") == 0 && size_of(path, ".damaged") == sizeof(noise),
       "to the side, whole");
    check_start(&f, MANY);
    fixture_done(&f);
}

static void test_in_the_way(void)
{
    struct fixture f;
    struct repair r;
    char path[300], kept[340];
    uint64_t before;

    make_unsealed(&f, 40, path);
    if (truncate(path, (off_t)fixture_offset(1, 40) + 70) < 0)
        abort();
    snprintf(kept, sizeof(kept), "%s%s", path, REPAIR_KEPT);
    close(open(kept, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    before = size_of(path, "");
    r = plan(&f);
    is_int(repair_apply(f.directory, &r.steps[0], &f.err), -EEXIST,
           "an original is never written over: %s", f.err.text);
    is_int(size_of(path, ""), before, "and without one nothing is changed");
    repair_done(&r);
    fixture_done(&f);
}

static void test_lock(void)
{
    struct fixture f;
    struct error err = {""};
    int fd = -1;

    fixture_init(&f);
    is_int(lock_holder(f.directory), 0, "nobody has a spool that is new");
    is_int(lock_take(f.directory, &fd, &err), 0, "it can be had");
    is_int(lock_holder(f.directory), getpid(), "and is seen to be");
    is_int(fixture_open(&f), -EBUSY, "then no daemon starts");
    close(fd);
    is_int(lock_holder(f.directory), 0, "until it is let go");
    fixture_done(&f);
}

int main(void)
{
    test_sound();
    test_lost();
    test_end();
    test_unvouched();
    test_header();
    test_all_headers();
    test_mute();
    test_in_the_way();
    test_lock();
    return done_testing();
}
