/* SPDX-License-Identifier: Apache-2.0 */
/* Format terminal: lines as a person sees them, and nothing moves the cursor.
 */
#include "formats/format.h"

#include <stdlib.h>

#include "format_sample.h"
#include "tap.h"

static const struct format_options plain = {0};
static const struct format_options colour = {.colour = true};

static void test_lines(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};

    is_text(sample_write(&format_terminal, e, &plain, &out),
            "2026-11-19 09:34:27  r1-n01        Critical  "
            "Drive in 'Bay 3' failed.  /redfish/v1/Drives/3",
            "local time, BMC, severity, message, origin");
    event_set(e, EVENT_BMC_NAME,
              "b\xc3\xbc"
              "ro");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_OK);
    sample_condition(e, "cleared");
    event_set_int(e, EVENT_CONDITION_DURATION, 30);
    is_text(sample_write(&format_terminal, e, &plain, &out),
            "2026-11-19 09:34:27  b\xc3\xbc"
            "ro          OK        "
            "Drive in 'Bay 3' failed.  [cleared after 30 s]"
            "  /redfish/v1/Drives/3",
            "columns are counted in characters; a clear says how long");
    sample_condition(e, "repeated");
    event_set_int(e, EVENT_CONDITION_COUNT, 12);
    ok(strstr(sample_write(&format_terminal, e, &plain, &out),
              "[repeated, 12 times]"),
       "a summary says how often");
}

static void test_colour(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};

    sample_write(&format_terminal, e, &colour, &out);
    ok(strstr(out.data, "\033[1;31mCritical\033[0m  "), "Critical is red");
    sample_write(&format_terminal, e, &plain, &out);
    ok(!strchr(out.data, '\033'), "no colour unless asked for");
}

static void test_hostile(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};

    event_set(e, EVENT_BMC_NAME, "x\033]0;title\a");
    event_set(e, EVENT_MESSAGE,
              "one\ntwo\033[2J\xc2\x9b"
              "31m\x7f");
    event_set(e, EVENT_ORIGIN, "\b\b\bup");
    sample_write(&format_terminal, e, &plain, &out);
    ok(!strpbrk(out.data, "\033\a\n\b\x7f") && !strstr(out.data, "\xc2\x9b"),
       "control characters are gone");
    ok(strstr(out.data, "one two[2J31m  up"), "the text is still there");
}

int main(void)
{
    setenv("TZ", "EET-2", 1);
    test_lines();
    test_colour();
    test_hostile();
    return done_testing();
}
