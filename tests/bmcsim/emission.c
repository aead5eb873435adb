/* SPDX-License-Identifier: Apache-2.0 */
/* See emission.h. */
#include "emission.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "logs.h"

/* Gives a record what it lacks; an explicit null means: leave it out. */
static void record_default(json_t *record, const char *name, const char *value)
{
    json_t *given = json_object_get(record, name);

    if (!given && value && *value)
        json_object_set_new(record, name, json_string(value));
    else if (json_is_null(given))
        json_object_del(record, name);
}

static void record_severity(json_t *record, const struct dialect *d)
{
    json_t *severity = json_object_get(record, "Severity");

    if (!severity || json_object_get(record, "MessageSeverity"))
        return;
    if (d->message_severity)
        json_object_set(record, "MessageSeverity", severity);
    if (!d->severity)
        json_object_del(record, "Severity");
}

static void record_origin(json_t *record, const struct dialect *d)
{
    json_t *origin = json_object_get(record, "OriginOfCondition");

    if (!json_is_string(origin))
        return;
    if (d->origin == ORIGIN_NONE)
        json_object_del(record, "OriginOfCondition");
    else if (d->origin == ORIGIN_OBJECT)
        json_object_set_new(record, "OriginOfCondition",
                            json_pack("{sO}", "@odata.id", origin));
}

/* MemberId: the record's place, or the Id of the entry in the log. */
static void record_member(json_t *record, const struct dialect *d, size_t i)
{
    _cleanup_(freep) char *hole = xasprintf("{log_id+%zu}", i);
    char text[24];

    sprintf(text, "%zu", i);
    if (d->member_id == MEMBER_NUMBER)
        record_default(record, "MemberId", text);
    else if (d->member_id == MEMBER_LOG)
        record_default(record, "MemberId", hole);
    else if (d->member_id == MEMBER_INTEGER &&
             !json_object_get(record, "MemberId"))
        json_object_set_new(record, "MemberId", json_integer((json_int_t)i));
}

/* What ties the record to its entry in the log. */
static void record_links(json_t *record, struct bmc *b, size_t i)
{
    const struct dialect *d = &b->dialect;
    _cleanup_(freep) char *number = xasprintf("{log_number+%zu}", i);

    logs_prepare(b);
    if (d->log_entry && b->n_logs && !json_object_get(record, "LogEntry")) {
        _cleanup_(freep) char *uri =
            xasprintf("%s/Entries/{log_id+%zu}", b->logs[0].path, i);

        json_object_set_new(record, "LogEntry",
                            json_pack("{ss}", "@odata.id", uri));
    }
    if (d->correlated && b->n_logs && !json_object_get(record, "Oem"))
        json_object_set_new(
            record, "Oem",
            json_pack("{s{ss ss ss}}", d->oem, "CorrelatedEventNumber", number,
                      "CorrelatedEventTimeStamp", "{event_time}",
                      "CorrelatedEventType", logs_format(&b->logs[0])));
}

/* As the first firmware spelled them. */
static void record_capitals(json_t *record)
{
    static const char *const names[][2] = {{"EventId", "EventID"},
                                           {"MessageId", "MessageID"}};

    for (size_t i = 0; i < 2; i++) {
        json_t *value = json_object_get(record, names[i][0]);

        if (value)
            json_object_set(record, names[i][1], value);
        json_object_del(record, names[i][0]);
    }
}

static void add_record(struct bmc *b, json_t *given, size_t i, struct buf *text)
{
    json_t *record = json_copy(given);
    char *dump;

    record_default(record, "EventId",
                   b->dialect.event_ids == ID_NONE ? NULL : "{event_id}");
    record_default(record, "EventTimestamp",
                   b->dialect.timestamp == TIMESTAMP_NONE ? NULL
                                                          : "{event_time}");
    record_default(record, "EventType", b->dialect.event_type);
    record_member(record, &b->dialect, i);
    record_severity(record, &b->dialect);
    record_origin(record, &b->dialect);
    record_links(record, b, i);
    if (b->dialect.capital_ids)
        record_capitals(record);
    dump = json_dumps(record, JSON_COMPACT);
    buf_format(text, "%s%s", i ? "," : "", dump);
    free(dump);
    json_decref(record);
}

static int parse_records(struct bmc *b, json_t *records, struct emission *ret,
                         struct error *err)
{
    struct buf text = {0};
    json_t *record;
    size_t i;

    if (json_array_size(records) == 0)
        return error_set(
            err, -EINVAL,
            "'events' wants an array of objects, and not an empty one");
    json_array_foreach (records, i, record)
        if (!json_is_object(record))
            return error_set(err, -EINVAL, "an event is a JSON object");
    json_array_foreach (records, i, record)
        add_record(b, record, i, &text);
    *ret = (struct emission){.kind = EVENT_RECORDS,
                             .text = text.data,
                             .len = text.len,
                             .records = json_array_size(records),
                             .substitute = true};
    return 0;
}

/* One when nobody can tell. */
static size_t count_records(json_t *payload)
{
    size_t n = json_array_size(json_object_get(payload, "Events"));

    return n ? n : 1;
}

static int parse_what(struct bmc *b, json_t *order, struct emission *ret,
                      struct error *err)
{
    json_t *event = json_object_get(order, "event");
    json_t *payload = json_object_get(order, "payload");
    json_t *raw = json_object_get(order, "raw");
    bool substitute = json_is_true(json_object_get(order, "substitute"));
    int r;

    if (event) {
        json_t *one = json_pack("[O]", event);

        r = parse_records(b, one, ret, err);
        json_decref(one);
        return r;
    }
    if (json_object_get(order, "events"))
        return parse_records(b, json_object_get(order, "events"), ret, err);
    if (payload) {
        char *text = json_dumps(payload, JSON_COMPACT | JSON_ENCODE_ANY);

        *ret = (struct emission){.kind = EVENT_PAYLOAD,
                                 .text = text,
                                 .len = strlen(text),
                                 .records = count_records(payload),
                                 .substitute = substitute};
        return 0;
    }
    if (json_is_string(raw)) {
        *ret = (struct emission){.kind = EVENT_RAW,
                                 .text = xstrdup(json_string_value(raw)),
                                 .len = json_string_length(raw),
                                 .records = 1,
                                 .substitute = substitute};
        return 0;
    }
    return error_set(
        err, -EINVAL,
        "nothing to emit: give 'event', 'events', 'payload' or 'raw'");
}

static bool is_true(json_t *order, const char *name)
{
    return json_is_true(json_object_get(order, name));
}

int emission_parse(struct bmc *b, json_t *order, struct emission *ret,
                   struct error *err)
{
    const char *log = json_string_value(json_object_get(order, "log"));
    int r;

    if (log && !logs_find(b, log))
        return error_set(err, -EINVAL, "%s has no log '%s'", b->name, log);
    r = parse_what(b, order, ret, err);
    if (r < 0)
        return r;
    ret->log = xstrdup(log);
    ret->log_only = is_true(order, "log_only");
    ret->test = is_true(order, "test");
    ret->destination =
        xstrdup(json_string_value(json_object_get(order, "destination")));
    return 0;
}

void emission_done(struct emission *e)
{
    free(e->text);
    free(e->log);
    free(e->destination);
    *e = (struct emission){0};
}
