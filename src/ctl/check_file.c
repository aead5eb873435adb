/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See check_file.h. The loaders forgive much, for BMCs; what an admin writes
 * is looked at with a stricter eye. First the loaders are asked, so that what
 * trawld would skip is named in its words; then comes what they take without a
 * word and nobody can have meant.
 */
#include "ctl/check_file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "registry/catalogue_private.h"
#include "registry/clearing_private.h"
#include "ctl/check_lines.h"
#include "registry/own_file.h"
#include "util/alloc.h"
#include "util/hashmap.h"

struct check {
    const struct check_report *report;
    const struct registry_set *known;
    struct check_lines lines;
};

static void tell(const struct check *c, unsigned line, const char *format, ...)
    _printf_(3, 4);

static void tell(const struct check *c, unsigned line, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    c->report->on_problem(c->report->userdata, line, text);
}

/* Of two members with one name JSON has the last; the first is just lost. */
static void check_duplicates(const struct check *c, const char *section)
{
    struct hashmap *seen = hashmap_new();

    for (size_t i = 0; i < c->lines.count; i++) {
        struct check_line *l = &c->lines.items[i], *first;

        if (!l->key || strcmp(l->section, section) != 0)
            continue;
        first = hashmap_find(seen, l->key);
        if (first)
            tell(c, l->line, "%s stands here again; first on line %u", l->key,
                 first->line);
        else
            hashmap_set(seen, l->key, l);
    }
    hashmap_free(seen);
}

/* The highest %n of a template. */
static unsigned placeholders(const char *text)
{
    unsigned highest = 0;

    for (const char *c = strchr(text, '%'); c; c = strchr(c + 1, '%'))
        highest = MAX_OF(highest, (unsigned)strtoul(c + 1, NULL, 10));
    return highest;
}

/* A number that is wrong leaves a hole in the text, or an argument out. */
static void check_message(const struct check *c, const struct registry *r,
                          const struct registry_message *m,
                          const struct json_value *v)
{
    unsigned line = check_lines_find(&c->lines, "Messages", m->key, 0);
    const struct json_value *types =
        own_file_member(v, "ParamTypes", JSON_IN_ARRAY);

    if (!m->partial && placeholders(m->text) != m->arg_count)
        tell(c, line, "%s: the text has %u arguments, NumberOfArgs says %u",
             m->key, placeholders(m->text), m->arg_count);
    if (types && json_in_count(types) != m->arg_count)
        tell(c, line, "%s: ParamTypes has %zu, NumberOfArgs says %u", m->key,
             json_in_count(types), m->arg_count);
    if (m->severity == SEVERITY_UNKNOWN && !m->partial)
        tell(c, line, "%s: no severity (OK, Warning, Critical)", m->key);
    for (char **key = m->clears; key && *key; key++)
        if (!registry_message_find(r, *key))
            tell(c, line, "%s: it clears %s, which this registry does not have",
                 m->key, *key);
}

static void check_registry(const struct check *c, const struct json_value *root,
                           const struct registry *r)
{
    const struct json_value *messages = json_in_find(root, "Messages");
    struct json_walk walk = json_in_walk(messages);
    const struct json_value *v;
    const char *key;

    if (r->major == REGISTRY_VERSION_ANY)
        tell(c, 1, "no RegistryVersion (like 1.2.0)");
    check_duplicates(c, "Messages");
    while ((v = json_in_next(&walk, &key, NULL))) {
        const struct registry_message *m = registry_message_find(r, key);

        if (json_in_find(messages, key) != v)
            continue; /* told as standing twice */
        if (m)
            check_message(c, r, m, v);
        else
            tell(c, check_lines_find(&c->lines, "Messages", key, 0),
                 "%s: it has neither Message nor anything to override", key);
    }
}

/* The loaders tell "entry 3 is skipped: why"; the line stands in its place. */
static void on_loader_problem(void *userdata, const char *text)
{
    const struct check *c = userdata;
    const char *number = strstr(text, "entry ") ?: strstr(text, "rule ");
    const char *why = strstr(text, "skipped: ");
    const char *section = strstr(text, "entry ") ? "entries" : "rules";
    size_t index = number ? strtoul(strchr(number, ' '), NULL, 10) : 1;

    tell(c, check_lines_find(&c->lines, section, NULL, index - 1), "%s",
         why ? why + strlen("skipped: ") : text);
}

static void check_catalogue(struct check *c, const struct json_value *root)
{
    struct catalogue *codes = catalogue_new();
    struct json_walk walk = json_in_walk(json_in_find(root, "entries"));
    struct hashmap *seen = hashmap_new();
    const struct json_value *v;

    catalogue_load_document(codes, "", root, REGISTRY_LOCAL, on_loader_problem,
                            c);
    for (size_t i = 0; (v = json_in_next(&walk, NULL, NULL)); i++) {
        const char *code = own_file_text(v, "code");
        unsigned line = check_lines_find(&c->lines, "entries", NULL, i);
        void *first;

        if (!code)
            continue;
        first = hashmap_set(seen, code, (void *)(uintptr_t)line);
        if (first)
            tell(c, line, "%s stands here again; first on line %u", code,
                 (unsigned)(uintptr_t)first);
    }
    hashmap_free(seen);
    catalogue_free(codes);
}

/* Whether any version of a known registry has the message. */
static bool is_dangling(const struct registry_set *known, const char *registry,
                        const char *key)
{
    struct registry_hit hit;

    return !strpbrk(key, "*?") && registry_set_has(known, registry) &&
           !registry_find(known, registry, REGISTRY_VERSION_ANY,
                          REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY, key,
                          &hit);
}

static void check_rule(const struct check *c, const struct clearing_rule *rule,
                       unsigned line)
{
    if (rule->key && is_dangling(c->known, rule->registry, rule->key))
        tell(c, line, "%s has no message %s", rule->registry, rule->key);
    /* A rule for a message that nobody sends would just never fire. */
    for (char **t = rule->targets; t && *t; t++) {
        _cleanup_free_ char *registry = NULL;
        const char *key = clearing_target_split(rule, *t, &registry);

        if (is_dangling(c->known, registry, key))
            tell(c, line, "it clears %s, which %s does not have", key,
                 registry);
    }
}

static void check_clearing(struct check *c, const struct json_value *root)
{
    struct json_walk walk = json_in_walk(json_in_find(root, "rules"));
    const struct json_value *v;

    for (size_t i = 0; (v = json_in_next(&walk, NULL, NULL)); i++) {
        unsigned line = check_lines_find(&c->lines, "rules", NULL, i);
        struct error err = {""};
        struct clearing_rule *rule = clearing_rule_read(v, &err);

        if (rule)
            check_rule(c, rule, line);
        else
            tell(c, line, "%s", err.text);
        clearing_rule_free(rule);
    }
}

/* "… at byte 71" becomes a line. */
static void tell_broken(const struct check *c, const char *bytes, size_t len,
                        const struct error *err)
{
    const char *at = strstr(err->text, "at byte ");

    tell(c,
         at ? check_lines_of_byte(bytes, len,
                                  strtoul(at + strlen("at byte "), NULL, 10))
            : 1,
         "%s", err->text);
}

/* The schema tells what it is; a registry has none, and is tried last. */
static const char *check_root(struct check *c, const char *bytes, size_t len,
                              const struct json_value *root)
{
    const char *schema = json_in_type(root) == JSON_IN_OBJECT
                             ? own_file_text(root, "schema")
                             : NULL;
    struct error err = {""};
    struct registry *r;

    if (schema && strcmp(schema, "trawl.catalogue/1") == 0) {
        check_catalogue(c, root);
        return "catalogue";
    }
    if (schema && strcmp(schema, "trawl.clearing/1") == 0) {
        check_clearing(c, root);
        return "clearing file";
    }
    r = registry_parse(bytes, len, &err);
    if (r)
        check_registry(c, root, r);
    else
        tell(c, 1, "%s", err.text);
    registry_free(r);
    return *err.text ? NULL : "registry";
}

const char *check_file(const char *bytes, size_t len,
                       const struct registry_set *known,
                       const struct check_report *report)
{
    struct check c = {.report = report, .known = known};
    struct error err = {""};
    _cleanup_(json_in_freep) struct json_in *doc =
        json_in_read(bytes, len, &err);
    const char *kind = NULL;

    if (!doc) {
        tell_broken(&c, bytes, len, &err);
        return NULL;
    }
    check_lines_read(bytes, len, &c.lines);
    kind = check_root(&c, bytes, len, json_in_root(doc));
    check_lines_done(&c.lines);
    return kind;
}
