/* SPDX-License-Identifier: Apache-2.0 */
/* Who has how much, and what each may keep. */
#include "util/tally.h"

#include "tap.h"

static const struct {
    int64_t has[4];
    uint64_t limit, share;
    const char *what;
} cases[] = {
    {{0, 0, 0, 0}, 10, UINT64_MAX, "nobody has any"},
    {{5, 5, 0, 0}, 10, UINT64_MAX, "just as much as may be"},
    {{1, 2, 3, 100}, 10, 4, "one has too much"},
    {{1, 50, 60, 100}, 10, 3, "three share what one leaves"},
    {{9, 9, 9, 9}, 3, 0, "less than one each"},
    {{7, 9, 0, 0}, 0, 0, "nothing may be"},
};

int main(void)
{
    static const char *const names[] = {"a", "b", "c", "d"};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(tally_freep) struct tally *t = tally_new();
        uint64_t total = 0, walked = 0, count;
        size_t cursor = 0;

        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            tally_add(t, names[k], cases[i].has[k] + 1);
            tally_add(t, names[k], -1);
            total += (uint64_t)cases[i].has[k];
        }
        while (tally_next(t, &cursor, NULL, &count))
            walked += count;
        ok(tally_share(t, cases[i].limit) == cases[i].share, "%s",
           cases[i].what);
        is_int(tally_total(t), total, "... and the sum is kept");
        is_int(walked, total, "... of all");
        tally_add(t, "a", -1000);
        is_int(tally_total(t), total - (uint64_t)cases[i].has[0],
               "... and none goes below nothing");
    }
    return done_testing();
}
