/* SPDX-License-Identifier: Apache-2.0 */
/* Records in flight: what may leave the list, and in which order. */
#include "deliver/inflight.h"

#include "tap.h"

static uint64_t pop_all(struct inflight *f, uint64_t acked)
{
    enum inflight_fate fate;
    uint64_t seq, last = 0;

    while (inflight_pop(f, acked, &seq, &fate))
        last = seq;
    return last;
}

static void test_contiguous(void)
{
    struct inflight f = {0};
    enum inflight_fate fate;
    uint64_t seq;

    inflight_add(&f, 2, INFLIGHT_SENT, NULL);
    inflight_add(&f, 5, INFLIGHT_REFUSED, "too large");
    inflight_add(&f, 9, INFLIGHT_SENT, NULL);
    is_int(inflight_first(&f), 2, "the oldest holds the cursor");
    ok(!inflight_pop(&f, 1, &seq, &fate), "what is not acknowledged stays");
    ok(inflight_pop(&f, 9, &seq, &fate) && seq == 2, "then it goes");
    ok(!inflight_pop(&f, 9, &seq, &fate),
       "a refused one stays until it is kept, whatever is acknowledged");
    is_text(inflight_find_refused(&f)->why, "too large", "it has its reason");
    inflight_keep(&f, inflight_find_refused(&f));
    ok(!inflight_find_refused(&f), "it is kept once");
    ok(inflight_pop(&f, 0, &seq, &fate) && fate == INFLIGHT_KEPT,
       "then it goes without an acknowledgement");
    is_int(pop_all(&f, 9), 9, "and so do those after it");
    is_int(inflight_first(&f), 0, "the list is empty");
    inflight_done(&f);
}

static void test_late_refusal(void)
{
    struct inflight f = {0};

    for (uint64_t seq = 10; seq <= 1000; seq += 10)
        inflight_add(&f, seq, INFLIGHT_SENT, NULL);
    ok(inflight_refuse(&f, 500, "bad"), "a sent record can still be refused");
    ok(!inflight_refuse(&f, 500, "bad"), "but once");
    ok(!inflight_refuse(&f, 501, "bad"), "one that is not there cannot");
    ok(!inflight_refuse(&f, 2000, "bad"), "nor one after the last");
    is_int(pop_all(&f, 1000), 490, "it holds those after it back");
    inflight_keep(&f, inflight_find_refused(&f));
    is_int(pop_all(&f, 1000), 1000, "until it is kept");
    inflight_done(&f);
}

static void test_skip(void)
{
    struct inflight f = {0};

    inflight_add(&f, 1, INFLIGHT_SENT, NULL);
    inflight_add(&f, 2, INFLIGHT_SENT, NULL);
    inflight_add(&f, 3, INFLIGHT_SENT, NULL);
    inflight_skip(&f, 3);
    is_int(pop_all(&f, 0), 2, "what is skipped needs no acknowledgement");
    is_int(inflight_first(&f), 3, "what is not skipped does");
    inflight_done(&f);
}

/* Head and tail go round the ring many times while it grows. */
static void test_ring(void)
{
    struct inflight f = {0};
    uint64_t in = 0, out = 0, seq;
    enum inflight_fate fate;
    bool good = true;

    for (int i = 0; i < 5000; i++) {
        for (int k = 0; k < 3; k++)
            inflight_add(&f, ++in, INFLIGHT_SENT, NULL);
        for (int k = 0; k < 2 + i % 2; k++) {
            good = good && inflight_pop(&f, in, &seq, &fate);
            good = good && seq == ++out;
        }
    }
    ok(good, "the order survives a ring that grows");
    is_int(f.count, in - out, "and the count too");
    inflight_clear(&f);
    is_int(f.count, 0, "clearing empties it");
    inflight_done(&f);
}

int main(void)
{
    test_contiguous();
    test_late_refusal();
    test_skip();
    test_ring();
    return done_testing();
}
