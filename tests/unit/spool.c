/* SPDX-License-Identifier: Apache-2.0 */
/* The spool as its users see it: append, durable, read, release, room. */
#include "spool.h"

#include <errno.h>
#include <pthread.h>

#include "spool_fixture.h"

static void test_round_trip(void)
{
    struct fixture f;

    fixture_init(&f);
    is_int(fixture_open(&f), 0, "a spool opens where none was");
    is_int(f.recovery.last_seq, 0, "and is empty");
    is_int(spool_oldest(f.s), 0, "nothing is the oldest");
    is_int(spool_state(f.s), SPOOL_OK, "there is room");
    is_int(fixture_append(&f), 1, "the first record is number 1");
    is_int(spool_durable(f.s), 0, "not durable before it is handed over");
    spool_flush(f.s);
    fixture_wait_durable(&f);
    ok(fixture_has(f.s, 1, 1), "it can be read");
    fixture_fill(&f, 999, 10);
    ok(fixture_has(f.s, 1, 1000), "and a thousand over many segments");
    ok(fixture_has(f.s, 777, 1000), "also from the middle");
    ok(fixture_count(&f) > 5, "there are many segments");
    is_int(spool_oldest(f.s), 1, "the oldest is 1");
    fixture_close(&f);
    is_int(fixture_open(&f), 0, "it opens again");
    is_int(f.recovery.last_seq, 1000, "with 1000 as the last");
    is_int(f.recovery.first_seq, 1, "and 1 as the first");
    ok(f.recovery.torn_bytes == 0 && f.recovery.bad_records == 0,
       "and nothing torn or bad");
    fixture_fill(&f, 100, 100);
    ok(fixture_has(f.s, 1, 1100), "and goes on");
    fixture_done(&f);
}

static void test_refusals(void)
{
    struct fixture f;
    struct spool *second = NULL;
    struct spool_recovery recovery;
    struct error err = {""};

    fixture_init(&f);
    f.options.max_size = 3 * FIXTURE_SEGMENT - 1;
    is_int(fixture_open(&f), -EINVAL, "fewer than three segments: refused");
    f.options.max_size = 3 * FIXTURE_SEGMENT;
    is_int(fixture_open(&f), 0, "three are enough");
    is_int(spool_open(&f.options, &second, &recovery, &err), -EBUSY,
           "two cannot share a spool");
    ok(strstr(err.text, "in use") != NULL, "the text says so");
    fixture_done(&f);
}

static void test_reader_waits(void)
{
    struct fixture f;
    struct spool_reader *r, *ahead;
    struct spool_record record;
    struct pollfd p = {.events = POLLIN};

    fixture_init(&f);
    fixture_open(&f);
    r = spool_reader_new(f.s, 1);
    ahead = spool_reader_new(f.s, 1000000);
    p.fd = spool_reader_fd(r);
    is_int(spool_reader_next(r, &record, NULL), 0, "nothing to read yet");
    is_int(poll(&p, 1, 0), 0, "the descriptor is silent");
    fixture_fill(&f, 1, 1);
    is_int(poll(&p, 1, -1), 1, "and speaks when something is durable");
    is_int(spool_reader_next(r, &record, NULL), 1, "which is there to read");
    is_int(spool_reader_next(r, &record, NULL), 0, "once");
    is_int(poll(&p, 1, 0), 0, "then it is silent again");
    ok(spool_reader_next(ahead, &record, NULL) == 1 && record.seq == 1,
       "a reader from beyond the end gets what comes next");
    spool_reader_free(ahead);
    spool_reader_free(r);
    fixture_done(&f);
}

struct follower {
    struct spool *s;
    uint64_t until;
    bool good;
};

static void *follow(void *userdata)
{
    struct follower *f = userdata;
    struct spool_reader *r = spool_reader_new(f->s, 1);
    struct pollfd p = {.fd = spool_reader_fd(r), .events = POLLIN};
    struct spool_record record;
    uint64_t seq = 0;
    int n;

    f->good = true;
    while (f->good && seq < f->until) {
        n = spool_reader_next(r, &record, NULL);
        if (n == 0)
            poll(&p, 1, -1);
        else
            f->good =
                n == 1 && record.seq == ++seq && fixture_is_right(&record);
    }
    f->good = f->good && spool_reader_skipped(r) == 0;
    spool_reader_free(r);
    return NULL;
}

#define FOLLOWERS 3

static void test_followers(void)
{
    struct follower followers[FOLLOWERS];
    pthread_t threads[FOLLOWERS];
    struct fixture f;

    fixture_init(&f);
    fixture_open(&f);
    for (size_t i = 0; i < FOLLOWERS; i++) {
        followers[i] = (struct follower){f.s, 5000, false};
        pthread_create(&threads[i], NULL, follow, &followers[i]);
    }
    for (unsigned i = 1; i <= 5000; i++) {
        fixture_append(&f);
        if (i % 7 == 0)
            spool_flush(f.s);
    }
    spool_flush(f.s);
    for (size_t i = 0; i < FOLLOWERS; i++) {
        pthread_join(threads[i], NULL);
        ok(followers[i].good,
           "reader %zu sees 5000 records in order while "
           "they are appended",
           i);
    }
    fixture_done(&f);
}

/* Appends while there is room; returns the last sequence. */
static uint64_t fill_up(struct fixture *f)
{
    uint64_t seq = 0;

    while (spool_state(f->s) == SPOOL_OK) {
        seq = fixture_append(f);
        spool_flush(f->s);
        fixture_wait_durable(f);
    }
    return seq;
}

static void test_quota(void)
{
    struct fixture f;
    uint64_t last, more;

    fixture_init(&f);
    f.options.max_size = 4 * FIXTURE_SEGMENT;
    fixture_open(&f);
    last = fill_up(&f);
    is_int(spool_state(f.s), SPOOL_FULL, "a spool fills up");
    ok(spool_size(f.s, NULL) <= f.options.max_size, "within its quota");
    ok(last > 300, "having used most of it (%d records)", (int)last);
    more = fixture_append(&f);
    spool_flush(f.s);
    fixture_wait_durable(&f);
    ok(fixture_has(f.s, 1, more), "what is under way is still taken");
    spool_release(f.s, more / 2);
    fixture_wait_state(&f, SPOOL_OK);
    ok(spool_oldest(f.s) > 1, "delivered history made room, young as it is");
    last = fill_up(&f);
    ok(last > more, "and it fills up again");
    ok(fixture_has(f.s, spool_oldest(f.s), last), "all that is left is good");
    ok(spool_size(f.s, NULL) <= f.options.max_size, "still within the quota");
    fixture_close(&f);
    is_int(fixture_open(&f), 0, "a full spool opens");
    is_int(f.recovery.last_seq, last, "with all that it had");
    spool_release(f.s, last + 1);
    fixture_wait_state(&f, SPOOL_OK);
    fixture_fill(&f, 1, 1);
    ok(fixture_has(f.s, last + 1, last + 1), "and goes on when it may");
    fixture_done(&f);
}

/* What does not fit stays in memory, in order, until there is room. */
static void test_overfull(void)
{
    struct fixture f;
    struct reading got;
    uint64_t last;

    fixture_init(&f);
    f.options.max_size = 3 * FIXTURE_SEGMENT;
    fixture_open(&f);
    for (last = 0; last < 1000;)
        last = fixture_append(&f);
    spool_flush(f.s);
    while (spool_durable(f.s) == 0)
        fixture_wait(&f);
    is_int(spool_state(f.s), SPOOL_FULL, "more than fits: full at once");
    while (spool_durable(f.s) < last) {
        spool_release(f.s, spool_durable(f.s) + 1);
        fixture_wait(&f);
    }
    spool_release(f.s, last + 1);     /* the loop may have ended before */
    fixture_wait_state(&f, SPOOL_OK); /* what may go has gone by then */
    ok(true, "and there is room again");
    got = fixture_read(f.s, 1); /* the oldest may be just on its way out */
    ok(!got.wrong && !got.disorder && got.last == last &&
           got.count == last + 1 - got.first,
       "nothing of it is lost");
    fixture_done(&f);
}

static void test_keep(void)
{
    struct fixture f;
    size_t segments;

    fixture_init(&f);
    fixture_open(&f);
    fixture_fill(&f, 500, 50);
    segments = fixture_count(&f);
    spool_release(f.s, 501);
    fixture_fill(&f, 1, 1);
    is_int(fixture_count(&f), segments, "history stays for a day");
    spool_set_limits(f.s, f.options.max_size, 0);
    fixture_fill(&f, 1, 1);
    fixture_close(&f);
    is_int(fixture_count(&f), 2, "and goes when nothing is to be kept");
    fixture_done(&f);
}

/* A reader finishes the segment that is taken from under it. */
static void test_removed_while_reading(void)
{
    struct fixture f;
    struct spool_reader *r;
    struct spool_record record;
    uint64_t seq = 0, jump = 0;

    fixture_init(&f);
    f.options.keep = 0;
    fixture_open(&f);
    fixture_fill(&f, 500, 50);
    r = spool_reader_new(f.s, 1);
    ok(spool_reader_next(r, &record, NULL) == 1 && record.seq == 1,
       "a reader has begun");
    spool_release(f.s, 501);
    while (fixture_count(&f) > 2)
        fixture_fill(&f, 1, 1);
    for (seq = 1; spool_reader_next(r, &record, NULL) > 0; seq = record.seq)
        if (record.seq != seq + 1)
            jump = seq;
    ok(jump > 50, "it reads the removed segment to its end (%d)", (int)jump);
    is_int(seq, spool_durable(f.s), "and goes on with what there is");
    is_int(spool_reader_skipped(r), 0, "removed history is not unreadable");
    spool_reader_free(r);
    fixture_done(&f);
}

static void test_extra(void)
{
    struct fixture f;

    fixture_init(&f);
    f.options.max_size = 4 * FIXTURE_SEGMENT;
    fixture_open(&f);
    spool_set_extra(f.s, 3 * FIXTURE_SEGMENT);
    fixture_fill(&f, 80, 10);
    fixture_wait_state(&f, SPOOL_FULL);
    ok(true, "what others occupy counts");
    spool_set_extra(f.s, 0);
    fixture_wait_state(&f, SPOOL_OK);
    ok(true, "and no longer when it is gone");
    fixture_done(&f);
}

static void give_checkpoint(void *userdata, uint64_t seq, struct buffer *out)
{
    *(uint64_t *)userdata = seq;
    buffer_printf(out, "before %" PRIu64, seq);
}

static void test_checkpoint(void)
{
    struct fixture f;
    uint64_t asked = 0;
    char text[64];

    fixture_init(&f);
    f.options.checkpoint = give_checkpoint;
    f.options.userdata = &asked;
    fixture_open(&f);
    is_int(f.recovery.checkpoint.len, 0, "no checkpoint in a new spool");
    fixture_fill(&f, 300, 30);
    snprintf(text, sizeof(text), "before %" PRIu64, asked);
    fixture_close(&f);
    fixture_open(&f);
    is_int(f.recovery.checkpoint_seq, asked, "the last one asked for …");
    is_text(f.recovery.checkpoint.data, text, "… is there at the next start");
    fixture_close(&f);
    fixture_open(&f);
    is_text(f.recovery.checkpoint.data, text, "also after an idle run");
    fixture_fill(&f, 1, 1);
    is_int(asked, 301, "a start begins a segment, and asks for it");
    fixture_done(&f);
}

static void test_large(void)
{
    struct fixture f;
    struct spool_reader *r;
    struct spool_record record;
    static uint8_t body[SPOOL_RECORD_MAX];
    const uint8_t id[SPOOL_ID_LEN] = {1};

    fixture_init(&f);
    f.options.segment_size = SPOOL_SEGMENT_SIZE;
    f.options.max_size = 4 * (uint64_t)SPOOL_SEGMENT_SIZE;
    fixture_open(&f);
    memset(body, 'b', sizeof(body));
    for (int i = 0; i < 4; i++)
        spool_append(f.s, SPOOL_EVENT, 1, id, body, sizeof(body) - (size_t)i);
    spool_flush(f.s);
    fixture_wait_durable(&f);
    r = spool_reader_new(f.s, 1);
    for (int i = 0; i < 4; i++)
        ok(spool_reader_next(r, &record, NULL) == 1 &&
               record.len == sizeof(body) - (size_t)i &&
               memcmp(record.data, body, record.len) == 0,
           "the largest record passes (%d)", i);
    spool_reader_free(r);
    fixture_done(&f);
}

int main(void)
{
    test_round_trip();
    test_refusals();
    test_reader_waits();
    test_followers();
    test_quota();
    test_overfull();
    test_keep();
    test_removed_while_reading();
    test_extra();
    test_checkpoint();
    test_large();
    return done_testing();
}
