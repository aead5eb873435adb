/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files make up a configuration: the main file, the drop-ins in the
 * order of their names, and behind each what it includes, down to
 * CONFIG_INCLUDE_DEPTH. Every file is read once; one that is named again, or
 * that includes itself, is a mistake, for its lists would count twice.
 */
#include "config/config_parts.h"

#include <errno.h>
#include <glob.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "util/alloc.h"
#include "util/file.h"

#define DROP_INS "conf.d"
#define WILD "*?["

struct file {
    char *real;                 /* owned */
    const struct yaml_node *by; /* the item that includes it, or NULL */
    bool open;                  /* its includes are being read */
};

struct loader {
    struct config_reader *r;
    struct file *files;
    size_t count, cap;
    bool broken; /* one of them cannot be used */
};

/* A file, or a pattern, that an item of include: names. */
struct include {
    struct loader *l;
    const struct yaml_node *item;
    const char *base; /* the folder of the file that the item is in */
    unsigned depth;
};

static void read_file(struct loader *l, const char *path,
                      const struct include *by);

/* One that was read before; an open one is one of those that led here. */
static const struct file *find_file(const struct loader *l, const char *real)
{
    for (size_t i = 0; i < l->count; i++)
        if (strcmp(l->files[i].real, real) == 0)
            return &l->files[i];
    return NULL;
}

/*
 * The main file and the drop-ins are read anyway; `by` is NULL for a drop-in
 * that an item of another file has named before its turn.
 */
static void complain_twice(const struct loader *l, const char *path,
                           const struct file *before,
                           const struct yaml_node *by)
{
    const struct yaml_node *first = before->by, *at = by ? by : first;
    struct yaml_problems *problems = l->r->problems;
    const struct yaml_mark *mark = at ? &at->mark : NULL;

    if (before->open)
        yaml_problem(problems, mark, "include", "%s would include itself",
                     path);
    else if (by && first)
        yaml_problem(problems, mark, "include",
                     "%s is already included on line %u of %s", path,
                     first->mark.line, first->mark.file);
    else
        yaml_problem(problems, mark, "include",
                     "%s is read without being included", path);
}

/* What is wrong with a file that an item names, or NULL. */
static const char *fault_of(const char *path, const struct include *by)
{
    struct stat st;

    if (stat(path, &st) < 0 || access(path, R_OK) < 0)
        return strerror(errno);
    if (!S_ISREG(st.st_mode))
        return "it is no file";
    if (by->depth > CONFIG_INCLUDE_DEPTH)
        return "too many files include one another";
    if (by->l->count >= CONFIG_FILES_MAX)
        return "there are too many files";
    return NULL;
}

/* Without one of the files, much in the others would seem wrong. */
static void _printf_(2, 3)
    complain(const struct include *in, const char *format, ...)
{
    struct error err;
    va_list args;

    va_start(args, format);
    vsnprintf(err.text, sizeof(err.text), format, args);
    va_end(args);
    yaml_problem(in->l->r->problems, &in->item->mark, "include", "%s",
                 err.text);
    in->l->broken = true;
}

/* Whether it is to be read, and may be. */
static bool check_file(struct loader *l, const char *path,
                       const struct include *by)
{
    _cleanup_free_ char *real = realpath(path, NULL);
    const struct file *before = real ? find_file(l, real) : NULL;
    const char *fault = by ? fault_of(path, by) : NULL;

    if (before)
        complain_twice(l, path, before, by ? by->item : NULL);
    else if (fault)
        complain(by, "cannot read %s: %s", path, fault);
    return !before && !fault;
}

/* The folder of a file as the start of a pattern that means just it. */
static char *base_of(const char *path)
{
    _cleanup_free_ char *copy = xstrdup(path);
    struct buffer base = {0};

    for (const char *at = dirname(copy); *at; at++) {
        if (strchr(WILD "\\", *at))
            buffer_add_char(&base, '\\');
        buffer_add_char(&base, *at);
    }
    return buffer_take_text(&base);
}

static void read_pattern(const struct include *in)
{
    const char *text = in->item->text;
    _cleanup_free_ char *pattern =
        *text == '/' ? xstrdup(text) : xasprintf("%s/%s", in->base, text);
    glob_t found = {0};

    /* A pattern may fit nothing yet; a name alone must be there. */
    if (glob(pattern, 0, NULL, &found) != 0 && strpbrk(text, WILD))
        yaml_warning(in->l->r->problems, &in->item->mark, "include",
                     "%s fits no file", text);
    else if (found.gl_pathc == 0)
        complain(in, "there is no file %s", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++)
        read_file(in->l, found.gl_pathv[i], in);
    globfree(&found);
}

static void read_includes(struct loader *l, const char *path,
                          const struct yaml_node *node, unsigned depth)
{
    _cleanup_free_ char *base = base_of(path);
    struct include in = {l, node, base, depth};

    if (!node || node->kind == YAML_NULL)
        return;
    if (node->kind == YAML_SCALAR) {
        read_pattern(&in);
        return;
    }
    for (size_t i = 0; i < node->count && node->kind == YAML_LIST; i++) {
        in.item = node->items[i];
        if (in.item->kind == YAML_SCALAR)
            read_pattern(&in);
        else
            complain(&in, "expected the name of a file, found %s",
                     option_kind_of(in.item));
    }
    if (node->kind == YAML_MAPPING)
        complain(&in, "expected a list of files, found a mapping");
}

static void take_tree(struct config_reader *r, struct yaml_tree *tree)
{
    size_t need = r->root_count + 1;

    r->trees = xgrow(r->trees, &r->tree_cap, need, sizeof(*r->trees));
    r->roots = xgrow(r->roots, &r->root_cap, need, sizeof(*r->roots));
    r->trees[r->root_count] = tree;
    r->roots[r->root_count++] = yaml_root(tree);
}

static void read_file(struct loader *l, const char *path,
                      const struct include *by)
{
    struct yaml_tree *tree;
    size_t place;
    char *real;

    if (!check_file(l, path, by))
        return;
    tree = yaml_read(path, l->r->problems);
    if (!tree) {
        l->broken = true;
        return;
    }
    take_tree(l->r, tree);
    real = realpath(path, NULL);
    l->files = xgrow(l->files, &l->cap, l->count + 1, sizeof(*l->files));
    place = l->count++;
    l->files[place] =
        (struct file){real ? real : xstrdup(path), by ? by->item : NULL, true};
    read_includes(l, path, yaml_find(yaml_root(tree), "include"),
                  by ? by->depth + 1 : 1);
    l->files[place].open = false;
}

static void read_drop_ins(struct loader *l, const char *path)
{
    _cleanup_free_ char *copy = xstrdup(path);
    _cleanup_free_ char *folder = xasprintf("%s/%s", dirname(copy), DROP_INS);
    _cleanup_free_ char **names = NULL;
    struct error err;
    size_t count = 0;

    if (file_list(folder, ".yaml", &names, &count, &err) < 0)
        yaml_problem(l->r->problems, NULL, NULL, "%s", err.text);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *name = names[i];
        _cleanup_free_ char *file = xasprintf("%s/%s", folder, name);

        read_file(l, file, NULL);
    }
}

bool config_read_files(struct config_reader *r, const char *path)
{
    struct loader l = {.r = r};

    read_file(&l, path, NULL);
    read_drop_ins(&l, path);
    for (size_t i = 0; i < l.count; i++)
        free(l.files[i].real);
    free(l.files);
    return !l.broken;
}

void config_free_files(struct config_reader *r)
{
    for (size_t i = 0; i < r->root_count; i++)
        yaml_tree_free(r->trees[i]);
    free(r->trees);
    free(r->roots);
}
