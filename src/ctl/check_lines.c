/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See check_lines.h: two levels are looked at, all below is passed over. Keys
 * are compared as they are written: one with an escape in it is found under
 * the line of the file, which is no worse than no line.
 */
#include "ctl/check_lines.h"

#include <string.h>

#include "util/alloc.h"

/*
 * A scanner of its own, for json_in keeps no lines. It runs on JSON that was
 * read before, so it need not notice mistakes.
 */
struct scan {
    const char *at, *end;
    unsigned line, depth;
    bool array[3];   /* of the root and of the section */
    bool expect_key; /* at the present depth, in an object */
    char *section;
    size_t index;
    struct check_lines *lines;
};

static void add(struct scan *s, const char *key, size_t len)
{
    struct check_lines *l = s->lines;

    l->items = xgrow(l->items, &l->cap, l->count + 1, sizeof(*l->items));
    l->items[l->count++] = (struct check_line){
        .section = xstrdup(s->section),
        .key = key ? xstrndup(key, len) : NULL,
        .index = s->index++,
        .line = s->line,
    };
}

/* A value begins: an element, where it stands in a section's array. */
static void begin_value(struct scan *s)
{
    if (s->depth == 2 && s->array[2] && s->section)
        add(s, NULL, 0);
}

static void read_text(struct scan *s)
{
    const char *from = ++s->at;
    size_t len;

    while (s->at < s->end && *s->at != '"')
        s->at += *s->at == '\\' ? 2 : 1;
    len = (size_t)(s->at - from);
    /* A value, or a key too deep to be looked for. */
    if (!s->expect_key || s->depth > 2) {
        s->at++;
        return;
    }
    if (s->depth == 1) {
        free(s->section);
        s->section = xstrndup(from, len);
        s->index = 0;
    } else if (!s->array[2]) {
        add(s, from, len);
    }
    s->expect_key = false;
    s->at++;
}

static void open_container(struct scan *s, bool array)
{
    begin_value(s);
    s->depth++;
    if (s->depth < 3)
        s->array[s->depth] = array;
    s->expect_key = !array;
    s->at++;
}

static void step(struct scan *s)
{
    switch (*s->at) {
    case '"':
        if (!s->expect_key)
            begin_value(s);
        read_text(s);
        return;
    case '{':
    case '[':
        open_container(s, *s->at == '[');
        return;
    case '}':
    case ']':
        s->depth -= s->depth > 0;
        break;
    case ',':
        s->expect_key = s->depth < 3 && s->depth > 0 && !s->array[s->depth];
        break;
    case '\n':
        s->line++;
        break;
    }
    s->at++;
}

void check_lines_read(const char *bytes, size_t len, struct check_lines *ret)
{
    struct scan s = {.at = bytes, .end = bytes + len, .line = 1, .lines = ret};

    while (s.at < s.end)
        step(&s);
    free(s.section);
}

void check_lines_done(struct check_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->items[i].section);
        free(lines->items[i].key);
    }
    free(lines->items);
    *lines = (struct check_lines){0};
}

unsigned check_lines_find(const struct check_lines *lines, const char *section,
                          const char *key, size_t index)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct check_line *l = &lines->items[i];

        if (strcmp(l->section, section) != 0)
            continue;
        if (key ? l->key && strcmp(l->key, key) == 0 : l->index == index)
            return l->line;
    }
    return 0;
}

unsigned check_lines_of_byte(const char *bytes, size_t len, size_t at)
{
    unsigned line = 1;

    for (size_t i = 0; i < len && i < at; i++)
        line += bytes[i] == '\n';
    return line;
}
