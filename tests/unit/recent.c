/* SPDX-License-Identifier: Apache-2.0 */
/* What was met lately: for how long, and fair between BMCs. */
#include "correlate/recent.h"

#include <string.h>

#include "tap.h"

static const uint8_t *key(unsigned number)
{
    static uint8_t bytes[RECENT_KEY_LEN];
    uint64_t mixed = number * UINT64_C(0x9e3779b97f4a7c15);

    memcpy(bytes, &mixed, sizeof(mixed));
    return bytes;
}

static unsigned known(const struct recent *r, unsigned from, unsigned to)
{
    unsigned count = 0;

    for (unsigned i = from; i < to; i++)
        count += recent_find(r, key(i)) != NULL;
    return count;
}

static void test_time(void)
{
    struct recent *r = recent_new(1000);

    recent_put(r, "a", key(1), 0, 10)->time = 7;
    ok(!recent_find(r, key(2)), "what was never met is not known");
    is_int(recent_find(r, key(1))->time, 7, "what was met is");
    recent_put(r, "a", key(1), 5, 20);
    is_int(recent_count(r), 1, "met again, it is one");
    recent_put(r, "a", key(2), 19, 30);
    is_int(recent_count(r), 2, "... until its new time");
    recent_put(r, "a", key(3), 20, 30);
    is_int(recent_count(r), 2, "what is over goes");
    ok(!recent_find(r, key(1)), "... and is not known");
    recent_put(r, "b", key(4), 40, 50);
    is_int(known(r, 2, 4), 2, "each BMC tidies up for itself");
    recent_free(r);
}

static void test_share(void)
{
    struct recent *r = recent_new(2 * RECENT_SHARE_MIN);

    for (unsigned i = 0; i < 100; i++)
        recent_put(r, "calm", key(i), 0, 10);
    for (unsigned i = 1000; i < 9000; i++)
        recent_put(r, "loud", key(i), 0, 10);
    is_int(known(r, 0, 100), 100, "a loud BMC pushes no one else out");
    is_int(recent_count(r), 2 * RECENT_SHARE_MIN, "there is a bound");
    ok(known(r, 8900, 9000) == 100, "of its own the newest stay");
    for (unsigned i = 100; i < 100 + RECENT_SHARE_MIN; i++)
        recent_put(r, "calm", key(i), 0, 10);
    is_int(known(r, 100, 100 + RECENT_SHARE_MIN), RECENT_SHARE_MIN,
           "a calm one has its share when all is full");
    ok(recent_count(r) <= 4 * RECENT_SHARE_MIN, "... within twice the bound");
    recent_free(r);
}

int main(void)
{
    test_time();
    test_share();
    return done_testing();
}
