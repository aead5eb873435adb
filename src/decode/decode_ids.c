/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record is called and belongs to: EventId, MemberId, EventGroupId,
 * EventType, LogEntry, and the Resolution that goes with it. An EventId that
 * is the same for every event would make different events look alike, so one
 * of zeros is taken as absent.
 */
#include "decode/decode_record.h"

#include <string.h>

/* All zeros, with or without the dashes of a GUID: the id of no event. */
static bool is_zero_id(const char *id, size_t len)
{
    return len >= 8 && strspn(id, "0-") == len;
}

static void put_event_id(struct record *r)
{
    const struct json_value *id = r->fields[FIELD_EVENT_ID];
    const char *text;
    size_t len;

    if (id && r->fields[FIELD_ID])
        record_keep(r, "Id", r->fields[FIELD_ID]);
    if (!id)
        id = r->fields[FIELD_ID];
    text = id ? json_in_text(id, &len) : NULL;
    if (text && is_zero_id(text, len)) {
        record_note(r, QUIRK_EVENT_ID_ZERO);
        record_keep(r, "EventId", id);
        return;
    }
    if (!record_put(r, EVENT_EVENT_ID, id, QUIRK_EVENT_ID_NUMBER))
        record_note(r, QUIRK_EVENT_ID_MISSING);
    else if (strstr(event_text(r->event, EVENT_EVENT_ID, NULL), " - "))
        record_note(r, QUIRK_EVENT_ID_PATH);
}

static void put_event_type(struct record *r)
{
    const char *type;

    if (!record_put(r, EVENT_EVENT_TYPE, r->fields[FIELD_EVENT_TYPE],
                    QUIRK_FIELD_TYPE)) {
        record_note(r, QUIRK_EVENT_TYPE_MISSING);
        return;
    }
    type = event_text(r->event, EVENT_EVENT_TYPE, NULL);
    if (strcmp(type, "Event") == 0)
        record_note(r, QUIRK_EVENT_TYPE_INVALID);
}

static void put_group_id(struct record *r)
{
    const struct json_value *value = r->fields[FIELD_EVENT_GROUP_ID];
    size_t len = 0;
    const char *text = value ? json_in_text(value, &len) : NULL;
    int64_t id = 0;

    if (!value)
        return;
    /* 18 digits fit an int64_t; the schema's are small. */
    if (!text || len == 0 || len > 18 || strspn(text, "0123456789") != len) {
        record_keep(r, "EventGroupId", value);
        record_note(r, QUIRK_FIELD_TYPE);
        return;
    }
    for (size_t i = 0; i < len; i++)
        id = id * 10 + (text[i] - '0');
    event_set_int(r->event, EVENT_GROUP_ID, id);
}

static void put_log_entry(struct record *r)
{
    const struct json_value *entry = r->fields[FIELD_LOG_ENTRY];

    if (entry && json_in_type(entry) == JSON_IN_OBJECT)
        entry = json_in_find(entry, "@odata.id");
    record_put(r, EVENT_LOG_ENTRY, entry, QUIRK_FIELD_TYPE);
}

void decode_ids(struct record *r)
{
    put_event_id(r);
    put_event_type(r);
    put_group_id(r);
    put_log_entry(r);
    decode_log_number(r);
    if (!record_put(r, EVENT_MEMBER_ID, r->fields[FIELD_MEMBER_ID],
                    QUIRK_MEMBER_ID_NUMBER))
        record_note(r, QUIRK_MEMBER_ID_MISSING);
    record_put(r, EVENT_RESOLUTION, r->fields[FIELD_RESOLUTION],
               QUIRK_FIELD_TYPE);
}
