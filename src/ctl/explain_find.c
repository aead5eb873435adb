/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See explain_find.h. An event payload is decode's to read, whole; of any
 * other document every object that has a MessageId, or is a log entry, counts.
 *
 * What people have at hand is not what a BMC sent: it has the head that curl
 * printed, it was cut out of a stream, or copied from a manual with a quote
 * too few. So reading goes from strict to forgiving, and what had to be
 * forgiven is told with the message.
 */
#include "ctl/explain_find.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "ctl/explain_walk.h"
#include "decode.h"
#include "decode/decode_record.h"
#include "decode/decode_shape.h"
#include "decode/decode_text.h"
#include "sse_frame.h"
#include "util/alloc.h"
#include "util/clock.h"

void explain_list_done(struct explain_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        event_free(list->items[i].event);
        free(list->items[i].where);
        free(list->items[i].task_state);
        free(list->items[i].task_status);
    }
    free(list->items);
    *list = (struct explain_list){0};
}

struct explain_found *explain_list_add(struct explain_list *list,
                                       struct event *event)
{
    struct explain_found *f;

    list->items =
        xgrow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
    f = &list->items[list->count++];
    *f = (struct explain_found){.event = event};
    return f;
}

/* A document with just one message, so that decode notes its oddities. */
struct event *explain_make(const char *id, const char *message,
                           char *const *args, size_t arg_count)
{
    struct decode_options options = {.received = clock_real()};
    struct decode_envelope envelope = {.options = &options};
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_(json_in_freep) struct json_in *doc = NULL;
    struct json_writer w;

    json_writer_init(&w, &text);
    json_writer_open_object(&w);
    json_writer_member(&w, "MessageId", id);
    json_writer_member(&w, "Message", message);
    if (arg_count > 0) {
        json_writer_key(&w, "MessageArgs");
        json_writer_open_array(&w);
        for (size_t i = 0; i < arg_count; i++)
            json_writer_text(&w, args[i], strlen(args[i]));
        json_writer_close_array(&w);
    }
    json_writer_close_object(&w);
    doc = json_in_read(text.data, text.len, NULL);
    return doc ? decode_record(&envelope, json_in_root(doc)) : event_new();
}

void explain_find_id(const char *id, char *const *args, size_t arg_count,
                     struct explain_list *ret)
{
    explain_list_add(ret, explain_make(id, NULL, args, arg_count));
}

/* Whether a record's own fields are those of an event. */
static bool has_event_fields(const struct json_value *object)
{
    return json_in_find(object, "EventType") ||
           json_in_find(object, "EventId") ||
           json_in_find(object, "EventTimestamp") ||
           decode_shape_is_alert(object);
}

/* By its first element, if it is an array: decode takes the others as well. */
static bool is_payload(const struct json_value *root)
{
    struct json_walk walk = json_in_walk(root);

    switch (json_in_type(root)) {
    case JSON_IN_ARRAY:
        root = json_in_next(&walk, NULL, NULL);
        return root && json_in_type(root) == JSON_IN_OBJECT && is_payload(root);
    case JSON_IN_OBJECT:
        break;
    case JSON_IN_NULL:
    case JSON_IN_BOOL:
    case JSON_IN_NUMBER:
    case JSON_IN_TEXT:
        return false;
    }
    switch (decode_shape(root)) {
    case SHAPE_ENVELOPE:
        return true;
    case SHAPE_RECORD:
        return has_event_fields(root);
    case SHAPE_METRIC_REPORT:
    case SHAPE_OEM_ONLY:
    case SHAPE_OTHER:
        break;
    }
    return false;
}

/* The events of a payload; records that are none are passed over. */
static void find_events(const char *bytes, size_t len, struct explain_list *ret)
{
    struct decode_options options = {.received = clock_real()};
    struct decode_result result;

    decode_payload(bytes, len, &options, &result);
    for (size_t i = 0; i < result.count; i++) {
        struct explain_found *f;

        if (!result.items[i].event)
            continue;
        f = explain_list_add(ret, TAKE(result.items[i].event));
        f->is_event = true;
    }
    decode_result_done(&result);
}

/*
 * What was copied by hand lacks its end or a quote: a line end closes a text,
 * the end of the file closes what is open. Nothing that a BMC sends gets here.
 */
static void close_all(const char *bytes, size_t len, struct buffer *ret)
{
    char open[CONFIG_DEPTH_MAX + 1];
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (quoted && c == '\\' && i + 1 < len) {
            buffer_add_char(ret, c);
            c = bytes[++i];
        } else if (c == '"' || (quoted && c == '\n')) {
            quoted = !quoted;
            if (c == '\n')
                buffer_add_char(ret, '"');
        } else if (!quoted && (c == '{' || c == '[') &&
                   depth < CONFIG_DEPTH_MAX) {
            open[depth++] = c == '{' ? '}' : ']';
        } else if (!quoted && (c == '}' || c == ']') && depth > 0) {
            depth--;
        }
        buffer_add_char(ret, c);
    }
    if (quoted)
        buffer_add_char(ret, '"');
    while (depth > 0)
        buffer_add_char(ret, open[--depth]);
}

/* Mended by decode's rules, else by those for what people copied. */
static struct json_in *read_mended(const char *bytes, size_t len,
                                   struct quirks *quirks, bool *ret_closed)
{
    _cleanup_(buffer_done) struct buffer mended = {0}, closed = {0};
    struct json_in *doc = NULL;
    size_t read;

    if (decode_text_repair(bytes, len, quirks, &mended, &read))
        doc = json_in_read(mended.data, mended.len, NULL);
    if (doc)
        return doc;
    if (len == 0)
        return NULL;
    close_all(bytes, len, &closed);
    buffer_clear(&mended);
    if (decode_text_repair(closed.data, closed.len, quirks, &mended, &read))
        doc = json_in_read(mended.data, mended.len, NULL);
    *ret_closed = doc != NULL;
    return doc;
}

/* Strictly, else mended; `quirks` tells what had to be. */
static struct json_in *read_document(const char *bytes, size_t len,
                                     struct quirks *quirks, bool *ret_closed,
                                     struct error *err)
{
    struct json_in *doc;

    *ret_closed = false;
    if (decode_text_is_deep(bytes, len)) {
        error_set(err, -EBADMSG, "it nests deeper than %u", CONFIG_DEPTH_MAX);
        return NULL;
    }
    doc = json_in_read(bytes, len, err);
    return doc ? doc : read_mended(bytes, len, quirks, ret_closed);
}

/* Behind the head of an HTTP answer, as "curl -i" saves it. */
static void skip_http_head(const char **bytes, size_t *len)
{
    const char *end;

    while (*len > 5 && strncmp(*bytes, "HTTP/", 5) == 0) {
        const char *crlf = memmem(*bytes, *len, "\r\n\r\n", 4);

        end = crlf ? crlf + 4 : memmem(*bytes, *len, "\n\n", 2);
        end = end ? end : *bytes + *len;
        *len -= (size_t)(end - *bytes);
        *bytes = end;
    }
}

/* Adds to what was found before: a stream has many documents. */
static int find_in_json(const char *bytes, size_t len, struct explain_list *ret,
                        struct error *err)
{
    struct quirks quirks = {0};
    struct error cause = {""};
    size_t from = ret->count;
    bool closed;
    _cleanup_(json_in_freep) struct json_in *doc =
        read_document(bytes, len, &quirks, &closed, &cause);

    if (!doc || is_payload(json_in_root(doc)))
        find_events(bytes, len, ret); /* more forgiving than we are */
    else
        explain_walk(json_in_root(doc), &quirks, ret);
    for (; closed && from < ret->count; from++)
        ret->items[from].closed = true;
    if (!doc && from == ret->count)
        return error_set(err, -EBADMSG, "it is no JSON: %s", cause.text);
    return 0;
}

static void on_stream_event(void *userdata, const struct sse_frame_event *event)
{
    find_in_json(event->data, event->len, userdata, NULL);
}

/* Whether some line begins as those of an event stream do. */
static bool is_stream(const char *bytes, size_t len)
{
    return (len >= 5 && strncmp(bytes, "data:", 5) == 0) ||
           memmem(bytes, len, "\ndata:", 6) != NULL;
}

static void find_in_stream(const char *bytes, size_t len,
                           struct explain_list *ret)
{
    struct sse_frame_callbacks callbacks = {on_stream_event, NULL, ret};
    struct sse_frame *frame = sse_frame_new(CONFIG_BODY_MAX, &callbacks);

    sse_frame_feed(frame, bytes, len);
    sse_frame_feed(frame, "\n\n", 2); /* a capture ends where it was cut */
    sse_frame_free(frame);
}

int explain_find(const char *bytes, size_t len, struct explain_list *ret,
                 struct error *err)
{
    size_t blank;

    /* A byte order mark: editors and PowerShell write it. */
    if (len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    skip_http_head(&bytes, &len);
    blank = strspn(bytes, " \t\r\n");
    bytes += blank;
    len -= MIN_OF(blank, len);
    if (len == 0)
        return error_set(err, -EBADMSG, "it is empty");
    if (*bytes != '{' && *bytes != '[' && is_stream(bytes, len)) {
        find_in_stream(bytes, len, ret);
        return 0;
    }
    return find_in_json(bytes, len, ret, err);
}
