/* SPDX-License-Identifier: Apache-2.0 */
/* Back-off doubles, has a ceiling and jitter, and is forgotten on success. */
#include "util/backoff.h"

#include "tap.h"

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
    return done_testing();
}
