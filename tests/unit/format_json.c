/* SPDX-License-Identifier: Apache-2.0 */
/* Format json: exact bytes, what is absent, and that hostile text parses. */
#include "formats/format.h"

#include <jansson.h>

#include "format_sample.h"
#include "tap.h"

static const struct format_options plain = {0};

static const char whole[] =
    "{\"schema\":\"trawl.event/1\",\"id\":\"7f3a\","
    "\"time\":\"2026-11-19T07:34:27Z\","
    "\"received\":\"2026-11-19T07:34:28.104Z\",\"collector\":\"c1\","
    "\"bmc\":{\"name\":\"r1-n01\",\"url\":\"https://10.0.0.11\","
    "\"labels\":{\"rack\":\"r1\"},\"vendor\":\"HPE\",\"model\":\"ProLiant\","
    "\"serial\":\"S1\",\"uuid\":\"u-1\",\"host\":\"web-1\"},\"source\":"
    "\"webhook\","
    "\"message_id\":\"StorageDevice.1.1.DriveFailure\","
    "\"registry\":\"StorageDevice\",\"registry_version\":\"1.1.0\","
    "\"key\":\"DriveFailure\",\"severity\":\"Critical\","
    "\"message\":\"Drive in 'Bay 3' failed.\",\"args\":[\"Bay 3\"],"
    "\"resolution\":\"Replace it.\",\"resolved_from\":\"bundled\","
    "\"origin\":\"/redfish/v1/Drives/3\",\"origin_type\":\"Drive\","
    "\"event_type\":\"Alert\",\"event_id\":\"e9\",\"group_id\":426,"
    "\"condition\":{\"state\":\"raised\",\"id\":\"c7\",\"count\":1,"
    "\"first\":\"2026-11-19T07:34:27Z\",\"last\":\"2026-11-19T07:34:27Z\","
    "\"clears\":[]},\"quirks\":[\"origin-string\"],\"oem\":{\"a\":1}}";

static const char clearing[] =
    "\"condition\":{\"state\":\"cleared\",\"id\":\"c7\",\"count\":1,"
    "\"first\":\"2026-11-19T07:34:27Z\",\"last\":\"2026-11-19T07:34:27Z\","
    "\"clears\":[\"c5\",\"c6\"],\"duration\":30}";

static const struct {
    const char *name;
    const char *text;
    size_t len;
    const char *want; /* as JSON gives it back; NULL: anything valid */
} hostile[] = {
    {"quotes and backslashes", "a\"b\\c", 5, "a\"b\\c"},
    {"a line end", "a\nb\r", 4, "a\nb\r"},
    {"an escape sequence", "\033[2J", 4, "\033[2J"},
    {"Latin-1",
     "Gr\xf6\xdf"
     "e",
     5,
     "Gr\xc3\xb6\xc3\x9f"
     "e"},
    {"a cut sequence", "a\xe2\x82", 3, "a\xc3\xa2\xc2\x82"},
    {"a surrogate in UTF-8", "\xed\xa0\x80", 3, NULL},
    {"an emoji", "\xf0\x9f\x94\xa5", 4, "\xf0\x9f\x94\xa5"},
};

static void test_whole(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};

    sample_condition(e, "raised");
    event_add(e, EVENT_QUIRK, "origin-string", 13);
    event_set(e, EVENT_OEM, "{\"a\":1}");
    event_set_int(e, EVENT_OUTCOME, 1);
    event_set(e, EVENT_SSE_ID, "5");
    is_text(sample_write(&format_json, e, &plain, &out), whole,
            "an event with everything has the shape of the contract");
}

static void test_clear(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};

    sample_condition(e, "cleared");
    event_add(e, EVENT_CONDITION_CLEARS, "c5", 2);
    event_add(e, EVENT_CONDITION_CLEARS, "c6", 2);
    event_set_int(e, EVENT_CONDITION_DURATION, 30);
    ok(strstr(sample_write(&format_json, e, &plain, &out), clearing) != NULL,
       "a clear names what it ended and how long that lasted");
}

static void test_absent(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};

    event_set_int(e, EVENT_TIME, (int64_t)SAMPLE_TIME + 250000);
    event_set_int(e, EVENT_RECEIVED, (int64_t)SAMPLE_TIME);
    event_set(e, EVENT_MESSAGE, "");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN);
    is_text(sample_write(&format_json, e, &plain, &out),
            "{\"schema\":\"trawl.event/1\","
            "\"time\":\"2026-11-19T07:34:27.250Z\","
            "\"received\":\"2026-11-19T07:34:27.000Z\","
            "\"severity\":\"unknown\"}",
            "fields without a value are absent, fractions are kept");
}

static void test_hostile(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    const char *got;

    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();
        json_t *root;

        event_set_text(e, EVENT_MESSAGE, hostile[i].text, hostile[i].len);
        sample_write(&format_json, e, &plain, &out);
        ok(!strchr(out.data, '\n'), "%s: one line", hostile[i].name);
        root = json_loadb(out.data, out.len, 0, NULL);
        got = json_string_value(json_object_get(root, "message"));
        ok(got != NULL, "%s: valid JSON", hostile[i].name);
        if (hostile[i].want)
            is_text(got, hostile[i].want, "%s: the same text", hostile[i].name);
        json_decref(root);
    }
}

static void test_oem_lines(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};

    event_set(e, EVENT_OEM, "{\r\n \"a\": 1\n}");
    sample_write(&format_json, e, &plain, &out);
    ok(!strpbrk(out.data, "\r\n"), "pretty-printed oem stays on one line");
    ok(strstr(out.data, "\"oem\":{   \"a\": 1 }"), "and keeps its tokens");
}

static void test_table(void)
{
    const char *names = format_names();
    char name[32];
    size_t len;

    for (const char *at = names; *at; at += len) {
        at += strspn(at, ", ");
        len = strcspn(at, ",");
        memcpy(name, at, len);
        name[len] = '\0';
        ok(format_find(name) && strcmp(format_find(name)->name, name) == 0,
           "format %s is in the table", name);
    }
    ok(!format_find("xml"), "an unknown format is not found");
}

int main(void)
{
    test_whole();
    test_clear();
    test_absent();
    test_hostile();
    test_oem_lines();
    test_table();
    return done_testing();
}
