/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See event.h. An event is the text of its template with the holes filled. So
 * 20,000 events a second cost no JSON tree at all.
 */
#include "event.h"

#include <string.h>
#include <time.h>

#include "emission.h"
#include "logs.h"

/* A number has no quotes around it. */
#define NUMBER_HOLE "\"{log_number"

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

/* {log_id+N} or "{log_number+N}": of the N-th record's entry. */
static size_t fill_log_hole(struct bmc *b, const struct event *e, const char *p,
                            struct buf *text)
{
    bool number = *p == '"';
    const char *plus = strpbrk(p, "+}"), *end = strchr(p, '}');
    const struct log_entry *entry;

    if (!end)
        return 0; /* raw bytes that only look like one */
    entry = logs_entry(b, e, *plus == '+' ? strtoul(plus + 1, NULL, 10) : 0);
    if (number)
        buf_format(text, "%llu", entry ? (unsigned long long)entry->number : 0);
    else
        buf_text(text, entry ? entry->id : "0");
    return (size_t)(end - p) + 1 + number;
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
    if (is_prefix(p, "{log_id") || is_prefix(p, NUMBER_HOLE))
        return fill_log_hole(b, e, p, text);
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
    e->records = from->records;
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

/* The records of what was sent whole: an array, one object, or none. */
static json_t *payload_record(const struct event *e, size_t i)
{
    json_t *whole = json_loadb(e->text, e->len, JSON_DISABLE_EOF_CHECK, NULL);
    json_t *events = json_object_get(whole, "Events");
    json_t *record =
        json_is_object(events) && i == 0 ? events : json_array_get(events, i);

    json_incref(record);
    json_decref(whole);
    return record;
}

/* Dear, and only asked for where an event has several. */
static json_t *nth_record(const struct event *e, size_t i)
{
    struct buf all = {0};
    json_t *records, *record;

    buf_text(&all, "[");
    buf_add(&all, e->text, e->len);
    buf_text(&all, "]");
    records = json_loadb(all.data, all.len, 0, NULL);
    record = json_incref(json_array_get(records, i));
    json_decref(records);
    buf_done(&all);
    return record;
}

/* As first firmware spelled them; what looks into a record knows one name. */
static void add_small(json_t *record, const char *small, const char *large)
{
    json_t *value = json_object_get(record, large);

    if (value && !json_object_get(record, small))
        json_object_set(record, small, value);
}

json_t *event_record(const struct event *e, size_t i)
{
    json_t *record;

    if (e->kind != EVENT_RECORDS)
        record = payload_record(e, i);
    else if (i > 0)
        record = nth_record(e, i);
    else /* others may follow: the first object is what is asked for */
        record = json_loadb(e->text, e->len, JSON_DISABLE_EOF_CHECK, NULL);
    add_small(record, "MessageId", "MessageID");
    add_small(record, "EventId", "EventID");
    return record;
}
