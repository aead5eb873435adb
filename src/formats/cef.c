/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format cef: ArcSight's Common Event Format, version 0:
 *   CEF:0|Trawl|Redfish|VERSION|KEY|NAME|SEVERITY|key=value key=value …
 * Fields that the format has a key for go there, six more into its custom
 * texts with a label each. To a syslog receiver it goes with a header of RFC
 * 5424 before it. On one line always: a line end within a value is \n.
 *
 * An event larger than max_size is written again with less, in this order:
 * without the resolution, without arguments, with a shorter message, at last
 * with nothing but its ids. The message id is never shortened.
 */
#include <string.h>

#include "formats/format.h"
#include "formats/severity.h"
#include "formats/syslog_head.h"
#include "formats/text.h"
#include "util/utf8.h"

#define VENDOR "Trawl"
#define PRODUCT "Redfish"

/* What the format's dictionary allows. */
#define NAME_MAX_LEN 512
#define KEY_MAX_LEN 1023

enum detail {
    DETAIL_ALL,
    DETAIL_NO_RESOLUTION,
    DETAIL_NO_ARGS,
    DETAIL_SHORT_MESSAGE,
    DETAIL_IDS,
    DETAIL_END
};

struct line {
    const struct event *e;
    const struct format_options *options;
    struct buffer *out;
    size_t start; /* of this event in `out` */
    enum detail detail;
    bool more; /* the next key needs a blank before it */
};

/* What the dictionary has a key for; a text each. */
static const struct {
    const char *key;
    enum event_field field;
} plain[] = {
    {"dvchost", EVENT_BMC_NAME},
    {"shost", EVENT_BMC_NAME},
    {"deviceExternalId", EVENT_BMC_SERIAL},
    {"cat", EVENT_REGISTRY},
};

/* The custom ones, each with its label; written up to `until`. */
static const struct custom {
    const char *key;
    const char *label;
    enum event_field field;
    enum detail until; /* not there from this step on */
} customs[] = {
    {"cs1", "MessageId", EVENT_MESSAGE_ID, DETAIL_END},
    {"cs2", "OriginOfCondition", EVENT_ORIGIN, DETAIL_IDS},
    {"cs3", "Resolution", EVENT_RESOLUTION, DETAIL_NO_RESOLUTION},
    {"cs4", "AlarmState", EVENT_CONDITION_STATE, DETAIL_IDS},
    {"cs5", "MessageArgs", EVENT_ARG, DETAIL_NO_ARGS},
    {"cs6", "ConditionId", EVENT_CONDITION_ID, DETAIL_IDS},
    {"cn1", "EventGroupId", EVENT_GROUP_ID, DETAIL_IDS},
    {"cn2", "Count", EVENT_CONDITION_COUNT, DETAIL_IDS},
};

/* Text with a backslash before each character of `special`. */
static void add_escaped(struct buffer *out, const char *text, size_t len,
                        const char *special)
{
    for (size_t i = 0; i < len; i++) {
        if (strchr(special, text[i]))
            buffer_add_char(out, '\\');
        buffer_add_char(out, text[i]);
    }
}

/* A field of the header, of one line and at most `limit` bytes. */
static void add_header(struct buffer *out, const char *text, size_t limit)
{
    _cleanup_(buffer_done) struct buffer clean = {0};

    if (text)
        text_add_line(&clean, text, strlen(text));
    if (clean.len > 0)
        add_escaped(out, clean.data, utf8_cut(clean.data, clean.len, limit),
                    "\\|");
    buffer_add_char(out, '|');
}

static void add_head(const struct line *l)
{
    const char *key = text_field(l->e, EVENT_KEY, NULL);
    _cleanup_(buffer_done) struct buffer name = {0};

    if (l->options->syslog) {
        syslog_head_add(l->out, l->e, l->options, l->detail == DETAIL_IDS);
        buffer_add_text(l->out, "- "); /* no structured data */
    }
    buffer_add_text(l->out,
                    "CEF:0|" VENDOR "|" PRODUCT "|" PACKAGE_VERSION "|");
    if (!key)
        key = text_field(l->e, EVENT_MESSAGE_ID, NULL);
    if (!key)
        key = "unknown";
    text_add_words(&name, key, ' ');
    add_header(l->out, key, KEY_MAX_LEN);
    add_header(l->out, name.data, NAME_MAX_LEN);
    buffer_printf(l->out, "%d|", severity_cef(l->e));
}

static void add_key(struct line *l, const char *key)
{
    if (l->more)
        buffer_add_char(l->out, ' ');
    l->more = true;
    buffer_add_text(l->out, key);
    buffer_add_char(l->out, '=');
}

/* Line by line: what would move a cursor goes, the line ends are kept. */
static void add_value(struct buffer *out, const char *text, size_t len)
{
    _cleanup_(buffer_done) struct buffer clean = {0};
    const char *end = text + len, *stop;

    for (; text < end; text = stop + 1) {
        stop = memchr(text, '\n', (size_t)(end - text));
        stop = stop ? stop : end;
        buffer_clear(&clean);
        text_add_line(&clean, text,
                      (size_t)(stop - text) -
                          (stop > text && stop < end && stop[-1] == '\r'));
        add_escaped(out, clean.data, clean.len, "\\=");
        if (stop < end)
            buffer_add_text(out, "\\n");
    }
}

static void add_text(struct line *l, const char *key, const char *text,
                     size_t len)
{
    if (len == 0)
        return;
    add_key(l, key);
    add_value(l->out, text, len);
}

static void add_number(struct line *l, const char *key, int64_t value)
{
    add_key(l, key);
    buffer_printf(l->out, "%lld", (long long)value);
}

/* Of a list any value counts, of a text one that is not empty. */
static bool has_value(const struct event *e, enum event_field field)
{
    if (event_field_type(field) == EVENT_TYPE_TEXT)
        return text_field(e, field, NULL) != NULL;
    return event_has(e, field);
}

/* All values of a field, as one text. */
static void add_field(struct line *l, const char *key, enum event_field field)
{
    const char *item, *comma = "";
    size_t cursor = 0, len;

    if (!has_value(l->e, field))
        return;
    if (event_field_type(field) == EVENT_TYPE_INT) {
        add_number(l, key, event_int(l->e, field, 0));
        return;
    }
    add_key(l, key);
    while ((item = event_next(l->e, field, &cursor, &len))) {
        buffer_add_text(l->out, comma);
        add_value(l->out, item, len);
        comma = ", ";
    }
}

static void add_custom(struct line *l, const struct custom *c)
{
    char label[16];

    if (l->detail >= c->until || !has_value(l->e, c->field))
        return;
    memcpy(label, c->key, 3);
    strcpy(label + 3, "Label");
    add_text(l, label, c->label, strlen(c->label));
    add_field(l, c->key, c->field);
}

/* The BMC's address has one key for IPv4 and another for IPv6. */
static void add_address(struct line *l)
{
    size_t len;
    const char *host =
        text_url_host(event_text(l->e, EVENT_BMC_URL, NULL), &len);

    if (!host || !text_is_address(host, len))
        return;
    if (!memchr(host, ':', len)) {
        add_text(l, "dvc", host, len);
        return;
    }
    add_text(l, "c6a1Label", "BmcAddress", strlen("BmcAddress"));
    add_text(l, "c6a1", host, len);
}

static void add_times(struct line *l)
{
    if (event_has(l->e, EVENT_RECEIVED))
        add_number(l, "rt", event_int(l->e, EVENT_RECEIVED, 0) / 1000);
    if (event_has(l->e, EVENT_TIME))
        add_number(l, "start", event_int(l->e, EVENT_TIME, 0) / 1000);
}

/* The message, or what still fits of it; last, so that it can be cut. */
static void add_message(struct line *l)
{
    size_t len, used, limit = l->options->max_size;
    const char *text = text_field(l->e, EVENT_MESSAGE, &len);

    if (!text)
        text = text_field(l->e, EVENT_MESSAGE_ID, &len);
    if (!text)
        return;
    if (l->detail >= DETAIL_SHORT_MESSAGE) {
        /* An escape doubles a byte at most. */
        used = l->out->len - l->start + strlen(" msg=");
        len = utf8_cut(text, len, limit > used ? (limit - used) / 2 : 0);
    }
    add_text(l, "msg", text, len);
}

static void write_line(struct line *l)
{
    l->out->len = l->start;
    l->more = false;
    add_head(l);
    add_times(l);
    if (l->detail < DETAIL_IDS) {
        for (size_t i = 0; i < ARRAY_LEN(plain); i++)
            add_field(l, plain[i].key, plain[i].field);
        add_address(l);
        add_field(l, "trawlSystemUuid", EVENT_BMC_UUID);
        add_field(l, "trawlCollector", EVENT_COLLECTOR);
    }
    add_field(l, "externalId", EVENT_ID);
    for (size_t i = 0; i < ARRAY_LEN(customs); i++)
        add_custom(l, &customs[i]);
    add_message(l);
}

static void write_cef(const struct event *e, _unused_ uint64_t seq,
                      const struct format_options *options, struct buffer *out)
{
    struct line l = {e, options, out, out->len, DETAIL_ALL, false};

    for (; l.detail < DETAIL_END; l.detail++) {
        write_line(&l);
        if (!options->max_size || out->len - l.start <= options->max_size)
            return;
    }
}

const struct format format_cef = {
    .name = "cef",
    .content_type = "text/plain; charset=utf-8",
    .write = write_cef,
};
