/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of problems of a configuration: collected in any order, printed in
 * the order of files and lines, each with its source line and a caret. A line
 * goes to terminals and logs, so what looks like a secret in it is masked.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "config/yaml_parts.h"

#define LINE_SHOWN 100 /* characters of a source line; longer ones are cut */
#define PROBLEMS_SHOWN 1000 /* nobody reads more, and each costs a search */
#define LINE_QUOTED 65536   /* bytes; what is longer is no line of a person */
#define UNPLACED SIZE_MAX

/*
 * A file as it was read: what is quoted is what was judged, not what is on
 * disk by then.
 */
struct source {
    char *name;
    char *text;
};

struct problem {
    size_t source; /* index of its source, or UNPLACED */
    unsigned line, column;
    bool is_warning;
    char *text; /* with its key path */
    size_t order;
};

struct yaml_problems {
    struct source *sources;
    size_t source_count, source_cap;
    struct problem *items;
    size_t count, cap;
    size_t warnings;
};

struct yaml_problems *yaml_problems_new(void)
{
    return XNEW(struct yaml_problems);
}

void yaml_problems_free(struct yaml_problems *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->count; i++)
        free(p->items[i].text);
    for (size_t i = 0; i < p->source_count; i++) {
        free(p->sources[i].name);
        free(p->sources[i].text);
    }
    free(p->items);
    free(p->sources);
    free(p);
}

const char *yaml_problems_keep(struct yaml_problems *p, const char *name,
                               const char *text, size_t len)
{
    struct source *s;

    p->sources = xgrow(p->sources, &p->source_cap, p->source_count + 1,
                       sizeof(*p->sources));
    s = &p->sources[p->source_count++];
    s->name = xstrdup(name);
    s->text = xstrndup(text, len);
    return s->name;
}

/* Marks hold the very pointer that was given out. */
static size_t source_find(const struct yaml_problems *p, const char *file)
{
    for (size_t i = 0; file && i < p->source_count; i++)
        if (p->sources[i].name == file)
            return i;
    return UNPLACED;
}

const char *yaml_problems_source(const struct yaml_problems *p,
                                 const char *file)
{
    size_t i = source_find(p, file);

    return i == UNPLACED ? NULL : p->sources[i].text;
}

static struct problem *problem_add(struct yaml_problems *p,
                                   const struct yaml_mark *mark,
                                   const char *path, const char *format,
                                   va_list args)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct problem *item;
    _cleanup_free_ char *said = xvasprintf(format, args);

    if (path && *path)
        buffer_printf(&text, "%s: ", path);
    buffer_add_text(&text, said);
    p->items = xgrow(p->items, &p->cap, p->count + 1, sizeof(*p->items));
    item = &p->items[p->count];
    item->source = mark ? source_find(p, mark->file) : UNPLACED;
    item->line = mark ? mark->line : 0;
    item->column = mark ? mark->column : 0;
    item->text = buffer_take_text(&text);
    item->order = p->count++;
    return item;
}

void yaml_problem(struct yaml_problems *p, const struct yaml_mark *mark,
                  const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    problem_add(p, mark, path, format, args);
    va_end(args);
}

void yaml_warning(struct yaml_problems *p, const struct yaml_mark *mark,
                  const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    problem_add(p, mark, path, format, args)->is_warning = true;
    va_end(args);
    p->warnings++;
}

size_t yaml_problems_errors(const struct yaml_problems *p)
{
    return p->count - p->warnings;
}

size_t yaml_problems_warnings(const struct yaml_problems *p)
{
    return p->warnings;
}

const char *yaml_source_line(const char *text, unsigned line, size_t *ret_len)
{
    const char *end;

    for (; line > 1; line--) {
        end = strchr(text, '\n');
        if (!end) {
            *ret_len = 0;
            return text + strlen(text);
        }
        text = end + 1;
    }
    *ret_len = strcspn(text, "\r\n");
    return text;
}

/*
 * A key that names a secret's file (password_file) is none itself, so only
 * the end of the key counts.
 */
static bool ends_in_secret(const char *key, size_t len)
{
    static const char *const words[] = {"token", "password", "secret",
                                        "passphrase"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        size_t n = strlen(words[i]);

        if (len >= n && strncasecmp(key + len - n, words[i], n) == 0)
            return true;
    }
    return false;
}

/* Covers a value: to its closing quote, or to what ends a plain one. */
static char *mask_value(char *at)
{
    char quote = *at == '"' || *at == '\'' ? *at++ : '\0';

    for (; *at; at++) {
        if (quote ? *at == quote : *at == ',' || *at == '}')
            break;
        if (!quote && at[0] == ' ' && at[1] == '#')
            break;
        *at = '*';
    }
    return at;
}

/* Between "://" and '@' stand a user and a password. */
static void mask_userinfo(char *line)
{
    char *start, *at;

    for (start = line; (start = strstr(start, "://"));) {
        start += 3;
        at = start + strcspn(start, "@/ ,}\"'");
        if (*at == '@')
            memset(start, '*', (size_t)(at - start));
    }
}

void yaml_mask_secrets(char *line)
{
    char *colon, *end;

    mask_userinfo(line);
    for (colon = line; (colon = strchr(colon, ':')); colon = end) {
        const char *key_end = colon;

        end = colon + 1;
        while (key_end > line && strchr(" \"'", key_end[-1]))
            key_end--;
        if (!ends_in_secret(line, (size_t)(key_end - line)))
            continue;
        end += strspn(end, " ");
        if (*end)
            end = mask_value(end);
    }
}

/* Bytes of `text` that make up `count` code points. */
static size_t code_points(const char *text, size_t count)
{
    size_t i = 0;

    for (; text[i] && count > 0; count--)
        for (i++; (text[i] & 0xC0) == 0x80; i++)
            ;
    return i;
}

/* Blanks and control characters as one blank each: the caret stays right. */
static void add_line(struct buffer *out, const char *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        buffer_add_char(out, (unsigned char)line[i] < 0x20 || line[i] == 0x7F
                                 ? ' '
                                 : line[i]);
}

/* A long line (all BMCs in one, say) is shown around the column only. */
static void print_source(const struct problem *item, const char *text,
                         struct buffer *out)
{
    size_t len, from, caret = item->column - 1;
    const char *start = yaml_source_line(text, item->line, &len);
    _cleanup_free_ char *line = NULL;

    if (len > LINE_QUOTED)
        return;
    line = xstrndup(start, len);
    yaml_mask_secrets(line);
    from = caret > LINE_SHOWN - 20 ? caret - LINE_SHOWN / 2 : 0;
    start = line + code_points(line, from);
    len = code_points(start, LINE_SHOWN);
    buffer_printf(out, "%6u | %s", item->line, from ? "..." : "");
    add_line(out, start, len);
    buffer_printf(out, "%s\n%6s | %*s^\n", start[len] ? "..." : "", "",
                  (int)(caret - from + (from ? 3 : 0)), "");
}

static void print_problem(const struct yaml_problems *p,
                          const struct problem *item, struct buffer *out)
{
    const char *level = item->is_warning ? "warning: " : "";

    if (item->source == UNPLACED) {
        buffer_printf(out, "%s%s\n", level, item->text);
        return;
    }
    if (item->line == 0) {
        buffer_printf(out, "%s: %s%s\n", p->sources[item->source].name, level,
                      item->text);
        return;
    }
    buffer_printf(out, "%s:%u:%u: %s%s\n", p->sources[item->source].name,
                  item->line, item->column, level, item->text);
    print_source(item, p->sources[item->source].text, out);
}

static int compare(size_t a, size_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_problems(const void *left, const void *right)
{
    const struct problem *a = left, *b = right;
    int r = compare(a->source, b->source);

    if (r == 0)
        r = compare(a->line, b->line);
    if (r == 0)
        r = compare(a->column, b->column);
    return r ? r : compare(a->order, b->order);
}

/* A node that is reached twice, through an alias, says the same twice. */
static bool is_same(const struct problem *a, const struct problem *b)
{
    return a->source == b->source && a->line == b->line &&
           a->column == b->column && strcmp(a->text, b->text) == 0;
}

void yaml_problems_print(const struct yaml_problems *p, struct buffer *out)
{
    _cleanup_free_ struct problem *sorted = xcalloc(p->count, sizeof(*sorted));

    if (p->count == 0)
        return;
    memcpy(sorted, p->items, p->count * sizeof(*sorted));
    qsort(sorted, p->count, sizeof(*sorted), compare_problems);
    for (size_t i = 0; i < p->count && i < PROBLEMS_SHOWN; i++)
        if (i == 0 || !is_same(&sorted[i - 1], &sorted[i]))
            print_problem(p, &sorted[i], out);
    if (p->count > PROBLEMS_SHOWN)
        buffer_printf(out, "and %zu more\n", p->count - PROBLEMS_SHOWN);
}
