/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several files, one configuration: lists add up and names must differ, which
 * their readers see to. A plain key set by two files is a mistake, for which
 * of them should hold? Here all such keys are found.
 */
#include <string.h>

#include "config/config_parts.h"

/* The keys so far, by their path. */
struct twice {
    struct hashmap *seen;
    struct yaml_problems *problems;
};

static void check_key(struct twice *t, struct yaml_node *key, const char *path)
{
    struct yaml_node *first = hashmap_find(t->seen, path);

    if (!first) {
        hashmap_set(t->seen, path, key);
        return;
    }
    yaml_problem(t->problems, &key->mark, path,
                 "is already set on line %u of %s: keep one of them",
                 first->mark.line, first->mark.file);
}

static void check_table(struct twice *t, const struct option *table,
                        const struct yaml_node *mapping, const char *path);

static void check_option(struct twice *t, const struct option *o,
                         const struct yaml_node *mapping, size_t i,
                         const char *path)
{
    _cleanup_free_ char *full = option_path(path, o->key);

    if (o->kind == OPTION_SECTION)
        check_table(t, o->section, mapping->items[i], full);
    else if (o->kind != OPTION_CUSTOM)
        check_key(t, mapping->keys[i], full);
}

/* Lists and mappings of names (OPTION_CUSTOM) are left to their readers. */
static void check_table(struct twice *t, const struct option *table,
                        const struct yaml_node *mapping, const char *path)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return;
    for (size_t i = 0; i < mapping->count; i++)
        for (const struct option *o = table; o->key; o++)
            if (strcmp(o->key, mapping->keys[i]->text) == 0)
                check_option(t, o, mapping, i, path);
}

void config_check_twice(struct config_reader *r)
{
    struct twice t = {hashmap_new(), r->problems};

    for (size_t i = 0; i < r->root_count; i++) {
        check_table(&t, config_options, r->roots[i], NULL);
        check_table(&t, config_bmc_shared_options,
                    yaml_find(r->roots[i], "bmc_defaults"), "bmc_defaults");
    }
    hashmap_free(t.seen);
}
