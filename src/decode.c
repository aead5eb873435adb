/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a body to its records; see decode.h. Here stands which shapes a payload
 * can have and what is done with each; the fields of one record are read by
 * decode_record.c, broken text is mended by decode_text.c.
 *
 * Bounds: the nesting is checked before anything is allocated, the tree takes
 * at most some 16 bytes for each byte of a payload, and the number of items is
 * limited: what is beyond goes into one last item, so that nothing is lost and
 * a hostile body cannot become ten thousand files in the quarantine.
 */
#include "decode.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "decode/decode_record.h"
#include "decode/decode_shape.h"
#include "decode/decode_text.h"
#include "util/alloc.h"

#define BAD_MAX 100u       /* bad records of one payload kept apart */
#define ENVELOPE_MAX 4096u /* what is repeated in each event of a payload */

struct decoder {
    struct decode_envelope envelope; /* of the object being read */
    struct quirks quirks;            /* of the bytes */
    struct decode_result *result;
    size_t cap;
    size_t bad;
    struct buffer spill; /* members of an array: what is over the limits */
    size_t spilled;
    const char *bytes;
    size_t len;
    bool whole; /* the object being read is the whole payload */
};

static struct decode_item *add_item(struct decoder *d, enum decode_kind kind)
{
    struct decode_result *result = d->result;

    result->items = xgrow(result->items, &d->cap, result->count + 1,
                          sizeof(*result->items));
    result->items[result->count].kind = kind;
    return &result->items[result->count++];
}

static void add_unreadable(struct decoder *d, const char *why,
                           const char *bytes, size_t len)
{
    struct decode_item *item = add_item(d, DECODE_UNREADABLE);

    snprintf(item->why, sizeof(item->why), "%s", why);
    item->bytes = xstrndup(bytes, len);
    item->len = len;
}

/* One more element of the array that holds what is over the limits. */
static void spill(struct decoder *d, const struct json_value *v)
{
    struct json_writer w = {.out = &d->spill, .comma = d->spilled > 0};

    json_in_write(v, &w);
    d->spilled++;
}

/* Makes the last item of what was spilled. */
static void flush_spill(struct decoder *d)
{
    _cleanup_(buffer_done) struct buffer array = {0};
    char why[128];

    if (d->spilled == 0)
        return;
    snprintf(why, sizeof(why), "%zu more records, over the limits of a payload",
             d->spilled);
    buffer_add_char(&array, '[');
    buffer_add(&array, d->spill.data, d->spill.len);
    buffer_add_char(&array, ']');
    add_unreadable(d, why, array.data, array.len);
}

/* Only what is wrong is lost to the pipeline, and it is kept. */
static void add_bad(struct decoder *d, const struct json_value *v,
                    const char *why)
{
    _cleanup_(buffer_done) struct buffer json = {0};
    struct json_writer w = {.out = &json};

    if (++d->bad > BAD_MAX) {
        spill(d, v);
        return;
    }
    json_in_write(v, &w);
    add_unreadable(d, why, json.data, json.len);
}

static const char *type_name(const struct json_value *v)
{
    switch (json_in_type(v)) {
    case JSON_IN_NULL:
        return "a null";
    case JSON_IN_BOOL:
        return "a boolean";
    case JSON_IN_NUMBER:
        return "a number";
    case JSON_IN_TEXT:
        return "a text";
    case JSON_IN_ARRAY:
        return "an array";
    case JSON_IN_OBJECT:
        break;
    }
    return "an object";
}

static bool is_buffer_exceeded(const struct event *e)
{
    const char *id = event_text(e, EVENT_MESSAGE_ID, NULL);
    const char *dot = id ? strrchr(id, '.') : NULL;

    return id && strcmp(dot ? dot + 1 : id, "EventBufferExceeded") == 0;
}

/* A Context of this collector's, but not the one of this BMC. */
static void check_context(struct decoder *d, const struct json_value *object)
{
    const char *ours = d->envelope.options->context, *text;
    const struct json_value *v = ours ? json_in_find(object, "Context") : NULL;
    const char *name = ours ? strrchr(ours, ':') : NULL;
    size_t len;

    if (!v || json_in_type(v) != JSON_IN_TEXT)
        return;
    text = json_in_text(v, &len);
    if (strncmp(text, ours, (size_t)(name - ours) + 1) == 0 &&
        strcmp(text, ours) != 0)
        d->result->other_context = true;
}

/*
 * A value that stands where a record belongs. Being there is enough: any
 * object with a member is taken as an event, whatever else it lacks.
 */
static void read_record(struct decoder *d, const struct json_value *v)
{
    struct event *event;
    char why[128];

    if (d->result->count >= CONFIG_RECORDS_MAX) {
        spill(d, v);
    } else if (json_in_type(v) != JSON_IN_OBJECT) {
        snprintf(why, sizeof(why), "a record that is %s, not an object",
                 type_name(v));
        add_bad(d, v, why);
    } else if (json_in_count(v) == 0) {
        add_bad(d, v, "a record without any field");
    } else if (decode_shape_is_metric_report(v)) {
        add_item(d, DECODE_METRIC_REPORT);
    } else {
        check_context(d, v);
        event = decode_record(&d->envelope, v);
        add_item(d, is_buffer_exceeded(event) ? DECODE_BUFFER_EXCEEDED
                                              : DECODE_EVENT)
            ->event = event;
    }
}

/* What a container holds: an array of records, or one without an array. */
static void read_records(struct decoder *d, const struct json_value *v,
                         enum quirk quirk)
{
    struct quirks before = d->envelope.quirks;
    struct json_walk walk = json_in_walk(v);
    const struct json_value *record;

    if (quirk != QUIRK_END)
        d->envelope.quirks.met[quirk] = true;
    if (json_in_type(v) == JSON_IN_ARRAY) {
        while ((record = json_in_next(&walk, NULL, NULL)))
            read_record(d, record);
    } else {
        d->envelope.quirks.met[QUIRK_EVENTS_OBJECT] = true;
        read_record(d, v);
    }
    d->envelope.quirks = before;
}

/* Gives the events what their envelope says, unless it is too much. */
static void gather_envelope(struct decoder *d, const struct json_value *object)
{
    struct buffer *others = &d->envelope.others;
    _cleanup_(buffer_done) struct buffer json = {0};

    decode_shape_note(object, &d->envelope.quirks);
    decode_shape_gather(object, others);
    if (others->len <= ENVELOPE_MAX)
        return;
    buffer_add_char(&json, '{');
    buffer_add(&json, others->data, others->len);
    buffer_add_char(&json, '}');
    add_unreadable(d, "fields beside the records, too many for each event",
                   json.data, json.len);
    buffer_clear(others);
}

/* An envelope may have two containers, and the records of both count. */
static void read_envelope(struct decoder *d, const struct json_value *object)
{
    struct json_walk walk = json_in_walk(object);
    const struct json_value *v;
    enum quirk quirk;
    const char *key;
    size_t len;

    check_context(d, object);
    gather_envelope(d, object);
    while ((v = json_in_next(&walk, &key, &len))) {
        if (!decode_shape_is_container(key, len, v, &quirk) ||
            !decode_shape_has_records(v))
            continue;
        read_records(d, v, quirk);
        d->envelope.quirks.met[QUIRK_DUPLICATE_KEY] = true; /* for a next */
    }
    buffer_clear(&d->envelope.others);
}

/* Takes the object as one record, noting why it was found where it was. */
static void read_lone_record(struct decoder *d, const struct json_value *object,
                             enum quirk quirk)
{
    d->envelope.quirks.met[quirk] = true;
    read_record(d, object);
}

/*
 * An object outside of a container: `quirk` says what it means to be a record
 * there. A whole payload that is no event is kept byte by byte.
 */
static void read_object(struct decoder *d, const struct json_value *object,
                        enum quirk quirk)
{
    char why[128];

    if (d->result->count >= CONFIG_RECORDS_MAX) {
        spill(d, object);
        return;
    }
    if (json_in_count(object) == 0) { /* cheap, for there may be a million */
        add_bad(d, object, "an object without any member");
        return;
    }
    d->envelope.quirks = d->quirks;
    switch (decode_shape(object)) {
    case SHAPE_ENVELOPE:
        read_envelope(d, object);
        break;
    case SHAPE_RECORD:
        read_lone_record(d, object, quirk);
        break;
    case SHAPE_OEM_ONLY:
        decode_shape_note(object, &d->envelope.quirks);
        read_lone_record(d, object, QUIRK_OEM_ONLY);
        break;
    case SHAPE_METRIC_REPORT:
        add_item(d, DECODE_METRIC_REPORT);
        break;
    case SHAPE_OTHER:
        decode_shape_describe(object, why, sizeof(why));
        if (d->whole)
            add_unreadable(d, why, d->bytes, d->len);
        else
            add_bad(d, object, why);
        break;
    }
}

/* A page of a log, or one entry of it. */
static void read_log(struct decoder *d, const struct json_value *object)
{
    const struct json_value *members = decode_log_members(object), *v;
    struct json_walk walk = json_in_walk(members);
    char why[128];

    d->envelope.quirks = d->quirks;
    if (members) {
        while ((v = json_in_next(&walk, NULL, NULL)))
            read_record(d, v);
    } else if (decode_log_is_entry(object)) {
        read_record(d, object);
    } else {
        decode_shape_describe(object, why, sizeof(why));
        add_unreadable(d, why, d->bytes, d->len);
    }
}

/* An array at the top is of records, or was made by the repair. */
static void read_root(struct decoder *d, const struct json_value *root)
{
    enum quirk quirk = d->quirks.met[QUIRK_SEVERAL_DOCUMENTS]
                           ? QUIRK_BARE_RECORD
                           : QUIRK_RECORDS_ARRAY;
    struct json_walk walk = json_in_walk(root);
    const struct json_value *v;

    d->whole = json_in_type(root) == JSON_IN_OBJECT;
    if (d->whole && d->envelope.options->log) {
        read_log(d, root);
    } else if (d->whole) {
        read_object(d, root, QUIRK_BARE_RECORD);
    } else if (json_in_type(root) != JSON_IN_ARRAY) {
        read_record(d, root);
    } else {
        while ((v = json_in_next(&walk, NULL, NULL)))
            if (json_in_type(v) == JSON_IN_OBJECT)
                read_object(d, v, quirk);
            else
                read_record(d, v);
    }
}

/* The second reading, of mended text; NULL if that is no JSON either. */
static struct json_in *read_mended(struct decoder *d, size_t *ret_read)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    if (!decode_text_repair(d->bytes, d->len, &d->quirks, &text, ret_read))
        return NULL;
    return json_in_read(text.data, text.len, NULL);
}

static bool is_blank(const struct decoder *d)
{
    for (size_t i = 0; i < d->len; i++)
        if ((unsigned char)d->bytes[i] > ' ')
            return false;
    return true;
}

/* Reads all of the payload, or says why it cannot be read at all. */
static void read_payload(struct decoder *d)
{
    _cleanup_(json_in_freep) struct json_in *doc = NULL;
    struct error err = {0};
    size_t read = d->len;
    char why[128];

    doc = json_in_read(d->bytes, d->len, &err);
    if (!doc)
        doc = read_mended(d, &read);
    if (!doc) {
        snprintf(why, sizeof(why), "no JSON: %.100s", err.text);
        add_unreadable(d, why, d->bytes, d->len);
        return;
    }
    read_root(d, json_in_root(doc));
    flush_spill(d);
    if (read < d->len)
        add_unreadable(d, "bytes after the JSON", d->bytes + read,
                       d->len - read);
    if (d->result->count == 0)
        add_unreadable(d, "JSON without any record of an event", d->bytes,
                       d->len);
}

void decode_payload(const char *bytes, size_t len,
                    const struct decode_options *options,
                    struct decode_result *ret)
{
    struct decoder d = {
        .envelope.options = options, .result = ret, .bytes = bytes, .len = len};

    *ret = (struct decode_result){0};
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        d.quirks.met[QUIRK_BYTE_ORDER_MARK] = true;
        d.bytes += 3;
        d.len -= 3;
    }
    if (len > CONFIG_BODY_MAX)
        add_unreadable(&d, "larger than any payload may be", bytes, len);
    else if (is_blank(&d))
        add_unreadable(&d, "an empty payload", bytes, len);
    else if (decode_text_is_deep(d.bytes, d.len))
        add_unreadable(&d, "JSON nested too deeply", bytes, len);
    else
        read_payload(&d);
    buffer_done(&d.spill);
    buffer_done(&d.envelope.others);
}

void decode_result_done(struct decode_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        event_free(result->items[i].event);
        free(result->items[i].bytes);
    }
    free(result->items);
    *result = (struct decode_result){0};
}
