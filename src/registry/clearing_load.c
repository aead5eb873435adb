/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads files of schema "trawl.clearing/1"; see clearing.h. A rule that is
 * wrong is told and left out, the others count: an admin's slip must not take
 * the repairs of a whole fleet away.
 */
#include "registry/clearing_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "registry/own_file.h"
#include "util/alloc.h"

#define SCHEMA "trawl.clearing/1"

struct loading {
    struct clearing *clearing;
    void (*on_problem)(void *userdata, const char *text);
    void *userdata;
};

/* What a rule may say; anything else is a slip of the pen. */
static const struct {
    const char *name;
    enum json_type type;
} members[] = {
    {"registry", JSON_IN_TEXT},    {"key", JSON_IN_TEXT},
    {"why", JSON_IN_TEXT},         {"when", JSON_IN_TEXT},
    {"add", JSON_IN_ARRAY},        {"replace", JSON_IN_ARRAY},
    {"elsewhere", JSON_IN_ARRAY},  {"identity", JSON_IN_ARRAY},
    {"same_origin", JSON_IN_BOOL}, {"raises", JSON_IN_BOOL},
    {"clears_all", JSON_IN_BOOL},  {"event_codes", JSON_IN_OBJECT},
};

static int check_member(const char *name, const struct json_value *v,
                        struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(members); i++) {
        if (strcmp(members[i].name, name) != 0)
            continue;
        if (json_in_type(v) == members[i].type)
            return 0;
        return error_set(err, -EINVAL, "%s is of the wrong type", name);
    }
    return error_set(err, -EINVAL, "%s is not known", name);
}

static enum clearing_when read_when(const char *text)
{
    if (text && strcmp(text, "unresolved") == 0)
        return CLEARING_UNRESOLVED;
    if (text && strcmp(text, "silent") == 0)
        return CLEARING_SILENT;
    return CLEARING_ALWAYS;
}

static int check_rule(const struct json_value *v, struct error *err)
{
    struct json_walk walk = json_in_walk(v);
    const struct json_value *member;
    const char *name, *when = own_file_text(v, "when");
    int r = 0;

    if (json_in_type(v) != JSON_IN_OBJECT)
        return error_set(err, -EINVAL, "it is no object");
    while (r == 0 && (member = json_in_next(&walk, &name, NULL)))
        r = check_member(name, member, err);
    if (r < 0)
        return r;
    if (!own_file_text(v, "registry") || !*own_file_text(v, "registry"))
        return error_set(err, -EINVAL, "it names no registry");
    if (json_in_find(v, "add") && json_in_find(v, "replace"))
        return error_set(err, -EINVAL, "add and replace exclude one another");
    if (read_when(when) == CLEARING_ALWAYS && when)
        return error_set(err, -EINVAL,
                         "when can only be \"unresolved\" or \"silent\"");
    return 0;
}

static bool is_true(const struct json_value *rule, const char *name,
                    bool otherwise)
{
    const struct json_value *v = own_file_member(rule, name, JSON_IN_BOOL);
    size_t len;

    return v ? json_in_text(v, &len)[0] == 't' : otherwise;
}

/* [1, 3] as bits; numbers beyond what an event can hold are told. */
static int read_identity(const struct json_value *list, uint64_t *ret,
                         struct error *err)
{
    struct json_walk walk = json_in_walk(list);
    const struct json_value *v;
    size_t len;

    while ((v = json_in_next(&walk, NULL, NULL))) {
        const char *text = json_in_text(v, &len);
        long number = text ? strtol(text, NULL, 10) : 0;

        if (number < 1 || number > (long)CONFIG_ARGS_MAX)
            return error_set(err, -EINVAL,
                             "identity counts arguments from 1 "
                             "to %u",
                             CONFIG_ARGS_MAX);
        *ret |= UINT64_C(1) << (number - 1);
    }
    return 0;
}

/* Hexadecimal without 0x: Lenovo's 80 asserts, 81 deasserts. */
static int read_byte(const struct json_value *codes, const char *name)
{
    const char *text = codes ? own_file_text(codes, name) : NULL;

    return text ? (int)(strtol(text, NULL, 16) & 0xff) : CLEARING_NO_BYTE;
}

void clearing_rule_free(struct clearing_rule *rule)
{
    if (!rule)
        return;
    free(rule->registry);
    free(rule->key);
    own_file_texts_free(rule->targets);
    own_file_texts_free(rule->elsewhere);
    free(rule);
}

struct clearing_rule *clearing_rule_read(const struct json_value *v,
                                         struct error *err)
{
    const struct json_value *replace = json_in_find(v, "replace");
    const struct json_value *codes = json_in_find(v, "event_codes");
    struct clearing_rule *rule;

    if (check_rule(v, err) < 0)
        return NULL;
    rule = XNEW(struct clearing_rule);
    rule->registry = xstrdup(own_file_text(v, "registry"));
    rule->key = xstrdup(own_file_text(v, "key"));
    rule->replace = replace != NULL;
    rule->targets = own_file_texts(replace ? replace : json_in_find(v, "add"));
    rule->elsewhere = own_file_texts(json_in_find(v, "elsewhere"));
    rule->same_origin = is_true(v, "same_origin", true);
    rule->raises = is_true(v, "raises", false);
    rule->clears_all = is_true(v, "clears_all", false);
    rule->when = read_when(own_file_text(v, "when"));
    rule->names_identity = json_in_find(v, "identity") != NULL;
    rule->raised_byte = read_byte(codes, "raised");
    rule->cleared_byte = read_byte(codes, "cleared");
    if (read_identity(json_in_find(v, "identity"), &rule->identity, err) == 0)
        return rule;
    clearing_rule_free(rule);
    return NULL;
}

static char *lower(const char *text)
{
    char *copy = xstrdup(text);

    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

const struct clearing_list *clearing_list_find(const struct hashmap *map,
                                               const char *registry)
{
    static const struct clearing_list none;
    _cleanup_free_ char *name = lower(registry);
    const struct clearing_list *list = hashmap_find(map, name);

    return list ? list : &none;
}

const char *clearing_target_split(const struct clearing_rule *rule,
                                  const char *target, char **ret_registry)
{
    const char *dot = strchr(target, '.');

    *ret_registry = dot ? xstrndup(target, (size_t)(dot - target))
                        : xstrdup(rule->registry);
    return dot ? dot + 1 : target;
}

static void index_rule(struct hashmap *map, const char *registry,
                       struct clearing_rule *rule)
{
    _cleanup_free_ char *name = lower(registry);
    struct clearing_list *list = hashmap_find(map, name);

    if (!list) {
        list = XNEW(struct clearing_list);
        hashmap_set(map, name, list);
    }
    /* Once, though several of its targets are in that registry. */
    if (list->count > 0 && list->items[list->count - 1] == rule)
        return;
    list->items = xgrow(list->items, &list->cap, list->count + 1,
                        sizeof(struct clearing_rule *));
    list->items[list->count++] = rule;
}

static void add_rule(struct clearing *c, struct clearing_rule *rule)
{
    c->rules =
        xgrow(c->rules, &c->cap, c->count + 1, sizeof(struct clearing_rule *));
    c->rules[c->count++] = rule;
    index_rule(c->by_registry, rule->registry, rule);
    /*
     * By what it ends too: whether a message raises anything, and what would
     * end it, is asked from that side.
     */
    for (char **t = rule->targets; t && *t; t++) {
        _cleanup_free_ char *registry = NULL;

        clearing_target_split(rule, *t, &registry);
        index_rule(c->by_target, registry, rule);
    }
    if (rule->clears_all)
        index_rule(c->by_target, rule->registry, rule);
    for (char **name = rule->elsewhere; name && *name; name++)
        index_rule(c->by_target, *name, rule);
}

static void on_document(void *userdata, const char *path,
                        const struct json_value *root)
{
    struct loading *l = userdata;
    struct json_walk walk = json_in_walk(json_in_find(root, "rules"));
    const struct json_value *v;

    for (unsigned i = 1;
         i <= CLEARING_RULES_MAX && (v = json_in_next(&walk, NULL, NULL));
         i++) {
        struct error err = {""};
        struct clearing_rule *rule = clearing_rule_read(v, &err);

        if (rule) {
            add_rule(l->clearing, rule);
        } else if (l->on_problem) {
            error_prefix(&err, -EINVAL, "%s: rule %u is skipped", path, i);
            l->on_problem(l->userdata, err.text);
        }
    }
}

struct clearing *clearing_new(void)
{
    struct clearing *c = XNEW(struct clearing);

    c->by_registry = hashmap_new();
    c->by_target = hashmap_new();
    return c;
}

static void index_free(struct hashmap *map)
{
    size_t cursor = 0;
    void *value;

    while (hashmap_next(map, &cursor, NULL, &value)) {
        free(((struct clearing_list *)value)->items);
        free(value);
    }
    hashmap_free(map);
}

void clearing_free(struct clearing *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        clearing_rule_free(c->rules[i]);
    free(c->rules);
    index_free(c->by_registry);
    index_free(c->by_target);
    free(c);
}

void clearing_load(struct clearing *c, const char *directory,
                   void (*on_problem)(void *userdata, const char *text),
                   void *userdata)
{
    struct loading l = {c, on_problem, userdata};
    struct own_file_reader reader = {SCHEMA, on_document, &l};

    own_file_load(directory, &reader);
}
