/* SPDX-License-Identifier: Apache-2.0 */
/* What people give trawlctl: times, and which events they mean. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ctl/pick.h"
#include "ctl/when.h"
#include "format_sample.h"
#include "tap.h"

#define HOUR USEC_PER_HOUR

/* SAMPLE_TIME is 2026-11-19T07:34:27Z, in Helsinki 09:34:27. */
static const struct {
    const char *text;
    usec_t want; /* 0: it is none */
} times[] = {
    {"now", SAMPLE_TIME},
    {"2h", SAMPLE_TIME - 2 * HOUR},
    {"2h ago", SAMPLE_TIME - 2 * HOUR},
    {"90s", SAMPLE_TIME - 90 * USEC_PER_SEC},
    {"today",
     SAMPLE_TIME - 9 * HOUR - 34 * USEC_PER_MINUTE - 27 * USEC_PER_SEC},
    {"yesterday",
     SAMPLE_TIME - 33 * HOUR - 34 * USEC_PER_MINUTE - 27 * USEC_PER_SEC},
    {"2026-11-19T07:34:27Z", SAMPLE_TIME},
    {"2026-11-19T08:34:27+01:00", SAMPLE_TIME},
    {"2026-11-19 09:34:27", SAMPLE_TIME},
    {"2026-11-19 09:34", SAMPLE_TIME - 27 * USEC_PER_SEC},
    {"2026-11-19",
     SAMPLE_TIME - 9 * HOUR - 34 * USEC_PER_MINUTE - 27 * USEC_PER_SEC},
    {"2026-07-01 12:00", (usec_t)1782896400 * USEC_PER_SEC}, /* in summer */
    {"2026-13-19", 0},
    {"tomorrow", 0},
    {"2 hours", 0},
    {"", 0},
    {"ago", 0},
    {"99999d", 0}, /* before 1970 */
};

static void test_times(void)
{
    usec_t got;

    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        got = 0;
        if (times[i].want == 0)
            ok(!when_parse(times[i].text, SAMPLE_TIME, &got), "'%s' is none",
               times[i].text);
        else
            ok(when_parse(times[i].text, SAMPLE_TIME, &got) &&
                   got == times[i].want,
               "'%s' is understood", times[i].text);
    }
}

static const struct {
    const char *key, *first, *second;
    bool good, hits;
} picks[] = {
    {"bmc", "r1-*", NULL, true, true},
    {"bmc", "r2-*", NULL, true, false},
    {"bmc", "r2-*", "r1-n01", true, true},
    {"severity", ">=Warning", NULL, true, true},
    {"severity", "OK", "Warning", true, false},
    {"severity", "bad", NULL, false, false},
    {"message", "StorageDevice.*", NULL, true, true},
    {"message", "DriveFailure", NULL, false, false},
    {"origin", "/redfish/v1/Drives/*", NULL, true, true},
    {"state", "raised", NULL, true, true},
    {"state", "cleared", NULL, true, false},
    {"state", "lost", NULL, false, false},
    {"bmc", "quo\"te\\: [", NULL, true, false},
};

static void test_picks(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();

    sample_condition(e, "raised");
    for (size_t i = 0; i < ARRAY_LEN(picks); i++) {
        struct pick p = {0};

        pick_add(&p, picks[i].key, picks[i].first);
        if (picks[i].second)
            pick_add(&p, picks[i].key, picks[i].second);
        ok(pick_prepare(&p) == picks[i].good, "%s %s is %s", picks[i].key,
           picks[i].first, picks[i].good ? "taken" : "refused");
        if (picks[i].good)
            ok(pick_event(&p, e) == picks[i].hits, "... and means %s",
               picks[i].hits ? "this event" : "others");
        pick_done(&p);
    }
}

static void test_several(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    struct pick none = {0}, two = {0};

    ok(pick_prepare(&none) && pick_event(&none, e), "no choice means all");
    pick_add(&two, "bmc", "r1-*");
    pick_add(&two, "severity", "OK");
    ok(pick_prepare(&two) && !pick_event(&two, e), "two keys mean both");
    pick_done(&two);
}

int main(void)
{
    setenv("TZ", "EET-2EEST,M3.5.0/3,M10.5.0/4", 1);
    tzset();
    test_times();
    test_picks();
    test_several();
    return done_testing();
}
