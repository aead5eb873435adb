/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration as a whole: which files, in which order, and what of the
 * keys that are no lists (config_options.c) must fit together. Everything that
 * is wrong in any file is found in one run, so no reader stops at a mistake of
 * another.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "config/config_parts.h"
#include "util/alloc.h"
#include "util/file.h"
#include "yaml.h"

const struct yaml_node *config_node(const struct config_reader *r,
                                    const char *section, const char *key)
{
    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *at = r->roots[i];

        if (section)
            at = yaml_find(at, section);
        at = yaml_find(at, key);
        if (at)
            return at;
    }
    return NULL;
}

const struct yaml_node *config_list(struct config_reader *r, size_t root,
                                    const char *key)
{
    const struct yaml_node *node = yaml_find(r->roots[root], key);

    if (!node || node->kind == YAML_NULL || node->kind == YAML_LIST)
        return node && node->kind == YAML_LIST ? node : NULL;
    yaml_problem(r->problems, &node->mark, key,
                 "expected a list (each item after a '- '), found %s",
                 option_kind_of(node));
    return NULL;
}

size_t config_list_count(const struct config_reader *r, const char *key)
{
    size_t count = 0;

    for (size_t i = 0; i < r->root_count; i++) {
        const struct yaml_node *node = yaml_find(r->roots[i], key);

        if (node && (node->kind == YAML_LIST || node->kind == YAML_MAPPING))
            count += node->count;
    }
    return count;
}

/* The keys that are no lists, over all files: what two set is found before. */
static void read_plain(struct config_reader *r)
{
    const struct option *table = config_options;

    option_init(config_options, r->config);
    for (size_t i = 0; i < r->root_count; i++) {
        option_check_keys(&table, 1, r->roots[i], NULL, r->problems);
        option_overlay(config_options, r->roots[i], NULL, r->config,
                       r->problems);
    }
}

/* What a table cannot know: values against values, and what a text means. */
static void check_plain(struct config_reader *r)
{
    const struct config *c = r->config;
    const struct yaml_node *metrics = config_node(r, "control", "metrics");
    const struct yaml_node *bodies = config_node(r, "limits", "bodies");
    const struct yaml_node *body = config_node(r, "limits", "body");
    struct error err;

    if (c->public_url)
        config_tidy_url(r, config_node(r, NULL, "public_url"), "public_url",
                        true, c->public_url);
    if (c->control.metrics && metrics &&
        config_check_address(c->control.metrics, &err) < 0)
        yaml_problem(r->problems, &metrics->mark, "control.metrics", "%s",
                     err.text);
    if (c->limits.bodies < c->limits.body)
        yaml_problem(r->problems, bodies ? &bodies->mark : &body->mark,
                     "limits.bodies",
                     "is smaller than limits.body: no body "
                     "of that size would ever be taken");
}

static void name_collector(struct config *config)
{
    char name[HOST_NAME_MAX + 1] = "";

    if (config->collector)
        return;
    gethostname(name, sizeof(name) - 1);
    config->collector = xstrdup(*name ? name : "localhost");
}

/*
 * Sinks before routes, which name them; listeners before BMCs, which need
 * one to post to.
 */
static struct config *build(const char *path, struct config_reader *r)
{
    r->config = XNEW(struct config);
    r->config->file = xstrdup(path);
    r->files = hashmap_new();
    config_check_twice(r);
    read_plain(r);
    check_plain(r);
    config_read_listeners(r);
    config_read_bmcs(r);
    config_read_vendors(r);
    config_read_sinks(r);
    config_read_routes(r);
    config_read_conditions(r);
    name_collector(r->config);
    hashmap_free(r->files);
    return r->config;
}

struct config *config_read(const char *path, struct yaml_problems *problems)
{
    struct config_reader r = {.problems = problems};
    size_t errors = yaml_problems_errors(problems);
    struct config *config = NULL;

    if (config_read_files(&r, path))
        config = build(path, &r);
    config_free_files(&r);
    if (yaml_problems_errors(problems) > errors) {
        config_free(config);
        return NULL;
    }
    return config;
}

void config_free(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->listener_count; i++)
        config_listener_done(&config->listeners[i]);
    for (size_t i = 0; i < config->bmc_count; i++)
        config_bmc_done(&config->bmcs[i]);
    for (size_t i = 0; i < config->sink_count; i++)
        config_sink_done(&config->sinks[i]);
    for (size_t i = 0; i < config->route_count; i++)
        config_route_done(&config->routes[i]);
    for (size_t i = 0; i < config->condition_count; i++)
        config_condition_done(&config->conditions[i]);
    config_vendors_done(config);
    free(config->listeners);
    free(config->bmcs);
    free(config->sinks);
    free(config->routes);
    free(config->conditions);
    free(config->file);
    option_done(config_options, config);
    free(config);
}

const struct config_bmc *config_find_bmc(const struct config *config,
                                         const char *name)
{
    for (size_t i = 0; i < config->bmc_count; i++)
        if (strcmp(config->bmcs[i].name, name) == 0)
            return &config->bmcs[i];
    return NULL;
}

/* What is empty, or has more lines, is not the file that was meant. */
static int read_password(const char *path, char **ret_password,
                         struct error *err)
{
    int r = file_read_secret(path, ret_password, err);
    bool empty = r == 0 && !**ret_password;

    if (r < 0 || (!empty && !strchr(*ret_password, '\n')))
        return r;
    explicit_bzero(*ret_password, strlen(*ret_password));
    free(TAKE(*ret_password));
    return error_set(err, -EINVAL, "the secret %s %s", path,
                     empty ? "is empty"
                           : "has more than one line: a password is one");
}

int config_password(const struct config_bmc *bmc, char **ret_password,
                    struct error *err)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    _cleanup_free_ char *path = NULL;

    *ret_password = NULL;
    if (bmc->password_file)
        return read_password(bmc->password_file, ret_password, err);
    if (!bmc->credential)
        return 0;
    if (!folder)
        return error_set(err, -ENOENT,
                         "no credential %s: $CREDENTIALS_DIRECTORY is not set "
                         "(systemd sets it for LoadCredential= in the unit)",
                         bmc->credential);
    path = xasprintf("%s/%s", folder, bmc->credential);
    return read_password(path, ret_password, err);
}
