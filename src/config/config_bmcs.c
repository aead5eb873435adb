/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bmcs:` of all files, each a copy of bmc_defaults with its own keys laid
 * over it. An item whose name has ranges is read once and stands for as many
 * BMCs. Whether what was read is right is judged by config_bmc_check.c.
 */
#include "config/config_bmc_parts.h"

#include <string.h>

#include "util/alloc.h"

/* An item of the list, as it is written: the pattern of one or more BMCs. */
struct item {
    struct config_fleet *f;
    const struct yaml_node *node;
    const char *path;
    struct config_bmc pattern;
    struct config_range *name, *url; /* NULL where the key is missing */
};

/* A BMC's own way to its password takes the place of the default's. */
static void take_login(struct item *it)
{
    bool file = yaml_find(it->node, "password_file") != NULL;
    bool credential = yaml_find(it->node, "credential") != NULL;

    if (file && !credential) {
        free(it->pattern.credential);
        it->pattern.credential = NULL;
    }
    if (credential && !file) {
        free(it->pattern.password_file);
        it->pattern.password_file = NULL;
    }
}

static void read_pattern(struct item *it)
{
    const struct option *const tables[] = {config_bmc_options,
                                           config_bmc_shared_options};
    struct yaml_problems *problems = it->f->r->problems;

    option_check_keys(tables, ARRAY_LEN(tables), it->node, it->path, problems);
    option_init(config_bmc_options, &it->pattern);
    option_copy(config_bmc_shared_options, &it->f->defaults, &it->pattern);
    take_login(it);
    option_overlay(config_bmc_options, it->node, it->path, &it->pattern,
                   problems);
    option_overlay(config_bmc_shared_options, it->node, it->path, &it->pattern,
                   problems);
}

/* The place of a byte within a scalar that stands on one line. */
static struct yaml_mark mark_within(const struct yaml_node *node, size_t offset)
{
    struct yaml_mark mark = node->mark;

    mark.column += node->quoted;
    for (size_t i = 0; i < offset; i++)
        mark.column += (node->text[i] & 0xC0) != 0x80;
    return mark;
}

static bool read_range(const struct item *it, const char *key, const char *text,
                       struct config_range **ret)
{
    const struct yaml_node *node = yaml_find(it->node, key);
    _cleanup_free_ char *path = option_path(it->path, key);
    struct yaml_mark mark;
    struct error err;
    size_t at;

    if (!text ||
        config_range_parse(text, strcmp(key, "url") == 0, ret, &at, &err) == 0)
        return true;
    mark = mark_within(node, at);
    yaml_problem(it->f->r->problems, &mark, path, "%s", err.text);
    return false;
}

/* Element by element, in the same order; or the URL is made of the name. */
static bool check_counts(const struct item *it)
{
    size_t names = it->name ? config_range_count(it->name) : 1;
    size_t urls = it->url ? config_range_count(it->url) : names;
    _cleanup_free_ char *path = option_path(it->path, "url");

    if (names == urls || (urls == 1 && strchr(it->pattern.url, '{')))
        return true;
    yaml_problem(it->f->r->problems, &yaml_find(it->node, "url")->mark, path,
                 "name gives %zu text%s, url %zu: each BMC has one of both",
                 names, names == 1 ? "" : "s", urls);
    return false;
}

/* Room for one more; false after saying that there are too many. */
static bool make_room(const struct item *it)
{
    struct config *c = it->f->r->config;

    if (c->bmc_count == CONFIG_BMCS_MAX) {
        yaml_problem(it->f->r->problems, &it->node->mark, it->path,
                     "there are more than %u BMCs: use a second collector",
                     CONFIG_BMCS_MAX);
        return false;
    }
    c->bmcs = xgrow(c->bmcs, &it->f->cap, c->bmc_count + 1, sizeof(*c->bmcs));
    return true;
}

/* One URL may stand for all names: it holds a placeholder for each. */
static void take_text(const struct config_range *range, size_t index,
                      char **text)
{
    struct buffer out = {0};

    if (!range)
        return;
    config_range_add_text(range, index % config_range_count(range), &out);
    free(*text);
    *text = buffer_take_text(&out);
}

static void add_bmc(const struct item *it, size_t index)
{
    struct config *c = it->f->r->config;
    struct config_bmc *bmc = &c->bmcs[c->bmc_count++];
    struct config_bmc_item one = {it->f, it->node, it->path,
                                  bmc,   it->name, index};
    _cleanup_free_ char *path = NULL;

    *bmc = (struct config_bmc){0};
    option_copy(config_bmc_options, &it->pattern, bmc);
    option_copy(config_bmc_shared_options, &it->pattern, bmc);
    take_text(it->name, index, &bmc->name);
    take_text(it->url, index, &bmc->url);
    if (bmc->name)
        one.path = path = option_path("bmcs", bmc->name);
    config_bmc_fill(&one);
    config_bmc_check(&one);
}

/* What is wrong with one is mostly wrong with all, and said once. */
static void add_bmcs(const struct item *it)
{
    struct yaml_problems *problems = it->f->r->problems;
    size_t count = it->name ? config_range_count(it->name) : 1;

    for (size_t i = 0; i < count && make_room(it); i++) {
        size_t errors = yaml_problems_errors(problems);
        size_t passwords = it->f->bad_passwords;

        add_bmc(it, i);
        errors = yaml_problems_errors(problems) - errors;
        if (errors > it->f->bad_passwords - passwords)
            return;
    }
}

static void read_item(struct config_fleet *f, const struct yaml_node *node,
                      const char *path)
{
    struct item it = {.f = f, .node = node, .path = path};
    bool good;

    if (node->kind != YAML_MAPPING) {
        yaml_problem(f->r->problems, &node->mark, path,
                     "expected a mapping such as {name: r1-n01, url: "
                     "https://10.0.0.11}, found %s",
                     option_kind_of(node));
        return;
    }
    read_pattern(&it);
    good = read_range(&it, "name", it.pattern.name, &it.name);
    good &= read_range(&it, "url", it.pattern.url, &it.url);
    if (good && check_counts(&it))
        add_bmcs(&it);
    config_range_free(it.name);
    config_range_free(it.url);
    config_bmc_done(&it.pattern);
}

/* Of all files: what a drop-in says is laid over what the main one says. */
static void read_defaults(struct config_fleet *f)
{
    const struct option *table = config_bmc_shared_options;
    struct config_reader *r = f->r;

    option_init(table, &f->defaults);
    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *node = yaml_find(r->roots[i], "bmc_defaults");
        const struct yaml_node *url = yaml_find(node, "public_url");

        option_check_keys(&table, 1, node, "bmc_defaults", r->problems);
        option_overlay(table, node, "bmc_defaults", &f->defaults, r->problems);
        if (url && f->defaults.public_url)
            config_tidy_url(r, url, "bmc_defaults.public_url", true,
                            f->defaults.public_url);
    }
}

static void read_list(struct config_fleet *f, const struct yaml_node *list)
{
    for (size_t i = 0; list && i < list->count; i++) {
        const struct yaml_node *name = yaml_find(list->items[i], "name");
        _cleanup_free_ char *path = name && name->text
                                        ? option_path("bmcs", name->text)
                                        : xasprintf("bmcs[%zu]", i);

        read_item(f, list->items[i], path);
    }
}

void config_read_bmcs(struct config_reader *r)
{
    struct config_fleet f = {.r = r,
                             .names = hashmap_new(),
                             .urls = hashmap_new(),
                             .tokens = hashmap_new(),
                             .said = hashmap_new()};

    read_defaults(&f);
    for (size_t i = 0; i < r->root_count; i++)
        read_list(&f, config_list(r, i, "bmcs"));
    config_bmc_check_end(&f);
    option_done(config_bmc_shared_options, &f.defaults);
    hashmap_free(f.names);
    hashmap_free(f.urls);
    hashmap_free(f.tokens);
    hashmap_free(f.said);
}

struct config_bmc *config_bmc_copy(const struct config_bmc *bmc)
{
    struct config_bmc *copy = XNEW(struct config_bmc);

    option_copy(config_bmc_options, bmc, copy);
    option_copy(config_bmc_shared_options, bmc, copy);
    return copy;
}

void config_bmc_free(struct config_bmc *bmc)
{
    if (!bmc)
        return;
    config_bmc_done(bmc);
    free(bmc);
}

void config_bmc_done(struct config_bmc *bmc)
{
    option_done(config_bmc_options, bmc);
    option_done(config_bmc_shared_options, bmc);
}
