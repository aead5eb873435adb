/* SPDX-License-Identifier: Apache-2.0 */
/* The way back: what an option table has read, as it would be written. */
#include <inttypes.h>
#include <stdio.h>

#include "option.h"
#include "util/alloc.h"

static const void *member(const struct option *o, const void *base)
{
    return (const char *)base + o->offset;
}

/* The value as YAML has it, or NULL if there is none; the caller frees it. */
static char *value_of(const struct option *o, const void *base)
{
    const void *at = member(o, base);
    char text[OPTION_TEXT_MAX];

    switch (o->kind) {
    case OPTION_TEXT:
        return *(char *const *)at ? xstrdup(*(char *const *)at) : NULL;
    case OPTION_BOOL:
        /*
         * Only what says something: false, 0 and the first choice are what
         * holds without it.
         */
        return *(const bool *)at ? xstrdup("true") : NULL;
    case OPTION_INT:
        return *(const int64_t *)at ? xasprintf("%" PRId64, *(int64_t *)at)
                                    : NULL;
    case OPTION_DURATION:
        return *(const usec_t *)at
                   ? xstrdup(option_format_duration(*(const usec_t *)at, text))
                   : NULL;
    case OPTION_SIZE:
        return *(const uint64_t *)at
                   ? xstrdup(option_format_size(*(const uint64_t *)at, text))
                   : NULL;
    case OPTION_CHOICE:
        return *(const int *)at ? xstrdup(o->choices[*(const int *)at]) : NULL;
    case OPTION_TEXTS:
    case OPTION_PAIRS:
    case OPTION_SECTION:
    case OPTION_CUSTOM:
        break;
    }
    return NULL;
}

static void show_texts(const struct option_texts *texts,
                       const struct option_shown *shown, const char *path)
{
    for (size_t i = 0; i < texts->count; i++)
        shown->on_value(shown->userdata, path, texts->items[i]);
}

void option_show(const struct option *table, const void *base, const char *path,
                 const struct option_shown *shown)
{
    for (const struct option *o = table; o->key; o++) {
        _cleanup_free_ char *full = option_path(path, o->key);
        _cleanup_free_ char *value = value_of(o, base);

        if (value)
            shown->on_value(shown->userdata, full, value);
        else if (o->kind == OPTION_SECTION)
            option_show(o->section, member(o, base), full, shown);
        else if (o->kind == OPTION_TEXTS)
            show_texts(member(o, base), shown, full);
    }
}
