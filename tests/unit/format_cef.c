/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format cef: exact bytes, severities, escapes, what goes first when an event
 * is too large; and a reader as receivers have it gets every value back.
 */
#include "formats/format.h"

#include <stdio.h>
#include <stdlib.h>

#include "format_sample.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/utf8.h"

static const struct format_options plain = {.app_name = "redfish"};
static const struct format_options syslog = {
    .facility = 3, .app_name = "redfish", .syslog = true};

#define HEAD "CEF:0|Trawl|Redfish|" PACKAGE_VERSION "|"

static const char raised[] =
    HEAD "DriveFailure|drive failure|9|"
         "rt=1795073668104 start=1795073667000 dvchost=r1-n01 shost=r1-n01 "
         "deviceExternalId=S1 cat=StorageDevice dvc=10.0.0.11 "
         "trawlSystemUuid=u-1 trawlCollector=c1 externalId=7f3a "
         "cs1Label=MessageId cs1=StorageDevice.1.1.DriveFailure "
         "cs2Label=OriginOfCondition cs2=/redfish/v1/Drives/3 "
         "cs3Label=Resolution cs3=Replace it. cs4Label=AlarmState cs4=raised "
         "cs5Label=MessageArgs cs5=Bay 3 cs6Label=ConditionId cs6=c7 "
         "cn1Label=EventGroupId cn1=426 cn2Label=Count cn2=1 "
         "msg=Drive in 'Bay 3' failed.";

static const char bare[] = HEAD "unknown|unknown|5|rt=1795073667000 "
                                "start=1795073667000";

static void test_exact(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(event_freep) struct event *none = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};
    _cleanup_free_ char *framed = NULL;

    sample_condition(e, "raised");
    is_text(sample_write(&format_cef, e, &plain, &out), raised,
            "a raised alarm");
    framed = xasprintf("<26>1 2026-11-19T07:34:27Z r1-n01 redfish e9 "
                       "DriveFailure - %s",
                       raised);
    is_text(sample_write(&format_cef, e, &syslog, &out), framed,
            "to syslog with its header");
    event_set_int(none, EVENT_TIME, (int64_t)SAMPLE_TIME);
    event_set_int(none, EVENT_RECEIVED, (int64_t)SAMPLE_TIME);
    is_text(sample_write(&format_cef, none, &plain, &out), bare,
            "an event without anything");
}

static const struct {
    enum severity severity;
    const char *state;
    const char *want;
} severities[] = {
    {SEVERITY_CRITICAL, NULL, "|9|"}, {SEVERITY_WARNING, NULL, "|6|"},
    {SEVERITY_OK, NULL, "|2|"},       {SEVERITY_OK, "cleared", "|3|"},
    {SEVERITY_UNKNOWN, NULL, "|5|"},
};

static void test_severities(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(severities); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();

        event_set_int(e, EVENT_SEVERITY, severities[i].severity);
        event_set(e, EVENT_CONDITION_STATE, severities[i].state);
        sample_write(&format_cef, e, &plain, &out);
        ok(strstr(out.data, severities[i].want), "%s%s is %s",
           event_severity_name(severities[i].severity),
           severities[i].state ? " that clears" : "", severities[i].want);
    }
}

static const struct {
    const char *name;
    enum event_field field;
    const char *value, *want, *never;
} cases[] = {
    {"a pipe cannot end a field of the header", EVENT_KEY, "a|b\\c",
     "|a\\|b\\\\c|", NULL},
    {"nor a line end the event", EVENT_KEY, "a\r\nb", "|a  b|", "\n"},
    {"a pipe in a value is none of the header's", EVENT_MESSAGE, "a|b",
     "msg=a|b", NULL},
    {"an equals sign is no key", EVENT_MESSAGE, "a=b c=d", "msg=a\\=b c\\=d",
     NULL},
    {"a backslash stands for itself", EVENT_MESSAGE, "C:\\new", "msg=C:\\\\new",
     NULL},
    {"line ends are kept as \\n", EVENT_MESSAGE, "a\nb\r\nc\n",
     "msg=a\\nb\\nc\\n", "\n"},
    {"escape sequences are taken out", EVENT_MESSAGE, "a\033[2Jb", "msg=a[2Jb",
     "\033"},
    {"UTF-8 stays", EVENT_MESSAGE,
     "Gr\xc3\xb6\xc3\x9f"
     "e \xf0\x9f\x94\xa5",
     "msg=Gr\xc3\xb6\xc3\x9f"
     "e \xf0\x9f\x94\xa5",
     NULL},
    {"Latin-1 is repaired", EVENT_MESSAGE, "Gr\xf6\xdf",
     "msg=Gr\xc3\xb6"
     "\xc3\x9f",
     NULL},
    {"an IPv6 address has a key of its own", EVENT_BMC_URL,
     "https://[2001:db8::1]", "c6a1Label=BmcAddress c6a1=2001:db8::1", "dvc="},
    {"a host name is no address", EVENT_BMC_URL, "https://bmc1",
     "cat=", "dvc="},
    {"an empty text is absent", EVENT_RESOLUTION, "", "cs4Label", "cs3"},
    {"a message id stands in for a message", EVENT_MESSAGE, "",
     "msg=StorageDevice.1.1.DriveFailure", NULL},
};

static void test_cases(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();

        sample_condition(e, "raised");
        event_set(e, cases[i].field, cases[i].value);
        sample_write(&format_cef, e, &plain, &out);
        if (!ok(strstr(out.data, cases[i].want), "%s", cases[i].name))
            diag("%s", out.data);
        if (cases[i].never)
            ok(!strstr(out.data, cases[i].never), "%s: nothing else",
               cases[i].name);
        ok(utf8_is_valid(out.data, out.len), "%s: UTF-8", cases[i].name);
    }
}

/* Whether a key begins here: letters and digits up to an equals sign. */
static bool is_key(const char *at)
{
    size_t len = strspn(at, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

    return len > 0 && at[len] == '=';
}

/*
 * The value of a key as receivers find it: up to the next " key=", with the
 * escapes undone. The caller frees it.
 */
static char *value_of(const char *line, const char *key)
{
    _cleanup_free_ char *start = xasprintf(" %s=", key);
    const char *at = strstr(line, start);
    struct buffer out = {0};

    if (!at)
        return NULL;
    for (at += strlen(start); *at; at++) {
        if (*at == ' ' && is_key(at + 1))
            break;
        if (*at != '\\')
            buffer_add_char(&out, *at);
        else if (*++at == 'n')
            buffer_add_char(&out, '\n');
        else
            buffer_add_char(&out, *at);
    }
    return buffer_take_text(&out);
}

static const char *const hostile[] = {
    "plain",
    "a|b|c",
    "x=y cs2=forged msg=forged",
    "back\\slash \\n \\= \\\\",
    "two\nlines\n\nand more",
    "ends with a backslash\\",
    "Gr\xc3\xb6\xc3\x9f"
    "e = 5 |\\\n",
};

static void test_read_back(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();
        _cleanup_free_ char *message = NULL, *origin = NULL, *state = NULL;

        sample_condition(e, "raised");
        event_set(e, EVENT_MESSAGE, hostile[i]);
        event_set(e, EVENT_ORIGIN, hostile[i]);
        sample_write(&format_cef, e, &syslog, &out);
        message = value_of(out.data, "msg");
        origin = value_of(out.data, "cs2");
        state = value_of(out.data, "cs4");
        is_text(message, hostile[i], "message %zu comes back", i);
        is_text(origin, hostile[i], "so does an origin");
        is_text(state, "raised", "and what stands behind it");
        ok(!strchr(out.data, '\n'), "in one line");
    }
}

static void fill(struct event *e, enum event_field field, char c, size_t len)
{
    char text[4096];

    memset(text, c, len);
    event_set_text(e, field, text, len);
}

static const struct {
    size_t limit;
    const char *has, *lacks;
} sizes[] = {
    {0, "cs3=SSSS", NULL},
    {4500, "cs5=AAAA", "cs3="},
    {2900, "msg=\\=\\=", "cs5="},
    {1200, "msg=\\=", "cs5="},
    {300, "cs1=StorageDevice.1.1.DriveFailure", "cs2="},
};

static void test_sizes(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};
    struct format_options limited = plain;

    fill(e, EVENT_RESOLUTION, 'S', 2000);
    fill(e, EVENT_ARG, 'A', 1500);
    fill(e, EVENT_MESSAGE, '=', 1000);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        limited.max_size = sizes[i].limit;
        sample_write(&format_cef, e, &limited, &out);
        ok(!sizes[i].limit || out.len <= sizes[i].limit,
           "%zu bytes are within %zu", out.len, sizes[i].limit);
        ok(strstr(out.data, sizes[i].has), "%zu: %s is there", sizes[i].limit,
           sizes[i].has);
        if (sizes[i].lacks)
            ok(!strstr(out.data, sizes[i].lacks), "%zu: %s is gone",
               sizes[i].limit, sizes[i].lacks);
    }
}

int main(void)
{
    test_exact();
    test_severities();
    test_cases();
    test_read_back();
    test_sizes();
    return done_testing();
}
