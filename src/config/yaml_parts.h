/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the YAML reader tell each other: yaml.c reads,
 * yaml_tree.c holds the nodes, yaml_problems.c collects and prints,
 * yaml_syntax.c puts libyaml's complaints into words for people. Nobody else
 * includes this.
 */
#pragma once

#include <stddef.h>

#include "yaml.h"

/* Lines and columns of marks count from 1 here too. */
struct yaml_complaint {
    const char *context; /* libyaml's words, or NULL */
    struct yaml_mark context_mark;
    const char *problem;
    struct yaml_mark problem_mark;
};

/*
 * Keeps a copy of a source, so that problems can quote it, and returns the
 * name that marks of it point to. Both live as long as `p`.
 */
const char *yaml_problems_keep(struct yaml_problems *p, const char *name,
                               const char *text, size_t len);

/* The kept text of a file, NUL-terminated, or NULL. */
const char *yaml_problems_source(const struct yaml_problems *p,
                                 const char *file);

/* The start of a line of a text (from 1) and its length without line end. */
const char *yaml_source_line(const char *text, unsigned line, size_t *ret_len);

/* Adds what the parser complains about as a problem. */
void yaml_complain(struct yaml_problems *p, const struct yaml_complaint *c);

/* Writes `*` over whatever in a line of YAML looks like a secret's value. */
void yaml_mask_secrets(char *line);

/* A node, and how much of the tree hangs from it, aliases followed. */
struct yaml_built {
    struct yaml_node node;
    size_t weight;
    unsigned height;
};

struct yaml_tree *yaml_tree_new(void);

/* A new node, which the tree owns; NULL when it holds too many. */
struct yaml_built *yaml_tree_node(struct yaml_tree *tree, enum yaml_kind kind,
                                  const struct yaml_mark *mark);

/*
 * Hangs a child (and its key, in a mapping) under its parent. False if the
 * parent is then too large or too deep.
 */
bool yaml_tree_adopt(struct yaml_built *parent, struct yaml_built *key,
                     struct yaml_built *child);

void yaml_tree_set_root(struct yaml_tree *tree, const struct yaml_built *root);

/* Adds a problem for each key that stands twice in a mapping. */
void yaml_tree_check_keys(const struct yaml_node *mapping,
                          struct yaml_problems *problems);
