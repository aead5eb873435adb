/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of options, walked: defaults, what a mapping sets, keys that nobody
 * knows, copies and the end. What a value of each kind looks like stands in
 * option_kinds.c and option_value.c.
 */
#include "option.h"

#include <assert.h>
#include <string.h>

#include "config/option_parts.h"
#include "util/alloc.h"
#include "util/macro.h"
#include "util/nearest.h"

static void *member(const struct option *o, const void *base)
{
    return (char *)base + o->offset;
}

char *option_path(const char *path, const char *key)
{
    return path && *path ? xasprintf("%s.%s", path, key) : xstrdup(key);
}

/* Of the member in the caller's structure; 0 for what has no member. */
static size_t member_size(enum option_kind kind)
{
    switch (kind) {
    case OPTION_TEXT:
        return sizeof(char *);
    case OPTION_BOOL:
        return sizeof(bool);
    case OPTION_INT:
        return sizeof(int64_t);
    case OPTION_DURATION:
        return sizeof(usec_t);
    case OPTION_SIZE:
        return sizeof(uint64_t);
    case OPTION_CHOICE:
        return sizeof(int);
    case OPTION_TEXTS:
        return sizeof(struct option_texts);
    case OPTION_PAIRS:
        return sizeof(struct option_pairs);
    case OPTION_SECTION:
    case OPTION_CUSTOM:
        break;
    }
    return 0;
}

/* Defaults are YAML, and go the way that a file goes. */
static void set_standard(const struct option *o, void *base)
{
    struct yaml_problems *problems = yaml_problems_new();
    struct yaml_tree *tree =
        yaml_parse(o->key, o->standard, strlen(o->standard), problems);
    struct option_reading r = {o, NULL, o->key, problems};
    bool good = false;

    if (tree) {
        r.node = yaml_root(tree);
        good = option_read_value(&r, base);
    }
    assert(good);
    yaml_tree_free(tree);
    yaml_problems_free(problems);
}

void option_init(const struct option *table, void *ret_base)
{
    for (const struct option *o = table; o->key; o++) {
        memset(member(o, ret_base), 0, member_size(o->kind));
        if (o->kind == OPTION_SECTION)
            option_init(o->section, member(o, ret_base));
        else if (o->standard && o->kind != OPTION_CUSTOM)
            set_standard(o, ret_base);
    }
}

static const struct option *table_find(const struct option *table,
                                       const char *key)
{
    for (const struct option *o = table; o->key; o++)
        if (strcmp(o->key, key) == 0)
            return o;
    return NULL;
}

/* With one near word that is named alone; else all that are known here. */
static void complain_unknown(const struct option *const *tables, size_t count,
                             const struct yaml_node *key, const char *path,
                             struct yaml_problems *problems)
{
    _cleanup_free_ char *full = option_path(path, key->text);
    _cleanup_(buffer_done) struct buffer known = {0};
    struct nearest near = {.word = key->text};

    for (size_t i = 0; i < count; i++)
        for (const struct option *o = tables[i]; o->key; o++) {
            nearest_offer(&near, o->key);
            buffer_printf(&known, "%s%s", known.len ? ", " : "", o->key);
        }
    if (near.best)
        yaml_problem(problems, &key->mark, full,
                     "unknown key; did you mean '%s'?", near.best);
    else
        yaml_problem(problems, &key->mark, full, "unknown key; known here: %s",
                     known.data);
}

bool option_check_keys(const struct option *const *tables, size_t count,
                       const struct yaml_node *mapping, const char *path,
                       struct yaml_problems *problems)
{
    const struct option *found;
    bool good = true;

    if (!mapping || mapping->kind != YAML_MAPPING)
        return true;
    for (size_t k = 0; k < mapping->count; k++) {
        found = NULL;
        for (size_t i = 0; i < count && !found; i++)
            found = table_find(tables[i], mapping->keys[k]->text);
        if (found)
            continue;
        complain_unknown(tables, count, mapping->keys[k], path, problems);
        good = false;
    }
    return good;
}

/* Said at the mapping, for a key that is missing has no place. */
static bool check_required(const struct option *o,
                           const struct yaml_node *mapping, const char *path,
                           struct yaml_problems *problems)
{
    const struct yaml_node *node = yaml_find(mapping, o->key);

    if (!o->required || (node && node->kind != YAML_NULL))
        return true;
    yaml_problem(problems, mapping ? &mapping->mark : NULL, path,
                 "'%s' is missing: %s", o->key, o->meaning);
    return false;
}

bool option_overlay(const struct option *table, const struct yaml_node *mapping,
                    const char *path, void *base,
                    struct yaml_problems *problems)
{
    bool good = true;

    if (mapping && mapping->kind != YAML_MAPPING &&
        mapping->kind != YAML_NULL) {
        yaml_problem(problems, &mapping->mark, path,
                     "expected a mapping of keys, found %s",
                     option_kind_of(mapping));
        return false;
    }
    for (const struct option *o = table; o->key; o++) {
        _cleanup_free_ char *full = option_path(path, o->key);
        struct option_reading r = {o, yaml_find(mapping, o->key), full,
                                   problems};

        good &= check_required(o, mapping, path, problems);
        if (r.node)
            good &= option_read_value(&r, base);
    }
    return good;
}

bool option_read(const struct option *table, const struct yaml_node *mapping,
                 const char *path, void *ret_base,
                 struct yaml_problems *problems)
{
    bool known = option_check_keys(&table, 1, mapping, path, problems);

    option_init(table, ret_base);
    return option_overlay(table, mapping, path, ret_base, problems) && known;
}

static void copy_texts(const struct option_texts *from, struct option_texts *to)
{
    to->items = from->count ? xcalloc(from->count, sizeof(*to->items)) : NULL;
    to->count = from->count;
    for (size_t i = 0; i < from->count; i++)
        to->items[i] = xstrdup(from->items[i]);
}

static void copy_pairs(const struct option_pairs *from, struct option_pairs *to)
{
    *to = (struct option_pairs){0};
    for (size_t i = 0; i < from->count; i++)
        option_pair_set(to, from->items[i].name, from->items[i].value);
}

void option_copy(const struct option *table, const void *base, void *ret_base)
{
    for (const struct option *o = table; o->key; o++) {
        const void *from = member(o, base);
        void *to = member(o, ret_base);

        if (o->kind == OPTION_TEXT)
            *(char **)to = xstrdup(*(char *const *)from);
        else if (o->kind == OPTION_TEXTS)
            copy_texts(from, to);
        else if (o->kind == OPTION_PAIRS)
            copy_pairs(from, to);
        else if (o->kind == OPTION_SECTION)
            option_copy(o->section, from, to);
        else
            memcpy(to, from, member_size(o->kind));
    }
}

void option_done(const struct option *table, void *base)
{
    for (const struct option *o = table; o->key; o++) {
        void *at = member(o, base);

        if (o->kind == OPTION_TEXT)
            free(*(char **)at);
        else if (o->kind == OPTION_TEXTS)
            option_texts_done(at);
        else if (o->kind == OPTION_PAIRS)
            option_pairs_done(at);
        else if (o->kind == OPTION_SECTION)
            option_done(o->section, at);
        memset(at, 0, member_size(o->kind));
    }
}
