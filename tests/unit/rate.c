/* SPDX-License-Identifier: Apache-2.0 */
/* How fast a counter runs, in virtual time. */
#include "util/rate.h"

#include "tap.h"

#define START (1000 * USEC_PER_SEC)

static void note(struct rate *r, unsigned second, uint64_t count)
{
    rate_note(r, START + second * USEC_PER_SEC, count);
}

int main(void)
{
    struct rate r = {0};

    is_int(rate_per_second(&r), 0, "nothing is known at first");
    note(&r, 0, 500);
    is_int(rate_per_second(&r), 0, "nor by one note");
    note(&r, 1, 5000);
    is_int(rate_per_second(&r), 0, "one that comes too soon is passed over");
    note(&r, 10, 600);
    is_int(rate_per_second(&r), 10, "two are a rate");
    note(&r, 20, 1100);
    is_int(rate_per_second(&r), 30, "... since the first");
    for (unsigned s = 30; s <= 620; s += 10)
        note(&r, s, 1100 + (s - 20) * 7);
    is_int(rate_per_second(&r), 7, "what is older than ten minutes is over");
    for (unsigned s = 630; s <= 1300; s += 10)
        note(&r, s, 5300);
    is_int(rate_per_second(&r), 0, "a counter that stands still");
    return done_testing();
}
