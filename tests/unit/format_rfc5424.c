/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format rfc5424 and the old local form: exact bytes, priorities, escapes, and
 * what goes first when an event is too large.
 */
#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>

#include "format_sample.h"
#include "tap.h"
#include "util/utf8.h"

#define BOM "\xef\xbb\xbf"

static const struct format_options options = {.facility = 3,
                                              .app_name = "redfish"};

static const char raised[] =
    "<26>1 2026-11-19T07:34:27Z r1-n01 redfish e9 DriveFailure "
    "[timeQuality tzKnown=\"1\" isSynced=\"1\"][origin ip=\"10.0.0.11\"]"
    "[meta sequenceId=\"42\"]"
    "[alarm resource=\"/redfish/v1/Drives/3\" probableCause=\"diskFailure\" "
    "perceivedSeverity=\"critical\" eventType=\"equipmentAlarm\" "
    "resourceURI=\"https://10.0.0.11/redfish/v1/Drives/3\"]"
    "[redfish@32473 id=\"7f3a\" "
    "messageId=\"StorageDevice.1.1.DriveFailure\" severity=\"Critical\" "
    "origin=\"/redfish/v1/Drives/3\" eventId=\"e9\" groupId=\"426\" "
    "bmc=\"https://10.0.0.11\" systemUuid=\"u-1\" serial=\"S1\" "
    "component=\"Drive\" state=\"raised\" conditionId=\"c7\" "
    "collector=\"c1\" args=\"Bay 3\" resolution=\"Replace it.\"] " BOM
    "Drive in 'Bay 3' failed.";

static const char bare[] =
    "<29>1 2026-11-19T07:34:27.500Z - redfish - - "
    "[timeQuality tzKnown=\"1\" isSynced=\"0\"][meta sequenceId=\"42\"]"
    "[redfish@32473 severity=\"unknown\"] " BOM;

/* Fields that change one thing, and what must then be in the text. */
static const struct {
    const char *name;
    enum event_field field;
    const char *value;
    const char *want;
    const char *never;
} cases[] = {
    {"quotes, brackets and backslashes are escaped", EVENT_ORIGIN, "a\"]b\\c",
     " origin=\"a\\\"\\]b\\\\c\"", NULL},
    {"line ends cannot split a message", EVENT_MESSAGE, "a\r\nb\tc",
     BOM "a  b c", "\n"},
    {"escape sequences are taken out", EVENT_MESSAGE, "a\033[2Jb", BOM "a[2Jb",
     "\033"},
    {"C1 controls are taken out", EVENT_MESSAGE,
     "a\xc2\x9b"
     "2Jb",
     BOM "a2Jb", NULL},
    {"Latin-1 is repaired", EVENT_MESSAGE,
     "Gr\xf6\xdf"
     "e",
     BOM "Gr\xc3\xb6\xc3\x9f"
         "e",
     NULL},
    {"a stray C1 byte goes", EVENT_MESSAGE,
     "a\x9b"
     "b",
     BOM "ab", NULL},
    {"a blank cannot end a header field", EVENT_BMC_NAME, "a b\xc3\xa4",
     "Z a_b__ redfish", NULL},
    {"the key is cut at 32", EVENT_KEY, "ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGHIJ",
     " ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEF [", NULL},
    {"a name is no ip", EVENT_BMC_URL, "https://bmc1", "[meta", "[origin"},
    {"IPv6", EVENT_BMC_URL, "https://[2001:db8::1]:8443",
     "[origin ip=\"2001:db8::1\"]", NULL},
    {"no state, no alarm", EVENT_MESSAGE, "x", "[redfish", "[alarm"},
    {"repeated is no alarm", EVENT_CONDITION_STATE, "repeated",
     "state=\"repeated\"", "[alarm"},
    {"a clear is an alarm", EVENT_CONDITION_STATE, "cleared",
     "perceivedSeverity=\"cleared\"", NULL},
    {"a message id stands in for a message", EVENT_MESSAGE, "",
     BOM "StorageDevice.1.1.DriveFailure", NULL},
};

static const struct {
    enum severity severity;
    const char *state;
    const char *want;
} priorities[] = {
    {SEVERITY_CRITICAL, NULL, "<26>"}, {SEVERITY_WARNING, NULL, "<28>"},
    {SEVERITY_OK, NULL, "<30>"},       {SEVERITY_OK, "cleared", "<29>"},
    {SEVERITY_UNKNOWN, NULL, "<29>"},
};

/* Sizes from "all fits" downwards, and what is there and gone at each. */
static const struct {
    size_t limit;
    const char *has;
    const char *lacks;
} sizes[] = {
    {0, "raw=\"RRRR", NULL},
    {6000, "resolution=\"SSSS", "raw="},
    {3500, "args=\"AAAA", "resolution="},
    {1500, "MMMM", "args="},
    {900, "MMMM", "args="},
    {300, "messageId=\"StorageDevice.1.1.DriveFailure\"", "origin="},
};

static void test_exact(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(event_freep) struct event *none = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};

    sample_condition(e, "raised");
    is_text(sample_write(&format_rfc5424, e, &options, &out), raised,
            "a raised alarm");
    event_set_int(none, EVENT_TIME, (int64_t)SAMPLE_TIME + 500000);
    event_set_int(none, EVENT_RECEIVED, (int64_t)SAMPLE_TIME + 500000);
    is_text(sample_write(&format_rfc5424, none, &options, &out), bare,
            "an event without anything");
}

static void test_cases(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();

        event_set(e, cases[i].field, cases[i].value);
        sample_write(&format_rfc5424, e, &options, &out);
        if (!ok(strstr(out.data, cases[i].want), "%s", cases[i].name))
            diag("%s", out.data);
        if (cases[i].never)
            ok(!strstr(out.data, cases[i].never), "%s: nothing else",
               cases[i].name);
        ok(utf8_is_valid(out.data, out.len), "%s: UTF-8", cases[i].name);
    }
}

static void test_priorities(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(priorities); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();

        event_set_int(e, EVENT_SEVERITY, priorities[i].severity);
        event_set(e, EVENT_CONDITION_STATE, priorities[i].state);
        sample_write(&format_rfc5424, e, &options, &out);
        ok(strncmp(out.data, priorities[i].want, 4) == 0, "%s%s is %s",
           event_severity_name(priorities[i].severity),
           priorities[i].state ? " that clears" : "", priorities[i].want);
    }
}

static void fill(struct event *e, enum event_field field, char c, size_t len)
{
    char text[4096];

    memset(text, c, len);
    event_set_text(e, field, text, len);
}

static void test_sizes(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};
    struct format_options limited = options;

    fill(e, EVENT_RAW, 'R', 4000);
    fill(e, EVENT_RESOLUTION, 'S', 2000);
    fill(e, EVENT_ARG, 'A', 1500);
    fill(e, EVENT_MESSAGE, 'M', 500);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        limited.max_size = sizes[i].limit;
        sample_write(&format_rfc5424, e, &limited, &out);
        ok(!sizes[i].limit || out.len <= sizes[i].limit,
           "%zu bytes are within %zu", out.len, sizes[i].limit);
        ok(strstr(out.data, sizes[i].has), "%zu: %s is there", sizes[i].limit,
           sizes[i].has);
        if (sizes[i].lacks)
            ok(!strstr(out.data, sizes[i].lacks), "%zu: %s is gone",
               sizes[i].limit, sizes[i].lacks);
    }
}

static void test_cut_in_character(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};
    struct format_options limited = options;
    bool valid = true, fits = true;

    for (int i = 0; i < 200; i++)
        event_set(e, EVENT_MESSAGE,
                  "\xf0\x9f\x94\xa5\xc3\xa4\xe2\x82\xac"
                  "\xf0\x9f\x94\xa5\xc3\xa4\xe2\x82\xac\xf0\x9f\x94\xa5");
    for (limited.max_size = 140; limited.max_size < 180; limited.max_size++) {
        sample_write(&format_rfc5424, e, &limited, &out);
        valid = valid && utf8_is_valid(out.data, out.len);
        fits = fits && out.len <= limited.max_size;
    }
    ok(valid, "no limit cuts a character in two");
    ok(fits, "and all limits are kept");
}

static void test_after_other_text(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};
    struct format_options limited = options;

    limited.max_size = 600;
    buffer_add_text(&out, "before ");
    format_rfc5424.write(e, 1, &limited, &out);
    ok(strncmp(out.data, "before <26>1 ", 13) == 0,
       "what stood in the buffer stays, also when it is written again");
    ok(out.len <= 607, "and does not count");
}

static void test_local_form(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};
    struct format_options limited = {
        .facility = 3, .app_name = "redfish", .max_size = 30};
    char want[200];

    snprintf(want, sizeof(want),
             "<26>Nov 19 09:34:27 redfish[%ld]: r1-n01: Drive in 'Bay 3' "
             "failed. (/redfish/v1/Drives/3)",
             (long)getpid());
    is_text(sample_write(&format_rfc3164, e, &options, &out), want,
            "the old form is in local time");
    sample_write(&format_rfc3164, e, &limited, &out);
    is_int(out.len, 30, "and is cut at its limit");
}

int main(void)
{
    setenv("TZ", "EET-2", 1);
    test_exact();
    test_cases();
    test_priorities();
    test_sizes();
    test_cut_in_character();
    test_after_other_text();
    test_local_form();
    return done_testing();
}
