/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See event.h. A template is JSON text with holes; an event is the text with
 * the holes filled. So 20,000 events a second cost no JSON tree at all.
 */
#include "event.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "logs.h"

#define NUMBER_HOLE "\"{log_number}\""

char *event_time(enum timestamp style, usec_t wall)
{
    time_t seconds = (time_t)(wall / USEC_SEC);
    char text[64];
    struct tm tm;

    if (style == TIMESTAMP_ZERO)
        return xstrdup("0000-00-00T00:00:00Z");
    if (style == TIMESTAMP_DELL)
        seconds -= 6 * 3600;
    gmtime_r(&seconds, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    if (style == TIMESTAMP_DELL)
        return xasprintf("%s-0600", text);
    if (style == TIMESTAMP_OFFSET)
        return xasprintf("%s.%06u+00:00", text, (unsigned)(wall % USEC_SEC));
    return xasprintf("%sZ", text);
}

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
    char text[24];

    sprintf(text, "%zu", i);
    if (d->member_id == MEMBER_NUMBER)
        record_default(record, "MemberId", text);
    else if (d->member_id == MEMBER_LOG)
        record_default(record, "MemberId", "{log_id}");
    else if (d->member_id == MEMBER_INTEGER &&
             !json_object_get(record, "MemberId"))
        json_object_set_new(record, "MemberId", json_integer((json_int_t)i));
}

/* What ties the record to its entry in the log. */
static void record_links(json_t *record, struct bmc *b)
{
    const struct dialect *d = &b->dialect;

    logs_prepare(b);
    if (d->log_entry && b->n_logs && !json_object_get(record, "LogEntry")) {
        _cleanup_(freep) char *uri =
            xasprintf("%s/Entries/{log_id}", b->logs[0].path);

        json_object_set_new(record, "LogEntry",
                            json_pack("{ss}", "@odata.id", uri));
    }
    if (d->correlated && !json_object_get(record, "Oem"))
        json_object_set_new(record, "Oem",
                            json_pack("{s{ss ss}}", d->oem,
                                      "CorrelatedEventNumber", "{log_number}",
                                      "CorrelatedEventTimeStamp",
                                      "{event_time}"));
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
    record_links(record, b);
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
                             .substitute = true};
    return 0;
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
                                 .substitute = substitute};
        return 0;
    }
    if (json_is_string(raw)) {
        *ret = (struct emission){.kind = EVENT_RAW,
                                 .text = xstrdup(json_string_value(raw)),
                                 .len = json_string_length(raw),
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

/* In the dialect's way; the kinds of traps are few, and so are their
 * numbers. */
static char *next_event_id(struct bmc *b, const struct event *e)
{
    unsigned long long n = ++b->event_no;
    const char *log = b->n_logs ? b->logs[0].path : "";

    switch ((enum event_ids)b->dialect.event_ids) {
    case ID_TRAP:
        return xasprintf("%llu", 2161 + n % 3);
    case ID_GUID:
        return xasprintf("%08llx-5eed-4000-8000-%012llx", n,
                         (unsigned long long)e->seq);
    case ID_LOG:
        return xasprintf("%s/Entries/%s - %llu", log,
                         e->log_id ? e->log_id : "0",
                         (unsigned long long)(e->happened / USEC_SEC));
    case ID_COUNTER:
    case ID_NONE:
        break;
    }
    return xasprintf("%llu", n);
}

/* Fills the hole that begins at p; returns its length, 0 if it is none. */
static size_t fill_hole(struct bmc *b, struct event *e, const char *p,
                        uint64_t n, struct buf *text)
{
    if (is_prefix(p, "{n}")) {
        buf_format(text, "%llu", (unsigned long long)n);
        return 3;
    }
    if (is_prefix(p, "{bmc}")) {
        buf_text(text, b->name);
        return 5;
    }
    if (is_prefix(p, "{event_id}")) {
        _cleanup_(freep) char *id = next_event_id(b, e);

        buf_text(text, id);
        if (!e->event_id)
            e->event_id = xstrdup(id);
        return 10;
    }
    if (is_prefix(p, "{log_id}")) {
        buf_text(text, e->log_id ? e->log_id : "0");
        return 8;
    }
    if (is_prefix(p, NUMBER_HOLE)) {
        buf_format(text, "%llu", (unsigned long long)e->log_number);
        return strlen(NUMBER_HOLE);
    }
    if (is_prefix(p, "{event_time}")) {
        _cleanup_(freep) char *time =
            event_time(b->dialect.timestamp, e->happened);

        buf_text(text, time);
        return 12;
    }
    return 0;
}

static void fill_holes(struct bmc *b, struct event *e,
                       const struct emission *from, uint64_t n)
{
    struct buf text = {0};
    const char *p = from->text, *end = from->text + from->len;

    while (p < end) {
        const char *hole = memchr(p, '{', (size_t)(end - p));
        size_t len;

        /* A number has no quotes around it. */
        if (hole > p && is_prefix(hole - 1, NUMBER_HOLE))
            hole--;
        buf_add(&text, p, (size_t)((hole ? hole : end) - p));
        if (!hole)
            break;
        len = fill_hole(b, e, hole, n, &text);
        if (!len)
            buf_add(&text, hole, 1);
        p = hole + (len ? len : 1);
    }
    e->text = text.data ? text.data : xstrdup("");
    e->len = text.len;
}

struct event *event_new(struct bmc *b, const struct emission *from, uint64_t n)
{
    struct event *e = xcalloc(1, sizeof(*e));

    e->refs = 1;
    e->kind = from->kind;
    e->seq = ++b->seq;
    e->happened = bmc_clock(b);
    e->hidden = b->behave.hide;
    e->test = from->test;
    e->unsent = from->log_only;
    e->destination = xstrdup(from->destination);
    if (!e->hidden && (!e->test || b->dialect.test.logged))
        logs_enter(b, e, from->log);
    if (from->substitute) {
        fill_holes(b, e, from, n);
    } else {
        e->text = xcalloc(1, from->len + 1);
        memcpy(e->text, from->text, from->len);
        e->len = from->len;
    }
    return e;
}

struct event *event_ref(struct event *e)
{
    e->refs++;
    return e;
}

void event_unref(struct event *e)
{
    if (!e || --e->refs)
        return;
    free(e->text);
    free(e->event_id);
    free(e->log_id);
    free(e->destination);
    free(e);
}

void event_format(struct bmc *b, const struct event *e, const char *context,
                  struct buf *ret)
{
    if (e->kind != EVENT_RECORDS) {
        buf_add(ret, e->text, e->len);
    } else {
        buf_format(ret,
                   "{\"@odata.type\":\"#Event.v1_7_0.Event\",\"Id\":\"%llu\","
                   "\"Name\":\"Event Array\",",
                   (unsigned long long)e->seq);
        if (context && b->dialect.subs.send_context) {
            buf_text(ret, "\"Context\":\"");
            buf_json(ret, context, strlen(context));
            buf_text(ret, "\",");
        }
        buf_text(ret, "\"Events\":[");
        buf_add(ret, e->text, e->len);
        buf_text(ret, "]}");
    }
    if (b->behave.truncate > 0 && ret->len > (size_t)b->behave.truncate)
        ret->len = (size_t)b->behave.truncate;
}

json_t *event_record(const struct event *e)
{
    json_t *whole, *events, *record;

    if (e->kind == EVENT_RECORDS) {
        /* Other records may follow: the first object is what is asked for. */
        record = json_loadb(e->text, e->len, JSON_DISABLE_EOF_CHECK, NULL);
        return record;
    }
    whole = json_loadb(e->text, e->len, JSON_DISABLE_EOF_CHECK, NULL);
    events = json_object_get(whole, "Events");
    record = json_is_object(events) ? events : json_array_get(events, 0);
    json_incref(record);
    json_decref(whole);
    return record;
}
