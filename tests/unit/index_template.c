/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf/ecs-index-template.json maps each field that the format ecs can write,
 * and no other, to a type that takes what is written there: numbers go to
 * long, times to date, addresses to ip, all other texts to keyword or text.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "decode/json_in.h"
#include "format_sample.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"
#include "util/hashmap.h"

#define TEMPLATE "conf/ecs-index-template.json"
#define LABELS "labels" /* whose members the admin names */

static const char *type_of(const struct json_value *mapping)
{
    const struct json_value *type = json_in_find(mapping, "type");
    size_t len;

    return type ? json_in_text(type, &len) : NULL;
}

/* Dotted names below "properties" of the template, each with its mapping. */
static void walk_template(const struct json_value *properties, const char *path,
                          struct hashmap *fields)
{
    struct json_walk w = json_in_walk(properties);
    const struct json_value *v, *deeper;
    const char *key;

    while ((v = json_in_next(&w, &key, NULL))) {
        _cleanup_free_ char *name =
            xasprintf("%s%s%s", path, *path ? "." : "", key);

        deeper = json_in_find(v, "properties");
        if (deeper)
            walk_template(deeper, name, fields);
        else
            hashmap_set(fields, name, (void *)v);
    }
}

static bool is_address(const char *text)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, text, bytes) == 1 ||
           inet_pton(AF_INET6, text, bytes) == 1;
}

/* The type that a value needs; NULL: keyword or text, as one likes. */
static const char *needs(const char *name, const struct json_value *v)
{
    usec_t time;
    size_t len;
    const char *text;

    if (strcmp(name, LABELS) == 0)
        return "object";
    if (json_in_type(v) == JSON_IN_NUMBER)
        return "long";
    text = json_in_text(v, &len);
    if (is_address(text))
        return "ip";
    return clock_parse(text, len, &time, NULL) ? "date" : NULL;
}

static void check_value(const struct hashmap *fields, const char *name,
                        const struct json_value *v)
{
    const struct json_value *mapping = hashmap_find(fields, name), *one = v;
    const char *type, *wanted;

    if (!ok(mapping != NULL, "%s is in the template", name))
        return;
    if (json_in_type(v) == JSON_IN_ARRAY) {
        struct json_walk w = json_in_walk(v);

        one = json_in_next(&w, NULL, NULL);
    }
    type = type_of(mapping);
    wanted = needs(name, one);
    if (wanted)
        is_text(type, wanted, "%s has its type", name);
    else
        ok(type && (strcmp(type, "keyword") == 0 || strcmp(type, "text") == 0),
           "%s is text", name);
}

/* All values of an event; their names go to `seen`. */
static void check_event(const struct json_value *object, const char *path,
                        const struct hashmap *fields, struct hashmap *seen)
{
    struct json_walk w = json_in_walk(object);
    const struct json_value *v;
    const char *key;

    while ((v = json_in_next(&w, &key, NULL))) {
        _cleanup_free_ char *name =
            xasprintf("%s%s%s", path, *path ? "." : "", key);

        if (json_in_type(v) == JSON_IN_OBJECT && strcmp(key, LABELS) != 0) {
            check_event(v, name, fields, seen);
            continue;
        }
        if (!hashmap_find(seen, name))
            check_value(fields, name, v);
        hashmap_set(seen, name, seen);
    }
}

static void check_all(const struct hashmap *fields)
{
    const char *const urls[] = {"https://10.0.0.11", "https://bmc.example"};
    const struct format_options options = {.app_name = "redfish"};
    struct hashmap *seen = hashmap_new();
    _cleanup_(buffer_done) struct buffer out = {0};
    const char *name;
    size_t cursor = 0;
    void *value;

    for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
        struct event *e = sample_full_event(urls[i]);
        const char *text = sample_write(&format_ecs, e, &options, &out);
        struct json_in *doc = json_in_read(text, out.len, NULL);

        check_event(json_in_root(doc), "", fields, seen);
        json_in_free(doc);
        event_free(e);
    }
    while (hashmap_next(fields, &cursor, &name, &value))
        ok(hashmap_find(seen, name) != NULL, "%s is written", name);
    hashmap_free(seen);
}

/* The template's mappings, down to the properties; NULL if there are none. */
static const struct json_value *properties_of(const struct json_in *doc)
{
    static const char *const path[] = {"template", "mappings", "properties"};
    const struct json_value *v = doc ? json_in_root(doc) : NULL;

    for (size_t i = 0; v && i < ARRAY_LEN(path); i++)
        v = json_in_find(v, path[i]);
    return v;
}

int main(void)
{
    struct hashmap *fields = hashmap_new();
    _cleanup_(buffer_done) struct buffer text = {0};
    struct json_in *doc = NULL;
    struct error err;

    if (ok(file_read(TEST_SRCDIR "/" TEMPLATE, 1 << 20, &text, &err) == 0,
           TEMPLATE " can be read"))
        doc = json_in_read(text.data, text.len, &err);
    if (ok(properties_of(doc) != NULL, "it has properties")) {
        walk_template(properties_of(doc), "", fields);
        check_all(fields);
    }
    json_in_free(doc);
    hashmap_free(fields);
    return done_testing();
}
