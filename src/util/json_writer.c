/* SPDX-License-Identifier: Apache-2.0 */
/* JSON into a buffer; see json_writer.h. */
#include "util/json_writer.h"

#include <string.h>

#include "util/utf8.h"

void json_writer_init(struct json_writer *w, struct buffer *out)
{
    *w = (struct json_writer){.out = out};
}

static void begin_value(struct json_writer *w)
{
    if (w->comma)
        buffer_add_char(w->out, ',');
    w->comma = true;
}

static void open_with(struct json_writer *w, char c)
{
    begin_value(w);
    buffer_add_char(w->out, c);
    w->comma = false;
}

static void close_with(struct json_writer *w, char c)
{
    buffer_add_char(w->out, c);
    w->comma = true;
}

void json_writer_open_object(struct json_writer *w)
{
    open_with(w, '{');
}

void json_writer_close_object(struct json_writer *w)
{
    close_with(w, '}');
}

void json_writer_open_array(struct json_writer *w)
{
    open_with(w, '[');
}

void json_writer_close_array(struct json_writer *w)
{
    close_with(w, ']');
}

static void add_escape(struct buffer *out, unsigned char c)
{
    switch (c) {
    case '"':
        buffer_add(out, "\\\"", 2);
        return;
    case '\\':
        buffer_add(out, "\\\\", 2);
        return;
    case '\n':
        buffer_add(out, "\\n", 2);
        return;
    case '\r':
        buffer_add(out, "\\r", 2);
        return;
    case '\t':
        buffer_add(out, "\\t", 2);
        return;
    }
    buffer_printf(out, "\\u%04x", c);
}

/* The length of the run at `text` that goes out as it is. */
static size_t plain_run(const char *text, size_t len)
{
    size_t at = 0, n;

    while (at < len) {
        unsigned char c = (unsigned char)text[at];

        if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            break;
        n = c < 0x80 ? 1 : utf8_sequence(text + at, len - at);
        if (n == 0)
            break;
        at += n;
    }
    return at;
}

static void add_quoted(struct buffer *out, const char *text, size_t len)
{
    size_t at = 0, n;

    buffer_add_char(out, '"');
    while (at < len) {
        n = plain_run(text + at, len - at);
        buffer_add(out, text + at, n);
        at += n;
        if (at == len)
            break;
        if ((unsigned char)text[at] >= 0x80)
            utf8_add(out, (unsigned char)text[at]);
        else
            add_escape(out, (unsigned char)text[at]);
        at++;
    }
    buffer_add_char(out, '"');
}

void json_writer_key(struct json_writer *w, const char *key)
{
    begin_value(w);
    add_quoted(w->out, key, strlen(key));
    buffer_add_char(w->out, ':');
    w->comma = false;
}

void json_writer_text(struct json_writer *w, const char *text, size_t len)
{
    begin_value(w);
    add_quoted(w->out, text, len);
}

void json_writer_u64(struct json_writer *w, uint64_t value)
{
    begin_value(w);
    buffer_add_u64(w->out, value);
}

void json_writer_i64(struct json_writer *w, int64_t value)
{
    begin_value(w);
    if (value < 0)
        buffer_add_char(w->out, '-');
    buffer_add_u64(w->out, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void json_writer_bool(struct json_writer *w, bool value)
{
    begin_value(w);
    buffer_add_text(w->out, value ? "true" : "false");
}

void json_writer_raw(struct json_writer *w, const char *json, size_t len)
{
    begin_value(w);
    buffer_add(w->out, json, len);
}

void json_writer_member(struct json_writer *w, const char *key,
                        const char *text)
{
    if (!text)
        return;
    json_writer_key(w, key);
    json_writer_text(w, text, strlen(text));
}
