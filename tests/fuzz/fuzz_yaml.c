/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a configuration: first as YAML alone, where a tree or a problem
 * must come out and the problems must print; then as a whole trawl.yaml, out
 * of a file in memory, where a configuration or an error must come out. Seeds:
 * conf/NAME.yaml. Built with -fsanitize=fuzzer,address,undefined.
 */
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config.h"
#include "util/buffer.h"
#include "util/utf8.h"
#include "yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * What include: finds, in place of the files of a machine: one that is no
 * configuration, for a pattern with a star in it, or nothing.
 */
int glob(const char *pattern, int flags, int (*on_error)(const char *, int),
         glob_t *ret)
{
    static char *paths[] = {(char *)"/proc/self/comm", NULL};

    (void)flags;
    (void)on_error;
    ret->gl_pathc = strchr(pattern, '*') ? 1 : 0;
    ret->gl_pathv = paths;
    return ret->gl_pathc ? 0 : GLOB_NOMATCH;
}

void globfree(glob_t *found)
{
    found->gl_pathc = 0;
}

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static void check_print(const struct yaml_problems *problems)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    bool any = yaml_problems_errors(problems) > 0 ||
               yaml_problems_warnings(problems) > 0;

    yaml_problems_print(problems, &out);
    REQUIRE(any == (out.len > 0));
    REQUIRE(!any || out.data[out.len - 1] == '\n');
}

/* Every node says where it stands, and what its kind promises is there. */
static void check_node(const struct yaml_node *node, unsigned depth)
{
    REQUIRE(depth <= CONFIG_DEPTH_MAX);
    REQUIRE(node->mark.line > 0 && node->mark.column > 0);
    REQUIRE(node->kind != YAML_SCALAR || node->text);
    if (node->kind != YAML_LIST && node->kind != YAML_MAPPING)
        return;
    for (size_t i = 0; i < node->count; i++) {
        if (node->kind == YAML_MAPPING)
            REQUIRE(yaml_find(node, node->keys[i]->text));
        if (depth < 4) /* aliases can make the whole large */
            check_node(node->items[i], depth + 1);
    }
}

static void check_parse(const char *text, size_t len)
{
    struct yaml_problems *problems = yaml_problems_new();
    struct yaml_tree *tree = yaml_parse("fuzz.yaml", text, len, problems);

    REQUIRE(tree || yaml_problems_errors(problems) > 0);
    if (tree)
        check_node(yaml_root(tree), 0);
    check_print(problems);
    yaml_tree_free(tree);
    yaml_problems_free(problems);
}

static void check_config(const char *text, size_t len)
{
    struct yaml_problems *problems = yaml_problems_new();
    int fd = memfd_create("trawl.yaml", MFD_CLOEXEC);
    struct config *config;
    char path[64];

    REQUIRE(fd >= 0 && write(fd, text, len) == (ssize_t)len);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    config = config_read(path, problems);
    REQUIRE(!config == (yaml_problems_errors(problems) > 0));
    check_print(problems);
    config_free(config);
    yaml_problems_free(problems);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_parse((const char *)data, size);
    check_config((const char *)data, size);
    return 0;
}
