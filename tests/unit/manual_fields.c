/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawl-fields(7) names each field that a format can write, and no other: an
 * event with every field is written in each, and the names are read back.
 * Metrics are compared where there are some (metrics.c).
 */
#include <stdlib.h>
#include <string.h>

#include "format_sample.h"
#include "decode/json_in.h"
#include "manual.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/hashmap.h"

/* Free names of the configuration's, not of a format's. */
#define LABELS "labels"

static const struct format_options options = {.app_name = "redfish"};

static void add_name(struct hashmap *names, const char *name, size_t len)
{
    _cleanup_free_ char *copy = xstrndup(name, len);

    hashmap_set(names, copy, names);
}

/* Dotted names of all values; what is below labels has names of its own. */
static void walk(const struct json_value *object, const char *path,
                 struct hashmap *names)
{
    struct json_walk w = json_in_walk(object);
    const struct json_value *v;
    const char *key;
    size_t len;

    while ((v = json_in_next(&w, &key, &len))) {
        _cleanup_free_ char *name =
            xasprintf("%s%s%.*s", path, *path ? "." : "", (int)len, key);
        bool deeper = json_in_type(v) == JSON_IN_OBJECT &&
                      json_in_count(v) > 0 && strcmp(key, LABELS) != 0;

        if (deeper)
            walk(v, name, names);
        else
            add_name(names, name, strlen(name));
    }
}

static void collect_json(const char *text, struct hashmap *names)
{
    struct json_in *doc = json_in_read(text, strlen(text), NULL);

    walk(json_in_root(doc), "", names);
    json_in_free(doc);
}

/* Lines NAME=value; no value of ours has a line end. */
static void collect_journal(const char *text, struct hashmap *names)
{
    for (; *text; text += strcspn(text, "\n") + 1)
        add_name(names, text, strcspn(text, "="));
}

/* [element name="value" name="value"][element …]; no value has brackets. */
static void collect_syslog(const char *text, struct hashmap *names)
{
    while ((text = strchr(text, '['))) {
        const char *end = text + strcspn(text, "]");
        int element = (int)strcspn(++text, " ");
        const char *at = text + element;

        while (at < end && *at == ' ') {
            _cleanup_free_ char *name = xasprintf(
                "%.*s.%.*s", element, text, (int)strcspn(at + 1, "="), at + 1);

            add_name(names, name, strlen(name));
            at = strchr(strchr(at, '"') + 1, '"') + 1;
        }
        text = end;
    }
}

/* Keys of the extension, which begins behind seven pipes. */
static void collect_cef(const char *text, struct hashmap *names)
{
    for (int pipes = 0; pipes < 7; text++)
        pipes += *text == '|';
    while (text && *text) {
        size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

        if (text[len] == '=')
            add_name(names, text, len);
        text = strchr(text, ' ');
        text += text != NULL;
    }
}

static void check_both(const char *section, const char *heading,
                       const struct hashmap *names)
{
    size_t cursor = 0;
    const char *name;
    char *entry;
    void *value;

    while (hashmap_next(names, &cursor, &name, &value)) {
        entry = manual_entry(section, name);
        ok(entry != NULL, "%s: %s is described", heading, name);
        free(entry);
    }
    while ((entry = manual_next(&section))) {
        ok(hashmap_find(names, entry) != NULL, "%s: %s is written", heading,
           entry);
        free(entry);
    }
}

static void test_format(const char *page, const struct format *format,
                        const char *heading,
                        void (*read)(const char *, struct hashmap *))
{
    const char *const urls[] = {"https://10.0.0.11", "https://bmc.example",
                                "https://[2001:db8::1]"};
    _cleanup_free_ char *section = manual_section(page, heading);
    struct hashmap *names = hashmap_new();
    _cleanup_(buffer_done) struct buffer out = {0};

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct event *e = sample_full_event(urls[i]);

        read(sample_write(format, e, &options, &out), names);
        event_free(e);
    }
    if (ok(section != NULL, "there is a section %s", heading))
        check_both(section, heading, names);
    hashmap_free(names);
}

/* What sample_full_event() forgot would be missed in the formats too. */
static void test_full(void)
{
    struct event *e = sample_full_event("https://10.0.0.11");

    for (int f = EVENT_ID; f < EVENT_OUTCOME; f++)
        ok(event_has(e, (enum event_field)f), "the event has field %s",
           event_field_name((enum event_field)f));
    event_free(e);
}

int main(void)
{
    char *page = manual_read("trawl-fields.7");

    test_full();
    test_format(page, &format_json, "JSON", collect_json);
    test_format(page, &format_ecs, "ECS", collect_json);
    test_format(page, &format_cef, "CEF", collect_cef);
    test_format(page, &format_journal, "JOURNALD", collect_journal);
    test_format(page, &format_rfc5424, "SYSLOG", collect_syslog);
    free(page);
    return done_testing();
}
