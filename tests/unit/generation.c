/* SPDX-License-Identifier: Apache-2.0 */
/* Generations of tokens, in virtual time. */
#include "generation.h"

#include "tap.h"
#include "util/macro.h"

#define START (1795160068 * USEC_PER_SEC)
#define GRACE (7 * USEC_PER_DAY)

static void test_life(void)
{
    struct generation g = {0};
    usec_t until;

    ok(generation_adopt(&g, 1, START), "the first");
    is_int(generation_before(&g, GRACE, START, &until), 0, "has none before");
    ok(!generation_adopt(&g, 1, START + 5), "the same again is no other");
    ok(generation_adopt(&g, 2, START + USEC_PER_DAY), "the next");
    is_int(generation_before(&g, GRACE, START + 2 * USEC_PER_DAY, &until), 1,
           "... has the one before, for a while");
    ok(until == START + 8 * USEC_PER_DAY, "... which ends");
    is_int(generation_before(&g, GRACE, until, &until), 0, "... then");
    is_int(generation_before(&g, 0, START + USEC_PER_DAY, &until), 0,
           "without a grace, at once");
    ok(generation_adopt(&g, 1, START + 9 * USEC_PER_DAY), "back again");
    is_int(generation_before(&g, GRACE, START + 9 * USEC_PER_DAY, &until), 2,
           "... it is the higher one that was before");
}

static void test_lost(void)
{
    struct generation g = {0};
    usec_t until;

    generation_adopt(&g, 5, START);
    is_int(generation_before(&g, GRACE, START, &until), 4,
           "with the file lost, the number before gets its grace again");
}

static void test_text(void)
{
    static const char *const bad[] = {"",
                                      "x",
                                      "2",
                                      "2 after",
                                      "0 after 1 since",
                                      "2 after 1 since never",
                                      "-2 after 1 since 2026-11-20T07:34:28Z"};
    struct generation g = {2, 1, START}, again = {0};
    char text[GENERATION_TEXT_MAX];

    generation_format(&g, text);
    is_text(text, "2 after 1 since 2026-11-20T07:34:28Z\n", "as text");
    generation_parse(&again, text);
    ok(again.number == 2 && again.before == 1 && again.since == START,
       "... and back");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        generation_parse(&again, bad[i]);
        ok(again.number == 0, "no sense: '%s'", bad[i]);
    }
}

int main(void)
{
    test_life();
    test_lost();
    test_text();
    return done_testing();
}
