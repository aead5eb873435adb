/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of notices: order, merging, the descriptor, several threads. */
#include "notice.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tap.h"

#define ADDERS 4
#define ADDS 2000

static void add(struct notice_queue *q, enum notice_kind kind, const char *sink,
                const char *text)
{
    struct notice n = {.kind = kind, .count = 1, .seq = 1};

    snprintf(n.sink, sizeof(n.sink), "%s", sink);
    snprintf(n.text, sizeof(n.text), "%s", text);
    notice_add(q, &n);
}

static bool is_readable(const struct notice_queue *q)
{
    struct pollfd p = {.fd = notice_fd(q), .events = POLLIN};

    return poll(&p, 1, 0) == 1;
}

static void test_order(void)
{
    _cleanup_(notice_queue_freep) struct notice_queue *q = notice_queue_new();
    struct notice n;

    ok(!is_readable(q) && !notice_take(q, &n), "an empty queue is quiet");
    add(q, NOTICE_SINK_DOWN, "a", "one");
    add(q, NOTICE_SINK_DOWN, "b", "two");
    ok(is_readable(q), "its descriptor wakes the loop");
    ok(notice_take(q, &n), "there is one");
    is_text(n.sink, "a", "the oldest comes first");
    ok(notice_take(q, &n) && strcmp(n.text, "two") == 0, "then the next");
    ok(!notice_take(q, &n), "then none");
    ok(!is_readable(q), "and the descriptor is quiet again");
}

static void test_merge(void)
{
    _cleanup_(notice_queue_freep) struct notice_queue *q = notice_queue_new();
    struct notice n;

    add(q, NOTICE_SINK_DOWN, "a", "first");
    add(q, NOTICE_SINK_BACK, "a", "");
    add(q, NOTICE_SINK_DOWN, "a", "second");
    ok(notice_take(q, &n), "merged notices can be taken");
    is_int(n.kind, NOTICE_SINK_BACK, "the last to be said is the last read");
    ok(notice_take(q, &n), "there is the merged one");
    is_int(n.count, 2, "it counts both");
    is_text(n.text, "second", "its text is the newest");
    ok(!notice_take(q, &n), "nothing else is left");
}

static void *add_many(void *userdata)
{
    for (int i = 0; i < ADDS; i++)
        add(userdata, NOTICE_REFUSED, i % 2 ? "odd" : "even", "x");
    return NULL;
}

static void test_threads(void)
{
    _cleanup_(notice_queue_freep) struct notice_queue *q = notice_queue_new();
    pthread_t threads[ADDERS];
    uint64_t sum = 0, taken = 0;
    struct notice n;

    for (int i = 0; i < ADDERS; i++)
        pthread_create(&threads[i], NULL, add_many, q);
    while (sum < ADDERS * ADDS) {
        struct pollfd p = {.fd = notice_fd(q), .events = POLLIN};

        poll(&p, 1, -1);
        for (; notice_take(q, &n); taken++)
            sum += n.count;
    }
    for (int i = 0; i < ADDERS; i++)
        pthread_join(threads[i], NULL);
    is_int(sum, ADDERS * ADDS, "no notice of four threads is lost");
    ok(taken <= sum, "%llu were taken for them", (unsigned long long)taken);
}

int main(void)
{
    test_order();
    test_merge();
    test_threads();
    return done_testing();
}
