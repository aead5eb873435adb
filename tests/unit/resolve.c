/* SPDX-License-Identifier: Apache-2.0 */
/* MessageIds taken apart in all their forms, templates filled, words chosen. */
#include "resolve.h"

#include <string.h>

#include "config.h"
#include "tap.h"
#include "util/utf8.h"

#define ANY REGISTRY_VERSION_ANY

static const struct {
    const char *id;
    const char *registry;
    int major, minor, errata;
    const char *key;
} ids[] = {
    {"iLOEvents.2.1.ServerPoweredOn", "iLOEvents", 2, 1, ANY,
     "ServerPoweredOn"},
    {"Alert.1.0.0.SystemPowerOn", "Alert", 1, 0, 0, "SystemPowerOn"},
    {"Base.v1_10_3.Success", "Base", 1, 10, 3, "Success"},
    {"IDRAC.TMP0120", "IDRAC", ANY, ANY, ANY, "TMP0120"},
    {"TMP0120", NULL, ANY, ANY, ANY, "TMP0120"},
    {"17.10", NULL, ANY, ANY, ANY, "17.10"},
    {"0x180055", NULL, ANY, ANY, ANY, "0x180055"},
    {"ZT_Event_Service_Log.1.0.Alert", "ZT_Event_Service_Log", 1, 0, ANY,
     "Alert"},
    {"Security.1.0. AccessDenied", "Security", 1, 0, ANY, "AccessDenied"},
    {" Base.1.8.GeneralError ", "Base", 1, 8, ANY, "GeneralError"},
    {"Reg.1.0.Key.With.Dots", "Reg", 1, 0, ANY, "Key.With.Dots"},
    {"Reg.1.0.123", "Reg", 1, 0, ANY, "123"},
    {"Reg.1.Key", "Reg", 1, ANY, ANY, "Key"},
    {"Reg.v2.Key", "Reg", ANY, ANY, ANY, "v2.Key"},
    {"", NULL, ANY, ANY, ANY, NULL},
    {"NULL", NULL, ANY, ANY, ANY, NULL},
    {"   ", NULL, ANY, ANY, ANY, NULL},
    {"Reg.", NULL, ANY, ANY, ANY, "Reg"},
    {".Key", NULL, ANY, ANY, ANY, "Key"},
    {".", NULL, ANY, ANY, ANY, NULL},
    {"Base..Success.", "Base", ANY, ANY, ANY, "Success"},
    {"Base . 1 . 8 .. Success", "Base", 1, 8, ANY, "Success"},
    {"Base.1.8.1.0.Success", "Base", 1, 8, 1, "Success"},
    {"#Base.1.8.Success", "Base", 1, 8, ANY, "Success"},
    {"Base.1.8#Success", "Base", 1, 8, ANY, "Success"},
    {"/redfish/v1/Registries/Base.1.8.1#Success", "Base", 1, 8, 1, "Success"},
    {"https://redfish.dmtf.org/registries/Base.1.8.1.json#/Messages/Success",
     "Base", 1, 8, 1, "Success"},
    {"https://bmc/redfish/v1/Registries/Base.1.8.Success", "Base", 1, 8, ANY,
     "Success"},
    {"#", NULL, ANY, ANY, ANY, NULL},
    {"/", NULL, ANY, ANY, ANY, NULL},
    {"Reg.99999999999999999999.Key", "Reg", ANY, ANY, ANY,
     "99999999999999999999.Key"},
};

static const struct {
    const char *text;
    const char *want;
    unsigned missing;
} templates[] = {
    {"plain", "plain", 0},
    {"the %1 in '%2'", "the one in 'two'", 0},
    {"%10 and %1", "ten and one", 0},
    {"%1%2", "onetwo", 0},
    {"100% of %1", "100% of one", 0},
    {"ends in %", "ends in %", 0},
    {"%0 is no place", "%0 is no place", 0},
    {"missing %11", "missing %11", 1},
    {"%s stays", "%s stays", 0},
    {"%99%98", "%99%98", 2},
};

static void test_ids(void)
{
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct resolve_id id;

        resolve_id_parse(ids[i].id, strlen(ids[i].id), &id);
        is_text(id.registry, ids[i].registry, "'%s': registry", ids[i].id);
        is_text(id.key, ids[i].key, "... key");
        is_int(id.major, ids[i].major, "... major");
        is_int(id.minor, ids[i].minor, "... minor");
        is_int(id.errata, ids[i].errata, "... errata");
        resolve_id_done(&id);
    }
}

static void test_templates(void)
{
    static const char *const args[] = {"one", "two",   "three", "four", "five",
                                       "six", "seven", "eight", "nine", "ten"};
    _cleanup_(event_freep) struct event *e = event_new();

    for (size_t i = 0; i < ARRAY_LEN(args); i++)
        event_add(e, EVENT_ARG, args[i], strlen(args[i]));
    for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
        _cleanup_(buffer_done) struct buffer out = {0};
        unsigned missing;

        resolve_fill(templates[i].text, e, &out, &missing);
        is_text(out.data, templates[i].want, "'%s'", templates[i].text);
        is_int(missing, templates[i].missing, "... arguments missing");
    }
}

static void test_bundled(const struct registry_set *set)
{
    _cleanup_(event_freep) struct event *e = event_new();

    event_set(e, EVENT_MESSAGE_ID, "StorageDevice.1.1.DriveFailure");
    event_add(e, EVENT_ARG, "Bay 3", 5);
    resolve_event(&(struct registry_view){.shared = set}, e);
    is_text(event_text(e, EVENT_MESSAGE, NULL),
            "A failure condition for the drive located in 'Bay 3' was "
            "detected.",
            "an id without words gets the registry's");
    is_text(event_text(e, EVENT_RESOLVED_FROM, NULL), "bundled",
            "... and says where they came from");
    is_int(event_int(e, EVENT_SEVERITY, 0), SEVERITY_CRITICAL,
           "... and its severity");
    is_text(event_text(e, EVENT_REGISTRY, NULL), "StorageDevice",
            "... registry");
    is_text(event_text(e, EVENT_REGISTRY_VERSION, NULL), "1.1",
            "... the version that was sent, for another was used");
    is_text(event_text(e, EVENT_KEY, NULL), "DriveFailure", "... key");
    ok(event_has(e, EVENT_RESOLUTION), "... and what to do");
}

static void test_payload_first(const struct registry_set *set)
{
    _cleanup_(event_freep) struct event *e = event_new();

    event_set(e, EVENT_MESSAGE_ID, "StorageDevice.1.5.0.DriveFailure");
    event_set(e, EVENT_MESSAGE, "Drive 3 is dead.");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_WARNING);
    event_set(e, EVENT_RESOLUTION, "Bury it.");
    resolve_event(&(struct registry_view){.shared = set}, e);
    is_text(event_text(e, EVENT_MESSAGE, NULL), "Drive 3 is dead.",
            "the payload's own words stay");
    is_text(event_text(e, EVENT_RESOLVED_FROM, NULL), "payload",
            "... and are named as such");
    is_int(event_int(e, EVENT_SEVERITY, 0), SEVERITY_WARNING,
           "... its severity");
    is_text(event_text(e, EVENT_RESOLUTION, NULL), "Bury it.",
            "... its resolution");
    is_text(event_text(e, EVENT_REGISTRY_VERSION, NULL), "1.5.0",
            "the version found exactly is told whole");
    is_int(event_int(e, EVENT_REGISTRY_SEVERITY, 0), SEVERITY_CRITICAL,
           "the registry's own severity is kept beside");
}

static void test_unfilled(const struct registry_set *set)
{
    _cleanup_(event_freep) struct event *known = event_new();
    _cleanup_(event_freep) struct event *unknown = event_new();
    _cleanup_(event_freep) struct event *escaped = event_new();

    event_set(known, EVENT_MESSAGE_ID, "StorageDevice.1.5.DriveFailure");
    event_set(known, EVENT_MESSAGE, "The drive %s failed");
    event_add(known, EVENT_ARG, "Bay 3", 5);
    resolve_event(&(struct registry_view){.shared = set}, known);
    is_text(event_text(known, EVENT_RESOLVED_FROM, NULL), "bundled",
            "words with holes are not believed");
    event_set(unknown, EVENT_MESSAGE_ID, "Nobody.1.0.Knows");
    event_set(unknown, EVENT_MESSAGE, "The drive %1 failed");
    event_add(unknown, EVENT_ARG, "Bay 3", 5);
    resolve_event(&(struct registry_view){.shared = set}, unknown);
    is_text(event_text(unknown, EVENT_MESSAGE, NULL), "The drive Bay 3 failed",
            "... but filled, when nobody has better ones");
    event_set(escaped, EVENT_MESSAGE_ID, "StorageDevice.1.5.DriveFailure");
    event_set(escaped, EVENT_MESSAGE, "The drive at /a%20b failed");
    event_add(escaped, EVENT_ARG, "/a%20b", 6);
    resolve_event(&(struct registry_view){.shared = set}, escaped);
    is_text(event_text(escaped, EVENT_RESOLVED_FROM, NULL), "payload",
            "what is escaped in a URI is no hole");
}

static void test_nothing(const struct registry_set *set)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(event_freep) struct event *bare = event_new();

    event_set(e, EVENT_MESSAGE_ID, "Nobody.1.0.Knows");
    event_add(e, EVENT_ARG, "a", 1);
    event_add(e, EVENT_ARG, "", 0);
    event_add(e, EVENT_ARG, "b", 1);
    event_add(e, EVENT_ARG, "", 0);
    resolve_event(&(struct registry_view){.shared = set}, e);
    is_text(event_text(e, EVENT_MESSAGE, NULL), "Nobody.1.0.Knows: a, b",
            "without any words the id and the arguments are read");
    is_text(event_text(e, EVENT_RESOLVED_FROM, NULL), "none",
            "... and resolved_from says so");
    is_int(event_int(e, EVENT_SEVERITY, 9), SEVERITY_UNKNOWN,
           "... of unknown severity");
    resolve_event(&(struct registry_view){.shared = set}, bare);
    ok(event_has(bare, EVENT_MESSAGE), "even an event of nothing has a text");
}

/* Every way to write an id, and where its words come from. */
static const struct {
    const char *id; /* NULL: there is none */
    const char *registry, *version, *key, *from, *message;
} forms[] = {
    {"Base.1.21.Success", "Base", "1.21.0", "Success", "bundled",
     "The request completed successfully."},
    {"Base.1.21.0.Success", "Base", "1.21.0", "Success", "bundled",
     "The request completed successfully."},
    {"Base.v1_21_0.Success", "Base", "1.21.0", "Success", "bundled",
     "The request completed successfully."},
    {"Base.1.8.Success", "Base", "1.8", "Success", "bundled",
     "The request completed successfully."},
    {"Base.9.9.Success", "Base", "9.9", "Success", "bundled",
     "The request completed successfully."},
    {"Base.Success", "Base", NULL, "Success", "bundled",
     "The request completed successfully."},
    {"Success", "Base", "1.21.0", "Success", "bundled",
     "The request completed successfully."},
    {"bASE.1.21.sUCCESS", "Base", "1.21.0", "Success", "bundled",
     "The request completed successfully."},
    {" Base . 1.21. Success ", "Base", "1.21.0", "Success", "bundled",
     "The request completed successfully."},
    /* lent by the one registry that has the key */
    {"Acme.1.0.NoOperation", "Acme", "1.0", "NoOperation", "bundled",
     "The request body submitted contain no data to act upon and no changes "
     "to the resource took place."},
    {"Acme.1.0.ResourceChanged.Twice", "Acme", "1.0", "ResourceChanged.Twice",
     "none", "Acme.1.0.ResourceChanged.Twice"},
    {"17.10", NULL, NULL, "17.10", "none", "17.10"},
    {"0x180055", NULL, NULL, "0x180055", "none", "0x180055"},
    {"OutOfCompliance", NULL, NULL, "OutOfCompliance", "none",
     "OutOfCompliance"}, /* two registries have it */
    {"NULL", NULL, NULL, NULL, "none", "NULL"},
    {"", NULL, NULL, NULL, "none", "event without MessageId"},
    {NULL, NULL, NULL, NULL, "none", "event without MessageId"},
};

static void test_forms(const struct registry_set *set)
{
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        _cleanup_(event_freep) struct event *e = event_new();

        event_set(e, EVENT_MESSAGE_ID, forms[i].id);
        resolve_event(&(struct registry_view){.shared = set}, e);
        is_text(event_text(e, EVENT_REGISTRY, NULL), forms[i].registry,
                "'%s': registry", forms[i].id ? forms[i].id : "no id");
        is_text(event_text(e, EVENT_REGISTRY_VERSION, NULL), forms[i].version,
                "... version");
        is_text(event_text(e, EVENT_KEY, NULL), forms[i].key, "... key");
        is_text(event_text(e, EVENT_RESOLVED_FROM, NULL), forms[i].from,
                "... from");
        is_text(event_text(e, EVENT_MESSAGE, NULL), forms[i].message,
                "... message");
    }
}

static void test_bare_key(const struct registry_set *set)
{
    _cleanup_(event_freep) struct event *e = event_new();

    event_set(e, EVENT_MESSAGE_ID, "drivefailure");
    event_add(e, EVENT_ARG, "Bay 3", 5);
    resolve_event(&(struct registry_view){.shared = set}, e);
    is_text(event_text(e, EVENT_REGISTRY, NULL), "StorageDevice",
            "a bare key that one registry has is found, in any letters");
    is_text(event_text(e, EVENT_KEY, NULL), "DriveFailure",
            "... and spelt as the registry does");
}

/* A template that names a long argument often, and a long resolution. */
static void test_bound(void)
{
    _cleanup_(buffer_done) struct buffer json = {0}, arg = {0};
    _cleanup_(event_freep) struct event *e = event_new();
    struct registry_set *set = registry_set_new();
    struct registry *r;
    size_t len = 0, cursor = 0;
    const char *quirk;

    buffer_add_text(&json, "{\"RegistryPrefix\":\"Long\",\"Messages\":{"
                           "\"Echo\":{\"NumberOfArgs\":1,\"Message\":\"");
    for (int i = 0; i < 100000; i++)
        buffer_add_text(&json, "%1");
    buffer_add_text(&json, "\",\"Resolution\":\"x");
    for (unsigned i = 0; i < CONFIG_TEXT_MAX; i++)
        buffer_add_text(&json, "\u00e9");
    buffer_add_text(&json, "\"}}}");
    for (unsigned i = 0; i < 999; i++)
        buffer_add_text(&arg, "\u00e9");
    r = registry_parse(json.data, json.len, NULL);
    registry_set_add(set, r, NULL);
    event_set(e, EVENT_MESSAGE_ID, "Long.1.0.Echo");
    event_add(e, EVENT_ARG, arg.data, arg.len);
    resolve_event(&(struct registry_view){.shared = set}, e);
    event_text(e, EVENT_MESSAGE, &len);
    is_int(len, CONFIG_TEXT_MAX, "a filled template is cut");
    ok(utf8_is_valid(event_text(e, EVENT_MESSAGE, NULL), len),
       "... between characters");
    event_text(e, EVENT_RESOLUTION, &len);
    is_int(len, CONFIG_TEXT_MAX - 1, "so is a resolution, at a character");
    quirk = event_next(e, EVENT_QUIRK, &cursor, NULL);
    is_text(quirk, "text-cut", "... which is noted");
    ok(!event_next(e, EVENT_QUIRK, &cursor, NULL), "... once");
    registry_set_free(set);
}

int main(void)
{
    struct registry_set *set = registry_set_new();

    registry_set_load(set, TEST_SRCDIR "/registries", REGISTRY_BUNDLED, NULL,
                      NULL);
    test_ids();
    test_templates();
    test_bundled(set);
    test_payload_first(set);
    test_unfilled(set);
    test_nothing(set);
    test_bare_key(set);
    test_forms(set);
    registry_set_free(set);
    test_bound();
    return done_testing();
}
