/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a configuration consists of, and a look at one value of them. */
#include <libgen.h>
#include <string.h>

#include "config/config_parts.h"
#include "util/alloc.h"
#include "util/file.h"

#define DROP_INS "conf.d"

char **config_list_files(const char *path, size_t *ret_count,
                         struct yaml_problems *problems)
{
    _cleanup_free_ char *copy = xstrdup(path);
    _cleanup_free_ char *folder = xasprintf("%s/%s", dirname(copy), DROP_INS);
    _cleanup_free_ char **names = NULL;
    struct error err;
    size_t count = 0;
    char **files;

    if (file_list(folder, ".yaml", &names, &count, &err) < 0)
        yaml_problem(problems, NULL, NULL, "%s", err.text);
    files = xcalloc(count + 1, sizeof(*files));
    files[0] = xstrdup(path);
    for (size_t i = 0; i < count; i++) {
        files[i + 1] = xasprintf("%s/%s", folder, names[i]);
        free(names[i]);
    }
    *ret_count = count + 1;
    return files;
}

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

/* The value in one file, or NULL. */
static char *peek_into(const char *file, const char *section, const char *key)
{
    struct yaml_problems *problems = yaml_problems_new();
    struct yaml_tree *tree = yaml_read(file, problems);
    const struct yaml_node *node =
        tree ? yaml_find(yaml_find(yaml_root(tree), section), key) : NULL;
    char *text = NULL;

    if (node && node->kind == YAML_SCALAR)
        text = xstrdup(node->text);
    yaml_tree_free(tree);
    yaml_problems_free(problems);
    return text;
}

char *config_peek(const char *path, const char *section, const char *key)
{
    struct yaml_problems *problems = yaml_problems_new();
    char *found = NULL;
    size_t count;
    char **files = config_list_files(path, &count, problems);

    for (size_t i = 0; i < count; i++) {
        if (!found)
            found = peek_into(files[i], section, key);
        free(files[i]);
    }
    free(files);
    yaml_problems_free(problems);
    return found ? found : xstrdup(standard_of(section, key));
}
