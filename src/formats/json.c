/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format json: the event as Trawl itself sees it, schema "trawl.event/1", one
 * object on one line. The order of the members is the order of the tables
 * below; the name of each is the last part of the field's own name, so that
 * matchers, the manual of fields and this output cannot drift apart.
 * A field with no value is absent, never null and never "".
 */
#include <string.h>

#include "formats/format.h"
#include "formats/text.h"
#include "util/clock.h"
#include "util/json_writer.h"

#define SCHEMA "trawl.event/1"

static const enum event_field beginning[] = {
    EVENT_ID, EVENT_TIME, EVENT_RECEIVED, EVENT_EVENT_TIME, EVENT_COLLECTOR,
};

static const enum event_field bmc[] = {
    EVENT_BMC_NAME,  EVENT_BMC_URL,    EVENT_BMC_LABEL, EVENT_BMC_VENDOR,
    EVENT_BMC_MODEL, EVENT_BMC_SERIAL, EVENT_BMC_UUID,  EVENT_BMC_HOST,
};

static const enum event_field middle[] = {
    EVENT_SOURCE,           EVENT_MESSAGE_ID, EVENT_REGISTRY,
    EVENT_REGISTRY_VERSION, EVENT_KEY,        EVENT_SEVERITY,
    EVENT_MESSAGE,          EVENT_ARG,        EVENT_RESOLUTION,
    EVENT_RESOLVED_FROM,    EVENT_ORIGIN,     EVENT_ORIGIN_TYPE,
    EVENT_EVENT_TYPE,       EVENT_EVENT_ID,   EVENT_GROUP_ID,
    EVENT_MEMBER_ID,        EVENT_LOG_ENTRY,
};

static const enum event_field condition[] = {
    EVENT_CONDITION_STATE,    EVENT_CONDITION_ID,   EVENT_CONDITION_COUNT,
    EVENT_CONDITION_FIRST,    EVENT_CONDITION_LAST, EVENT_CONDITION_CLEARS,
    EVENT_CONDITION_DURATION,
};

static const enum event_field end[] = {EVENT_QUIRK, EVENT_OEM, EVENT_RAW};

static const char *member_name(enum event_field f)
{
    const char *name = event_field_name(f);
    const char *dot = strrchr(name, '.');

    return dot ? dot + 1 : name;
}

static void write_labels(struct json_writer *w, const struct event *e)
{
    _cleanup_(buffer_done) struct buffer name = {0};
    const char *item, *equals;
    size_t cursor = 0, len;

    if (!event_has(e, EVENT_BMC_LABEL))
        return;
    json_writer_key(w, member_name(EVENT_BMC_LABEL));
    json_writer_open_object(w);
    while ((item = event_next(e, EVENT_BMC_LABEL, &cursor, &len))) {
        equals = memchr(item, '=', len);
        if (!equals)
            continue;
        buffer_clear(&name);
        buffer_add(&name, item, (size_t)(equals - item));
        json_writer_key(w, name.data);
        json_writer_text(w, equals + 1, len - (size_t)(equals + 1 - item));
    }
    json_writer_close_object(w);
}

static void write_field(struct json_writer *w, const struct event *e,
                        enum event_field f)
{
    switch ((int)f) {
    case EVENT_BMC_LABEL:
        write_labels(w, e);
        return;
    case EVENT_RECEIVED: /* our own clock: its fraction always means something
                          */
        if (event_has(e, f))
            text_json_time(w, member_name(f), (usec_t)event_int(e, f, 0), 3);
        return;
    case EVENT_CONDITION_CLEARS: /* an array for jq, also when it is empty */
        if (event_has(e, f))
            break;
        json_writer_key(w, member_name(f));
        json_writer_raw(w, "[]", 2);
        return;
    }
    text_json_member(w, member_name(f), e, f);
}

#define WRITE_FIELDS(w, e, fields)                     \
    do {                                               \
        for (size_t i = 0; i < ARRAY_LEN(fields); i++) \
            write_field(w, e, fields[i]);              \
    } while (0)

static void write_json(const struct event *e, _unused_ uint64_t seq,
                       _unused_ const struct format_options *options,
                       struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "schema", SCHEMA);
    WRITE_FIELDS(&w, e, beginning);
    if (event_has(e, EVENT_BMC_NAME)) {
        json_writer_key(&w, "bmc");
        json_writer_open_object(&w);
        WRITE_FIELDS(&w, e, bmc);
        json_writer_close_object(&w);
    }
    WRITE_FIELDS(&w, e, middle);
    if (event_has(e, EVENT_CONDITION_STATE)) {
        json_writer_key(&w, "condition");
        json_writer_open_object(&w);
        WRITE_FIELDS(&w, e, condition);
        json_writer_close_object(&w);
    }
    WRITE_FIELDS(&w, e, end);
    json_writer_close_object(&w);
}

const struct format format_json = {
    .name = "json",
    .content_type = "application/json",
    .write = write_json,
};
