/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options as a text of YAML, for the reader of routes; see pick.h. So a
 * choice on the command line means to the letter what it means in `match:`,
 * and its mistakes are explained in the same words.
 */
#include "ctl/pick.h"

#include <stdio.h>
#include <string.h>

#include "match.h"
#include "util/json_writer.h"
#include "yaml.h"

bool pick_add(struct pick *p, const char *key, const char *value)
{
    if (p->count == PICK_MAX) {
        fprintf(stderr, "trawlctl: more than %d choices\n", PICK_MAX);
        return false;
    }
    p->items[p->count].key = key;
    p->items[p->count++].value = value;
    return true;
}

/* Whether an earlier option has this key: its list has the value too. */
static bool is_written(const struct pick *p, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(p->items[k].key, p->items[i].key) == 0)
            return true;
    return false;
}

/* All values of one key: any of them will do, as in a route. */
static void write_values(const struct pick *p, const char *key,
                         struct json_writer *w)
{
    json_writer_key(w, key);
    json_writer_open_array(w);
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->items[i].key, key) == 0)
            json_writer_text(w, p->items[i].value, strlen(p->items[i].value));
    json_writer_close_array(w);
}

/* JSON is YAML. */
static void write_all(const struct pick *p, struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    for (size_t i = 0; i < p->count; i++)
        if (!is_written(p, i))
            write_values(p, p->items[i].key, &w);
    json_writer_close_object(&w);
}

bool pick_prepare(struct pick *p)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_(buffer_done) struct buffer wrong = {0};
    struct yaml_problems *problems;
    struct yaml_tree *tree;

    if (p->count == 0)
        return true;
    problems = yaml_problems_new();
    write_all(p, &text);
    tree = yaml_parse("command line", text.data, text.len, problems);
    if (tree)
        p->match = match_parse(yaml_root(tree), NULL, problems);
    yaml_problems_print(problems, &wrong);
    if (wrong.len > 0)
        fprintf(stderr, "trawlctl: %s", wrong.data);
    yaml_tree_free(tree);
    yaml_problems_free(problems);
    return p->match != NULL;
}

bool pick_event(const struct pick *p, const struct event *e)
{
    return match_event(p->match, e);
}

void pick_done(struct pick *p)
{
    match_free(p->match);
}
