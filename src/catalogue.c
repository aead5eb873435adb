/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Codes and their meaning; see catalogue.h. Single codes stand in a map;
 * ranges and patterns are few and are walked.
 */
#include "registry/catalogue_private.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/glob.h"
#include "util/hashmap.h"

#define CODE_MAX 128  /* of one code, bytes */
#define TEXT_MAX 4096 /* how far into a message's text codes are looked for */

/* A range ("UPD4_FAIL_401-405") or a pattern ("X_*"). */
struct span {
    struct catalogue_entry *entry;
    size_t stem; /* what stands before the numbers; 0: a pattern */
    unsigned long first, last;
};

struct catalogue {
    struct catalogue_entry **entries;
    size_t count, cap;
    struct hashmap *codes; /* in lower case, to the entry */
    struct span *spans;
    size_t span_count, span_cap;
    char **names;
    size_t name_count, name_cap;
    bool starts[256]; /* with what codes begin that are looked for in texts */
};

struct catalogue *catalogue_new(void)
{
    struct catalogue *c = XNEW(struct catalogue);

    c->codes = hashmap_new();
    return c;
}

void catalogue_free(struct catalogue *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->count; i++)
        catalogue_entry_free(c->entries[i]);
    for (size_t i = 0; i < c->name_count; i++)
        free(c->names[i]);
    free(c->entries);
    free(c->names);
    free(c->spans);
    hashmap_free(c->codes);
    free(c);
}

const char *catalogue_name(struct catalogue *c, const char *name)
{
    c->names =
        xgrow(c->names, &c->name_cap, c->name_count + 1, sizeof(*c->names));
    return c->names[c->name_count++] = xstrdup(name);
}

/* "X_401-405" taken apart; false if the code is no range. */
static bool read_range(const char *code, struct span *ret)
{
    const char *dash = strrchr(code, '-');
    const char *digits = dash;
    char *end;

    if (!dash || !isdigit((unsigned char)dash[1]))
        return false;
    while (digits > code && isdigit((unsigned char)digits[-1]))
        digits--;
    ret->stem = (size_t)(digits - code);
    ret->first = strtoul(digits, NULL, 10);
    ret->last = strtoul(dash + 1, &end, 10);
    return digits < dash && ret->stem > 0 && !*end && ret->first <= ret->last;
}

static void lower(const char *text, size_t len, char ret[CODE_MAX])
{
    for (size_t i = 0; i < len; i++)
        ret[i] = (char)tolower((unsigned char)text[i]);
    ret[len] = '\0';
}

void catalogue_add(struct catalogue *c, struct catalogue_entry *e)
{
    struct span span = {.entry = e};
    char code[CODE_MAX];
    size_t len = strlen(e->code);

    c->entries = xgrow(c->entries, &c->cap, c->count + 1,
                       sizeof(struct catalogue_entry *));
    c->entries[c->count++] = e;
    if (e->in_text) {
        c->starts[tolower((unsigned char)e->code[0])] = true;
        c->starts[toupper((unsigned char)e->code[0])] = true;
    }
    if (read_range(e->code, &span) || strpbrk(e->code, "*?")) {
        c->spans =
            xgrow(c->spans, &c->span_cap, c->span_count + 1, sizeof(*c->spans));
        c->spans[c->span_count++] = span;
    } else if (len < CODE_MAX) {
        lower(e->code, len, code);
        if (!hashmap_find(c->codes, code))
            hashmap_set(c->codes, code, e);
    }
}

static bool span_holds(const struct span *s, const char *code, size_t len)
{
    unsigned long number;
    char *end;

    if (!strpbrk(s->entry->code, "*?")) {
        if (len <= s->stem || strncasecmp(code, s->entry->code, s->stem) != 0 ||
            !isdigit((unsigned char)code[s->stem]))
            return false;
        number = strtoul(code + s->stem, &end, 10);
        return end == code + len && number >= s->first && number <= s->last;
    }
    return glob_match(s->entry->code, code, len, true);
}

/* The first range or pattern that holds a code, the admin's alone or all. */
static const struct catalogue_entry *find_span(const struct catalogue *c,
                                               const char *code, size_t len,
                                               bool local_only)
{
    for (size_t i = 0; i < c->span_count; i++) {
        const struct catalogue_entry *e = c->spans[i].entry;

        if ((!local_only || e->origin == REGISTRY_LOCAL) &&
            span_holds(&c->spans[i], code, len))
            return e;
    }
    return NULL;
}

const struct catalogue_entry *catalogue_find(const struct catalogue *c,
                                             const char *code, size_t len)
{
    const struct catalogue_entry *e, *span;
    char name[CODE_MAX];

    if (!c || len == 0 || len >= CODE_MAX)
        return NULL;
    lower(code, len, name);
    e = hashmap_find(c->codes, name);
    if (e && e->origin == REGISTRY_LOCAL)
        return e;
    span = find_span(c, name, len, e != NULL);
    return span ? span : e;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const struct catalogue_entry *catalogue_find_in(const struct catalogue *c,
                                                const char *text, size_t len,
                                                const char **ret_code,
                                                size_t *ret_len)
{
    const char *end = text + MIN_OF(len, (size_t)TEXT_MAX), *word = text;

    while (c && word < end) {
        const char *stop = word;
        const struct catalogue_entry *e = NULL;

        while (stop < end && in_word(*stop))
            stop++;
        if (stop > word && c->starts[(unsigned char)*word])
            e = catalogue_find(c, word, (size_t)(stop - word));
        if (e && e->in_text) {
            *ret_code = word;
            *ret_len = (size_t)(stop - word);
            return e;
        }
        word = stop + 1;
    }
    return NULL;
}

/* Whether a text is one of a list; no list asks for nothing. */
static bool is_among(char **list, const char *text)
{
    for (char **t = list; t && *t; t++)
        if (text && strcasecmp(*t, text) == 0)
            return true;
    return !list;
}

static bool fits(const struct catalogue_entry *e,
                 const struct catalogue_symptoms *seen)
{
    return e->has_when && (!e->refused || seen->refused) &&
           is_among(e->task_states, seen->task_state) &&
           is_among(e->task_statuses, seen->task_status) &&
           (!e->message ||
            (seen->message && strcasecmp(e->message, seen->message) == 0));
}

const struct catalogue_entry *catalogue_diagnose(
    const struct catalogue *c, const struct catalogue_symptoms *seen)
{
    for (size_t i = 0; c && i < c->count; i++)
        if (fits(c->entries[i], seen))
            return c->entries[i];
    return NULL;
}

bool catalogue_has(const struct catalogue *c, const char *name)
{
    for (size_t i = 0; c && i < c->name_count; i++)
        if (strcasecmp(c->names[i], name) == 0)
            return true;
    return false;
}

size_t catalogue_count(const struct catalogue *c)
{
    return c ? c->count : 0;
}

const struct catalogue_entry *catalogue_at(const struct catalogue *c, size_t i)
{
    return c->entries[i];
}
