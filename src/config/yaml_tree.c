/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of nodes that yaml.c builds. An alias hangs the very node of its
 * anchor in a second place, so memory stays small whatever the file says; the
 * limits count what a walk over the tree meets, aliases followed.
 */
#include <string.h>

#include "config.h"
#include "util/alloc.h"
#include "config/yaml_parts.h"

struct yaml_tree {
    struct yaml_built **nodes; /* owns all of them */
    size_t count, cap;
    const struct yaml_node *root;
};

struct yaml_tree *yaml_tree_new(void)
{
    return XNEW(struct yaml_tree);
}

void yaml_tree_free(struct yaml_tree *tree)
{
    if (!tree)
        return;
    for (size_t i = 0; i < tree->count; i++) {
        free(tree->nodes[i]->node.text);
        free(tree->nodes[i]->node.items);
        free(tree->nodes[i]->node.keys);
        free(tree->nodes[i]);
    }
    free(tree->nodes);
    free(tree);
}

struct yaml_built *yaml_tree_node(struct yaml_tree *tree, enum yaml_kind kind,
                                  const struct yaml_mark *mark)
{
    struct yaml_built *b;

    if (tree->count >= CONFIG_NODES_MAX)
        return NULL;
    b = XNEW(struct yaml_built);
    b->node.kind = kind;
    b->node.mark = *mark;
    b->weight = 1;
    tree->nodes =
        xgrow(tree->nodes, &tree->cap, tree->count + 1, sizeof(*tree->nodes));
    tree->nodes[tree->count++] = b;
    return b;
}

/* Room for one more child: arrays of 1, 2, 4, 8 … entries. */
static void make_room(struct yaml_node *n)
{
    size_t cap = n->count ? n->count * 2 : 1;

    if ((n->count & (n->count - 1)) != 0)
        return;
    n->items = xrealloc(n->items, cap * sizeof(*n->items));
    if (n->kind == YAML_MAPPING)
        n->keys = xrealloc(n->keys, cap * sizeof(*n->keys));
}

bool yaml_tree_adopt(struct yaml_built *parent, struct yaml_built *key,
                     struct yaml_built *child)
{
    struct yaml_node *n = &parent->node;

    make_room(n);
    n->items[n->count] = &child->node;
    if (key)
        n->keys[n->count] = &key->node;
    n->count++;
    parent->weight += child->weight + (key != NULL);
    parent->height = MAX_OF(parent->height, child->height + 1);
    return parent->weight <= CONFIG_NODES_MAX &&
           parent->height <= CONFIG_DEPTH_MAX;
}

void yaml_tree_set_root(struct yaml_tree *tree, const struct yaml_built *root)
{
    tree->root = root ? &root->node : NULL;
}

const struct yaml_node *yaml_root(const struct yaml_tree *tree)
{
    return tree->root;
}

static int compare_keys(const void *left, const void *right)
{
    const struct yaml_node *a = *(struct yaml_node *const *)left;
    const struct yaml_node *b = *(struct yaml_node *const *)right;
    int r = strcmp(a->text, b->text);

    if (r == 0)
        r = a->mark.line < b->mark.line ? -1 : a->mark.line > b->mark.line;
    if (r == 0)
        r = a->mark.column < b->mark.column ? -1 : 1;
    return r;
}

/* Sorts a copy of the keys: a large mapping must not cost its square. */
void yaml_tree_check_keys(const struct yaml_node *mapping,
                          struct yaml_problems *problems)
{
    size_t n = mapping->count, first = 0;
    _cleanup_free_ struct yaml_node **keys = xcalloc(n, sizeof(*keys));

    if (n < 2)
        return;
    memcpy(keys, mapping->keys, n * sizeof(*keys));
    qsort(keys, n, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < n; i++) {
        if (strcmp(keys[i]->text, keys[first]->text) != 0) {
            first = i;
            continue;
        }
        yaml_problem(problems, &keys[i]->mark, NULL,
                     "the key '%s' stands here a second time: it is already "
                     "on line %u",
                     keys[i]->text, keys[first]->mark.line);
    }
}

const struct yaml_node *yaml_find(const struct yaml_node *mapping,
                                  const char *key)
{
    if (!mapping || mapping->kind != YAML_MAPPING)
        return NULL;
    for (size_t i = 0; i < mapping->count; i++)
        if (strcmp(mapping->keys[i]->text, key) == 0)
            return mapping->items[i];
    return NULL;
}
