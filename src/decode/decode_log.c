/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is different in an entry of a log: the message may be named in the Oem
 * object alone, the entry is its own LogEntry, its Id counts entries and not
 * events, and some firmware changes an entry afterwards: it counts repeats in
 * it, or writes into it that the fault is over. That change is what there is
 * to tell, so its time is the event's.
 */
#include "decode/decode_record.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"

static const char *const hpe_names[] = {"Hpe", "Hp"};

/*
 * Members of an Oem object that name the message, in order of trust, and the
 * registry that the vendor means: in its events it stands before the key.
 */
static const struct {
    const char *vendor, *name, *registry;
} message_ids[] = {
    {"Lenovo", "CommonEventID", "EventRegistry"},
    {"Lenovo", "LenovoMessageID", NULL},
};

static const struct json_value *oem_of(const struct json_value *entry,
                                       const char *vendor)
{
    const struct json_value *oem = json_in_find(entry, "Oem");

    return oem ? json_in_find(oem, vendor) : NULL;
}

static const struct json_value *find_hpe(const struct json_value *entry,
                                         const char *name)
{
    const struct json_value *oem;

    for (size_t i = 0; i < ARRAY_LEN(hpe_names); i++)
        if ((oem = oem_of(entry, hpe_names[i])))
            return json_in_find(oem, name);
    return NULL;
}

static const char *text_of(const struct json_value *v)
{
    size_t len;

    return v ? json_in_text(v, &len) : NULL;
}

static bool is_word(const struct json_value *v, const char *word)
{
    const char *text = text_of(v);

    return text && strcasecmp(text, word) == 0;
}

const struct json_value *decode_log_members(const struct json_value *object)
{
    const struct json_value *members = json_in_find(object, "Members");

    return members && json_in_type(members) == JSON_IN_ARRAY ? members : NULL;
}

bool decode_log_is_entry(const struct json_value *object)
{
    static const char *const keys[] = {
        "Created",         "Message",       "MessageId",
        "EventTimestamp",  "OemSensorType", "EntryCode",
        "OemLogEntryCode", "EntryType",     "EventTimeStamp",
    };

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (json_in_find(object, keys[i]))
            return true;
    return json_in_count(object) == 1 && json_in_find(object, "@odata.id");
}

bool decode_log_is_dull(const char *key)
{
    return strcmp(key, "Name") == 0 || strcmp(key, "Description") == 0;
}

bool decode_log_is_repaired(const struct json_value *entry)
{
    const struct json_value *resolved = json_in_find(entry, "Resolved");
    const struct json_value *repaired = find_hpe(entry, "Repaired");

    return is_word(resolved, "true") || is_word(repaired, "true") ||
           is_word(find_hpe(entry, "Severity"), "Repaired") ||
           is_word(json_in_find(entry, "Severity"), "Repaired");
}

const struct json_value *decode_log_changed(const struct json_value *entry)
{
    const struct json_value *changed = json_in_find(entry, "Modified");

    return text_of(changed) ? changed : find_hpe(entry, "Updated");
}

const struct json_value *decode_log_serial(const struct json_value *entry)
{
    const struct json_value *number = find_hpe(entry, "EventNumber");

    return text_of(number) ? number : NULL;
}

/* "33.4" of two numbers; false if they are not there. */
static bool put_class_code(struct record *r)
{
    const char *class = text_of(find_hpe(r->object, "Class"));
    const char *code = text_of(find_hpe(r->object, "Code"));
    _cleanup_(buffer_done) struct buffer id = {0};

    if (!class || !code || strlen(class) > 9 || strlen(code) > 9)
        return false;
    buffer_printf(&id, "%s.%s", class, code);
    event_set_text(r->event, EVENT_MESSAGE_ID, id.data, id.len);
    return true;
}

/*
 * iLO tells of one thing in a log and in events by other messages and times;
 * an event names the log, the entry's number, and its time: "Hpe-IML 12 …".
 */
static void put_number(struct record *r, const struct json_value *log,
                       const struct json_value *number,
                       const struct json_value *created)
{
    const char *name = text_of(log), *digits = text_of(number);
    usec_t time = decode_time_read(created);
    _cleanup_(buffer_done) struct buffer text = {0};

    if (!name || !digits || time == 0 || strlen(name) > 64 ||
        strlen(digits) > 20)
        return;
    buffer_printf(&text, "%s %s %" PRIu64, name, digits, time / USEC_PER_SEC);
    event_set_text(r->event, EVENT_LOG_NUMBER, text.data, text.len);
}

void decode_log_number(struct record *r)
{
    put_number(r, find_hpe(r->object, "CorrelatedEventType"),
               find_hpe(r->object, "CorrelatedEventNumber"),
               find_hpe(r->object, "CorrelatedEventTimeStamp"));
}

/* "Registry.Key", as it would stand in an event. */
static void put_registry(struct record *r, const char *registry)
{
    const char *key = event_text(r->event, EVENT_MESSAGE_ID, NULL);
    _cleanup_free_ char *whole = NULL;

    if (!registry)
        return;
    whole = xasprintf("%s.%s", registry, key);
    event_set(r->event, EVENT_MESSAGE_ID, whole);
}

static bool put_oem_id(struct record *r)
{
    for (size_t i = 0; i < ARRAY_LEN(message_ids); i++) {
        const struct json_value *oem = oem_of(r->object, message_ids[i].vendor);

        if (!oem || !record_put(r, EVENT_MESSAGE_ID,
                                json_in_find(oem, message_ids[i].name),
                                QUIRK_FIELD_TYPE))
            continue;
        put_registry(r, message_ids[i].registry);
        return true;
    }
    return put_class_code(r) ||
           record_put(r, EVENT_MESSAGE_ID,
                      json_in_find(r->object, "OemLogEntryCode"),
                      QUIRK_FIELD_TYPE);
}

static void put_message_id(struct record *r)
{
    if (event_has(r->event, EVENT_MESSAGE_ID) || !put_oem_id(r))
        return;
    r->quirks.met[QUIRK_MESSAGE_ID_MISSING] = false;
    r->quirks.met[QUIRK_MESSAGE_ID_NULL] = false;
    record_note(r, QUIRK_MESSAGE_ID_OEM);
}

/* The last change, if the entry was made before it. */
static bool put_changed(struct record *r)
{
    usec_t received = r->envelope->options->received;
    usec_t created = (usec_t)event_int(r->event, EVENT_TIME, 0);
    usec_t changed = decode_time_read(decode_log_changed(r->object));

    if (created == received || changed <= created ||
        changed > received + USEC_PER_HOUR)
        return false;
    record_note(r, QUIRK_LOG_ENTRY_EDITED);
    if (!r->fields[FIELD_EVENT_TIMESTAMP]) /* else it is kept already */
        record_keep(r, "Created", r->fields[FIELD_CREATED]);
    event_unset(r->event, EVENT_EVENT_TIME);
    event_set_int(r->event, EVENT_TIME, (int64_t)changed);
    return true;
}

/* Over: told as OK; when that came to be is known only if it was written. */
static void put_repaired(struct record *r, bool changed)
{
    int64_t severity = event_int(r->event, EVENT_SEVERITY, SEVERITY_UNKNOWN);

    if (severity >= SEVERITY_WARNING)
        record_keep(r, "Severity",
                    r->fields[FIELD_SEVERITY]
                        ?: r->fields[FIELD_MESSAGE_SEVERITY]);
    event_set_int(r->event, EVENT_SEVERITY, SEVERITY_OK);
    event_set_int(r->event, EVENT_REPAIRED, 1);
    record_note(r, QUIRK_LOG_ENTRY_REPAIRED);
    if (changed)
        return;
    if (!r->fields[FIELD_EVENT_TIMESTAMP] && r->fields[FIELD_CREATED])
        record_keep(r, "Created", r->fields[FIELD_CREATED]);
    event_unset(r->event, EVENT_EVENT_TIME);
    event_set_int(r->event, EVENT_TIME, event_int(r->event, EVENT_RECEIVED, 0));
}

/* Something was wrong, or nothing is known of how bad it was. */
static bool told_of_a_fault(const struct record *r)
{
    return event_int(r->event, EVENT_SEVERITY, SEVERITY_UNKNOWN) !=
               SEVERITY_OK ||
           is_word(find_hpe(r->object, "Repaired"), "true") ||
           is_word(r->fields[FIELD_SEVERITY], "Repaired");
}

/* The entry itself, as events name it: without a slash at its end. */
static void put_entry(struct record *r)
{
    const struct json_value *link = json_in_find(r->object, "@odata.id");
    _cleanup_(buffer_done) struct buffer clean = {0};
    const char *text;
    size_t len;

    if (!record_put(r, EVENT_LOG_ENTRY, link, QUIRK_FIELD_TYPE))
        return;
    text = event_text(r->event, EVENT_LOG_ENTRY, &len);
    while (len > 1 && text[len - 1] == '/')
        len--;
    buffer_add(&clean, text, len);
    event_set_text(r->event, EVENT_LOG_ENTRY, clean.data, len);
}

/*
 * Without a time, what counts entries of the log would make the same event of
 * two: the numbers begin anew when a log is cleared.
 */
static void drop_number(struct record *r)
{
    if (event_int(r->event, EVENT_TIME, 0) !=
        event_int(r->event, EVENT_RECEIVED, 0))
        return;
    event_unset(r->event, EVENT_EVENT_ID);
    if (r->fields[FIELD_EVENT_ID])
        record_keep(r, "EventId", r->fields[FIELD_EVENT_ID]);
}

void decode_log(struct record *r)
{
    static const enum quirk usual[] = {
        QUIRK_LOG_ENTRY_FIELDS,
        QUIRK_EVENT_TYPE_MISSING,
        QUIRK_EVENT_ID_MISSING,
        QUIRK_MEMBER_ID_MISSING,
    };

    if (r->quirks.met[QUIRK_RECORD_REFERENCE])
        return;
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        r->quirks.met[usual[i]] = false;
    put_message_id(r);
    if (!event_has(r->event, EVENT_RESOLUTION))
        record_put(r, EVENT_RESOLUTION,
                   find_hpe(r->object, "RecommendedAction"), QUIRK_FIELD_TYPE);
    put_entry(r);
    /* What was written into it later is no event that told of it at first. */
    if (decode_log_is_repaired(r->object) && told_of_a_fault(r))
        put_repaired(r, put_changed(r));
    else if (!put_changed(r))
        put_number(r, json_in_find(r->object, "OemRecordFormat"),
                   decode_log_serial(r->object), r->fields[FIELD_CREATED]);
    drop_number(r);
}
