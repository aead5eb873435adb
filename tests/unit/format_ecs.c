/* SPDX-License-Identifier: Apache-2.0 */
/* Format ecs: exact bytes, kinds and categories, and one type per field. */
#include "formats/format.h"

#include <jansson.h>

#include "format_sample.h"
#include "tap.h"

static const struct format_options plain = {0};

static const char whole[] =
    "{\"@timestamp\":\"2026-11-19T07:34:27Z\",\"ecs\":{\"version\":\"8.11.0\"},"
    "\"message\":\"Drive in 'Bay 3' failed.\","
    "\"event\":{\"kind\":\"alert\",\"category\":[\"host\"],"
    "\"type\":[\"change\"],\"action\":\"drive-failure\","
    "\"code\":\"StorageDevice.1.1.DriveFailure\",\"id\":\"7f3a\","
    "\"provider\":\"StorageDevice\",\"module\":\"redfish\","
    "\"dataset\":\"redfish.event\",\"severity\":2,\"sequence\":42,"
    "\"created\":\"2026-11-19T07:34:28.104Z\","
    "\"start\":\"2026-11-19T07:34:27Z\"},\"log\":{\"level\":\"critical\"},"
    "\"observer\":{\"type\":\"bmc\",\"name\":\"r1-n01\","
    "\"ip\":[\"10.0.0.11\"],\"vendor\":\"HPE\",\"product\":\"ProLiant\","
    "\"serial_number\":\"S1\"},"
    "\"host\":{\"id\":\"u-1\",\"name\":\"r1-n01\",\"hostname\":\"web-1\"},"
    "\"related\":{\"hosts\":[\"r1-n01\"],\"ip\":[\"10.0.0.11\"]},"
    "\"labels\":{\"rack\":\"r1\"},"
    "\"redfish\":{\"message_id\":\"StorageDevice.1.1.DriveFailure\","
    "\"message_key\":\"DriveFailure\",\"message_args\":[\"Bay 3\"],"
    "\"registry_version\":\"1.1.0\",\"resolution\":\"Replace it.\","
    "\"resolved_from\":\"bundled\","
    "\"origin_of_condition\":\"/redfish/v1/Drives/3\","
    "\"event_type\":\"Alert\",\"event_id\":\"e9\",\"event_group_id\":426,"
    "\"source\":\"webhook\",\"component\":{\"type\":\"Drive\"},"
    "\"alarm\":{\"state\":\"raised\",\"id\":\"c7\",\"count\":1,"
    "\"first\":\"2026-11-19T07:34:27Z\",\"last\":\"2026-11-19T07:34:27Z\"},"
    "\"oem\":\"{\\\"Oem\\\":{\\\"x\\\":[1,{\\\"y\\\":2}]}}\"},"
    "\"agent\":{\"type\":\"trawl\",\"name\":\"c1\"}}";

static const struct {
    enum event_field field;
    const char *value;
    const char *want;
} cases[] = {
    {EVENT_CONDITION_STATE, "repeated", "\"kind\":\"state\""},
    {EVENT_CONDITION_STATE, "cleared", "\"kind\":\"event\""},
    {EVENT_CONDITION_STATE, "cleared", "\"type\":[\"change\"]"},
    {EVENT_CONDITION_STATE, "none", "\"type\":[\"info\"]"},
    {EVENT_KEY, "PSUFailed", "\"action\":\"psu-failed\""},
    {EVENT_KEY, "FanOK", "\"action\":\"fan-ok\""},
    {EVENT_REGISTRY, "NetworkDevice", "\"category\":[\"network\"]"},
    {EVENT_BMC_LABEL, "a.b=c", "\"labels\":{\"a_b\":\"c\"}"},
    {EVENT_BMC_URL, "https://bmc1.example.net:443",
     "\"hostname\":\"bmc1.example.net\""},
    {EVENT_BMC_URL, "https://[fe80::1]:443", "\"ip\":[\"fe80::1\"]"},
    {EVENT_RAW, "{\"a\":1}", "\"original\":\"{\\\"a\\\":1}\""},
};

static void test_whole(void)
{
    _cleanup_(event_freep) struct event *e = sample_event();
    _cleanup_(buffer_done) struct buffer out = {0};

    sample_condition(e, "raised");
    event_set(e, EVENT_OEM, "{\"Oem\":{\"x\":[1,{\"y\":2}]}}");
    is_text(sample_write(&format_ecs, e, &plain, &out), whole,
            "an alarm with everything");
}

static void test_cases(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        _cleanup_(event_freep) struct event *e = sample_event();
        json_t *root;

        event_set(e, cases[i].field, cases[i].value);
        sample_write(&format_ecs, e, &plain, &out);
        ok(strstr(out.data, cases[i].want), "%s=%s gives %s",
           event_field_name(cases[i].field), cases[i].value, cases[i].want);
        root = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
        ok(root, "and it is valid JSON");
        json_decref(root);
    }
}

static void test_empty(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(buffer_done) struct buffer out = {0};
    json_t *root;

    sample_write(&format_ecs, e, &plain, &out);
    root = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
    ok(root, "an event without fields is valid JSON too");
    json_decref(root);
}

int main(void)
{
    test_whole();
    test_cases();
    test_empty();
    return done_testing();
}
