/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shapes of payloads; see decode_shape.h. BMCs spell the type of an event
 * in many ways, so only a type that clearly is another resource's rules an
 * object out: log entries, tasks and answers also have a MessageId.
 */
#include "decode/decode_shape.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "decode/decode_record.h"
#include "util/ends_in.h"

/* "#LogEntry.v1_9_0.LogEntry" gives LogEntry; NULL without @odata.type. */
static const char *resource_type(const struct json_value *object)
{
    const struct json_value *type = json_in_find(object, "@odata.type");
    size_t len;
    const char *text = type ? json_in_text(type, &len) : NULL;
    const char *dot = text ? strrchr(text, '.') : NULL;

    return dot ? dot + 1 : text;
}

static bool is_type(const struct json_value *object, const char *name)
{
    const char *type = resource_type(object);

    return type && strcmp(type, name) == 0;
}

/* Whether the type, if there is one, may be that of an event. */
static bool may_be_event(const struct json_value *object)
{
    const char *type = resource_type(object);

    return !type || ends_in(type, "Event") || ends_in(type, "EventRecord") ||
           ends_in(type, "Message") || decode_shape_is_alert(object);
}

bool decode_shape_is_metric_report(const struct json_value *object)
{
    return json_in_find(object, "MetricValues") ||
           is_type(object, "MetricReport");
}

bool decode_shape_is_alert(const struct json_value *object)
{
    return json_in_find(object, "AlertMessageId") != NULL;
}

/*
 * OData calls the members of any collection "value", and so may be called a
 * member of anything: only what stands in it tells.
 */
static bool holds_alerts(const char *key, size_t len,
                         const struct json_value *value)
{
    struct json_walk walk = json_in_walk(value);
    const struct json_value *first;

    if (len != 5 || memcmp(key, "value", 5) != 0 ||
        json_in_type(value) != JSON_IN_ARRAY)
        return false;
    first = json_in_next(&walk, NULL, NULL);
    return first && json_in_type(first) == JSON_IN_OBJECT &&
           decode_shape_is_alert(first);
}

bool decode_shape_is_container(const char *key, size_t len,
                               const struct json_value *value,
                               enum quirk *ret_quirk)
{
    static const struct {
        const char *name;
        enum quirk quirk;
    } names[] = {
        {"Events", QUIRK_END},
        {"Event", QUIRK_EVENT_ARRAY},
        {"Alerts", QUIRK_ALERTS_ARRAY},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strlen(names[i].name) != len ||
            strncasecmp(names[i].name, key, len) != 0)
            continue;
        *ret_quirk = names[i].quirk;
        if (*ret_quirk == QUIRK_END && memcmp(names[i].name, key, len) != 0)
            *ret_quirk = QUIRK_KEY_CASE;
        return true;
    }
    *ret_quirk = QUIRK_OPENMANAGE_ALERT;
    return holds_alerts(key, len, value);
}

bool decode_shape_has_records(const struct json_value *container)
{
    return json_in_type(container) != JSON_IN_NULL &&
           (json_in_type(container) != JSON_IN_ARRAY ||
            json_in_count(container) > 0);
}

static bool has_oem(const struct json_value *object)
{
    const struct json_value *oem = json_in_find(object, "Oem");

    return oem && json_in_count(oem) > 0;
}

enum shape decode_shape(const struct json_value *object)
{
    struct json_walk walk = json_in_walk(object);
    const struct json_value *v;
    bool record = decode_shape_is_alert(object), exact;
    enum record_field f;
    enum quirk quirk;
    const char *key;
    size_t len;

    while ((v = json_in_next(&walk, &key, &len))) {
        if (decode_shape_is_container(key, len, v, &quirk) &&
            decode_shape_has_records(v))
            return SHAPE_ENVELOPE;
        f = decode_field_find(key, len, &exact);
        if (f == FIELD_MESSAGE_ID || f == FIELD_EVENT_ID ||
            f == FIELD_EVENT_TYPE || f == FIELD_EVENT_TIMESTAMP)
            record = true;
    }
    if (decode_shape_is_metric_report(object))
        return SHAPE_METRIC_REPORT;
    if (!may_be_event(object))
        return SHAPE_OTHER;
    if (record)
        return SHAPE_RECORD;
    return has_oem(object) ? SHAPE_OEM_ONLY : SHAPE_OTHER;
}

void decode_shape_describe(const struct json_value *object, char *ret_why,
                           size_t size)
{
    const char *type = resource_type(object);

    if (type && !may_be_event(object))
        snprintf(ret_why, size, "a %.60s, not an Event", type);
    else if (json_in_find(object, "error"))
        snprintf(ret_why, size, "an error answer, not an Event");
    else if (json_in_find(object, "@Message.ExtendedInfo"))
        snprintf(ret_why, size, "an answer with messages, not an Event");
    else
        snprintf(ret_why, size, "JSON without any record of an event");
}

/* Names that stand in every envelope and say nothing. */
static bool is_usual_name(const struct json_value *v)
{
    static const char *const usual[] = {
        "Event", "Event Array", "Event Log", "Events", "Events Array",
    };
    size_t len;
    const char *name = json_in_text(v, &len);

    for (size_t i = 0; name && i < ARRAY_LEN(usual); i++)
        if (strcasecmp(name, usual[i]) == 0)
            return true;
    return !name || len == 0;
}

/* What of an envelope is repeated in each of its events. */
static bool is_worth_keeping(const char *key, const struct json_value *v)
{
    if (strcmp(key, "Name") == 0)
        return !is_usual_name(v);
    return json_in_type(v) != JSON_IN_NULL && strcasecmp(key, "Id") != 0 &&
           strcasecmp(key, "Context") != 0 &&
           strcasecmp(key, "Description") != 0 && !strstr(key, "@odata.");
}

/* "#Event.v1_7_0.Event" and nothing else. */
static bool is_well_spelt_type(const char *type)
{
    const char *version = type;

    if (strncmp(type, "#Event.v", 8) != 0)
        return false;
    version += 8;
    version += strspn(version, "0123456789_");
    return strcmp(version, ".Event") == 0;
}

void decode_shape_note(const struct json_value *envelope, struct quirks *quirks)
{
    const struct json_value *type = json_in_find(envelope, "@odata.type");
    const struct json_value *id = json_in_find(envelope, "Id");
    const struct json_value *link = json_in_find(envelope, "@odata.id");
    bool *met = quirks->met;
    const char *text;
    size_t len = 0;

    text = type ? json_in_text(type, &len) : NULL;
    met[QUIRK_TYPE_MISSING] = !text;
    met[QUIRK_TYPE_SPELLING] = text && !is_well_spelt_type(text);
    met[QUIRK_ID_MISSING] = !id || json_in_type(id) == JSON_IN_NULL;
    met[QUIRK_ID_NUMBER] = id && json_in_type(id) == JSON_IN_NUMBER;
    text = link ? json_in_text(link, &len) : NULL;
    met[QUIRK_PATH_DOUBLED] =
        text && len > 0 && strstr(text + 1, "/redfish/v1/");
}

void decode_shape_gather(const struct json_value *envelope,
                         struct buffer *ret_members)
{
    struct json_walk walk = json_in_walk(envelope);
    struct json_writer w = {.out = ret_members};
    const struct json_value *v;
    enum quirk quirk;
    const char *key;
    size_t len;

    while ((v = json_in_next(&walk, &key, &len))) {
        if (decode_shape_is_container(key, len, v, &quirk) ||
            !is_worth_keeping(key, v))
            continue;
        json_writer_key(&w, key);
        json_in_write(v, &w);
    }
}
