/* SPDX-License-Identifier: Apache-2.0 */
/* A look at one value of the configuration, whatever else is in it. */
#include <string.h>

#include "config/config_parts.h"
#include "util/alloc.h"

static const char *standard_of(const char *section, const char *key)
{
    const struct option *at = config_options;

    while (at->key && strcmp(at->key, section) != 0)
        at++;
    for (at = at->section; at && at->key; at++)
        if (strcmp(at->key, key) == 0)
            return at->standard;
    return NULL;
}

char *config_peek(const char *path, const char *section, const char *key)
{
    struct config_reader r = {.problems = yaml_problems_new()};
    const struct yaml_node *node;
    char *text;

    config_read_files(&r, path); /* as far as they can be read */
    node = config_node(&r, section, key);
    text =
        xstrdup(node && node->kind == YAML_SCALAR ? node->text
                                                  : standard_of(section, key));
    config_free_files(&r);
    yaml_problems_free(r.problems);
    return text;
}
