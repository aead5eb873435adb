/* SPDX-License-Identifier: Apache-2.0 */
/* See given.h. */
#include "ctl/given.h"

#include <stdio.h>

#include "option.h"

bool given_time(const char *text, usec_t *ret)
{
    if (when_parse(text, clock_real(), ret))
        return true;
    fprintf(stderr, "trawlctl: '%s' is no time\n" WHEN_FORMS, text);
    return false;
}

bool given_number(const char *name, const char *text, uint64_t max,
                  uint64_t *ret)
{
    int64_t n;

    if (option_parse_int(text, &n) && n > 0 && (uint64_t)n <= max) {
        *ret = (uint64_t)n;
        return true;
    }
    fprintf(stderr, "trawlctl: %s is a number from 1 to %llu\n", name,
            (unsigned long long)max);
    return false;
}
