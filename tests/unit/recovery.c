/* SPDX-License-Identifier: Apache-2.0 */
/* What a start makes of segments that were torn, damaged or are foreign. */
#include "spool/recovery.h"

#include <errno.h>

#include "spool_fixture.h"

/*
 * Ends a run as a kill does: the files stay as they are at this moment. They
 * are copied beside, the spool is closed, and the copies come back.
 */
static void copy_file(const char *from, const char *to)
{
    char command[1300];

    snprintf(command, sizeof(command), "cp -p '%s' '%s'", from, to);
    if (system(command) != 0)
        abort();
}

static void save_file(const char *path, void *userdata _unused_)
{
    char to[700];

    snprintf(to, sizeof(to), "%s.save", path);
    copy_file(path, to);
}

static void restore_file(const char *path, void *userdata _unused_)
{
    char to[700];

    snprintf(to, sizeof(to), "%.*s", (int)(strlen(path) - 5), path);
    if (rename(path, to) != 0)
        abort();
}

static void fixture_kill(struct fixture *f)
{
    fixture_files(f->directory, ".seg", save_file, NULL);
    fixture_close(f);
    fixture_files(f->directory, ".seg", fixture_remove_file, NULL);
    fixture_files(f->directory, ".save", restore_file, NULL);
}

/* A spool of `count` records in batches of `batch`, killed. */
static void make_killed(struct fixture *f, unsigned count, unsigned batch)
{
    fixture_init(f);
    fixture_open(f);
    fixture_fill(f, count, batch);
    fixture_kill(f);
}

static const char *path_of(const struct fixture *f, uint64_t number)
{
    static char path[600];

    return fixture_path(f, number, path, sizeof(path));
}

static void test_kill(void)
{
    struct fixture f;

    make_killed(&f, 50, 10);
    is_int(fixture_open(&f), 0, "a killed spool opens");
    is_int(f.recovery.last_seq, 50, "with all its records");
    ok(f.recovery.torn_bytes == 0 && f.recovery.bad_records == 0,
       "none torn or bad");
    ok(fixture_has(f.s, 1, 50), "all can be read");
    fixture_done(&f);
}

static void test_torn(void)
{
    struct fixture f;
    uint64_t end = fixture_offset(1, 50) + 30;

    make_killed(&f, 50, 1);
    if (truncate(path_of(&f, 1), (off_t)end) != 0)
        abort();
    is_int(fixture_open(&f), 0, "a torn spool opens");
    is_int(f.recovery.last_seq, 49, "without the torn record");
    ok(f.recovery.torn_bytes > 16 && f.recovery.torn_bytes <= 30,
       "whose bytes are counted (%d)", (int)f.recovery.torn_bytes);
    is_int(f.recovery.bad_records, 0, "as torn and not as bad");
    ok(fixture_has(f.s, 1, 49), "all others can be read");
    fixture_fill(&f, 10, 10);
    ok(fixture_has(f.s, 1, 59), "its sequence is used again");
    fixture_close(&f);
    fixture_open(&f);
    is_int(f.recovery.torn_bytes, 0, "what is cut is cut");
    ok(fixture_has(f.s, 1, 59), "also at the next start");
    fixture_done(&f);
}

/* A batch that did not get whole is cut at its first gap. */
static void test_torn_batch(void)
{
    struct fixture f;

    make_killed(&f, 60, 20);
    fixture_flip(path_of(&f, 1), fixture_offset(1, 50) + 3, 0xff);
    fixture_open(&f);
    is_int(f.recovery.last_seq, 49,
           "the last batch is cut at its gap: no "
           "record stands without all before it");
    is_int(f.recovery.bad_records, 0, "which is no damage");
    ok(f.recovery.torn_bytes > 0, "but torn");
    ok(fixture_has(f.s, 1, 49), "all before it can be read");
    fixture_done(&f);
}

/* Every place of a record that was safe: only this record is lost. */
static void test_damage(unsigned run)
{
    uint8_t payload[FIXTURE_PAYLOAD_MAX];
    uint64_t bad = 17 + run, from = fixture_offset(1, bad);
    uint64_t len = fixture_payload(bad, payload);
    uint64_t at = from + (run * 7) % (SEGMENT_RECORD_HEADER + len);
    struct fixture f;
    struct reading got;

    make_killed(&f, 50, 3);
    fixture_flip(path_of(&f, 1), at, 0x40);
    fixture_open(&f);
    got = fixture_read(f.s, 1);
    ok(f.recovery.last_seq == 50 && f.recovery.bad_records == 1 &&
           f.recovery.torn_bytes == 0,
       "byte %" PRIu64 " of a safe record changed: one bad record", at - from);
    ok(!got.wrong && !got.disorder && got.count == 49 && got.skipped == 1 &&
           got.last == 50,
       "the 49 others are read");
    fixture_done(&f);
}

static void test_sealed_damage(void)
{
    struct fixture f;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 50, 50);
    fixture_close(&f);
    fixture_flip(path_of(&f, 1), fixture_offset(1, 50) + 20, 1);
    fixture_flip(path_of(&f, 1), fixture_offset(1, 20) + 60, 1);
    fixture_open(&f);
    is_int(f.recovery.bad_records, 2,
           "after a clean end all damage is "
           "damage, in the last record too");
    is_int(f.recovery.last_seq, 50, "and no sequence is used twice");
    is_int(f.recovery.torn_bytes, 0, "nothing is cut");
    fixture_fill(&f, 5, 5);
    is_int(fixture_read(f.s, 1).count, 53, "all good ones are read");
    is_int(fixture_read(f.s, 1).skipped, 2, "the bad ones are counted");
    fixture_done(&f);
}

static void test_old_segment_damage(void)
{
    struct fixture f;

    make_killed(&f, 500, 10);
    fixture_flip(path_of(&f, 2), 20000, 0xff);
    fixture_open(&f);
    is_int(f.recovery.bad_records, 0, "only the newest segment is scanned");
    is_int(fixture_read(f.s, 1).count, 499, "a reader finds the damage");
    is_int(fixture_read(f.s, 1).skipped, 1, "and counts it");
    fixture_done(&f);
}

static void wipe(const char *path, uint64_t from, size_t len)
{
    static const uint8_t junk[SEGMENT_HEADER_SIZE] = {1, 2, 3};
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0 || pwrite(fd, junk, len, (off_t)from) != (ssize_t)len)
        abort();
    close(fd);
}

static void test_headers(void)
{
    struct fixture f;

    make_killed(&f, 500, 5);
    wipe(path_of(&f, 1), 0, SEGMENT_HEADER_SIZE);
    wipe(path_of(&f, 3), 0, 100);
    wipe(path_of(&f, 5), 0, SEGMENT_HEADER_SIZE);
    wipe(path_of(&f, 6), 5000, 1000);
    is_int(fixture_open(&f), 0, "segments without headers are no obstacle");
    is_int(f.recovery.last_seq, 500, "the last record is known");
    ok(fixture_has(f.s, 1, 500), "all records are rescued");
    fixture_done(&f);
    make_killed(&f, 20, 5);
    wipe(path_of(&f, 1), 0, SEGMENT_HEADER_SIZE);
    fixture_open(&f);
    ok(fixture_has(f.s, 1, 20), "also if it is the only segment");
    fixture_fill(&f, 20, 5);
    ok(fixture_has(f.s, 1, 40), "and it goes on");
    fixture_done(&f);
}

/* A whole segment turned to junk, in the middle and at the end. */
static void test_junk(void)
{
    static uint8_t junk[FIXTURE_SEGMENT];
    struct fixture f;
    struct reading got;
    int fd;

    memset(junk, 0xa5, sizeof(junk));
    make_killed(&f, 500, 5);
    fd = open(path_of(&f, 2), O_RDWR | O_CLOEXEC);
    if (pwrite(fd, junk, sizeof(junk), 0) != (ssize_t)sizeof(junk))
        abort();
    close(fd);
    is_int(fixture_open(&f), 0, "a segment of junk is no obstacle");
    got = fixture_read(f.s, 1);
    ok(!got.wrong && !got.disorder && got.last == 500 &&
           got.count + got.skipped == 500,
       "what was in it is counted as unreadable");
    is_int(access(path_of(&f, 2), F_OK), -1, "it is put aside");
    fixture_done(&f);
}

struct listing {
    uint64_t sum;
};

static void add_file(const char *path, void *userdata)
{
    struct listing *l = userdata;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t byte;

    if (fd < 0 || fstat(fd, &st) != 0)
        abort();
    l->sum += (uint64_t)st.st_size * 31 + (uint64_t)st.st_ino;
    for (const char *p = path; *p; p++)
        l->sum = l->sum * 33 + (uint8_t)*p % 2;
    for (off_t at = 0; at < st.st_size && pread(fd, &byte, 1, at) == 1;
         at += 101)
        l->sum = l->sum * 33 + byte;
    close(fd);
}

static void test_newer(void)
{
    struct fixture f;
    struct listing before = {0}, after = {0};

    make_killed(&f, 200, 5);
    if (truncate(path_of(&f, 3), 20000) != 0)
        abort();
    fixture_flip(path_of(&f, 2), 8, 1 ^ 2);
    fixture_files(f.directory, ".seg", add_file, &before);
    is_int(fixture_open(&f), -EPROTONOSUPPORT, "a newer format is refused");
    ok(strstr(f.err.text, "newer") != NULL, "with the reason: %s", f.err.text);
    fixture_files(f.directory, ".seg", add_file, &after);
    ok(before.sum == after.sum, "and nothing is touched");
    fixture_flip(path_of(&f, 2), 8, 1 ^ 2);
    is_int(fixture_open(&f), 0, "it opens when the segment is ours again");
    fixture_done(&f);
}

static void test_starts(void)
{
    struct fixture f;
    size_t before;

    fixture_init(&f);
    for (int i = 0; i < 10; i++) {
        fixture_open(&f);
        fixture_close(&f);
    }
    is_int(fixture_count(&f), 1, "idle starts leave one prepared segment");
    fixture_open(&f);
    fixture_fill(&f, 10, 10);
    fixture_close(&f);
    before = fixture_count(&f);
    for (int i = 0; i < 10; i++) {
        fixture_open(&f);
        if (i % 2)
            fixture_kill(&f);
        fixture_close(&f);
    }
    is_int(fixture_count(&f), before, "nor do more of them, killed or not");
    for (int i = 0; i < 10; i++) {
        fixture_open(&f);
        is_int(f.recovery.last_seq, 10 + i * 3, "start %d finds all", i);
        fixture_fill(&f, 3, 2);
        ok(fixture_has(f.s, 1, 13 + (uint64_t)i * 3), "and adds to it");
        if (i % 2)
            fixture_kill(&f);
        else
            fixture_close(&f);
    }
    fixture_open(&f);
    is_int(fixture_count(&f), before + 10, "each with a segment of its own");
    ok(spool_size(f.s, NULL) < 3 * FIXTURE_SEGMENT,
       "which is no larger than what is in it");
    fixture_done(&f);
}

static void test_lost(void)
{
    struct fixture f;
    struct reading got;

    make_killed(&f, 500, 5);
    unlink(path_of(&f, 2));
    fixture_open(&f);
    got = fixture_read(f.s, 1);
    ok(!got.wrong && !got.disorder && got.last == 500 && got.skipped > 0 &&
           got.count + got.skipped == 500,
       "a segment that is gone is counted, the others are read");
    unlink(path_of(&f, 4));
    got = fixture_read(f.s, 1);
    ok(!got.wrong && !got.disorder && got.last == 500 &&
           got.count + got.skipped == 500,
       "also one that goes while the spool is open");
    fixture_done(&f);
}

static void test_foreign(void)
{
    struct fixture f, other;
    char path[600];

    make_killed(&f, 100, 5);
    make_killed(&other, 100, 5);
    fixture_path(&f, 1, path, sizeof(path));
    copy_file(path_of(&other, 1), path);
    is_int(fixture_open(&f), -EINVAL, "a segment of another spool: refused");
    fixture_done(&f);
    fixture_done(&other);
}

/* Damage of any kind anywhere: what is read is right, and it goes on. */
static void damage_at_random(const struct fixture *f, uint32_t *x)
{
    uint64_t number;
    const char *path;

    for (uint32_t n = 1 + *x % 12; n > 0; n--) {
        *x = *x * 1664525 + 1013904223;
        number = 1 + (*x >> 24) % 6;
        path = path_of(f, number);
        if ((*x >> 20) % 8 == 0 && access(path, F_OK) == 0 &&
            truncate(path, (*x >> 4) % FIXTURE_SEGMENT) < 0)
            abort();
        else if ((*x >> 20) % 8 == 1)
            wipe(path, *x % FIXTURE_SEGMENT, (*x >> 10) % 5000);
        else if ((*x >> 20) % 8 > 1)
            wipe(path, *x % 30000, 1 + *x % 3);
    }
}

static void test_random_damage(void)
{
    uint32_t x = 1;
    unsigned good = 0;
    struct fixture f;
    struct reading got;

    for (unsigned run = 0; run < 50; run++) {
        make_killed(&f, 450, 1 + run % 20);
        damage_at_random(&f, &x);
        if (fixture_open(&f) == 0) {
            fixture_fill(&f, 10, 5);
            got = fixture_read(f.s, 1);
            good += !got.wrong && !got.disorder && got.count >= 10 &&
                    got.last == spool_durable(f.s);
        } else {
            diag("%s", f.err.text);
        }
        fixture_done(&f);
    }
    is_int(good, 50,
           "after any damage what is read is right, and new "
           "records are");
}

int main(void)
{
    test_random_damage();
    test_kill();
    test_torn();
    test_torn_batch();
    for (unsigned run = 0; run < 24; run++)
        test_damage(run);
    test_sealed_damage();
    test_old_segment_damage();
    test_headers();
    test_junk();
    test_newer();
    test_starts();
    test_lost();
    test_foreign();
    return done_testing();
}
