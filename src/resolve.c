/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From MessageId to words; see resolve.h. The payload's own text is believed
 * when it is whole: a BMC may know more than its registry.
 */
#include "resolve.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config.h"
#include "decode/quirks.h"
#include "placeholder.h"
#include "registry/resolve_code.h"
#include "util/alloc.h"
#include "util/utf8.h"

void resolve_id_done(struct resolve_id *id)
{
    free(id->registry);
    free(id->key);
    *id = (struct resolve_id){0};
}

static char *last_part(char *path)
{
    char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/*
 * Of an id that is a link to a registry ("/a/Base.1.8.1.json#/Messages/Key",
 * "#Base.1.8.Key") the name and the key, joined as in an id.
 */
static void strip_uri(char *text)
{
    char *hash = strchr(text, '#'), *name, *key = "";
    _cleanup_free_ char *joined = NULL;
    size_t len;

    if (*text != '/' && !strstr(text, "://") && !hash)
        return;
    if (hash) {
        *hash = '\0';
        key = last_part(hash + 1);
    }
    name = last_part(text);
    len = strlen(name);
    if (len > 5 && strcasecmp(name + len - 5, ".json") == 0)
        name[len - 5] = '\0';
    joined = xasprintf("%s.%s", name, key);
    strcpy(text, joined); /* a '.' in place of the '#' */
}

/* The id without blanks, and without dots that part nothing. */
static char *cleaned(const char *text, size_t len)
{
    char *copy = xstrndup(text, len), *to = copy;

    for (const char *c = copy; *c; c++)
        if (!isspace((unsigned char)*c))
            *to++ = *c;
    *to = '\0';
    strip_uri(copy);
    to = copy;
    for (const char *c = copy; *c; c++)
        if (*c != '.' || (to > copy && to[-1] != '.'))
            *to++ = *c;
    while (to > copy && to[-1] == '.')
        to--;
    *to = '\0';
    return copy;
}

static bool is_number(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isdigit((unsigned char)text[i]))
            return false;
    return len > 0 && len < 7;
}

/* Reads "v1_4_0." at `text`; false if something else stands there. */
static bool read_underscored(const char *text, struct resolve_id *ret)
{
    int major, minor, errata, len = 0;

    if ((*text != 'v' && *text != 'V') ||
        sscanf(text + 1, "%6d_%6d_%6d%n", &major, &minor, &errata, &len) < 3 ||
        text[1 + len] != '.')
        return false;
    ret->major = major;
    ret->minor = minor;
    ret->errata = errata;
    return true;
}

/* "1.4." or "1.4.0." at `text`: reads it and returns what follows. */
static const char *read_dotted(const char *text, struct resolve_id *ret)
{
    int *numbers[] = {&ret->major, &ret->minor, &ret->errata};
    size_t len;

    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        len = strcspn(text, ".");
        if (!is_number(text, len) || text[len] != '.')
            break;
        *numbers[i] = atoi(text);
        text += len + 1;
    }
    for (len = strcspn(text, "."); is_number(text, len) && text[len] == '.';
         len = strcspn(text, "."))
        text += len + 1; /* a fourth number says nothing */
    return text;
}

void resolve_id_parse(const char *message_id, size_t len,
                      struct resolve_id *ret)
{
    _cleanup_free_ char *text = cleaned(message_id, len);
    const char *dot = strchr(text, '.');
    const char *rest;

    *ret = (struct resolve_id){.major = REGISTRY_VERSION_ANY,
                               .minor = REGISTRY_VERSION_ANY,
                               .errata = REGISTRY_VERSION_ANY};
    if (!*text || strcasecmp(text, "NULL") == 0)
        return;
    if (!dot || dot == text || !dot[1] ||
        is_number(text, (size_t)(dot - text))) {
        ret->key = TAKE(text); /* bare key, hex code or class.code */
        return;
    }
    ret->registry = xstrndup(text, (size_t)(dot - text));
    rest = read_underscored(dot + 1, ret) ? strchr(dot + 1, '.') + 1
                                          : read_dotted(dot + 1, ret);
    ret->key = xstrdup(rest);
}

/* The argument of that number, from 1; NULL if there is none. */
static const char *arg_at(const struct event *e, unsigned number,
                          size_t *ret_len)
{
    size_t cursor = 0;
    const char *arg = NULL;

    while (number-- > 0)
        if (!(arg = event_next(e, EVENT_ARG, &cursor, ret_len)))
            return NULL;
    return arg;
}

/* The number after a '%' at `text`; 0 if there is none. */
static unsigned placeholder(const char *text, size_t *ret_len)
{
    unsigned number = 0;
    size_t len = 1;

    while (len < 4 && isdigit((unsigned char)text[len]))
        number = number * 10 + (unsigned)(text[len++] - '0');
    *ret_len = len;
    return number;
}

void resolve_fill(const char *text, const struct event *e, struct buffer *out,
                  unsigned *ret_missing)
{
    unsigned missing = 0, number;
    size_t len, arg_len;
    const char *arg;

    while (*text && out->len <= CONFIG_TEXT_MAX) {
        size_t plain = strcspn(text, "%");

        buffer_add(out, text, plain);
        text += plain;
        if (!*text)
            break;
        number = placeholder(text, &len);
        arg = number > 0 ? arg_at(e, number, &arg_len) : NULL;
        if (arg)
            buffer_add(out, arg, arg_len);
        else
            buffer_add(out, text, len);
        missing += number > 0 && !arg;
        text += len;
    }
    if (ret_missing)
        *ret_missing = missing;
}

/* Sets a text that no payload bounds. */
static void set_bounded(struct event *e, enum event_field f, const char *text,
                        size_t len)
{
    if (len > CONFIG_TEXT_MAX) {
        quirks_note(e, QUIRK_TEXT_CUT);
        len = utf8_cut(text, len, CONFIG_TEXT_MAX);
    }
    event_set_text(e, f, text, len);
}

/*
 * When nothing says what happened, the id and the arguments do: an operator
 * must read something.
 */
static void set_bare_message(struct event *e)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    const char *id = event_text(e, EVENT_MESSAGE_ID, NULL);
    size_t cursor = 0, len;
    const char *arg;

    if (!id || !*id)
        id = event_text(e, EVENT_EVENT_TYPE, NULL);
    buffer_add_text(&text, id && *id ? id : "event without MessageId");
    while ((arg = event_next(e, EVENT_ARG, &cursor, &len))) {
        if (len == 0)
            continue;
        buffer_add_text(&text, text.data[text.len - 1] == ',' ? " " : ": ");
        buffer_add(&text, arg, len);
        buffer_add_char(&text, ',');
    }
    if (text.data[text.len - 1] == ',')
        text.len--;
    set_bounded(e, EVENT_MESSAGE, text.data, text.len);
}

static void set_message(struct event *e, const struct registry_hit *hit)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    const char *own = event_text(e, EVENT_MESSAGE, NULL);
    const char *from = "payload";

    if (own && !placeholder_is_left(own)) {
        event_set(e, EVENT_RESOLVED_FROM, from);
        return;
    }
    if (hit && *hit->message->text) {
        resolve_fill(hit->message->text, e, &text, NULL);
        from = registry_origin_name(hit->registry->origin);
    } else if (own) {
        resolve_fill(own, e, &text, NULL);
    }
    event_set(e, EVENT_RESOLVED_FROM, text.len > 0 ? from : "none");
    if (text.len > 0)
        set_bounded(e, EVENT_MESSAGE, text.data, text.len);
    else
        set_bare_message(e);
}

static void add_version(struct buffer *out, int major, int minor, int errata)
{
    if (major == REGISTRY_VERSION_ANY)
        return;
    buffer_printf(out, "%d", major);
    if (minor != REGISTRY_VERSION_ANY)
        buffer_printf(out, ".%d", minor);
    if (errata != REGISTRY_VERSION_ANY)
        buffer_printf(out, ".%d", errata);
}

/* The version that was meant: the registry's own if that is the one found. */
static void set_name(struct event *e, const struct resolve_id *id,
                     const struct registry_hit *hit)
{
    _cleanup_(buffer_done) struct buffer version = {0};
    const struct registry *r = hit ? hit->registry : NULL;

    if (hit && (hit->exact || !id->registry))
        add_version(&version, r->major, r->minor, r->errata);
    else
        add_version(&version, id->major, id->minor, id->errata);
    event_set(e, EVENT_REGISTRY, hit ? r->prefix : id->registry);
    event_set(e, EVENT_KEY, hit ? hit->message->key : id->key);
    if (version.len > 0)
        event_set_text(e, EVENT_REGISTRY_VERSION, version.data, version.len);
}

/* Whether a catalogue will know the id: that is nearer than another's key. */
static bool is_code(const struct catalogue *c, const struct resolve_id *id)
{
    _cleanup_free_ char *whole = NULL;

    if (!c)
        return false;
    whole = xasprintf("%s.%s", id->registry, id->key);
    return catalogue_find(c, whole, strlen(whole)) ||
           catalogue_find(c, id->key, strlen(id->key));
}

/*
 * By registry, version and key; else by the key alone if only one registry has
 * it, which then lends its words but not its name (*ret_borrowed).
 */
static bool look_up(const struct registry_view *view,
                    const struct resolve_id *id, struct registry_hit *ret,
                    bool *ret_borrowed)
{
    struct registry_version version = {id->major, id->minor, id->errata};

    *ret_borrowed = false;
    if (!id->key)
        return false;
    if (!id->registry)
        return registry_view_find_key(view, id->key, ret);
    if (registry_view_find(view, id->registry, &version, id->key, ret))
        return true;
    *ret_borrowed = !is_code(registry_set_catalogue(view->shared), id) &&
                    registry_view_find_key(view, id->key, ret);
    return *ret_borrowed;
}

/* The admin's word, else the payload's, else the registry's. */
static void set_severity(struct event *e, const struct registry_hit *hit)
{
    const struct registry_message *admin = hit ? hit->override : NULL;
    enum severity known = hit ? hit->message->severity : SEVERITY_UNKNOWN;

    if (admin && admin->severity != SEVERITY_UNKNOWN)
        known = admin->severity;
    if (hit)
        event_set_int(e, EVENT_REGISTRY_SEVERITY, known);
    if (event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN) == SEVERITY_UNKNOWN ||
        (admin && admin->severity != SEVERITY_UNKNOWN))
        event_set_int(e, EVENT_SEVERITY, known);
}

static void set_resolution(struct event *e, const struct registry_hit *hit)
{
    const char *text = NULL;

    if (hit && hit->override && hit->override->resolution)
        text = hit->override->resolution;
    else if (hit && !event_has(e, EVENT_RESOLUTION))
        text = hit->message->resolution;
    if (text)
        set_bounded(e, EVENT_RESOLUTION, text, strlen(text));
}

bool resolve_event(const struct registry_view *view, struct event *e)
{
    struct registry_hit found, *hit = NULL;
    struct resolve_id id;
    bool borrowed;
    size_t len = 0;
    const char *text = event_text(e, EVENT_MESSAGE_ID, &len);

    resolve_id_parse(text ? text : "", len, &id);
    if (look_up(view, &id, &found, &borrowed))
        hit = &found;
    set_name(e, &id, borrowed ? NULL : hit);
    set_message(e, hit);
    set_severity(e, hit);
    set_resolution(e, hit);
    resolve_id_done(&id);
    return resolve_code(registry_set_catalogue(view->shared), e);
}
