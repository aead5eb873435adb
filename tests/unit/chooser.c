/* SPDX-License-Identifier: Apache-2.0 */
/* The choice of a way, in virtual time. */
#include "keep/chooser.h"

#include "tap.h"

static const struct chooser_offer all = {{WAY_SSE, WAY_WEBHOOK, WAY_POLL}, 3};
static const struct chooser_offer one = {{WAY_SSE}, 1};
static const struct chooser_offer none = {{WAY_NONE}, 0};

static void fail(struct chooser *c, enum way way, int times, usec_t now)
{
    for (int i = 0; i < times; i++)
        chooser_failed(c, way, now);
}

static void test_pick(void)
{
    struct chooser c = {0};

    is_int(chooser_pick(&c, &all, 0), WAY_SSE, "the best comes first");
    is_int(chooser_pick(&c, &none, 0), WAY_NONE, "of nothing, nothing");
    fail(&c, WAY_SSE, 2, 0);
    is_int(chooser_pick(&c, &all, 0), WAY_SSE, "two failures are forgiven");
    ok(chooser_failed(&c, WAY_SSE, 0), "three are not");
    is_int(chooser_pick(&c, &all, 1), WAY_WEBHOOK, "... the next is taken");
    is_int(chooser_pick(&c, &one, 1), WAY_SSE, "... unless there is none");
    chooser_absent(&c, WAY_WEBHOOK, 1);
    is_int(chooser_pick(&c, &all, 1), WAY_POLL, "the last resort");
    fail(&c, WAY_POLL, 3, 1);
    is_int(chooser_pick(&c, &all, 1), WAY_SSE,
           "all rest: the one that wakes first");
}

static void test_return(void)
{
    enum way better = WAY_NONE;
    struct chooser c = {0};
    usec_t at;

    is_int(chooser_better(&c, &all, WAY_SSE, NULL), USEC_INFINITY,
           "nothing is better than the best");
    fail(&c, WAY_SSE, 3, 0);
    at = chooser_better(&c, &all, WAY_WEBHOOK, &better);
    is_int(better, WAY_SSE, "the better one is tried again");
    is_int(at, 5 * USEC_PER_MINUTE, "... after five minutes");
    is_int(chooser_pick(&c, &all, at), WAY_SSE, "... and is first again");
    fail(&c, WAY_SSE, 3, at);
    is_int(chooser_better(&c, &all, WAY_WEBHOOK, NULL) - at,
           10 * USEC_PER_MINUTE, "failing again it rests for longer");
    for (int i = 0; i < 40; i++)
        fail(&c, WAY_SSE, 3, at);
    is_int(chooser_better(&c, &all, WAY_WEBHOOK, NULL) - at, USEC_PER_HOUR,
           "... an hour at most");
    chooser_steady(&c, WAY_SSE);
    is_int(chooser_pick(&c, &all, at), WAY_SSE, "what works is forgiven");
    fail(&c, WAY_SSE, 3, at);
    is_int(chooser_better(&c, &all, WAY_WEBHOOK, NULL) - at,
           5 * USEC_PER_MINUTE, "... and rests shortly when it fails anew");
}

static void test_better_of_two(void)
{
    enum way better = WAY_NONE;
    struct chooser c = {0};

    chooser_absent(&c, WAY_SSE, 0);
    fail(&c, WAY_WEBHOOK, 3, 0);
    is_int(chooser_better(&c, &all, WAY_POLL, &better), 5 * USEC_PER_MINUTE,
           "of two better ones the one that wakes first");
    is_int(better, WAY_WEBHOOK, "... by name");
}

int main(void)
{
    test_pick();
    test_return();
    test_better_of_two();
    return done_testing();
}
