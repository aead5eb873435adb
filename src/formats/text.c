/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of an event on their way out; see text.h. */
#include "formats/text.h"

#include <arpa/inet.h>
#include <string.h>

#include "util/clock.h"
#include "util/utf8.h"

static bool is_space(unsigned c)
{
    return c == '\t' || c == '\n' || c == '\v' || c == '\f' || c == '\r' ||
           c == 0x85;
}

/* The C0 characters, DEL, and the C1 characters that terminals obey too. */
static bool is_control(unsigned c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/*
 * The character at `text` as far as is_control() needs it: what is not valid
 * counts as Latin-1. `ret_size` is 0 for a byte that must be repaired.
 */
static unsigned character_at(const char *text, size_t len, size_t *ret_size)
{
    unsigned char c = (unsigned char)text[0];

    *ret_size = utf8_sequence(text, len);
    if (*ret_size == 2 && c == 0xc2)
        return (unsigned char)text[1];
    return *ret_size > 1 ? 0x100 : c;
}

size_t text_add_line(struct buffer *out, const char *text, size_t len)
{
    size_t before = out->len, run = 0, at = 0, size;
    unsigned c;

    /* What needs no change is copied run by run: mostly all in one. */
    for (; at < len; at += size ? size : 1) {
        c = character_at(text + at, len - at, &size);
        if (size > 0 && !is_control(c))
            continue;
        buffer_add(out, text + run, at - run);
        run = at + (size ? size : 1);
        if (is_space(c))
            buffer_add_char(out, ' ');
        else if (!is_control(c))
            utf8_add(out, c);
    }
    buffer_add(out, text + run, at - run);
    return out->len - before;
}

size_t text_add_field(struct buffer *out, const struct event *e,
                      enum event_field f)
{
    size_t len;
    const char *text = event_text(e, f, &len);

    return text ? text_add_line(out, text, len) : 0;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

void text_add_words(struct buffer *out, const char *key, char between)
{
    for (const char *at = key; *at; at++) {
        if (at > key && is_upper(*at) && (!is_upper(at[-1]) || is_lower(at[1])))
            buffer_add_char(out, between);
        buffer_add_char(out, is_upper(*at) ? (char)(*at | 0x20) : *at);
    }
}

const char *text_url_host(const char *url, size_t *ret_len)
{
    const char *host = url ? strstr(url, "://") : NULL;
    const char *user;

    if (!host)
        return NULL;
    host += strlen("://");
    /* A login may stand before the host; an @ further on is the path's. */
    user = host + strcspn(host, "@/?#");
    if (*user == '@')
        host = user + 1;
    if (*host == '[')
        *ret_len = strcspn(++host, "]");
    else
        *ret_len = strcspn(host, ":/?#");
    return *ret_len > 0 ? host : NULL;
}

bool text_is_address(const char *host, size_t len)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];

    if (len >= sizeof(text))
        return false;
    memcpy(text, host, len);
    text[len] = '\0';
    return inet_pton(AF_INET, text, address) == 1 ||
           inet_pton(AF_INET6, text, address) == 1;
}

const char *text_field(const struct event *e, enum event_field f,
                       size_t *ret_len)
{
    size_t len;
    const char *text = event_text(e, f, &len);

    if (!text || len == 0)
        return NULL;
    if (ret_len)
        *ret_len = len;
    return text;
}

void text_json_time(struct json_writer *w, const char *key, usec_t time,
                    int digits)
{
    char text[CLOCK_TEXT_MAX];
    size_t len = clock_format(time, digits, text);

    json_writer_key(w, key);
    json_writer_text(w, text, len);
}

/*
 * JSON that somebody else wrote. One event is one line: line ends can stand
 * between its tokens only, where a blank does as well.
 */
static void json_foreign(struct json_writer *w, const char *json, size_t len)
{
    size_t at = w->out->len;

    json_writer_raw(w, json, len);
    if (!memchr(json, '\n', len) && !memchr(json, '\r', len))
        return;
    for (; at < w->out->len; at++)
        if (w->out->data[at] == '\n' || w->out->data[at] == '\r')
            w->out->data[at] = ' ';
}

static void json_list(struct json_writer *w, const struct event *e,
                      enum event_field f)
{
    const char *item;
    size_t cursor = 0, len;

    json_writer_open_array(w);
    while ((item = event_next(e, f, &cursor, &len)))
        json_writer_text(w, item, len);
    json_writer_close_array(w);
}

void text_json_member(struct json_writer *w, const char *key,
                      const struct event *e, enum event_field f)
{
    enum event_type type = event_field_type(f);
    usec_t time;
    size_t len;
    const char *text = event_text(e, f, &len);

    if (!text || (len == 0 && type != EVENT_TYPE_LIST))
        return;
    if (type == EVENT_TYPE_TIME) {
        time = (usec_t)event_int(e, f, 0);
        text_json_time(w, key, time, time % USEC_PER_SEC ? 3 : 0);
        return;
    }
    json_writer_key(w, key);
    switch (type) {
    case EVENT_TYPE_TIME:
        break;
    case EVENT_TYPE_TEXT:
        json_writer_text(w, text, len);
        break;
    case EVENT_TYPE_LIST:
        json_list(w, e, f);
        break;
    case EVENT_TYPE_INT:
        json_writer_i64(w, event_int(e, f, 0));
        break;
    case EVENT_TYPE_SEVERITY:
        text = event_severity_name((enum severity)event_int(e, f, 0));
        json_writer_text(w, text, strlen(text));
        break;
    case EVENT_TYPE_JSON:
        json_foreign(w, text, len);
        break;
    }
}
