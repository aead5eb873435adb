/* SPDX-License-Identifier: Apache-2.0 */
/* Back-off doubles, has a ceiling and jitter, and is forgotten on success. */
#include "util/backoff.h"

#include "util/macro.h"
#include "util/random.h"

#include "tap.h"

/* The larger of a delay and a step must be one step. */
static void test_once(void)
{
    struct backoff b = {.first = 1000, .ceiling = 10000};

    is_int(MAX_OF(backoff_next(&b, UINT32_MAX), (usec_t)1), 1000,
           "what is compared is asked once");
    is_int(MIN_OF(backoff_next(&b, UINT32_MAX), USEC_INFINITY), 2000,
           "... by either");
}

static void test_random(void)
{
    bool within = true, differs = false;
    uint64_t first = random_part(1000000);

    for (int i = 0; i < 1000; i++) {
        uint64_t part = random_part(1000000);

        within &= part < 1000000;
        differs |= part != first;
    }
    ok(within, "a random part is a part");
    ok(differs, "one is not like another");
    is_int(random_part(0), 0, "nothing has no part");
}

int main(void)
{
    struct backoff b = {.first = 1000, .ceiling = 10000};
    usec_t most[] = {1000, 2000, 4000, 8000, 10000, 10000};

    for (unsigned i = 0; i < sizeof(most) / sizeof(*most); i++) {
        struct backoff again = b;

        is_int(backoff_next(&again, 0), most[i] / 2, "least of delay %u", i);
        is_int(backoff_next(&b, UINT32_MAX), most[i], "most of delay %u", i);
    }
    for (int i = 0; i < 1000; i++)
        backoff_next(&b, 1);
    is_int(backoff_next(&b, UINT32_MAX), 10000, "it never passes the ceiling");
    backoff_reset(&b);
    is_int(backoff_next(&b, UINT32_MAX), 1000, "a success forgets it");
    test_once();
    test_random();
    return done_testing();
}
