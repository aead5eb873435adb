/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of one record: found in whatever spelling, copied into the event
 * as text, and what is unknown gathered for EVENT_OEM. Nothing is lost by a
 * limit: where something is cut, the whole record is kept in EVENT_RAW.
 */
#include "decode/decode_record.h"

#include <string.h>
#include <strings.h>

#include "config.h"
#include "decode/decode_shape.h"
#include "util/utf8.h"

#define EVENT_USUAL 1000 /* bytes that most events fit in: saves growing */

/* The spelling of the schema; any other case is accepted and noted. */
static const char *const names[FIELD_END] = {
    [FIELD_CREATED] = "Created",
    [FIELD_EVENT_GROUP_ID] = "EventGroupId",
    [FIELD_EVENT_ID] = "EventId",
    [FIELD_EVENT_TIMESTAMP] = "EventTimestamp",
    [FIELD_EVENT_TYPE] = "EventType",
    [FIELD_ID] = "Id",
    [FIELD_LINKS] = "Links",
    [FIELD_LOG_ENTRY] = "LogEntry",
    [FIELD_MEMBER_ID] = "MemberId",
    [FIELD_MESSAGE] = "Message",
    [FIELD_MESSAGE_ARGS] = "MessageArgs",
    [FIELD_MESSAGE_ID] = "MessageId",
    [FIELD_MESSAGE_SEVERITY] = "MessageSeverity",
    [FIELD_OEM] = "Oem",
    [FIELD_ORIGIN] = "OriginOfCondition",
    [FIELD_RESOLUTION] = "Resolution",
    [FIELD_SEVERITY] = "Severity",
    [FIELD_CONTEXT] = "Context",
};

/*
 * An alert of OpenManage's AlertService says the same in words of its own.
 * Only there do they count: RecommendedAction, say, is another's Oem field.
 */
static enum record_field alert_field(const char *key)
{
    static const struct {
        const char *name;
        enum record_field field;
    } alert_names[] = {
        {"AlertMessageId", FIELD_MESSAGE_ID},
        {"SeverityName", FIELD_SEVERITY},
        {"RecommendedAction", FIELD_RESOLUTION},
        {"TimeStamp", FIELD_EVENT_TIMESTAMP},
    };

    for (size_t i = 0; i < ARRAY_LEN(alert_names); i++)
        if (strcmp(alert_names[i].name, key) == 0)
            return alert_names[i].field;
    return FIELD_END;
}

enum record_field decode_field_find(const char *key, size_t len,
                                    bool *ret_exact)
{
    for (int f = 0; f < FIELD_END; f++) {
        if (strlen(names[f]) != len || strncasecmp(names[f], key, len) != 0)
            continue;
        *ret_exact = memcmp(names[f], key, len) == 0;
        return f;
    }
    return FIELD_END;
}

void record_note(struct record *r, enum quirk quirk)
{
    r->quirks.met[quirk] = true;
}

bool decode_add_member(struct buffer *others, const char *key,
                       const struct json_value *value)
{
    struct json_writer w = {.out = others, .comma = others->len > 0};
    size_t before = others->len;

    json_writer_key(&w, key);
    json_in_write(value, &w);
    if (others->len <= CONFIG_TEXT_MAX)
        return true;
    others->len = before;
    return false;
}

void record_keep(struct record *r, const char *key,
                 const struct json_value *value)
{
    if (decode_add_member(&r->others, key, value))
        return;
    record_note(r, QUIRK_OEM_CUT);
    r->keep_raw = true;
}

/* A list gets one more value, any other field just this one. */
static void store(struct record *r, enum event_field f, const char *text,
                  size_t len)
{
    if (event_field_type(f) == EVENT_TYPE_LIST)
        event_add(r->event, f, text, len);
    else
        event_set_text(r->event, f, text, len);
}

/*
 * A text that cannot be taken as it is: too long, or with a NUL in it, which
 * would end it for whoever reads it as a string.
 */
static void store_odd(struct record *r, enum event_field f, const char *text,
                      size_t len)
{
    _cleanup_(buffer_done) struct buffer clean = {0};

    for (size_t i = 0; i < len && clean.len <= CONFIG_TEXT_MAX; i++) {
        if (text[i]) {
            buffer_add_char(&clean, text[i]);
            continue;
        }
        record_note(r, QUIRK_NUL_CHARACTER);
        utf8_add(&clean, 0xfffd);
    }
    if (clean.len > CONFIG_TEXT_MAX) {
        record_note(r, QUIRK_TEXT_CUT);
        r->keep_raw = true;
    }
    store(r, f, clean.data, utf8_cut(clean.data, clean.len, CONFIG_TEXT_MAX));
}

bool record_put(struct record *r, enum event_field f,
                const struct json_value *value, enum quirk odd)
{
    _cleanup_(buffer_done) struct buffer json = {0};
    struct json_writer w = {.out = &json};
    const char *text;
    size_t len = 0;

    if (!value || json_in_type(value) == JSON_IN_NULL)
        return false;
    text = json_in_text(value, &len);
    if (!text) {
        json_in_write(value, &w);
        text = json.data;
        len = json.len;
    }
    if (len == 0 && f != EVENT_ARG)
        return false;
    if (json_in_type(value) != JSON_IN_TEXT)
        record_note(r, odd);
    if (len <= CONFIG_TEXT_MAX && !memchr(text, '\0', len))
        store(r, f, text, len);
    else
        store_odd(r, f, text, len);
    return true;
}

/* Puts a value where its field is, unless a better one is there already. */
static void take_field(struct record *r, enum record_field f, bool exact,
                       const struct json_value *value)
{
    const struct json_value *loser = r->fields[f];
    bool better = exact || !r->exact[f];

    if (!exact)
        record_note(r, QUIRK_KEY_CASE);
    if (better) {
        r->fields[f] = value;
        r->exact[f] = exact;
    } else {
        loser = value;
    }
    if (!loser)
        return;
    record_note(r, QUIRK_DUPLICATE_KEY);
    if (f != FIELD_CONTEXT)
        record_keep(r, names[f], loser);
}

/* "@odata.context", "MessageArgs@odata.count": about the JSON, not in it. */
static bool is_annotation(const char *key, size_t len)
{
    return memmem(key, len, "@odata.", 7) != NULL;
}

/*
 * Sorts the members: those with a field of ours into fields[], the unknown
 * into others. A null is as good as absent everywhere.
 */
static void sort_fields(struct record *r)
{
    struct json_walk walk = json_in_walk(r->object);
    const struct json_value *value;
    enum record_field f;
    const char *key;
    size_t len;
    bool exact, alert = decode_shape_is_alert(r->object);

    if (alert)
        record_note(r, QUIRK_OPENMANAGE_ALERT);
    while ((value = json_in_next(&walk, &key, &len))) {
        f = decode_field_find(key, len, &exact);
        if (alert && f == FIELD_END) {
            f = alert_field(key);
            exact = true;
        }
        if (json_in_type(value) == JSON_IN_NULL) {
            if (f == FIELD_MESSAGE_ARGS)
                record_note(r, QUIRK_MESSAGE_ARGS_NULL);
            continue;
        }
        if (f != FIELD_END)
            take_field(r, f, exact, value);
        else if (!is_annotation(key, len) &&
                 !(r->envelope->options->log && decode_log_is_dull(key)))
            record_keep(r, key, value);
        if (len == 9 && (memcmp(key, "EntryType", 9) == 0 ||
                         memcmp(key, "EntryCode", 9) == 0))
            record_note(r, QUIRK_LOG_ENTRY_FIELDS);
    }
    if (r->fields[FIELD_CREATED] || r->fields[FIELD_LINKS])
        record_note(r, QUIRK_LOG_ENTRY_FIELDS);
}

/* Nothing but "@odata.id", "@odata.type" and their like. */
static bool has_annotations_only(const struct json_value *object)
{
    struct json_walk walk = json_in_walk(object);
    const char *key;
    size_t len;

    while (json_in_next(&walk, &key, &len))
        if (!is_annotation(key, len))
            return false;
    return true;
}

/*
 * A record that is nothing but a link to itself. A link into a log is also
 * the event's log entry, so that whoever can ask the BMC knows where.
 */
static bool put_reference(struct record *r)
{
    const struct json_value *link = json_in_find(r->object, "@odata.id");
    size_t len = 0;
    const char *text = link ? json_in_text(link, &len) : NULL;

    if (!text || !has_annotations_only(r->object))
        return false;
    record_note(r, QUIRK_RECORD_REFERENCE);
    record_keep(r, "@odata.id", link);
    r->keep_raw = true;
    if (strstr(text, "/Entries/"))
        record_put(r, EVENT_LOG_ENTRY, link, QUIRK_FIELD_TYPE);
    return true;
}

/* Seen in the links of records themselves, not only in their envelopes'. */
static void note_doubled_path(struct record *r)
{
    const struct json_value *link = json_in_find(r->object, "@odata.id");
    size_t len = 0;
    const char *text = link ? json_in_text(link, &len) : NULL;

    if (text && len > 1 && strstr(text + 1, "/redfish/v1/"))
        record_note(r, QUIRK_PATH_DOUBLED);
}

/* The record's Oem at the top, beside unknown fields; the envelope's apart. */
static void put_oem(struct record *r)
{
    const struct json_value *oem = r->fields[FIELD_OEM], *member;
    const struct buffer *outer = &r->envelope->others;
    _cleanup_(buffer_done) struct buffer json = {0};
    struct json_walk walk;
    const char *key;

    if (oem && json_in_type(oem) != JSON_IN_OBJECT)
        record_keep(r, names[FIELD_OEM], oem);
    walk = json_in_walk(oem);
    while ((member = json_in_next(&walk, &key, NULL)))
        if (key)
            record_keep(r, key, member);
    if (r->others.len == 0 && outer->len == 0)
        return;
    buffer_add_char(&json, '{');
    buffer_add(&json, r->others.data, r->others.len);
    if (outer->len > 0) {
        buffer_add_text(&json, r->others.len > 0 ? ",\"envelope\":{"
                                                 : "\"envelope\":{");
        buffer_add(&json, outer->data, outer->len);
        buffer_add_char(&json, '}');
    }
    buffer_add_char(&json, '}');
    event_set_text(r->event, EVENT_OEM, json.data, json.len);
}

/* The record's own JSON, but for its Context. */
static void put_raw(struct record *r)
{
    _cleanup_(buffer_done) struct buffer json = {0};
    struct json_walk walk = json_in_walk(r->object);
    const struct json_value *value;
    struct json_writer w;
    const char *key;
    size_t len;
    bool exact;

    if (!r->keep_raw && !r->envelope->options->keep_raw)
        return;
    json_writer_init(&w, &json);
    json_writer_open_object(&w);
    while ((value = json_in_next(&walk, &key, &len))) {
        if (decode_field_find(key, len, &exact) == FIELD_CONTEXT)
            continue;
        json_writer_key(&w, key);
        json_in_write(value, &w);
    }
    json_writer_close_object(&w);
    if (json.len <= CONFIG_BODY_MAX) /* escapes can make it longer than that */
        event_set_text(r->event, EVENT_RAW, json.data, json.len);
}

/* In the order of the enum: bytes first, then shape, then fields. */
static void put_quirks(struct record *r)
{
    unsigned count = 0;

    for (int i = 0; i < QUIRK_END && count < CONFIG_QUIRKS_MAX; i++) {
        if (!r->quirks.met[i])
            continue;
        event_add(r->event, EVENT_QUIRK, quirks_name(i),
                  strlen(quirks_name(i)));
        count++;
    }
}

struct event *decode_record(const struct decode_envelope *envelope,
                            const struct json_value *object)
{
    struct record r = {.envelope = envelope,
                       .object = object,
                       .event = event_new(),
                       .quirks = envelope->quirks};

    buffer_reserve(&r.event->own, EVENT_USUAL);
    event_set_int(r.event, EVENT_RECEIVED,
                  (int64_t)envelope->options->received);
    if (!put_reference(&r)) {
        sort_fields(&r);
        note_doubled_path(&r);
        decode_message(&r);
        decode_severity(&r);
        decode_origin(&r);
        decode_ids(&r);
    }
    decode_time(&r);
    if (envelope->options->log)
        decode_log(&r);
    put_oem(&r);
    put_raw(&r);
    put_quirks(&r);
    buffer_done(&r.others);
    return r.event;
}
