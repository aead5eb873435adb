/* SPDX-License-Identifier: Apache-2.0 */
/* How far a BMC's clock is off: by what it says, by what it sends. */
#include "skew.h"

#include <string.h>

#include "tap.h"

#define NOW ((usec_t)1795160068 * USEC_PER_SEC) /* 2026-11-20T07:34:28Z */

static void test_answers(void)
{
    static const struct {
        const char *text;
        enum skew_verdict verdict;
        const char *how;
    } table[] = {
        {"2026-11-20T07:34:28Z", SKEW_RIGHT, "exact to a second"},
        {"2026-11-20T02:35:08-05:00", SKEW_RIGHT, "0 min 40 s ahead"},
        {"2026-11-20T07:30:28Z", SKEW_RIGHT, "4 min 0 s behind"},
        {"2026-11-20T07:29:20Z", SKEW_WRONG, "5 min 8 s behind"},
        {"2026-11-20T10:46:28Z", SKEW_WRONG, "3 h 12 min ahead"},
        {"1970-01-01T00:05:00Z", SKEW_WRONG, "20777 days behind"},
        {"0000-00-00T00:00:00Z", SKEW_UNKNOWN, "not plausible"},
        {"2026-11-20T07:34:28", SKEW_UNKNOWN, "not plausible"},
        {"soon", SKEW_UNKNOWN, "not plausible"},
        {NULL, SKEW_UNKNOWN, "not plausible"},
    };
    char how[SKEW_TEXT_MAX];

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct skew s = {0};

        is_int(skew_take_answer(&s, table[i].text, NOW - USEC_PER_SEC,
                                NOW + USEC_PER_SEC),
               table[i].verdict, "an answer of %s", table[i].text ?: "nothing");
        skew_describe(&s, how);
        is_text(how, table[i].how, "... is told");
    }
}

static enum skew_verdict take(struct skew *s, int64_t seconds, usec_t received,
                              const char *source)
{
    _cleanup_(event_freep) struct event *e = event_new();

    event_set_int(e, EVENT_RECEIVED, (int64_t)received);
    event_set_int(e, EVENT_TIME,
                  (int64_t)received + seconds * (int64_t)USEC_PER_SEC);
    event_set(e, EVENT_SOURCE, source);
    return skew_take_event(s, e);
}

static void test_events(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    struct skew s = {0};

    is_int(take(&s, -30, NOW, "webhook"), SKEW_RIGHT, "an event on its way");
    is_int(s.offset / 1000000, -30, "... is a first estimate");
    take(&s, -2, NOW + USEC_PER_SEC, "webhook");
    is_int(s.offset / 1000000, -2, "... one that was faster a better one");
    take(&s, -900, NOW + 2 * USEC_PER_SEC, "webhook");
    is_int(s.offset / 1000000, -2, "... one that was retried is none");
    ok(skew_is_right(&s), "... and says nothing against the clock");
    take(&s, -9, NOW + 2 * USEC_PER_HOUR, "webhook");
    is_int(s.offset / 1000000, -9, "an old estimate stands for an hour");
    is_int(take(&s, 400, NOW + 3 * USEC_PER_HOUR, "sse"), SKEW_WRONG,
           "no event comes before it happened");
    is_int(take(&s, 4000, NOW, "log"), SKEW_UNKNOWN, "one of a log may");
    is_int(take(&s, -1, NOW + 4 * USEC_PER_HOUR, "sse"), SKEW_RIGHT,
           "the next is right");
    ok(skew_is_right(&s), "... and so the clock");
    event_set_int(e, EVENT_RECEIVED, (int64_t)NOW);
    event_set_int(e, EVENT_TIME, (int64_t)NOW);
    is_int(skew_take_event(&s, e), SKEW_UNKNOWN, "no time is no wrong time");
    event_set(e, EVENT_EVENT_TIME, "1970-01-01T00:00:09Z");
    is_int(skew_take_event(&s, e), SKEW_WRONG, "an absurd one is");
}

static void test_both(void)
{
    struct skew s = {0};

    skew_take_answer(&s, "2026-11-20T10:34:28Z", NOW, NOW);
    take(&s, -2, NOW + USEC_PER_HOUR, "webhook");
    is_int(s.offset / 1000000, 3 * 3600, "an answer stands above events");
    ok(!skew_is_right(&s), "... and what it said is not undone by one");
    is_int(skew_to_bmc(&s, NOW) - NOW, 3 * USEC_PER_HOUR,
           "a time of ours on its clock");
    take(&s, -2, NOW + 25 * USEC_PER_HOUR, "webhook");
    is_int(s.offset / 1000000, -2, "... for a day");
    skew_take_answer(&s, "2026-11-20T07:34:28Z", NOW, NOW);
    ok(skew_is_right(&s), "a right answer does undo it");
    skew_take_answer(&s, "1970-01-01T00:00:09Z", NOW, NOW);
    is_int(skew_to_bmc(&s, NOW), 9 * USEC_PER_SEC, "a clock of 1970");
    is_int(skew_to_bmc(&s, NOW - 10 * USEC_PER_SEC), 0, "... has no before");
    s = (struct skew){0};
    is_int(skew_take_answer(&s, "2026-11-20T07:34:28Z", NOW, NOW - 1),
           SKEW_UNKNOWN, "a clock of ours that was set back says nothing");
    is_int(skew_to_bmc(&s, NOW), NOW, "of an unknown clock we think well");
}

int main(void)
{
    test_answers();
    test_events();
    test_both();
    return done_testing();
}
