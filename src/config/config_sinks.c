/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `sinks:` of all files: each is a name and a mapping, read by a small table
 * for what all sinks have and by the table that its type brings.
 */
#include <errno.h>
#include <string.h>

#include "config/config_tls.h"
#include "formats/format.h"
#include "sinks/sink.h"
#include "util/alloc.h"
#include "util/ends_in.h"
#include "util/nearest.h"

static const char *const when_full_choices[] = {
    [WHEN_FULL_HOLD] = "hold",
    [WHEN_FULL_SKIP] = "skip",
    NULL,
};

const struct option config_sink_options[] = {
    {
        .key = "type",
        .kind = OPTION_CUSTOM,
        .meaning = "file, journald, kafka or syslog",
        .required = true,
    },
    {
        .key = "format",
        .kind = OPTION_CUSTOM,
        .meaning = "json, ecs or rfc5424",
    },
    {
        .key = "when_full",
        .kind = OPTION_CHOICE,
        .offset = offsetof(struct config_sink, when_full),
        .standard = "hold",
        .meaning = "when the spool is full: hold makes BMCs wait, skip passes "
                   "over this sink's oldest events",
        .choices = when_full_choices,
    },
    {0},
};

static const struct option no_options[] = {{0}};

struct item {
    struct config_reader *r;
    const struct yaml_node *node;
    const char *path;
    struct config_sink *sink;
};

static const struct option *type_options(const struct sink_type *type)
{
    return type->options ? type->options : no_options;
}

/* The nearest of the names in "file, journald, …"; the caller frees it. */
static char *nearest_of(const char *word, const char *names)
{
    _cleanup_free_ char *copy = xstrdup(names);
    struct nearest near = {.word = word};
    char *rest = copy, *name;

    while ((name = strsep(&rest, ", ")))
        if (*name)
            nearest_offer(&near, name);
    return xstrdup(near.best);
}

static void complain_word(const struct item *it, const struct yaml_node *node,
                          const char *key, const char *names)
{
    _cleanup_free_ char *path = option_path(it->path, key);
    _cleanup_free_ char *best = NULL;

    if (node->kind != YAML_SCALAR) {
        yaml_problem(it->r->problems, &node->mark, path,
                     "expected one of %s, found %s", names,
                     option_kind_of(node));
        return;
    }
    best = nearest_of(node->text, names);
    yaml_problem(it->r->problems, &node->mark, path,
                 "'%s' is not one of %s%s%s%s", node->text, names,
                 best ? "; did you mean '" : "", best ? best : "",
                 best ? "'?" : "");
}

/* Without a type nothing else of the sink can be judged. */
static bool read_type(const struct item *it)
{
    const struct yaml_node *node = yaml_find(it->node, "type");

    if (!node || node->kind == YAML_NULL) {
        yaml_problem(it->r->problems, &it->node->mark, it->path,
                     "'type' is missing: one of %s", sink_names());
        return false;
    }
    if (node->kind == YAML_SCALAR)
        it->sink->type = sink_find(node->text);
    if (!it->sink->type)
        complain_word(it, node, "type", sink_names());
    return it->sink->type != NULL;
}

static void read_format(const struct item *it)
{
    const struct yaml_node *node = yaml_find(it->node, "format");
    const struct sink_type *type = it->sink->type;
    const struct format *chosen = NULL;
    _cleanup_free_ char *path = option_path(it->path, "format");

    it->sink->format = type->standard_format;
    if (!node || node->kind == YAML_NULL)
        return;
    if (type->fixed_format) {
        yaml_problem(it->r->problems, &node->mark, path,
                     "a sink of type %s has a form of its own: remove this "
                     "key",
                     type->name);
        return;
    }
    if (node->kind == YAML_SCALAR)
        chosen = format_find(node->text);
    if (chosen)
        it->sink->format = chosen;
    else
        complain_word(it, node, "format", format_names());
}

/* Whether a sink's option names a PEM file, going by its key. */
static bool names_file(const struct option *table, const struct option *o,
                       enum config_file *ret_kind)
{
    bool has_certificate = false;

    for (const struct option *other = table; other->key; other++)
        if (strcmp(other->key, "certificate") == 0)
            has_certificate = true;
    *ret_kind = CONFIG_FILE_CERTIFICATE;
    if (o->kind != OPTION_TEXT)
        return false;
    if (strcmp(o->key, "certificate") == 0 || strcmp(o->key, "ca") == 0)
        return true;
    *ret_kind = CONFIG_FILE_KEY;
    if (strcmp(o->key, "key") == 0)
        return has_certificate;
    *ret_kind = CONFIG_FILE_ANY;
    return ends_in(o->key, "_file");
}

/* Properties that pass through may name files too: sasl.password_file. */
static void check_pairs(const struct item *it, const struct yaml_node *pairs,
                        const char *path)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (ends_in(pairs->keys[i]->text, "_file"))
            config_check_file(it->r, &pairs->items[i]->mark, path,
                              pairs->items[i]->text, CONFIG_FILE_ANY);
}

/* The text under a key of that table, or NULL. */
static const char *text_of(const struct option *table, const char *key,
                           const void *base)
{
    for (const struct option *o = table; o->key; o++)
        if (o->kind == OPTION_TEXT && strcmp(o->key, key) == 0)
            return *(char *const *)((const char *)base + o->offset);
    return NULL;
}

/* A section that has both is one of TLS. */
static void check_identity(const struct item *it, const struct option *table,
                           const struct yaml_node *mapping, const void *base,
                           const char *path)
{
    const struct yaml_node *node = yaml_find(mapping, "certificate");

    if (node)
        config_check_pair(it->r, &node->mark, path,
                          text_of(table, "certificate", base),
                          text_of(table, "key", base));
}

static void check_files(const struct item *it, const struct option *table,
                        const struct yaml_node *mapping, const void *base,
                        const char *prefix)
{
    enum config_file kind;

    for (const struct option *o = table; o->key; o++) {
        const struct yaml_node *node = yaml_find(mapping, o->key);
        const void *at = (const char *)base + o->offset;
        _cleanup_free_ char *path = option_path(prefix, o->key);

        if (!node)
            continue;
        if (o->kind == OPTION_SECTION)
            check_files(it, o->section, node, at, path);
        else if (o->kind == OPTION_PAIRS)
            check_pairs(it, node, path);
        else if (names_file(table, o, &kind))
            config_check_file(it->r, &node->mark, path, *(char *const *)at,
                              kind);
    }
    check_identity(it, table, mapping, base, prefix);
}

/* A sink's mapping holds its type's keys beside those of every sink. */
static void read_options(const struct item *it)
{
    const struct sink_type *type = it->sink->type;
    const struct option *tables[] = {config_sink_options, type_options(type)};
    struct yaml_problems *problems = it->r->problems;
    struct error err = {0};
    bool good;

    it->sink->options = xcalloc(1, type->options_size);
    /* Both tables at once, or each would not know the other's keys. */
    good = option_check_keys(tables, 2, it->node, it->path, problems);
    good &= option_overlay(config_sink_options, it->node, it->path, it->sink,
                           problems);
    option_init(tables[1], it->sink->options);
    good &= option_overlay(tables[1], it->node, it->path, it->sink->options,
                           problems);
    read_format(it);
    if (!good)
        return;
    check_files(it, tables[1], it->node, it->sink->options, it->path);
    if (type->check &&
        type->check(it->sink->options, it->sink->format, &err) < 0)
        yaml_problem(problems, &it->node->mark, it->path, "%s", err.text);
}

static void read_item(const struct item *it)
{
    if (it->node->kind != YAML_MAPPING) {
        yaml_problem(it->r->problems, &it->node->mark, it->path,
                     "expected a mapping such as {type: journald}, found %s",
                     option_kind_of(it->node));
        return;
    }
    option_init(config_sink_options, it->sink);
    if (read_type(it))
        read_options(it);
}

/* The name is a file name too: that of the sink's cursor. */
static bool check_key(struct config_reader *r, const struct yaml_node *key,
                      const char *path, struct hashmap *seen)
{
    const struct yaml_node *first = hashmap_find(seen, key->text);
    struct error err;

    if (config_check_name(key->text, &err) < 0) {
        yaml_problem(r->problems, &key->mark, path, "%s", err.text);
        return false;
    }
    if (first && first->mark.file == key->mark.file)
        return false; /* a key that stands twice: said already */
    if (first) {
        yaml_problem(r->problems, &key->mark, path,
                     "a sink of this name is already on line %u of %s",
                     first->mark.line, first->mark.file);
        return false;
    }
    hashmap_set(seen, key->text, (void *)key);
    /* == and not >, so that it is said once. */
    if (hashmap_count(seen) == CONFIG_SINKS_MAX + 1)
        yaml_problem(r->problems, &key->mark, path,
                     "there are more than %u sinks, and each has a thread",
                     CONFIG_SINKS_MAX);
    return true;
}

static void read_file(struct config_reader *r, const struct yaml_node *sinks,
                      struct hashmap *seen)
{
    struct config *c = r->config;

    for (size_t i = 0; i < sinks->count; i++) {
        _cleanup_free_ char *path = option_path("sinks", sinks->keys[i]->text);
        struct item it = {r, sinks->items[i], path, NULL};

        if (!check_key(r, sinks->keys[i], path, seen))
            continue;
        it.sink = &c->sinks[c->sink_count++];
        it.sink->name = xstrdup(sinks->keys[i]->text);
        read_item(&it);
    }
}

void config_read_sinks(struct config_reader *r)
{
    struct hashmap *seen = hashmap_new();

    r->config->sinks =
        xcalloc(config_list_count(r, "sinks"), sizeof(*r->config->sinks));
    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *sinks = yaml_find(r->roots[i], "sinks");

        if (!sinks || sinks->kind == YAML_NULL)
            continue;
        if (sinks->kind == YAML_MAPPING)
            read_file(r, sinks, seen);
        else
            yaml_problem(r->problems, &sinks->mark, "sinks",
                         "expected a mapping of names to sinks (like "
                         "local: {type: journald}), found %s",
                         option_kind_of(sinks));
    }
    hashmap_free(seen);
}

void config_sink_done(struct config_sink *sink)
{
    if (sink->options)
        option_done(type_options(sink->type), sink->options);
    free(sink->options);
    free(sink->name);
}
