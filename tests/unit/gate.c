/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask when: at most so many in all and per BMC, in order within one
 * and by turns between them; those that are silent or asked for a pause do not
 * hold up the others. In virtual time.
 */
#include "talk/gate.h"

#include <string.h>

#include "tap.h"
#include "util/alloc.h"

#define CROWD 10000

static struct gate_turn *wait_for(struct gate *g, struct gate_lane *l)
{
    struct gate_turn *t = XNEW(struct gate_turn);

    gate_wait(g, l, t);
    return t;
}

static void test_order(void)
{
    struct gate g = {.max = 10};
    struct gate_lane lane = {.limit = 2};
    struct gate_turn *a = wait_for(&g, &lane), *b = wait_for(&g, &lane),
                     *c = wait_for(&g, &lane), first = {0};

    gate_wait_first(&g, &lane, &first);
    ok(gate_next(&g, 0) == &first, "one that goes before comes first");
    ok(gate_next(&g, 0) == a, "the others in the order of their coming");
    ok(!gate_next(&g, 0), "no more of one BMC than its limit");
    gate_leave(&g, &first);
    ok(gate_next(&g, 0) == b, "one leaves, the next begins");
    gate_leave(&g, c);
    gate_leave(&g, a);
    ok(!gate_next(&g, 0), "one that gave up waiting does not begin");
    gate_leave(&g, c);
    gate_leave(&g, b);
    is_int(g.running, 0, "... and nothing is counted twice");
    free(a);
    free(b);
    free(c);
}

static void test_limit(void)
{
    struct gate g = {.max = 10};
    struct gate_lane lane = {.limit = 0};
    struct gate_turn *a = wait_for(&g, &lane), *b = wait_for(&g, &lane);

    ok(!gate_next(&g, 0), "a lane that is shut lets none through");
    gate_set_limit(&g, &lane, 1);
    ok(gate_next(&g, 0) == a && !gate_next(&g, 0), "opened for one, one");
    gate_set_limit(&g, &lane, 2);
    ok(gate_next(&g, 0) == b, "... for two, the second");
    gate_leave(&g, a);
    gate_leave(&g, b);
    free(a);
    free(b);
}

/* A BMC with a hundred requests, and one that comes after it. */
static void test_fair(void)
{
    struct gate g = {.max = 1};
    struct gate_lane greedy = {.limit = 2}, modest = {.limit = 2};
    struct gate_turn turns[100] = {0}, late = {0};
    unsigned before = 0;

    for (size_t i = 0; i < ARRAY_LEN(turns); i++)
        gate_wait(&g, &greedy, &turns[i]);
    gate_wait(&g, &modest, &late);
    for (struct gate_turn *t; (t = gate_next(&g, 0)) != &late && t; before++)
        gate_leave(&g, t);
    is_int(before, 1, "a long queue of one BMC delays another by one turn");
}

static void test_rest(void)
{
    struct gate g = {.max = 10};
    struct gate_lane a = {.limit = 1}, b = {.limit = 1};
    struct gate_turn ta = {0}, tb = {0}, more = {0};

    ok(gate_due(&g) == USEC_INFINITY, "nothing rests, nothing is due");
    gate_wait(&g, &a, &ta);
    gate_wait(&g, &b, &tb);
    gate_rest(&g, &a, 500);
    gate_rest(&g, &a, 200); /* does not shorten it */
    gate_rest(&g, &b, 300);
    ok(!gate_next(&g, 299), "who asked for a pause is left in peace");
    is_int(gate_due(&g), 300, "... until the first one's is over");
    ok(gate_next(&g, 300) == &tb && !gate_next(&g, 300), "then it is asked");
    is_int(gate_due(&g), 500, "... and the other later");
    ok(gate_next(&g, 501) == &ta, "... when its own is over");
    gate_leave(&g, &ta);
    gate_rest(&g, &a, 900);
    gate_wait(&g, &a, &more);
    ok(!gate_next(&g, 899) && gate_next(&g, 900) == &more,
       "a pause holds for what comes during it");
}

/* Half of the BMCs do not answer; the others still get their places. */
static void test_silent(void)
{
    struct gate g = {.max = 16};
    struct gate_lane silent[40] = {0}, good[40] = {0};
    struct gate_turn turns[80] = {0};
    unsigned count[2] = {0};

    for (size_t i = 0; i < 40; i++) {
        silent[i] = (struct gate_lane){.limit = 2, .silent = true};
        good[i].limit = 2;
        gate_wait(&g, &silent[i], &turns[i]);
        gate_wait(&g, &good[i], &turns[40 + i]);
    }
    for (struct gate_turn *t; (t = gate_next(&g, 0));)
        count[t->lane->silent]++;
    is_int(count[true], 4, "a quarter of the places is for the silent");
    is_int(count[false], 12, "... and the rest for those that answer");
    for (size_t i = 0; i < 40; i++) {
        good[i].silent = turns[40 + i].running;
        gate_leave(&g, &turns[40 + i]);
    }
    ok(!gate_next(&g, 0), "their share is used up");
    for (size_t i = 0; i < 40; i++)
        if (turns[i].running)
            gate_leave(&g, &turns[i]);
    is_int(g.running + g.running_silent, 0, "all places are free again");
    ok(gate_next(&g, 0) != NULL, "... and the next silent one begins");
}

/* All places are taken by some that do not answer, as nobody knew before. */
static void test_stale(void)
{
    struct gate g = {.max = 4};
    struct gate_lane lanes[6] = {0};
    struct gate_turn turns[6] = {0};

    for (size_t i = 0; i < 6; i++) {
        lanes[i].limit = 1;
        turns[i].yields = i != 0; /* the first is none to be asked again */
        gate_wait(&g, &lanes[i], &turns[i]);
    }
    for (size_t i = 0; i < 4; i++)
        ok(gate_next(&g, i) == &turns[i], "a place is taken");
    is_int(gate_due(&g), 1 + GATE_PATIENCE, "each has some time");
    ok(!gate_stale(&g, GATE_PATIENCE), "... and keeps its place meanwhile");
    ok(gate_stale(&g, 1 + GATE_PATIENCE) == &turns[1],
       "then the oldest that can yields it");
    lanes[1].silent = true;
    gate_leave(&g, &turns[1]);
    gate_wait_first(&g, &lanes[1], &turns[1]);
    ok(gate_next(&g, 1 + GATE_PATIENCE) == &turns[1] && turns[1].silent,
       "it may have one of those for the silent");
    ok(gate_stale(&g, 2 + GATE_PATIENCE) == &turns[2], "... as the next");
    lanes[2].silent = true;
    gate_leave(&g, &turns[2]);
    gate_wait_first(&g, &lanes[2], &turns[2]);
    ok(gate_next(&g, 2 + GATE_PATIENCE) == &turns[4], "which has to wait");
    gate_leave(&g, &turns[3]);
    ok(gate_next(&g, 2 + GATE_PATIENCE) == &turns[5], "so all others begin");
    ok(!gate_stale(&g, USEC_PER_DAY), "when nobody waits, none has to yield");
    ok(gate_due(&g) == USEC_INFINITY, "... and nothing is due");
}

/* Logging in takes the place of the request that needs it. */
static void test_swap(void)
{
    struct gate g = {.max = 2};
    struct gate_lane lane = {.limit = 1};
    struct gate_turn *a = wait_for(&g, &lane), *b = wait_for(&g, &lane),
                     login = {0};

    gate_next(&g, 0);
    gate_set_limit(&g, &lane, 0);
    gate_swap(&g, a, &login);
    ok(login.running && !a->running && g.running == 1, "one for the other");
    ok(!gate_next(&g, 0), "meanwhile the lane is shut");
    gate_leave(&g, &login);
    gate_set_limit(&g, &lane, 2);
    ok(gate_next(&g, 0) == a && gate_next(&g, 0) == b,
       "then it goes on where it was");
    gate_leave(&g, b);
    gate_leave(&g, a);
    ok(!g.first && !g.last, "and nothing is left");
    free(a);
    free(b);
}

/* The fleet starts: a request each, and each brings another when it ends. */
static void test_crowd(void)
{
    struct gate g = {.max = 64};
    struct gate_lane *lanes = xcalloc(CROWD, sizeof(*lanes));
    struct gate_turn *turns = xcalloc(CROWD, sizeof(*turns)), *t;
    struct gate_turn *running[64];
    unsigned peak = 0, served = 0, count = 0;

    for (size_t i = 0; i < CROWD; i++) {
        lanes[i].limit = 2;
        gate_wait(&g, &lanes[i], &turns[i]);
    }
    for (;;) {
        while ((t = gate_next(&g, 0)))
            running[count++] = t;
        peak = MAX_OF(peak, count);
        if (count == 0)
            break;
        gate_leave(&g, running[--count]);
        served++;
    }
    is_int(peak, 64, "of 10,000 BMCs that start no more than 64 are asked");
    is_int(served, CROWD, "... and each gets its turn");
    diag("memory of a BMC that waits: %zu bytes here",
         sizeof(*lanes) + sizeof(*turns));
    free(lanes);
    free(turns);
}

int main(void)
{
    test_order();
    test_limit();
    test_fair();
    test_rest();
    test_silent();
    test_stale();
    test_swap();
    test_crowd();
    return done_testing();
}
