/* SPDX-License-Identifier: Apache-2.0 */
/* See log_entry.h. An entry always has a Message: where the event has none it
 * is made of the message's key and arguments. */
#include "log_entry.h"

#include <string.h>

static void copy_member(json_t *entry, const char *name, json_t *record)
{
    json_t *value = json_object_get(record, name);

    if (value)
        json_object_set(entry, name, value);
}

/* The log has an object in Links, whatever the event had. */
static void add_origin(json_t *entry, json_t *record)
{
    json_t *origin = json_object_get(record, "OriginOfCondition");

    if (json_is_string(origin))
        json_object_set_new(
            entry, "Links",
            json_pack("{s{sO}}", "OriginOfCondition", "@odata.id", origin));
    else if (origin)
        json_object_set_new(entry, "Links",
                            json_pack("{sO}", "OriginOfCondition", origin));
}

/* The same message has the same class and code. */
static unsigned code_of(const char *message_id)
{
    unsigned code = 5381;

    for (; message_id && *message_id; message_id++)
        code = code * 33 + (unsigned char)*message_id;
    return code;
}

/* iLO has class.code, iRMC a number, a SEL nothing. */
static void add_message_id(const struct log_style *style, json_t *entry,
                           json_t *record)
{
    const char *given = json_string_value(json_object_get(record, "MessageId"));
    unsigned code = code_of(given);
    char *text = NULL;

    if (!given || style->message == LOG_MESSAGE_NONE)
        return;
    if (style->message == LOG_MESSAGE_CLASS)
        text = xasprintf("%u.%u", code % 60 + 1, code / 60 % 2000 + 1);
    else if (style->message == LOG_MESSAGE_HEX)
        text = xasprintf("0x%06x", code & 0xffffff);
    json_object_set_new(entry, "MessageId", json_string(text ? text : given));
    free(text);
}

static void add_text(json_t *entry, json_t *record)
{
    const char *id = json_string_value(json_object_get(record, "MessageId"));
    const char *key = id ? strrchr(id, '.') : NULL;
    json_t *args = json_object_get(record, "MessageArgs"), *arg;
    struct buf text = {0};
    size_t i;

    if (json_object_get(record, "Message")) {
        copy_member(entry, "Message", record);
        return;
    }
    buf_text(&text, key ? key + 1 : "Event");
    json_array_foreach (args, i, arg)
        if (json_is_string(arg))
            buf_format(&text, "%s%s", i ? ", " : ": ", json_string_value(arg));
    json_object_set_new(entry, "Message", json_string(text.data));
    buf_done(&text);
}

/* Rows from before the clock was set have a time of zeros. */
static void add_created(struct bmc *b, const struct log_entry *e, json_t *entry)
{
    const struct log_style *style = &b->dialect.log;
    int form = style->time == LOG_TIME_SAME ? b->dialect.timestamp
                                            : style->time - LOG_TIME_Z;
    _cleanup_(freep) char *created = NULL;

    if (style->zero_every > 0 && e->number % (uint64_t)style->zero_every == 0)
        form = TIMESTAMP_ZERO;
    if (form == TIMESTAMP_NONE)
        return;
    created = event_time((enum timestamp)form, e->event->happened);
    json_object_set_new(entry, "Created", json_string(created));
}

/* What an event of this iLO names as its CorrelatedEventNumber. */
static void add_oem(struct bmc *b, const struct log *log,
                    const struct log_entry *e, json_t *entry, json_t *record)
{
    unsigned code =
        code_of(json_string_value(json_object_get(record, "MessageId")));

    if (!b->dialect.correlated)
        return;
    json_object_set_new(entry, "OemRecordFormat",
                        json_string(logs_format(log)));
    json_object_set_new(entry, "Oem",
                        json_pack("{s{sI si si}}", b->dialect.oem,
                                  "EventNumber", (json_int_t)e->number, "Class",
                                  (int)(code % 60 + 1), "Code",
                                  (int)(code / 60 % 2000 + 1)));
}

json_t *log_entry_show(struct bmc *b, const struct log *log,
                       const struct log_entry *e)
{
    const struct log_style *style = &b->dialect.log;
    _cleanup_(freep) char *uri = xasprintf("%s/Entries/%s", log->path, e->id);
    json_t *record = event_record(e->event, e->record);
    json_t *entry = json_pack("{ss ss ss ss ss}", "@odata.id", uri,
                              "@odata.type", "#LogEntry.v1_17_0.LogEntry", "Id",
                              e->id, "Name", "Log Entry", "EntryType", "Event");

    add_created(b, e, entry);
    copy_member(entry, "Severity", record);
    if (!json_object_get(entry, "Severity") &&
        json_object_get(record, "MessageSeverity"))
        json_object_set(entry, "Severity",
                        json_object_get(record, "MessageSeverity"));
    add_message_id(style, entry, record);
    add_text(entry, record);
    if (style->args)
        copy_member(entry, "MessageArgs", record);
    if (style->event_id) {
        copy_member(entry, "EventId", record);
        copy_member(entry, "EventTimestamp", record);
    }
    add_origin(entry, record);
    add_oem(b, log, e, entry, record);
    json_object_update(entry, e->edits);
    json_decref(record);
    return entry;
}
