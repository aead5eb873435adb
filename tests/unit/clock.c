/* SPDX-License-Identifier: Apache-2.0 */
/* Times as BMCs write them, and as we write them. */
#include "util/clock.h"

#include <string.h>

#include "tap.h"
#include "util/macro.h"

static const struct {
    const char *text;
    const char *want; /* NULL: refused */
} cases[] = {
    {"2026-11-20T07:34:27Z", "2026-11-20T07:34:27.000Z"},
    {"2026-11-20t07:34:27z", "2026-11-20T07:34:27.000Z"},
    {"2026-11-20 07:34:27Z", "2026-11-20T07:34:27.000Z"},
    {"2026-11-20T07:34:27.5Z", "2026-11-20T07:34:27.500Z"},
    {"2026-11-20T07:34:27.123456789Z", "2026-11-20T07:34:27.123Z"},
    {"2022-01-28T18:41:11+0300", "2022-01-28T15:41:11.000Z"},
    {"2022-01-28T18:41:11-06:00", "2022-01-29T00:41:11.000Z"},
    {"2022-01-28T18:41:11+05:30", "2022-01-28T13:11:11.000Z"},
    {"2022-01-28T18:41:11", "2022-01-28T18:41:11.000Z"},
    {"2022-01-28T18:41Z", "2022-01-28T18:41:00.000Z"},
    {"2022-01-28 18:41:11 ", "2022-01-28T18:41:11.000Z"}, /* Cisco */
    {"2022-01-28 18:41:11 +0300 ", "2022-01-28T15:41:11.000Z"},
    {"2022-01-28 18:41:11 Z ", "2022-01-28T18:41:11.000Z"},
    {"2022-01-28 18:41:11 today", NULL},
    {"2022-01-28 18:41:11 +03 00", NULL},
    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
    {"1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z"},
    {"2000-02-29T12:00:00Z", "2000-02-29T12:00:00.000Z"},
    {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
    {"0000-00-00T00:00:00Z", NULL},
    {"2023-02-29T00:00:00Z", NULL},
    {"1900-02-29T00:00:00Z", NULL},
    {"1969-12-31T23:59:59Z", NULL},
    {"1970-01-01T00:00:00+01:00", NULL},
    {"2022-13-01T00:00:00Z", NULL},
    {"2022-01-01T24:00:00Z", NULL},
    {"2022-01-01T00:60:00Z", NULL},
    {"2022-01-01T00:00:00+25:00", NULL},
    {"2022-01-01T00:00:00Zulu", NULL},
    {"2022-01-01", NULL},
    {"yesterday", NULL},
    {"", NULL},
};

int main(void)
{
    char text[CLOCK_TEXT_MAX];
    bool zoneless;
    usec_t t;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bool read = clock_parse(cases[i].text, strlen(cases[i].text), &t, NULL);

        if (read)
            clock_format(t, 3, text);
        is_text(read ? text : NULL, cases[i].want, "'%s'", cases[i].text);
    }
    clock_parse("2022-01-28T18:41:11", 19, &t, &zoneless);
    ok(zoneless, "a time without zone is told apart");
    clock_parse("2022-01-28T18:41:11Z", 20, &t, &zoneless);
    ok(!zoneless, "... from one in UTC");
    clock_format(1234567, 6, text);
    is_text(text, "1970-01-01T00:00:01.234567Z", "six digits of fraction");
    is_int(clock_format(1234567, 0, text), 20, "no fraction");
    is_text(text, "1970-01-01T00:00:01Z", "... is cut, not rounded");
    return done_testing();
}
