/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libyaml's events as a tree of our own. Its own tree builder passes duplicate
 * keys, `<<` and second documents silently (reference pitfalls 29), so the
 * tree is built here and each of these is a problem with its place.
 */
#include "yaml.h"

#include <errno.h>
#include <string.h>

/*
 * Not <yaml.h>, which is our own header wherever src/ is searched for system
 * headers too: only a folder called include is meant.
 */
#include <../include/yaml.h>

#include "config.h"
#include "util/alloc.h"
#include "util/file.h"
#include "util/hashmap.h"
#include "config/yaml_parts.h"

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"

struct reader {
    yaml_parser_t parser;
    struct yaml_tree *tree;
    struct yaml_problems *problems;
    const char *file;
    const char *text;
    size_t len;
    struct hashmap *anchors; /* of finished nodes; an open one maps to `open` */
    struct yaml_built open;
};

static struct yaml_built *read_node(struct reader *r, const yaml_event_t *event,
                                    unsigned depth);

static struct yaml_mark mark_at(const struct reader *r, yaml_mark_t mark)
{
    return (struct yaml_mark){r->file, (unsigned)mark.line + 1,
                              (unsigned)mark.column + 1};
}

/* Where a byte stands, for errors of the encoding that come without marks. */
static struct yaml_mark mark_of_offset(const struct reader *r, size_t offset)
{
    struct yaml_mark mark = {r->file, 1, 1};

    for (size_t i = 0; i < offset && i < r->len; i++) {
        if (r->text[i] == '\n') {
            mark.line++;
            mark.column = 1;
        } else if ((r->text[i] & 0xC0) != 0x80) {
            mark.column++;
        }
    }
    return mark;
}

/* libyaml's words and places go on as they are; yaml_syntax.c translates. */
static void complain(struct reader *r)
{
    struct yaml_complaint c = {
        .context = r->parser.context,
        .context_mark = mark_at(r, r->parser.context_mark),
        .problem = r->parser.problem ? r->parser.problem : "unknown error",
        .problem_mark = mark_at(r, r->parser.problem_mark),
    };

    if (r->parser.error == YAML_READER_ERROR)
        c.problem_mark = mark_of_offset(r, r->parser.problem_offset);
    yaml_complain(r->problems, &c);
}

/* False ends the reading: after a syntax error nothing can be trusted. */
static bool next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return true;
    complain(r);
    return false;
}

static struct yaml_built *node_new(struct reader *r, enum yaml_kind kind,
                                   yaml_mark_t mark)
{
    struct yaml_mark at = mark_at(r, mark);
    struct yaml_built *b = yaml_tree_node(r->tree, kind, &at);

    if (!b)
        yaml_problem(r->problems, &at, NULL,
                     "the file holds more than %u values: split it up",
                     CONFIG_NODES_MAX);
    return b;
}

static bool adopt(struct reader *r, struct yaml_built *parent,
                  struct yaml_built *key, struct yaml_built *child)
{
    if (yaml_tree_adopt(parent, key, child))
        return true;
    yaml_problem(r->problems, &child->node.mark, NULL,
                 "aliases make this too large: more than %u values or %u "
                 "levels when written out",
                 CONFIG_NODES_MAX, CONFIG_DEPTH_MAX);
    return false;
}

/* What the core schema of YAML 1.2 takes for null. */
static bool is_null(const char *text)
{
    return !*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0 ||
           strcmp(text, "Null") == 0 || strcmp(text, "NULL") == 0;
}

static struct yaml_built *read_scalar(struct reader *r,
                                      const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    struct yaml_built *b = node_new(r, YAML_SCALAR, event->start_mark);

    if (!b)
        return NULL;
    if (strlen(text) != event->data.scalar.length)
        yaml_problem(r->problems, &b->node.mark, NULL,
                     "the text has a zero byte (\\0) in it: remove it");
    b->node.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (!b->node.quoted && is_null(text))
        b->node.kind = YAML_NULL;
    else
        b->node.text = xstrdup(text);
    return b;
}

/*
 * These three call each other; CONFIG_DEPTH_MAX bounds how deep, so a file
 * cannot exhaust the stack.
 */
static bool read_list(struct reader *r, struct yaml_built *list, unsigned depth)
{
    for (;;) {
        _cleanup_(yaml_event_delete) yaml_event_t event = {0};
        struct yaml_built *item;

        if (!next_event(r, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        item = read_node(r, &event, depth);
        if (!item || !adopt(r, list, NULL, item))
            return false;
    }
}

/* A key is text, whatever it looks like: `null:` is the name "null". */
static struct yaml_built *read_key(struct reader *r, const yaml_event_t *event)
{
    struct yaml_mark mark = mark_at(r, event->start_mark);
    struct yaml_built *key;

    if (event->type != YAML_SCALAR_EVENT) {
        yaml_problem(r->problems, &mark, NULL,
                     "a key must be plain text (a value that begins with '{' "
                     "or '[' and is meant as text must stand in quotes)");
        return NULL;
    }
    if (event->data.scalar.length == 0) {
        yaml_problem(r->problems, &mark, NULL, "the key before ':' is empty");
        return NULL;
    }
    key = read_scalar(r, event);
    if (!key)
        return NULL;
    if (key->node.kind == YAML_NULL) {
        key->node.kind = YAML_SCALAR;
        key->node.text = xstrdup((const char *)event->data.scalar.value);
    }
    if (!key->node.quoted && strcmp(key->node.text, "<<") == 0)
        yaml_problem(r->problems, &mark, NULL,
                     "'<<' does not merge mappings here: write the keys out "
                     "(bmc_defaults: holds what all BMCs share)");
    return key;
}

static bool read_mapping(struct reader *r, struct yaml_built *mapping,
                         unsigned depth)
{
    for (;;) {
        _cleanup_(yaml_event_delete) yaml_event_t key_event = {0};
        _cleanup_(yaml_event_delete) yaml_event_t event = {0};
        struct yaml_built *key, *value;

        if (!next_event(r, &key_event))
            return false;
        if (key_event.type == YAML_MAPPING_END_EVENT) {
            yaml_tree_check_keys(&mapping->node, r->problems);
            return true;
        }
        key = read_key(r, &key_event);
        if (!key || !next_event(r, &event))
            return false;
        value = read_node(r, &event, depth);
        if (!value || !adopt(r, mapping, key, value))
            return false;
    }
}

/* A YAML anchor may be set again; an alias means the last one before it. */
static struct yaml_built *read_alias(struct reader *r,
                                     const yaml_event_t *event)
{
    struct yaml_mark mark = mark_at(r, event->start_mark);
    const char *name = (const char *)event->data.alias.anchor;
    struct yaml_built *b = hashmap_find(r->anchors, name);

    if (!b)
        yaml_problem(r->problems, &mark, NULL,
                     "no anchor '&%s' stands before this alias (put text that "
                     "begins with '*' in quotes)",
                     name);
    else if (b == &r->open)
        yaml_problem(r->problems, &mark, NULL,
                     "the alias '*%s' stands inside its own anchor", name);
    return b == &r->open ? NULL : b;
}

/* Each kind of event keeps anchor and tag in a structure of its own. */
static const char *event_anchor(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return (const char *)event->data.scalar.anchor;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return (const char *)event->data.sequence_start.anchor;
    return (const char *)event->data.mapping_start.anchor;
}

static const char *event_tag(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return (const char *)event->data.scalar.tag;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return (const char *)event->data.sequence_start.tag;
    return (const char *)event->data.mapping_start.tag;
}

static struct yaml_built *read_collection(struct reader *r,
                                          const yaml_event_t *event,
                                          unsigned depth)
{
    bool is_list = event->type == YAML_SEQUENCE_START_EVENT;
    struct yaml_built *b =
        node_new(r, is_list ? YAML_LIST : YAML_MAPPING, event->start_mark);

    if (!b)
        return NULL;
    if (depth >= CONFIG_DEPTH_MAX) {
        yaml_problem(r->problems, &b->node.mark, NULL,
                     "lists and mappings are nested more than %u deep",
                     CONFIG_DEPTH_MAX);
        return NULL;
    }
    if (is_list)
        return read_list(r, b, depth + 1) ? b : NULL;
    return read_mapping(r, b, depth + 1) ? b : NULL;
}

/* NULL: a problem was added, and reading cannot go on. */
static struct yaml_built *read_node(struct reader *r, const yaml_event_t *event,
                                    unsigned depth)
{
    struct yaml_mark mark = mark_at(r, event->start_mark);
    const char *anchor, *tag;
    struct yaml_built *b;

    if (event->type == YAML_ALIAS_EVENT)
        return read_alias(r, event);
    anchor = event_anchor(event);
    tag = event_tag(event);
    if (tag)
        yaml_problem(r->problems, &mark, NULL,
                     "tags such as '%s' are not used here: remove it, or put "
                     "the text in quotes",
                     tag);
    if (anchor)
        hashmap_set(r->anchors, anchor, &r->open);
    if (event->type == YAML_SCALAR_EVENT)
        b = read_scalar(r, event);
    else
        b = read_collection(r, event, depth);
    if (anchor && b)
        hashmap_set(r->anchors, anchor, b);
    return b;
}

/* True to go on with the next event. */
static bool read_top(struct reader *r, const yaml_event_t *event,
                     bool *ret_failed)
{
    struct yaml_mark mark = mark_at(r, event->start_mark);
    struct yaml_built *root;

    if (event->type == YAML_STREAM_END_EVENT)
        return false;
    if (event->type == YAML_DOCUMENT_START_EVENT && yaml_root(r->tree)) {
        yaml_problem(r->problems, &mark, NULL,
                     "a second document begins here: only one is read (use a "
                     "file in conf.d/ for a part of its own)");
        return false;
    }
    if (event->type == YAML_STREAM_START_EVENT ||
        event->type == YAML_DOCUMENT_START_EVENT ||
        event->type == YAML_DOCUMENT_END_EVENT)
        return true;
    root = read_node(r, event, 0);
    *ret_failed = !root;
    yaml_tree_set_root(r->tree, root);
    return root != NULL;
}

/* An empty stream has no document at all: the root is then a null. */
static bool read_stream(struct reader *r)
{
    bool failed = false, more = true;

    while (more) {
        _cleanup_(yaml_event_delete) yaml_event_t event = {0};

        if (!next_event(r, &event))
            return false;
        more = read_top(r, &event, &failed);
    }
    if (!failed && !yaml_root(r->tree)) {
        struct yaml_built *b = node_new(r, YAML_NULL, (yaml_mark_t){0});

        yaml_tree_set_root(r->tree, b);
    }
    return !failed;
}

struct yaml_tree *yaml_parse(const char *name, const char *text, size_t len,
                             struct yaml_problems *problems)
{
    struct reader r = {.problems = problems};
    bool done;

    if (len >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
        text += 3;
        len -= 3;
    }
    r.len = len;
    r.file = yaml_problems_keep(problems, name, text, len);
    r.text = yaml_problems_source(problems, r.file);
    if (!yaml_parser_initialize(&r.parser)) {
        yaml_problem(problems, NULL, NULL, "%s: libyaml has no memory", name);
        return NULL;
    }
    r.tree = yaml_tree_new();
    r.anchors = hashmap_new();
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)r.text, len);
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    done = read_stream(&r);
    hashmap_free(r.anchors);
    yaml_parser_delete(&r.parser);
    if (!done) {
        yaml_tree_free(r.tree);
        return NULL;
    }
    return r.tree;
}

struct yaml_tree *yaml_read(const char *path, struct yaml_problems *problems)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct error err;

    if (file_read(path, CONFIG_FILE_MAX, &text, &err) < 0) {
        yaml_problem(problems, NULL, NULL, "%s", err.text);
        return NULL;
    }
    return yaml_parse(path, text.data ? text.data : "", text.len, problems);
}
