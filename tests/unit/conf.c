/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shipped conf/trawl.yaml: it is adopted as it stands, without a word;
 * and with every option line's '#' taken away it names each key of each table
 * with exactly its default, so that file and program cannot drift apart.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config_parts.h"
#include "formats/format.h"
#include "sinks/sink.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define SHIPPED "conf/trawl.yaml"

/* From the top of the sources, or wherever make says that they are. */
static char *find_shipped(void)
{
    const char *folders[] = {getenv("srcdir"), ".", "..", "../.."};

    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        char *path;

        if (!folders[i])
            continue;
        path = xasprintf("%s/%s", folders[i], SHIPPED);
        if (access(path, R_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

static void test_adopted(const char *path)
{
    struct yaml_problems *p = yaml_problems_new();
    struct config *c = config_read(path, p);
    _cleanup_(buffer_done) struct buffer out = {0};

    yaml_problems_print(p, &out);
    if (ok(c != NULL, "the shipped configuration is adopted")) {
        is_text(out.data, NULL, "without a word");
        is_int(c->listener_count, 0, "it listens on nothing");
        is_int(c->bmc_count, 0, "it asks no BMC anything");
        is_text(c->control.metrics, NULL, "it serves no metrics");
        is_int(c->sink_count, 1, "it has one sink");
        is_int(c->route_count, 1, "and one route to it");
    }
    config_free(c);
    yaml_problems_free(p);
}

/* "#key", "#- key" and what stands deeper below one; prose is "# Text". */
static bool is_option_line(const char *line)
{
    const char *mark = line + strspn(line, " ");

    if (*mark != '#' || mark[1] == '\n' || mark[1] == '\0')
        return false;
    return mark[1] != ' ' || (mark[2] == ' ' && mark != line);
}

static char *uncomment(const char *text)
{
    struct buffer out = {0};
    const char *end;

    for (; *text; text = end) {
        end = text + strcspn(text, "\n");
        end += *end == '\n';
        if (is_option_line(text)) {
            size_t indent = strspn(text, " ");

            buffer_add(&out, text, indent);
            text += indent + 1;
        }
        buffer_add(&out, text, (size_t)(end - text));
    }
    return buffer_take_text(&out);
}

static bool is_same(const struct yaml_node *a, const struct yaml_node *b)
{
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == YAML_SCALAR)
        return strcmp(a->text, b->text) == 0;
    for (size_t i = 0; i < a->count; i++)
        if (!is_same(a->items[i], b->items[i]))
            return false;
    return true;
}

static void check_default(const struct option *o, const struct yaml_node *node,
                          const char *path)
{
    struct yaml_problems *p;
    struct yaml_tree *tree;

    if (!o->standard)
        return;
    p = yaml_problems_new();
    tree = yaml_parse("default", o->standard, strlen(o->standard), p);
    ok(is_same(node, yaml_root(tree)), "%s has its default, %s", path,
       o->standard);
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

static void check_table(const struct option *table,
                        const struct yaml_node *mapping, const char *path)
{
    for (const struct option *o = table; o->key; o++) {
        const struct yaml_node *node = yaml_find(mapping, o->key);
        _cleanup_free_ char *full = option_path(path, o->key);

        if (!ok(node != NULL, "%s is there", full))
            continue;
        if (o->kind == OPTION_SECTION)
            check_table(o->section, node, full);
        else
            check_default(o, node, full);
    }
}

static const struct yaml_node *first_item(const struct yaml_node *root,
                                          const char *key)
{
    const struct yaml_node *list = yaml_find(root, key);

    return list && list->kind == YAML_LIST && list->count ? list->items[0]
                                                          : NULL;
}

static const struct yaml_node *sink_of_type(const struct yaml_node *sinks,
                                            const char *type)
{
    for (size_t i = 0; sinks && i < sinks->count; i++) {
        const struct yaml_node *t = yaml_find(sinks->items[i], "type");

        if (t && t->text && strcmp(t->text, type) == 0)
            return sinks->items[i];
    }
    return NULL;
}

static void check_sink(const struct sink_type *type,
                       const struct yaml_node *sinks)
{
    const struct yaml_node *node = sink_of_type(sinks, type->name);
    const struct yaml_node *format = yaml_find(node, "format");
    const struct yaml_node *when_full = yaml_find(node, "when_full");

    if (!ok(node != NULL, "there is a sink of type %s", type->name))
        return;
    if (type->options)
        check_table(type->options, node, type->name);
    ok(when_full && strcmp(when_full->text, "hold") == 0,
       "its when_full is hold");
    if (!type->fixed_format)
        is_text(format ? format->text : NULL, type->standard_format->name,
                "its format is the standard one");
}

static void check_sinks(const struct yaml_node *sinks)
{
    _cleanup_free_ char *names = xstrdup(sink_names());
    char *rest = names, *name;

    while ((name = strsep(&rest, ", ")))
        if (*name)
            check_sink(sink_find(name), sinks);
}

/* Every key of the file must be one that a table knows, too. */
static void check_known(const struct yaml_node *root, struct yaml_problems *p)
{
    const struct option *top = config_options;
    const struct option *bmc[] = {config_bmc_options,
                                  config_bmc_shared_options};

    option_check_keys(&top, 1, root, NULL, p);
    option_check_keys(bmc, 2, first_item(root, "bmcs"), "bmcs", p);
    is_int(yaml_problems_errors(p), 0, "no key is unknown");
}

static void test_complete(const char *path)
{
    struct yaml_problems *p = yaml_problems_new();
    _cleanup_(buffer_done) struct buffer shipped = {0}, out = {0};
    _cleanup_free_ char *text = NULL;
    struct yaml_tree *tree;
    const struct yaml_node *root;

    file_read(path, CONFIG_FILE_MAX, &shipped, NULL);
    text = uncomment(shipped.data);
    tree = yaml_parse("uncommented", text, strlen(text), p);
    yaml_problems_print(p, &out);
    is_text(out.data, NULL, "with all options it is YAML still");
    root = tree ? yaml_root(tree) : NULL;
    check_table(config_options, root, NULL);
    check_table(config_listener_options, first_item(root, "listen"), "listen");
    check_table(config_bmc_shared_options, yaml_find(root, "bmc_defaults"),
                "bmc_defaults");
    check_table(config_bmc_options, first_item(root, "bmcs"), "bmcs");
    check_table(config_vendor_options,
                yaml_find(yaml_find(root, "vendors"), "example"), "vendors");
    check_table(config_condition_options, first_item(root, "conditions"),
                "conditions");
    check_table(config_route_options, first_item(root, "routes"), "routes");
    check_sinks(yaml_find(root, "sinks"));
    if (root)
        check_known(root, p);
    yaml_tree_free(tree);
    yaml_problems_free(p);
}

int main(void)
{
    _cleanup_free_ char *path = find_shipped();

    if (!path)
        skip_all("conf/trawl.yaml is not in sight of this folder");
    test_adopted(path);
    test_complete(path);
    return done_testing();
}
