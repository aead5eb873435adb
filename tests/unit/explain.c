/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl explain: every message in the files of golden/explain is found and
 * has its words; and the error answers of the Swordfish guide's section 5, in
 * both ways to write the code.
 */
#include "ctl/explain_find.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/explain_facts.h"
#include "ctl/explain_print.h"
#include "decode/json_in.h"
#include "knowledge.h"
#include "resolve.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define FOLDER TEST_SRCDIR "/tests/golden/explain"

/* Code, arguments as their text has them, and the beginning of that text. */
static const struct {
    const char *key;
    char *args[4];
    const char *text;
} errors[] = {
    {"ActionNotSupported", {"Pause"}, "The action Pause is not supported"},
    {"ActionParameterDuplicate", {"Copy", "Mode"}, "The action Copy was"},
    {"ActionParameterMissing", {"Copy", "Mode"}, "The action Copy requires"},
    {"ActionParameterNotSupported", {"Mode", "Copy"}, "The parameter Mode"},
    {"ActionParameterUnknown", {"Copy", "Mood"}, "The action Copy was"},
    {"ActionParameterValueError", {"Mode", "Copy"}, "The value for the"},
    {"ActionParameterValueNotInList", {"7", "Mode", "Copy"}, "The value '7'"},
    {"ActionParameterValueTypeError", {"7", "Mode", "Copy"}, "The value '7'"},
    {"EmptyJSON", {NULL}, "The request body submitted contained an empty"},
    {"InvalidJSON", {"3"}, "The request body submitted is invalid JSON"},
    {"MalformedJSON", {NULL}, "The request body submitted was malformed"},
    {"NoOperation", {NULL}, "The request body submitted contain"},
    {"PropertyDuplicate", {"Size"}, "The property Size was duplicated"},
    {"PropertyMissing", {"Size"}, "The property Size is a required"},
    {"PropertyNotUpdated", {"Size"}, "The property Size was not updated"},
    {"PropertyNotWritable", {"Size"}, "The property Size is a read-only"},
    {"PropertyUnknown", {"Sice"}, "The property Sice is not in the list"},
    {"PropertyValueConflict", {"Size", "Type"}, "The property 'Size'"},
    {"PropertyValueNotInList", {"7", "Type"}, "The value '7' for the"},
    {"PropertyValueOutOfRange", {"7", "Size"}, "The value '7' for the"},
    {"PropertyValueResourceConflict",
     {"Size", "7", "/redfish/v1/Pool"},
     "The property 'Size'"},
    {"PropertyValueTypeError", {"7", "Size"}, "The value '7' for the"},
    {"ResourceAlreadyExists", {"Volume", "Name", "v1"}, "The requested"},
    {"ResourceAtUriInUnknownFormat", {"/redfish/v1/X"}, "The resource at"},
    {"ResourceAtUriUnauthorized", {"/redfish/v1/X", "401"}, "While"},
    {"ResourceCannotBeDeleted", {NULL}, "The delete request failed"},
    {"ResourceCreationConflict", {"/redfish/v1/X"}, "The resource could"},
    {"ResourceExhaustion", {"/redfish/v1/X"}, "The resource '/redfish"},
    {"ResourceInStandby", {NULL}, "The request could not be performed"},
    {"ResourceInUse", {NULL}, "The change to the requested resource"},
    {"ResourceMissingAtURI", {"/redfish/v1/X"}, "The resource at the URI"},
    {"ResourceNotFound", {"Volume", "1"}, "The requested resource"},
    {"ResourceTypeIncompatible", {"A", "B"}, "The @odata.type of the"},
    {"UnrecognizedRequestBody", {NULL}, "The service detected a malformed"},
    /* As the guide itself writes some of them. */
    {"PropertyValueNotWritable", {"Size"}, "The property is read-only"},
    {"ResourceAtURIInUnknownFormat", {"/redfish/v1/X"}, "The resource at"},
};

static bool is_whole(const struct event *e)
{
    const char *message = event_text(e, EVENT_MESSAGE, NULL);

    return event_int(e, EVENT_SEVERITY, 0) != SEVERITY_UNKNOWN &&
           event_has(e, EVENT_RESOLUTION) && event_has(e, EVENT_REGISTRY) &&
           event_has(e, EVENT_KEY) && message && !strchr(message, '%');
}

/* The error as @Message.ExtendedInfo, or as the code alone. */
static char *error_answer(size_t i, const char *version, bool extended)
{
    _cleanup_(buffer_done) struct buffer args = {0};

    for (size_t k = 0; k < 4 && errors[i].args[k]; k++)
        buffer_printf(&args, "%s\"%s\"", k ? "," : "", errors[i].args[k]);
    if (!extended)
        return xasprintf("{\"error\":{\"code\":\"Base.%s.%s\"}}", version,
                         errors[i].key);
    return xasprintf("{\"error\":{\"code\":\"Base.%s.GeneralError\","
                     "\"message\":\"See below.\",\"@Message.ExtendedInfo\":["
                     "{\"MessageId\":\"Base.%s.%s\",\"MessageArgs\":[%s]}]}}",
                     version, version, errors[i].key, args.data ?: "");
}

static void test_error(const struct registry_set *set, size_t i,
                       const char *version)
{
    for (int extended = 0; extended < 2; extended++) {
        _cleanup_free_ char *json = error_answer(i, version, extended);
        struct explain_list list = {0};
        struct event *e;
        const char *text;

        explain_find(json, strlen(json), &list, NULL);
        is_int(list.count, 1, "%s of %s: one message", errors[i].key, version);
        e = list.items[0].event;
        resolve_event(&(struct registry_view){.shared = set}, e);
        text = event_text(e, EVENT_MESSAGE, NULL);
        if (extended) {
            ok(is_whole(e), "... explained whole");
            ok(strncmp(text, errors[i].text, strlen(errors[i].text)) == 0,
               "... in the right words: %s", text);
        } else {
            ok(event_has(e, EVENT_RESOLUTION) &&
                   event_int(e, EVENT_SEVERITY, 0) != SEVERITY_UNKNOWN,
               "... known by the code alone");
        }
        explain_list_done(&list);
    }
}

/* severity|message_id|resolved_from|message[|diagnosis] */
static void add_line(const struct registry_set *set,
                     const struct explain_found *found, struct buffer *out)
{
    const struct event *e = found->event;
    struct explain_facts facts;

    explain_facts_gather(&(struct registry_view){.shared = set}, found, &facts);
    buffer_printf(
        out, "%s|%s|%s|%s",
        event_severity_name((enum severity)event_int(e, EVENT_SEVERITY, 0)),
        event_text(e, EVENT_MESSAGE_ID, NULL) ?: "",
        event_text(e, EVENT_RESOLVED_FROM, NULL),
        event_text(e, EVENT_MESSAGE, NULL));
    if (facts.diagnosis)
        buffer_printf(out, "|%s", facts.diagnosis->code);
    buffer_add_char(out, '\n');
    explain_facts_done(&facts);
}

/* Both forms of output have a line for it; JSON is JSON. */
static void check_print(const struct registry_set *set,
                        struct explain_found *found)
{
    _cleanup_(buffer_done) struct buffer json = {0}, text = {0};
    _cleanup_(json_in_freep) struct json_in *doc = NULL;

    explain_print(&(struct registry_view){.shared = set}, found, true, &json);
    explain_print(&(struct registry_view){.shared = set}, found, false, &text);
    doc = json_in_read(json.data, json.len - 1, NULL);
    ok(doc && memchr(json.data, '\n', json.len) == json.data + json.len - 1,
       "... as one line of JSON");
    ok(text.len > 0 && text.data[text.len - 1] == '\n', "... and for people");
}

static void test_file(const struct registry_set *set, const char *name)
{
    _cleanup_(buffer_done) struct buffer bytes = {0}, want = {0}, got = {0};
    _cleanup_free_ char *path = xasprintf("%s/%s", FOLDER, name);
    _cleanup_free_ char *wanted = xasprintf(
        "%s/%.*s.want", FOLDER, (int)(strrchr(name, '.') - name), name);
    struct explain_list list = {0};

    file_read(path, 1 << 20, &bytes, NULL);
    file_read(wanted, 1 << 20, &want, NULL);
    buffer_add_char(&want, '\0');
    explain_find(bytes.data, bytes.len, &list, NULL);
    for (size_t i = 0; i < list.count; i++) {
        resolve_event(&(struct registry_view){.shared = set},
                      list.items[i].event);
        add_line(set, &list.items[i], &got);
    }
    is_text(got.data, want.data, "%s", name);
    for (size_t i = 0; i < list.count; i++)
        check_print(set, &list.items[i]);
    explain_list_done(&list);
}

static void test_files(const struct registry_set *set, const char *suffix)
{
    char **names = NULL;
    size_t count = 0;

    file_list(FOLDER, suffix, &names, &count, NULL);
    ok(count > 0, "there are files for explain (%s)", suffix);
    for (size_t i = 0; i < count; i++) {
        test_file(set, names[i]);
        free(names[i]);
    }
    free(names);
}

static const struct {
    const char *id, *odd; /* part of what is said, NULL: nothing */
} oddities[] = {
    {"Base.1.21.Success", NULL},
    {"Base.1.21.0.Success", "message-id-erratum"},
    {"Base.v1_21_0.Success", "message-id-v-version"},
    {"Base.1.8.Success", "version 1.8 of Base is not at hand; 1.21.0"},
    {"#Base.1.21.Success", "message-id-uri"},
    {"StorageDevice.1.5.DriveFailur", "did you mean DriveFailure?"},
    {"StorageDevice.1.5.Xyzzy", "StorageDevice has no message Xyzzy"},
    {"NoSuch.1.0.Thing", "no registry NoSuch is at hand; --bmc"},
    {"Base.1.21.PropertyMissing", "0 arguments where the message has 1"},
    {"Swordfish.1.1.OutOfCompliance", "deprecated since 1.1.0, replaced by "
                                      "StorageCoS.OutOfCompliance"},
};

static void test_oddities(const struct registry_set *set)
{
    for (size_t i = 0; i < ARRAY_LEN(oddities); i++) {
        struct explain_list list = {0};
        struct explain_facts facts;
        bool said = !oddities[i].odd;

        explain_find_id(oddities[i].id, NULL, 0, &list);
        resolve_event(&(struct registry_view){.shared = set},
                      list.items[0].event);
        explain_facts_gather(&(struct registry_view){.shared = set},
                             &list.items[0], &facts);
        for (size_t k = 0; k < facts.odd.count; k++)
            said |= oddities[i].odd &&
                    strstr(facts.odd.texts[k], oddities[i].odd) != NULL;
        ok(said && (oddities[i].odd || facts.odd.count == 0), "%s: %s",
           oddities[i].id, oddities[i].odd ?: "nothing odd");
        explain_facts_done(&facts);
        explain_list_done(&list);
    }
}

static const char *const useless[] = {
    "",
    "   ",
    "no JSON at all",
    "\"text\"",
    "[]",
    "{}",
    "{\"error\":{}}",
    "{\"Members\":[]}",
    "HTTP/1.1 204 No Content\r\n\r\n",
    "data:\n\n",
    "{\"MessageId\":\"\"}",
    "{\"MessageId\":7}",
};

static void test_useless(void)
{
    for (size_t i = 0; i < ARRAY_LEN(useless); i++) {
        struct explain_list list = {0};

        explain_find(useless[i], strlen(useless[i]), &list, NULL);
        is_int(list.count, 0, "no message in '%s'", useless[i]);
        explain_list_done(&list);
    }
}

int main(void)
{
    struct registry_set *set;

    setenv("TRAWL_REGISTRY_DIR", TEST_SRCDIR "/registries", 1);
    set = knowledge_load(NULL, 0, NULL, NULL);
    for (size_t i = 0; i < ARRAY_LEN(errors); i++) {
        test_error(set, i, "1.21");
        test_error(set, i, "1.21.0");
    }
    test_files(set, ".json");
    test_files(set, ".sse");
    test_oddities(set);
    test_useless();
    registry_set_free(set);
    return done_testing();
}
