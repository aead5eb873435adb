/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a spool beside its daemon: all of it, what comes meanwhile, over a
 * roll; what vanishes; ends that were never whole; nothing is ever written.
 */
#include "spool/history.h"

#include <errno.h>
#include <sys/stat.h>

#include "spool/watch.h"
#include "spool_fixture.h"

static struct history *begin(struct fixture *f)
{
    struct history *h = NULL;

    if (history_open(f->directory, &h, &f->err) < 0)
        diag("%s", f->err.text);
    return h;
}

/* All that is there now, from where `h` is. */
static struct reading read_on(struct history *h)
{
    struct reading got = {0};
    struct spool_record record;
    struct error err = {""};
    int n;

    while ((n = history_next(h, &record, &err)) > 0) {
        got.wrong |= !fixture_is_right(&record);
        got.disorder |= record.seq <= got.last;
        got.first = got.count == 0 ? record.seq : got.first;
        got.last = record.seq;
        got.count++;
    }
    if (n < 0)
        diag("%s", err.text);
    got.wrong |= n < 0;
    got.skipped = history_lost(h);
    return got;
}

static void check(struct history *h, uint64_t first, uint64_t last,
                  const char *sentence)
{
    struct reading got = read_on(h);
    uint64_t count = last >= first ? last + 1 - first : 0;

    if (!ok(!got.wrong && !got.disorder && got.count == count &&
                (count == 0 || (got.first == first && got.last == last)),
            "%s", sentence))
        diag("wanted %llu to %llu, got %llu to %llu, %llu of them",
             (unsigned long long)first, (unsigned long long)last,
             (unsigned long long)got.first, (unsigned long long)got.last,
             (unsigned long long)got.count);
}

/* The same by a history that is opened for it. */
static void check_all(struct fixture *f, uint64_t first, uint64_t last,
                      const char *sentence)
{
    _cleanup_(history_freep) struct history *h = begin(f);

    check(h, first, last, sentence);
}

static void test_live(void)
{
    _cleanup_(history_freep) struct history *h = NULL;
    struct fixture f;

    fixture_init(&f);
    h = begin(&f);
    check(h, 1, 0, "an empty folder has nothing");
    fixture_open(&f);
    check(h, 1, 0, "nor has a spool without records");
    fixture_fill(&f, 20, 5);
    check(h, 1, 20, "what came is read beside the daemon");
    check(h, 1, 0, "once");
    fixture_fill(&f, 1, 1);
    check(h, 21, 21, "then what comes next");
    fixture_fill(&f, 600, 50);
    ok(fixture_count(&f) > 3, "the spool rolls several times");
    check(h, 22, 621, "and the reader with it");
    fixture_close(&f);
    check(h, 1, 0, "a clean end adds nothing");
    fixture_open(&f);
    fixture_fill(&f, 30, 7);
    check(h, 622, 651, "after a restart it goes on");
    is_int(history_lost(h), 0, "nothing was lost on the way");
    check_all(&f, 1, 651, "and from the beginning all is there");
    fixture_done(&f);
}

static void test_watch(void)
{
    _cleanup_(history_freep) struct history *h = NULL;
    struct error err = {""};
    struct fixture f;
    int watch = -1;

    fixture_init(&f);
    h = begin(&f);
    fixture_open(&f);
    is_int(watch_open(f.directory, &watch, &err), 0,
           "the folder can be watched");
    fixture_fill(&f, 1, 1);
    is_int(watch_wait(f.directory, watch, &err), 0,
           "a record wakes the reader");
    check(h, 1, 1, "and is there");
    fixture_done(&f);
    while (watch_wait(f.directory, watch, &err) == 0)
        ;
    close(watch);
    ok(strstr(err.text, "was removed"), "so does the folder's end: %s",
       err.text);
}

static void age(const char *path, void *userdata)
{
    struct segment_header h;
    uint8_t block[SEGMENT_HEADER_SIZE];
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (pread(fd, block, sizeof(block), 0) == (ssize_t)sizeof(block) &&
        segment_parse_header(block, sizeof(block), &h) == SEGMENT_VALID) {
        h.created = h.first_seq * 1000; /* as fixture_append() has times */
        segment_format_header(&h, block);
        if (pwrite(fd, block, sizeof(block), 0) == (ssize_t)sizeof(block))
            ++*(size_t *)userdata;
    }
    close(fd);
}

static void test_seek(void)
{
    _cleanup_(history_freep) struct history *h = NULL;
    struct spool_record record = {0};
    struct error err = {""};
    struct fixture f;
    size_t aged = 0;
    struct reading got;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 600, 50);
    fixture_close(&f);
    fixture_files(f.directory, ".seg", age, &aged);
    h = begin(&f);
    is_int(history_seek(h, 400 * 1000, &err), 0, "a time is found");
    ok(history_next(h, &record, &err) == 1 && record.seq > 1 &&
           record.seq <= 400,
       "the segment before it is where to begin");
    is_int(history_seek(h, 1, &err), 0, "one before all records");
    check(h, 1, 600, "begins with the first");
    /* One is prepared and empty. */
    is_int(history_seek_last(h, 2, &err), 1, "the last segment alone");
    got = read_on(h);
    ok(got.first > 1 && got.last == 600 && !got.wrong, "has the last records");
    is_int(history_seek_last(h, 1000, &err), 0, "more than there are");
    check(h, 1, 600, "is all");
    fixture_done(&f);
}

static void test_vanish(void)
{
    _cleanup_(history_freep) struct history *h = NULL;
    char path[300];
    struct spool_record record;
    struct error err = {""};
    struct fixture f;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 600, 50);
    fixture_close(&f);
    h = begin(&f);
    is_int(history_next(h, &record, &err), 1, "a segment is open");
    unlink(fixture_path(&f, 1, path, sizeof(path)));
    unlink(fixture_path(&f, 2, path, sizeof(path)));
    ok(read_on(h).last == 600, "that others vanish does not end the reading");
    ok(history_lost(h) > 0, "but is counted");
    fixture_done(&f);
}

/* A spool whose newest segment has 1 to 40, without a seal. */
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

static void test_ends(void)
{
    char path[300];
    struct fixture f;

    make_unsealed(&f, 40, path);
    if (truncate(path, (off_t)fixture_offset(1, 40) + 70) < 0)
        abort();
    check_all(&f, 1, 39, "a record that is half there is none");
    fixture_done(&f);

    make_unsealed(&f, 40, path);
    fixture_flip(path, fixture_offset(1, 30) + 60, 1);
    check_all(&f, 1, 29, "behind a gap in the last batch nothing counts");
    fixture_open(&f);
    is_int(f.recovery.last_seq, 29, "for a start sees it likewise");
    fixture_done(&f);

    make_unsealed(&f, 10, path);
    fixture_flip(path, fixture_offset(1, 15) + 60, 1);
    {
        _cleanup_(history_freep) struct history *h = begin(&f);
        struct reading got = read_on(h);

        ok(got.count == 39 && got.last == 40 && got.skipped == 1,
           "a gap before a later mark is stepped over and counted");
    }
    fixture_done(&f);

    make_unsealed(&f, 10, path);
    for (uint64_t at = 0; at < 64; at++)
        fixture_flip(path, at, 0xff);
    check_all(&f, 1, 40, "records are found behind a header that is lost");
    fixture_done(&f);
}

static void test_refused(void)
{
    struct history *h = NULL;
    struct spool_record record;
    struct error err = {""};
    char path[300];
    struct fixture f;

    is_int(history_open("/nonexistent/spool", &h, &err), -ENOENT,
           "a folder that is not there: %s", err.text);
    make_unsealed(&f, 40, path);
    fixture_flip(path, 8, 0x40); /* the version */
    h = begin(&f);
    is_int(history_next(h, &record, &err), -EPROTONOSUPPORT,
           "a newer format is not guessed at: %s", err.text);
    history_free(h);
    fixture_done(&f);
}

static void add_times(const char *path, void *userdata)
{
    struct stat st;

    if (stat(path, &st) == 0)
        *(uint64_t *)userdata += (uint64_t)st.st_mtim.tv_nsec +
                                 (uint64_t)st.st_ctim.tv_nsec +
                                 (uint64_t)st.st_size;
}

static void test_untouched(void)
{
    uint64_t before = 0, after = 0;
    size_t files = 0, files_after = 0;
    char path[300];
    struct fixture f;

    make_unsealed(&f, 40, path);
    fixture_files(f.directory, "", fixture_count_file, &files);
    fixture_files(f.directory, "", add_times, &before);
    check_all(&f, 1, 40, "all is read");
    fixture_files(f.directory, "", fixture_count_file, &files_after);
    fixture_files(f.directory, "", add_times, &after);
    ok(before == after && files == files_after, "and no file has changed");
    fixture_done(&f);
}

int main(void)
{
    test_live();
    test_watch();
    test_seek();
    test_vanish();
    test_ends();
    test_refused();
    test_untouched();
    return done_testing();
}
