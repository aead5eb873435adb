/* SPDX-License-Identifier: Apache-2.0 */
/* The cursors of a BMC's logs: kept, bounded, as text and back. */
#include "backfill/log_marks.h"

#include <stdio.h>
#include <string.h>

#include "bmc.h"
#include "state_marks.h"
#include "tap.h"
#include "util/alloc.h"

static void test_kept(void)
{
    struct log_cursor a = {.last = 1, .newest = 10}, b = {.last = 2};
    struct log_marks m = {0};
    char uri[24];

    ok(!log_marks_find(&m, "/a"), "at first there is none");
    log_marks_set(&m, "/a", &a);
    log_marks_set(&m, "/b", &b);
    log_marks_set(&m, "/a", &b);
    is_int(log_marks_find(&m, "/a")->last, 2, "the last one set counts");
    is_int(m.count, 2, "... once for each log");
    for (int i = 0; i < 100; i++) {
        snprintf(uri, sizeof(uri), "/log/%d", i);
        log_marks_set(&m, uri, &a);
    }
    is_int(m.count, LOG_MARKS_MAX, "a BMC cannot name ever more");
    ok(!log_marks_find(&m, "/a") && log_marks_find(&m, "/log/99"),
       "... the oldest goes");
    log_marks_done(&m);
}

static void test_text(void)
{
    struct log_cursor c = {.last = 7, .newest = 9, .prints = {7}, .count = 1};
    _cleanup_(buffer_done) struct buffer text = {0};
    struct log_cursor back;

    log_marks_format("/redfish/v1/a log", &c, &text);
    is_text(log_marks_parse(text.data, &back), "/redfish/v1/a log",
            "a text has the URI");
    ok(memcmp(&c, &back, sizeof(c)) == 0, "... and the cursor");
    ok(!log_marks_parse("", &back) && !log_marks_parse("1;0;0;0;0;0", &back) &&
           !log_marks_parse("1;0;0;0;0;0 ", &back) &&
           !log_marks_parse("x /a", &back),
       "others are none");
}

static void test_record(void)
{
    struct log_cursor c = {.last = 7};
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer text = {0};
    struct bmc bmc = {0};

    log_marks_format("/a", &c, &text);
    event_set_int(e, EVENT_RECEIVED, 5);
    event_set(e, EVENT_SOURCE, "log");
    event_add(e, EVENT_LOG_CURSOR, text.data, text.len);
    bmc_heed_record(&bmc, e);
    ok(log_marks_find(&bmc.logs, "/a") && bmc.last_event == 5,
       "a record says where its log goes on");
    is_int(bmc.last_pushed, 0, "... and nothing of what is pushed");
    event_set(e, EVENT_SOURCE, "sse");
    bmc_heed_record(&bmc, e);
    is_int(bmc.last_pushed, 5, "another does");
    event_set_int(e, EVENT_RECEIVED, 6);
    event_set_int(e, EVENT_GENERATED, 1);
    bmc_heed_record(&bmc, e);
    is_int(bmc.last_event, 5, "one of our own does not");
    state_marks_restore(&bmc, "pushed", "8");
    state_marks_restore(&bmc, "seen", "9");
    state_marks_restore(&bmc, "log /b", "1;7;0;0;0;0");
    state_marks_restore(&bmc, "log /c", "nonsense");
    state_marks_restore(&bmc, "what", "ever");
    ok(bmc.last_pushed == 8 && bmc.last_event == 9 &&
           log_marks_find(&bmc.logs, "/b") && !log_marks_find(&bmc.logs, "/c"),
       "all of it comes back from the state");
    log_marks_done(&bmc.logs);
}

int main(void)
{
    test_kept();
    test_text();
    test_record();
    return done_testing();
}
