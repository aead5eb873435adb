/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One reader for each kind of option. A reading carries table row, node and
 * path, so that a reader is a few lines and every message names the place,
 * the value, and what would be right.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/option_parts.h"
#include "util/alloc.h"
#include "util/macro.h"
#include "util/nearest.h"

#define COMPLAIN(r, ...)                                                       \
    ({                                                                         \
        yaml_problem((r)->problems, &(r)->node->mark, (r)->path, __VA_ARGS__); \
        false;                                                                 \
    })

const char *option_kind_of(const struct yaml_node *node)
{
    switch (node->kind) {
    case YAML_SCALAR:
        return "text";
    case YAML_LIST:
        return "a list";
    case YAML_MAPPING:
        return "a mapping";
    case YAML_NULL:
        break;
    }
    return "nothing";
}

static const char *kind_wanted(enum option_kind kind)
{
    switch (kind) {
    case OPTION_TEXT:
        return "text";
    case OPTION_BOOL:
        return "true or false";
    case OPTION_INT:
        return "a whole number";
    case OPTION_DURATION:
        return "a duration (like 30s, 5m, 2h, 7d)";
    case OPTION_SIZE:
        return "a size (like 64MiB, 4GiB)";
    case OPTION_CHOICE:
        return "one word";
    case OPTION_TEXTS:
        return "a text or a list of texts";
    case OPTION_PAIRS:
        return "a mapping of names to texts";
    case OPTION_SECTION:
    case OPTION_CUSTOM:
        break;
    }
    return "a mapping of keys";
}

/* The commonest cause of a list or mapping here is an unquoted bracket. */
static bool wrong_kind(const struct option_reading *r)
{
    bool brackets = r->node->kind == YAML_LIST || r->node->kind == YAML_MAPPING;
    bool text = r->option->kind == OPTION_TEXT;

    return COMPLAIN(r, "expected %s, found %s%s", kind_wanted(r->option->kind),
                    option_kind_of(r->node),
                    text && brackets ? " (a text that begins with '[' or '{' "
                                       "must stand in quotes)"
                                     : "");
}

static bool read_text(const struct option_reading *r, char **text)
{
    if (!*r->node->text)
        return COMPLAIN(r, "is empty: write a value, or remove the key");
    free(*text);
    *text = xstrdup(r->node->text);
    return true;
}

/*
 * YAML 1.1 took yes, no, on and off for booleans, and many files still have
 * them: taken as text in silence they would mean the opposite half the time.
 */
static bool read_bool(const struct option_reading *r, bool *value)
{
    static const char *const yes[] = {"yes", "on", "y", "1"};
    static const char *const no[] = {"no", "off", "n", "0"};
    const char *text = r->node->text;

    if (!r->node->quoted && option_parse_bool(text, value))
        return true;
    if (r->node->quoted)
        return COMPLAIN(r,
                        "'%s' in quotes is text: write true or false "
                        "without quotes",
                        text);
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (strcasecmp(text, yes[i]) == 0)
            return COMPLAIN(r, "'%s' is text in YAML 1.2: write true", text);
        if (strcasecmp(text, no[i]) == 0)
            return COMPLAIN(r, "'%s' is text in YAML 1.2: write false", text);
    }
    return COMPLAIN(r, "'%s' is neither true nor false", text);
}

/* 010 is 8 to YAML 1.1 and 10 to YAML 1.2: neither is guessed here. */
static bool read_int(const struct option_reading *r, int64_t *value)
{
    const struct option *o = r->option;
    const char *text = r->node->text;
    bool bounded = o->min || o->max;
    int64_t n;

    if (!option_parse_int(text, &n))
        return COMPLAIN(r, "'%s' is not a whole number%s", text,
                        text[0] == '0' ? " (write it in tens, without a "
                                         "leading 0)"
                                       : "");
    if (bounded && n < o->min)
        return COMPLAIN(r, "%s is too small: at least %" PRId64, text, o->min);
    if (o->max && n > o->max)
        return COMPLAIN(r, "%s is too large: at most %" PRId64, text, o->max);
    *value = n;
    return true;
}

static bool is_plain_number(const char *text)
{
    return *text && strspn(text, "0123456789.") == strlen(text);
}

static bool read_duration(const struct option_reading *r, usec_t *value)
{
    const struct option *o = r->option;
    const char *text = r->node->text;
    char bound[OPTION_TEXT_MAX];
    usec_t n;

    if (!option_parse_duration(text, &n)) {
        if (is_plain_number(text))
            return COMPLAIN(r,
                            "'%s' has no unit: a duration is a whole "
                            "number and ms, s, m, h or d (like 30s)",
                            text);
        return COMPLAIN(r, "'%s' is not a duration (like 30s, 5m, 2h, 7d)",
                        text);
    }
    if (n < (usec_t)o->min)
        return COMPLAIN(r, "%s is too short: at least %s", text,
                        option_format_duration((usec_t)o->min, bound));
    if (o->max && n > (usec_t)o->max)
        return COMPLAIN(r, "%s is too long: at most %s", text,
                        option_format_duration((usec_t)o->max, bound));
    *value = n;
    return true;
}

static bool read_size(const struct option_reading *r, uint64_t *value)
{
    const struct option *o = r->option;
    const char *text = r->node->text;
    char bound[OPTION_TEXT_MAX];
    uint64_t n;

    if (!option_parse_size(text, &n))
        return COMPLAIN(r,
                        "'%s' is not a size (like 64MiB or 4GiB; kB, MB "
                        "and GB count in thousands)",
                        text);
    if (n < (uint64_t)o->min)
        return COMPLAIN(r, "%s is too small: at least %s", text,
                        option_format_size((uint64_t)o->min, bound));
    if (o->max && n > (uint64_t)o->max)
        return COMPLAIN(r, "%s is too large: at most %s", text,
                        option_format_size((uint64_t)o->max, bound));
    *value = n;
    return true;
}

static bool read_choice(const struct option_reading *r, int *value)
{
    _cleanup_(buffer_done) struct buffer known = {0};
    struct nearest near = {.word = r->node->text};

    for (int i = 0; r->option->choices[i]; i++) {
        if (strcmp(r->node->text, r->option->choices[i]) == 0) {
            *value = i;
            return true;
        }
        nearest_offer(&near, r->option->choices[i]);
        buffer_printf(&known, "%s%s", i ? ", " : "", r->option->choices[i]);
    }
    if (near.best)
        return COMPLAIN(r, "'%s' is not one of %s; did you mean '%s'?",
                        r->node->text, known.data, near.best);
    return COMPLAIN(r, "'%s' is not one of %s", r->node->text, known.data);
}

void option_texts_done(struct option_texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
    *texts = (struct option_texts){0};
}

void option_pairs_done(struct option_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        free(pairs->items[i].name);
        free(pairs->items[i].value);
    }
    free(pairs->items);
    *pairs = (struct option_pairs){0};
}

/* Every bad item of a list is said, not only the first. */
static bool is_text_item(const struct option_reading *r,
                         const struct yaml_node *item)
{
    if (item->kind == YAML_SCALAR && *item->text)
        return true;
    yaml_problem(r->problems, &item->mark, r->path, "expected text, found %s",
                 item->kind == YAML_SCALAR ? "an empty one"
                                           : option_kind_of(item));
    return false;
}

/* A list takes the place of the one before. */
static bool read_texts(const struct option_reading *r,
                       struct option_texts *texts)
{
    struct yaml_node *alone[] = {(struct yaml_node *)r->node};
    bool is_list = r->node->kind == YAML_LIST, good = true;
    struct yaml_node **items = is_list ? r->node->items : alone;
    size_t count = is_list ? r->node->count : 1;

    option_texts_done(texts);
    texts->items = xcalloc(count, sizeof(*texts->items));
    for (size_t i = 0; i < count; i++)
        if (is_text_item(r, items[i]))
            texts->items[texts->count++] = xstrdup(items[i]->text);
        else
            good = false;
    return good;
}

void option_pair_set(struct option_pairs *pairs, const char *name,
                     const char *value)
{
    struct option_pair *pair;

    /* A walk will do: such mappings are short. */
    for (size_t i = 0; i < pairs->count; i++) {
        pair = &pairs->items[i];
        if (strcmp(pair->name, name) != 0)
            continue;
        free(pair->value);
        pair->value = xstrdup(value);
        return;
    }
    pairs->items =
        xrealloc(pairs->items, (pairs->count + 1) * sizeof(*pairs->items));
    pair = &pairs->items[pairs->count++];
    *pair = (struct option_pair){xstrdup(name), xstrdup(value)};
}

/* Adds to the pairs that are there, so that labels merge by their names. */
static bool read_pairs(const struct option_reading *r,
                       struct option_pairs *pairs)
{
    const struct yaml_node *n = r->node;
    bool good = true;

    for (size_t i = 0; i < n->count; i++) {
        if (n->items[i]->kind == YAML_SCALAR) {
            option_pair_set(pairs, n->keys[i]->text, n->items[i]->text);
            continue;
        }
        yaml_problem(r->problems, &n->items[i]->mark, r->path,
                     "'%s': expected text, found %s", n->keys[i]->text,
                     option_kind_of(n->items[i]));
        good = false;
    }
    return good;
}

/* Unset again by an explicit null: `ca: null` undoes what bmc_defaults says. */
static bool read_null(const struct option_reading *r, void *base)
{
    const struct option one[] = {*r->option, {0}};

    switch (r->option->kind) {
    case OPTION_TEXTS:
    case OPTION_PAIRS:
    case OPTION_SECTION:
    case OPTION_CUSTOM:
        return true;
    case OPTION_TEXT:
    case OPTION_BOOL:
    case OPTION_INT:
    case OPTION_DURATION:
    case OPTION_SIZE:
    case OPTION_CHOICE:
        break;
    }
    if (r->option->required)
        return true; /* said once, as missing */
    if (r->option->standard)
        return COMPLAIN(r,
                        "has no value: write one, or remove the key for "
                        "the default, %s",
                        r->option->standard);
    option_done(one, base);
    return true;
}

/* Whether the node can be of that kind at all, before its text is read. */
static bool is_kind(const struct option_reading *r)
{
    switch (r->option->kind) {
    case OPTION_TEXTS:
        return r->node->kind == YAML_SCALAR || r->node->kind == YAML_LIST;
    case OPTION_PAIRS:
    case OPTION_SECTION:
        return r->node->kind == YAML_MAPPING;
    case OPTION_CUSTOM:
        return true;
    case OPTION_TEXT:
    case OPTION_BOOL:
    case OPTION_INT:
    case OPTION_DURATION:
    case OPTION_SIZE:
    case OPTION_CHOICE:
        break;
    }
    return r->node->kind == YAML_SCALAR;
}

static bool read_section(const struct option_reading *r, void *base)
{
    bool known = option_check_keys(&r->option->section, 1, r->node, r->path,
                                   r->problems);

    return option_overlay(r->option->section, r->node, r->path, base,
                          r->problems) &&
           known;
}

bool option_read_value(const struct option_reading *r, void *base)
{
    void *to = (char *)base + r->option->offset;

    if (r->node->kind == YAML_NULL)
        return read_null(r, base);
    if (!is_kind(r))
        return wrong_kind(r);
    switch (r->option->kind) {
    case OPTION_TEXT:
        return read_text(r, to);
    case OPTION_BOOL:
        return read_bool(r, to);
    case OPTION_INT:
        return read_int(r, to);
    case OPTION_DURATION:
        return read_duration(r, to);
    case OPTION_SIZE:
        return read_size(r, to);
    case OPTION_CHOICE:
        return read_choice(r, to);
    case OPTION_TEXTS:
        return read_texts(r, to);
    case OPTION_PAIRS:
        return read_pairs(r, to);
    case OPTION_SECTION:
        return read_section(r, to);
    case OPTION_CUSTOM:
        break;
    }
    return true;
}
