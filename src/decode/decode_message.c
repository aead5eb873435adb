/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event says: MessageId in all its forms, Message, MessageArgs and the
 * two severities. Nothing is translated here; resolve does that. The form of a
 * MessageId is only noted, so that an operator sees which firmware needs care.
 */
#include "decode/decode_record.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "placeholder.h"

static size_t digits_at(const char *text)
{
    return strspn(text, "0123456789");
}

/* "0x180055", or eight digits of which one is a decimal one: "7e012790". */
static bool is_hex(const char *id, size_t len)
{
    static const char hex[] = "0123456789abcdefABCDEF";

    if (len > 2 && id[0] == '0' && tolower((unsigned char)id[1]) == 'x')
        return strspn(id + 2, hex) == len - 2;
    return len == 8 && strspn(id, hex) == len && strpbrk(id, hex) &&
           strcspn(id, "0123456789") < len;
}

/* "17.10": class and code. */
static bool is_class_code(const char *id, size_t len)
{
    size_t n = digits_at(id);

    return n > 0 && id[n] == '.' && digits_at(id + n + 1) > 0 &&
           n + 1 + digits_at(id + n + 1) == len;
}

/* How many of the parts behind the registry's name are numbers. */
static int count_numbers(const char *rest)
{
    int count = 0;

    while (rest && digits_at(rest) > 0 && rest[digits_at(rest)] == '.') {
        rest += digits_at(rest) + 1;
        count++;
    }
    return count;
}

/* The quirk of a form, or QUIRK_END for Registry.Major.Minor.Key. */
static enum quirk message_id_form(const char *id, size_t len)
{
    const char *dot = strchr(id, '.');

    if (is_hex(id, len))
        return QUIRK_MESSAGE_ID_HEX;
    if (*id == '/' || strchr(id, '#') || strstr(id, "://"))
        return QUIRK_MESSAGE_ID_URI;
    if (is_class_code(id, len))
        return QUIRK_MESSAGE_ID_CLASS_CODE;
    if (!dot)
        return QUIRK_MESSAGE_ID_BARE;
    if (dot[1] == 'v' && isdigit((unsigned char)dot[2]))
        return QUIRK_MESSAGE_ID_V_VERSION;
    switch (count_numbers(dot + 1)) {
    case 0:
        return QUIRK_MESSAGE_ID_NO_VERSION;
    case 3:
        return QUIRK_MESSAGE_ID_ERRATUM;
    }
    return QUIRK_END;
}

static void put_message_id(struct record *r)
{
    const struct json_value *value = r->fields[FIELD_MESSAGE_ID];
    size_t len = 0;
    const char *text = value ? json_in_text(value, &len) : NULL;
    enum quirk form;

    if (text && len == 4 && strcasecmp(text, "NULL") == 0) {
        record_note(r, QUIRK_MESSAGE_ID_NULL);
        return;
    }
    if (!record_put(r, EVENT_MESSAGE_ID, value, QUIRK_FIELD_TYPE)) {
        record_note(r, QUIRK_MESSAGE_ID_MISSING);
        return;
    }
    text = event_text(r->event, EVENT_MESSAGE_ID, &len);
    form = message_id_form(text, len);
    if (form != QUIRK_END)
        record_note(r, form);
}

static void put_message(struct record *r)
{
    if (!record_put(r, EVENT_MESSAGE, r->fields[FIELD_MESSAGE],
                    QUIRK_FIELD_TYPE))
        record_note(r, QUIRK_MESSAGE_MISSING);
    else if (placeholder_is_left(event_text(r->event, EVENT_MESSAGE, NULL)))
        record_note(r, QUIRK_MESSAGE_PLACEHOLDER);
}

/* A null keeps its place, for the others are counted from the first. */
static void put_arg(struct record *r, const struct json_value *arg)
{
    if (json_in_type(arg) != JSON_IN_NULL) {
        record_put(r, EVENT_ARG, arg, QUIRK_MESSAGE_ARGS_TYPE);
        return;
    }
    record_note(r, QUIRK_MESSAGE_ARGS_NULL);
    event_add(r->event, EVENT_ARG, "", 0);
}

static void put_args(struct record *r)
{
    const struct json_value *args = r->fields[FIELD_MESSAGE_ARGS], *arg;
    struct json_walk walk = json_in_walk(args);

    if (!args)
        return;
    if (json_in_type(args) != JSON_IN_ARRAY) {
        record_note(r, QUIRK_MESSAGE_ARGS_TYPE);
        put_arg(r, args);
        return;
    }
    for (unsigned i = 0; i < CONFIG_ARGS_MAX; i++) {
        arg = json_in_next(&walk, NULL, NULL);
        if (!arg)
            return;
        put_arg(r, arg);
    }
    if (walk.left > 0) {
        record_note(r, QUIRK_TEXT_CUT);
        r->keep_raw = true;
    }
}

void decode_message(struct record *r)
{
    put_message_id(r);
    put_message(r);
    put_args(r);
}

/* The severity in one of the two fields; *ret_sent if there is a text. */
static enum severity read_severity(struct record *r, enum record_field f,
                                   bool *ret_sent)
{
    const struct json_value *value = r->fields[f];
    size_t len = 0;
    const char *text = value ? json_in_text(value, &len) : NULL;
    enum severity severity;

    *ret_sent = value && (!text || len > 0);
    if (!*ret_sent)
        return SEVERITY_UNKNOWN;
    severity = text ? event_severity_parse(text, len) : SEVERITY_UNKNOWN;
    if (severity == SEVERITY_UNKNOWN)
        record_keep(r, f == FIELD_SEVERITY ? "Severity" : "MessageSeverity",
                    value);
    if (!text || strcmp(text, event_severity_name(severity)) != 0)
        record_note(r, QUIRK_SEVERITY_SPELLING);
    return severity;
}

void decode_severity(struct record *r)
{
    bool sent, sent_too;
    enum severity first = read_severity(r, FIELD_MESSAGE_SEVERITY, &sent);
    enum severity second = read_severity(r, FIELD_SEVERITY, &sent_too);

    if (!sent && !sent_too)
        record_note(r, QUIRK_SEVERITY_MISSING);
    if (first != SEVERITY_UNKNOWN && second != SEVERITY_UNKNOWN &&
        first != second) {
        record_note(r, QUIRK_SEVERITY_CONFLICT);
        record_keep(r, "Severity", r->fields[FIELD_SEVERITY]);
    }
    if (first == SEVERITY_UNKNOWN)
        first = second;
    if (first != SEVERITY_UNKNOWN)
        event_set_int(r->event, EVENT_SEVERITY, first);
}
