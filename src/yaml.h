/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A YAML file as a tree of nodes that know where they stand, and the list of
 * problems found on the way. The only file that knows libyaml. Duplicate keys,
 * a second document and `<<` are problems; anchors and aliases work, with
 * bounded depth and number of nodes.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/buffer.h"
#include "util/clock.h"
#include "util/error.h"

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAPPING, YAML_NULL };

struct yaml_mark {
    const char *file; /* lives as long as the tree's problems */
    unsigned line;    /* from 1 */
    unsigned column;  /* from 1 */
};

struct yaml_node {
    enum yaml_kind kind;
    struct yaml_mark mark;
    bool quoted;              /* a scalar in quotes is text, never a bool */
    char *text;               /* SCALAR */
    struct yaml_node **items; /* LIST: elements; MAPPING: values */
    struct yaml_node **keys;  /* MAPPING: scalars */
    size_t count;
};

struct yaml_problems;
struct yaml_tree;

struct yaml_problems *yaml_problems_new(void);
void yaml_problems_free(struct yaml_problems *p);

/*
 * Adds "file:line:column: path: text" (path may be NULL). `mark` may be NULL
 * for a problem of the whole configuration. Warnings do not count as errors.
 */
void yaml_problem(struct yaml_problems *p, const struct yaml_mark *mark,
                  const char *path, const char *format, ...) _printf_(4, 5);
void yaml_warning(struct yaml_problems *p, const struct yaml_mark *mark,
                  const char *path, const char *format, ...) _printf_(4, 5);

size_t yaml_problems_errors(const struct yaml_problems *p);
size_t yaml_problems_warnings(const struct yaml_problems *p);

/*
 * All problems (of very many, the first), in the order of files and lines,
 * each with its source line and a caret under the column, as text for a
 * terminal. What looks like a secret in a source line is covered with stars.
 */
void yaml_problems_print(const struct yaml_problems *p, struct buffer *out);

/*
 * Reads a file. NULL if it cannot be read or is no YAML: the problem is added.
 * An empty file gives a tree whose root is of kind YAML_NULL.
 */
struct yaml_tree *yaml_read(const char *path, struct yaml_problems *problems);

/* The same from memory, under a name for messages (tests, fuzzing). */
struct yaml_tree *yaml_parse(const char *name, const char *text, size_t len,
                             struct yaml_problems *problems);

const struct yaml_node *yaml_root(const struct yaml_tree *tree);
void yaml_tree_free(struct yaml_tree *tree);

/* The value of a key in a mapping, or NULL (also if `mapping` is none). */
const struct yaml_node *yaml_find(const struct yaml_node *mapping,
                                  const char *key);
