/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes that no registry has: single ones, ranges, patterns, the admin's above
 * ours; the shipped catalogues; and events that carry a code.
 */
#include "catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "knowledge.h"
#include "resolve.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

static const struct {
    const char *code, *text; /* NULL: not known */
    enum severity severity;
} codes[] = {
    {"UPD1_OK_1", "Firmware successfully updated", SEVERITY_OK},
    {"UPD1_FAIL_9", "Unsupported protocol", SEVERITY_WARNING},
    {"UPD2_FAIL_15", "Timed out downloading asset", SEVERITY_WARNING},
    {"UPD4_OK_100", "Update succeeded event", SEVERITY_OK},
    {"UPD4_FAIL_207", "Manifest rejected, integrity check failed (hash error)",
     SEVERITY_WARNING},
    {"upd4_fail_207", "Manifest rejected, integrity check failed (hash error)",
     SEVERITY_WARNING},
    {"UPD4_FAIL_400", "Payload processing, nonspecific error",
     SEVERITY_WARNING},
    {"UPD4_FAIL_401", "Payload processing, user-defined error[s]",
     SEVERITY_WARNING},
    {"UPD4_FAIL_405", "Payload processing, user-defined error[s]",
     SEVERITY_WARNING},
    {"UPD4_FAIL_406", "Processed result does not match expected hash",
     SEVERITY_WARNING},
    {"UPD4_FAIL_312", "User-defined errors", SEVERITY_WARNING},
    {"UPD4_FAIL_508", "Payload writing error, user-defined error[s]",
     SEVERITY_WARNING},
    {"UPD4_FAIL_212", NULL, SEVERITY_UNKNOWN},
    {"UPD4_FAIL_40", NULL, SEVERITY_UNKNOWN},
    {"UPD4_FAIL_4011", NULL, SEVERITY_UNKNOWN},
    {"UPD4_FAIL_401x", NULL, SEVERITY_UNKNOWN},
    {"UPD4_FAIL_", NULL, SEVERITY_UNKNOWN},
    {"UPD4_FAIL_-401", NULL, SEVERITY_UNKNOWN},
    {"SYS_102",
     "Service error: Device Vendor ID does not match Manifest Vendor ID",
     SEVERITY_WARNING},
    {"SYS_104", "Campaign was manually stopped. Device may still update",
     SEVERITY_WARNING},
    {"SYS_105", "Device deregistered", SEVERITY_OK},
    {"SYS_111", "Device failed to reach desired state", SEVERITY_WARNING},
    {"SYS_112", "Device reached desired state", SEVERITY_OK},
    {"405", "405 Method Not Allowed", SEVERITY_WARNING},
    {"Ami.PreconditionHeaderMissing",
     "A PUT or PATCH came without a precondition header", SEVERITY_WARNING},
    {"FirmwareUpdate.PowerLost",
     "Power was lost before the activation was commanded", SEVERITY_WARNING},
    {"", NULL, SEVERITY_UNKNOWN},
};

static const struct {
    const char *id, *text; /* what the BMC sends */
    const char *message, *registry, *key, *from;
    enum severity severity;
    bool ignored;
    const char *why;
} events[] = {
    {"UPD4_FAIL_207", NULL,
     "Manifest rejected, integrity check failed (hash error)", "DeviceUpdate",
     "UPD4_FAIL_207", "bundled", SEVERITY_WARNING, false,
     "a code as MessageId"},
    {" UPD4_FAIL_207 ", NULL,
     "Manifest rejected, integrity check failed (hash error)", "DeviceUpdate",
     "UPD4_FAIL_207", "bundled", SEVERITY_WARNING, false, "with blanks"},
    {NULL, "UPD4_OK_100", "Update succeeded event", "DeviceUpdate",
     "UPD4_OK_100", "bundled", SEVERITY_OK, false, "a code as text"},
    {NULL, "[SYS_103].", "Campaign was manually stopped. Device not updated",
     "DeviceUpdate", "SYS_103", "bundled", SEVERITY_WARNING, false,
     "a code in brackets as text"},
    {"EventLog.1.0.Alert", "device 7: UPD2_FAIL_12 at 80 %",
     "device 7: UPD2_FAIL_12 at 80 % (UPD2_FAIL_12: Asset failed integrity "
     "check)",
     "EventLog", "Alert", "bundled", SEVERITY_WARNING, false,
     "a code in a text keeps that text"},
    {"UPD4_OK_M1", NULL, "Update initial value (no event)", "DeviceUpdate",
     "UPD4_OK_M1", "bundled", SEVERITY_OK, true, "the initial value"},
    {NULL, "UPD4_OK_M1", "Update initial value (no event)", "DeviceUpdate",
     "UPD4_OK_M1", "bundled", SEVERITY_OK, true, "the initial value as text"},
    {"UPD4_FAIL_103", "The device says no.", "The device says no.",
     "DeviceUpdate", "UPD4_FAIL_103", "payload", SEVERITY_WARNING, false,
     "the payload's own words stay"},
    {"Security.1.0. AccessDenied", NULL, "The request is not authorised",
     "Security", "AccessDenied", "bundled", SEVERITY_WARNING, false,
     "registry and key as the code"},
    {NULL, "error 404 at UPD4_FAIL_2071", "error 404 at UPD4_FAIL_2071", NULL,
     NULL, "payload", SEVERITY_UNKNOWN, false, "no code in a text"},
    {"StorageDevice.1.5.DriveOK", NULL,
     "The health of the drive located in '%1' has changed to OK.",
     "StorageDevice", "DriveOK", "bundled", SEVERITY_OK, false,
     "a registry's message"},
};

static void test_codes(const struct catalogue *c)
{
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        const struct catalogue_entry *e =
            catalogue_find(c, codes[i].code, strlen(codes[i].code));

        is_text(e ? e->text : NULL, codes[i].text, "'%s'", codes[i].code);
        if (e)
            is_int(e->severity, codes[i].severity, "... its severity");
    }
}

static void test_events(const struct registry_set *set)
{
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        _cleanup_(event_freep) struct event *e = event_new();

        event_set(e, EVENT_MESSAGE_ID, events[i].id);
        event_set(e, EVENT_MESSAGE, events[i].text);
        is_int(resolve_event(&(struct registry_view){.shared = set}, e),
               events[i].ignored, "%s: ignored or not", events[i].why);
        is_text(event_text(e, EVENT_MESSAGE, NULL), events[i].message,
                "... message");
        is_text(event_text(e, EVENT_REGISTRY, NULL), events[i].registry,
                "... registry");
        is_text(event_text(e, EVENT_KEY, NULL), events[i].key, "... key");
        is_text(event_text(e, EVENT_RESOLVED_FROM, NULL), events[i].from,
                "... from");
        is_int(event_int(e, EVENT_SEVERITY, 0), events[i].severity,
               "... severity");
    }
}

static const struct {
    struct catalogue_symptoms seen;
    const char *code;
} diagnoses[] = {
    {{"Exception", "Warning", "Update.TransferFailed", false},
     "FirmwareUpdate.ImageTransferFailed"},
    {{"exception", "Warning", "Update.VerificationFailed", false},
     "FirmwareUpdate.VerificationFailed"},
    {{"Exception", "Warning", "Update.ActivateFailed", false},
     "FirmwareUpdate.ActivationFailed"},
    {{"Exception", "Warning", "Vendor.Broken", false},
     "FirmwareUpdate.UpdateFailed"},
    {{"Canceled", "Warning", NULL, false}, "FirmwareUpdate.ErotFailed"},
    {{"Cancelled", "Warning", NULL, false}, "FirmwareUpdate.ErotFailed"},
    {{NULL, NULL, "Update.UpdateInProgress", true},
     "FirmwareUpdate.SecondUpdate"},
    {{"Running", "OK", "Update.UpdateInProgress", false}, NULL},
    {{"Completed", "OK", NULL, false}, NULL},
    {{NULL, NULL, NULL, false}, NULL},
};

static void test_diagnoses(const struct catalogue *c)
{
    for (size_t i = 0; i < ARRAY_LEN(diagnoses); i++) {
        const struct catalogue_entry *e =
            catalogue_diagnose(c, &diagnoses[i].seen);

        is_text(e ? e->code : NULL, diagnoses[i].code, "%s %s %s",
                diagnoses[i].seen.task_state ?: "no task",
                diagnoses[i].seen.task_status ?: "",
                diagnoses[i].seen.message ?: "no message");
        ok(!e || (*e->text && e->explanation && e->action && e->server_state),
           "... with all that there is to say");
    }
}

static void count_problem(void *userdata, const char *text)
{
    diag("%s", text);
    ++*(int *)userdata;
}

static void test_admin(void)
{
    static const char json[] =
        "{\"schema\":\"trawl.catalogue/1\",\"name\":\"Mine\",\"entries\":["
        "{\"code\":\"UPD4_FAIL_401\",\"text\":\"No more paper\","
        "\"severity\":\"Critical\"},"
        "{\"code\":\"SYS_10?\",\"text\":\"Some system thing\"},"
        "{\"code\":\"X\"},{\"text\":\"no code\"},7,"
        "{\"code\":\"Y\",\"text\":\"y\",\"severity\":\"Purple\"}]}";
    char folder[] = "/tmp/trawl-catalogue.XXXXXX";
    char *const folders[] = {folder};
    _cleanup_free_ char *path = NULL;
    const struct catalogue *c;
    struct registry_set *set;
    int problems = 0;

    if (!mkdtemp(folder))
        abort();
    path = xasprintf("%s/mine.json", folder);
    file_write(path, json, strlen(json), 0644, NULL);
    set = knowledge_load(folders, 1, count_problem, &problems);
    c = registry_set_catalogue(set);
    is_int(problems, 4, "entries that are wrong are told, each");
    is_text(catalogue_find(c, "UPD4_FAIL_401", 13)->text, "No more paper",
            "the admin's code stands above our range");
    is_text(catalogue_find(c, "SYS_103", 7)->text, "Some system thing",
            "... and his pattern above our code");
    is_text(catalogue_find(c, "UPD4_FAIL_402", 13)->catalogue, "DeviceUpdate",
            "... and the rest is ours");
    registry_set_free(set);
}

int main(void)
{
    struct registry_set *set;
    int problems = 0;

    setenv("TRAWL_REGISTRY_DIR", TEST_SRCDIR "/registries", 1);
    set = knowledge_load(NULL, 0, count_problem, &problems);
    is_int(problems, 0, "the shipped files are read without a complaint");
    is_int(catalogue_count(registry_set_catalogue(set)), 82 + 15 + 10 + 4,
           "the shipped catalogues are whole");
    test_codes(registry_set_catalogue(set));
    test_events(set);
    test_diagnoses(registry_set_catalogue(set));
    test_admin();
    registry_set_free(set);
    return done_testing();
}
