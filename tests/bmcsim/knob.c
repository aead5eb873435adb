/* SPDX-License-Identifier: Apache-2.0 */
/* See knob.h. Every table ends with a row whose name is NULL. */
#include "knob.h"

#include <errno.h>
#include <string.h>

static const char *const type_names[] = {
    [KNOB_BOOL] = "true or false", [KNOB_INT] = "an integer",
    [KNOB_REAL] = "a number",      [KNOB_TEXT] = "a string",
    [KNOB_CHOICE] = "one of",
};

/* The place of word in the blank separated words, or -1. */
static int word_index(const char *words, const char *word)
{
    size_t len = strlen(word);

    for (int i = 0; words && *words; i++) {
        size_t n = strcspn(words, " ");

        if (n == len && memcmp(words, word, n) == 0)
            return i;
        words += n + (words[n] == ' ');
    }
    return -1;
}

static const struct knob *knob_find(const struct knob *knobs, const char *name)
{
    for (; knobs->name; knobs++)
        if (strcmp(knobs->name, name) == 0)
            return knobs;
    return NULL;
}

static bool is_valid(const struct knob *k, json_t *value)
{
    switch (k->type) {
    case KNOB_BOOL:
        return json_is_boolean(value);
    case KNOB_INT:
        return json_is_integer(value);
    case KNOB_REAL:
        return json_is_number(value);
    case KNOB_TEXT:
        return json_is_string(value) || json_is_null(value);
    case KNOB_CHOICE:
        return json_is_string(value) &&
               word_index(k->choices, json_string_value(value)) >= 0;
    }
    return false;
}

static void knob_set(const struct knob *k, void *base, json_t *value)
{
    void *at = (char *)base + k->offset;

    switch (k->type) {
    case KNOB_BOOL:
        *(bool *)at = json_is_true(value);
        break;
    case KNOB_INT:
        *(long *)at = (long)json_integer_value(value);
        break;
    case KNOB_REAL:
        *(double *)at = json_number_value(value);
        break;
    case KNOB_TEXT:
        free(*(char **)at);
        *(char **)at =
            xstrdup(json_is_string(value) ? json_string_value(value) : "");
        break;
    case KNOB_CHOICE:
        *(int *)at = word_index(k->choices, json_string_value(value));
        break;
    }
}

static json_t *knob_get(const struct knob *k, const void *base)
{
    const void *at = (const char *)base + k->offset;
    const char *words = k->choices;

    switch (k->type) {
    case KNOB_BOOL:
        return json_boolean(*(const bool *)at);
    case KNOB_INT:
        return json_integer(*(const long *)at);
    case KNOB_REAL:
        return json_real(*(const double *)at);
    case KNOB_TEXT:
        return json_string(*(char *const *)at ? *(char *const *)at : "");
    case KNOB_CHOICE:
        for (int i = *(const int *)at; i > 0; i--)
            words += strcspn(words, " ") + 1;
        return json_stringn(words, strcspn(words, " "));
    }
    return json_null();
}

int knob_apply(const struct knob *knobs, void *base, json_t *object,
               const char *others, struct error *err)
{
    const struct knob *k;
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return error_set(err, -EINVAL, "settings are not a JSON object");
    json_object_foreach (object, name, value) {
        k = knob_find(knobs, name);
        if (!k && word_index(others, name) < 0)
            return error_set(err, -EINVAL,
                             "'%s' is not a known setting (see --help)", name);
        if (k && !is_valid(k, value))
            return error_set(err, -EINVAL, "'%s' wants %s %s", name,
                             type_names[k->type], k->choices ? k->choices : "");
    }
    json_object_foreach (object, name, value) {
        k = knob_find(knobs, name);
        if (k)
            knob_set(k, base, value);
    }
    return 0;
}

json_t *knob_guess(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);

    return value ? value : json_string(text);
}

json_t *knob_dump(const struct knob *knobs, const void *base)
{
    json_t *object = json_object();

    for (; knobs->name; knobs++)
        json_object_set_new(object, knobs->name, knob_get(knobs, base));
    return object;
}

void knob_help(const struct knob *knobs, struct buf *ret_text)
{
    for (; knobs->name; knobs++)
        buf_format(ret_text, "  %-20s %s%s%s\n", knobs->name, knobs->help,
                   knobs->choices ? ": " : "",
                   knobs->choices ? knobs->choices : "");
}

void knob_init(const struct knob *knobs, void *base)
{
    for (; knobs->name; knobs++)
        if (knobs->type == KNOB_TEXT)
            *(char **)((char *)base + knobs->offset) = xstrdup("");
}

void knob_done(const struct knob *knobs, void *base)
{
    for (; knobs->name; knobs++)
        if (knobs->type == KNOB_TEXT) {
            free(*(char **)((char *)base + knobs->offset));
            *(char **)((char *)base + knobs->offset) = NULL;
        }
}
