/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `match:` from YAML. What can never match is a mistake worth an error here:
 * nobody notices a route that stays silent.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "config/match_parts.h"
#include "option.h"
#include "util/alloc.h"
#include "util/nearest.h"

#define LABELS "labels"
#define SEVERITY_BIT(s) (1u << (s))

struct key {
    const char *name;
    enum match_kind kind;
    enum event_field field;
    bool fold;
    const char *const *words; /* the only values there are, or NULL */
};

static const char *const states[] = {"none",    "raised",   "repeated",
                                     "cleared", "flapping", NULL};

/*
 * Names that people choose (bmc, labels) and URIs keep their letter case;
 * what vendors spell in several ways does not.
 */
static const struct key keys[] = {
    {"severity", MATCH_SEVERITY, EVENT_SEVERITY, true, NULL},
    {"registry", MATCH_TEXT, EVENT_REGISTRY, true, NULL},
    {"message", MATCH_MESSAGE, EVENT_KEY, true, NULL},
    {"bmc", MATCH_TEXT, EVENT_BMC_NAME, false, NULL},
    {"origin", MATCH_TEXT, EVENT_ORIGIN, false, NULL},
    {"state", MATCH_STATE, EVENT_CONDITION_STATE, true, states},
    {"source", MATCH_TEXT, EVENT_SOURCE, true, NULL},
    {"vendor", MATCH_TEXT, EVENT_BMC_VENDOR, true, NULL},
};

static const struct key label_key = {LABELS, MATCH_LABEL, EVENT_BMC_LABEL,
                                     false, NULL};

/* One key of a match being read. */
struct test {
    const struct key *key;
    const char *path;
    struct yaml_problems *problems;
    struct match *match;
};

static struct match *read_match(const struct yaml_node *node, const char *path,
                                struct yaml_problems *problems);

/* Only the names that events have; synonyms of BMCs are normalised before. */
static bool severity_find(const char *name, enum severity *ret)
{
    for (int s = SEVERITY_UNKNOWN; s <= SEVERITY_CRITICAL; s++)
        if (strcasecmp(name, event_severity_name((enum severity)s)) == 0) {
            *ret = (enum severity)s;
            return true;
        }
    return false;
}

/*
 * An unknown severity may be grave, so it belongs to ">=Warning"; for the
 * same reason no "<=" below Critical, with which people drop, takes it in.
 */
static unsigned severity_range(bool upwards, enum severity limit)
{
    unsigned set = 0;

    for (int s = SEVERITY_OK; s <= SEVERITY_CRITICAL; s++)
        if (upwards ? s >= (int)limit : s <= (int)limit)
            set |= SEVERITY_BIT(s);
    if (upwards ? limit <= SEVERITY_WARNING : limit == SEVERITY_CRITICAL)
        set |= SEVERITY_BIT(SEVERITY_UNKNOWN);
    return set;
}

/* Several severities are one set of bits: "any of" costs nothing. */
static bool add_severity(struct test *t, const struct yaml_node *node)
{
    const char *text = node->text;
    bool upwards = strncmp(text, ">=", 2) == 0;
    bool range = upwards || strncmp(text, "<=", 2) == 0;
    enum severity severity;

    if (range)
        text += 2 + strspn(text + 2, " ");
    if (!severity_find(text, &severity) ||
        (range && severity == SEVERITY_UNKNOWN)) {
        yaml_problem(t->problems, &node->mark, t->path,
                     "'%s' is not a severity: OK, Warning, Critical or "
                     "unknown; \">=Warning\" and \"<=Warning\" mean ranges",
                     node->text);
        return false;
    }
    t->match->severities |=
        range ? severity_range(upwards, severity) : SEVERITY_BIT(severity);
    return true;
}

/* "StorageDevice.1.1.DriveFailure" is how BMCs write it, with a version. */
static bool has_version(const char *pattern)
{
    for (const char *dot = pattern; (dot = strchr(dot, '.')); dot++)
        if (isdigit((unsigned char)dot[1]))
            return true;
    return false;
}

static bool check_message(const struct test *t, const struct yaml_node *node)
{
    const char *text = node->text;

    if (has_version(text)) {
        yaml_problem(t->problems, &node->mark, t->path,
                     "'%s' has a version in it and would never match: write "
                     "Registry.Key, like StorageDevice.DriveFailure",
                     text);
        return false;
    }
    if (!strpbrk(text, ".*?")) {
        yaml_problem(t->problems, &node->mark, t->path,
                     "'%s' would never match: write Registry.Key, or "
                     "\"*.%s\" for any registry",
                     text, text);
        return false;
    }
    return true;
}

static bool check_words(const struct test *t, const struct yaml_node *node)
{
    _cleanup_(buffer_done) struct buffer known = {0};
    struct nearest near = {.word = node->text};

    for (const char *const *w = t->key->words; *w; w++) {
        if (strcasecmp(node->text, *w) == 0)
            return true;
        nearest_offer(&near, *w);
        buffer_printf(&known, "%s%s", known.len ? ", " : "", *w);
    }
    yaml_problem(t->problems, &node->mark, t->path,
                 "'%s' is not one of %s%s%s%s", node->text, known.data,
                 near.best ? "; did you mean '" : "",
                 near.best ? near.best : "", near.best ? "'?" : "");
    return false;
}

static bool add_text(struct test *t, const struct yaml_node *node)
{
    struct match *m = t->match;

    if (m->kind == MATCH_SEVERITY)
        return add_severity(t, node);
    if (m->kind == MATCH_MESSAGE && !check_message(t, node))
        return false;
    if (t->key->words && !check_words(t, node))
        return false;
    m->patterns =
        xrealloc(m->patterns, (m->pattern_count + 1) * sizeof(*m->patterns));
    m->patterns[m->pattern_count++] = xstrdup(node->text);
    return true;
}

/* A text, or a list of them; a list in a list (an alias) is as good. */
static bool add_values(struct test *t, const struct yaml_node *node)
{
    bool good = true;

    if (node->kind == YAML_SCALAR && *node->text)
        return add_text(t, node);
    if (node->kind != YAML_LIST || node->count == 0) {
        yaml_problem(t->problems, &node->mark, t->path,
                     "expected a text or a list of texts, found %s",
                     node->kind == YAML_LIST     ? "an empty list"
                     : node->kind == YAML_SCALAR ? "an empty text"
                                                 : option_kind_of(node));
        return false;
    }
    for (size_t i = 0; i < node->count; i++)
        good &= add_values(t, node->items[i]);
    return good;
}

static struct match *read_test(const struct key *key, const char *label,
                               const struct yaml_node *node, const char *path,
                               struct yaml_problems *problems)
{
    _cleanup_(match_freep) struct match *m = match_new(key->kind);
    struct test t = {key, path, problems, m};

    m->field = key->field;
    m->fold = key->fold;
    m->label = xstrdup(label);
    return add_values(&t, node) ? TAKE(m) : NULL;
}

static const struct key *key_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

static void complain_unknown(const struct yaml_node *key, const char *path,
                             struct yaml_problems *problems)
{
    _cleanup_(buffer_done) struct buffer known = {0};
    struct nearest near = {.word = key->text};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        nearest_offer(&near, keys[i].name);
        buffer_printf(&known, "%s, ", keys[i].name);
    }
    nearest_offer(&near, LABELS);
    nearest_offer(&near, "not");
    if (near.best)
        yaml_problem(problems, &key->mark, path,
                     "unknown key; did you mean '%s'?", near.best);
    else
        yaml_problem(problems, &key->mark, path,
                     "unknown key; known here: %slabels.NAME, not", known.data);
}

/* The values of `labels: {rack: r1, role: storage}`: all of them. */
static struct match *read_labels(const struct yaml_node *node, const char *path,
                                 struct yaml_problems *problems)
{
    _cleanup_(match_freep) struct match *all = match_new(MATCH_ALL);
    bool good = true;

    if (node->kind != YAML_MAPPING || node->count == 0) {
        yaml_problem(problems, &node->mark, path,
                     "expected a mapping of label names to values, found %s",
                     node->kind == YAML_MAPPING ? "an empty one"
                                                : option_kind_of(node));
        return NULL;
    }
    for (size_t i = 0; i < node->count; i++) {
        _cleanup_free_ char *full = option_path(path, node->keys[i]->text);
        struct match *m = read_test(&label_key, node->keys[i]->text,
                                    node->items[i], full, problems);

        good &= m != NULL;
        if (m)
            match_adopt(all, m);
    }
    return good ? TAKE(all) : NULL;
}

/* `not:` takes whatever `match:` takes; of a list: none of them. */
static struct match *read_not(const struct yaml_node *node, const char *path,
                              struct yaml_problems *problems)
{
    struct match *inner = read_match(node, path, problems), *m;

    if (!inner)
        return NULL;
    m = match_new(MATCH_NOT);
    match_adopt(m, inner);
    return m;
}

static struct match *read_key(const struct yaml_node *key,
                              const struct yaml_node *value, const char *path,
                              struct yaml_problems *problems)
{
    _cleanup_free_ char *full = option_path(path, key->text);
    const struct key *known = key_find(key->text);

    if (known)
        return read_test(known, NULL, value, full, problems);
    if (strcmp(key->text, "not") == 0)
        return read_not(value, full, problems);
    if (strcmp(key->text, LABELS) == 0)
        return read_labels(value, full, problems);
    if (strncmp(key->text, LABELS ".", strlen(LABELS ".")) == 0 &&
        key->text[strlen(LABELS ".")])
        return read_test(&label_key, key->text + strlen(LABELS "."), value,
                         full, problems);
    complain_unknown(key, full, problems);
    return NULL;
}

static bool check_match(const struct yaml_node *node, const char *path,
                        struct yaml_problems *problems)
{
    bool empty = node->count == 0;

    if ((node->kind == YAML_MAPPING || node->kind == YAML_LIST) && !empty)
        return true;
    if (node->kind == YAML_SCALAR)
        yaml_problem(problems, &node->mark, path,
                     "expected a mapping of fields to values (like "
                     "{severity: \">=Warning\"}), found text");
    else
        yaml_problem(problems, &node->mark, path,
                     "is empty: remove the key to mean every event");
    return false;
}

/* A mapping means all of its keys, a list any of its mappings. */
static struct match *read_match(const struct yaml_node *node, const char *path,
                                struct yaml_problems *problems)
{
    bool is_list = node->kind == YAML_LIST, good = true;
    _cleanup_(match_freep) struct match *m =
        match_new(is_list ? MATCH_ANY : MATCH_ALL);

    if (!check_match(node, path, problems))
        return NULL;
    for (size_t i = 0; i < node->count; i++) {
        struct match *part =
            is_list ? read_match(node->items[i], path, problems)
                    : read_key(node->keys[i], node->items[i], path, problems);

        good &= part != NULL;
        if (part)
            match_adopt(m, part);
    }
    return good ? TAKE(m) : NULL;
}

struct match *match_parse(const struct yaml_node *node, const char *path,
                          struct yaml_problems *problems)
{
    return read_match(node, path, problems);
}
