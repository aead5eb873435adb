/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking an event. A match is a tree of "all of", "any of" and "not" over
 * tests of one field; a test holds its patterns, or for severity a set of
 * bits. Reading allocates (match_parse.c), asking never does.
 */
#include "match.h"

#include <string.h>

#include "config/match_parts.h"
#include "util/alloc.h"
#include "util/glob.h"

struct match *match_new(enum match_kind kind)
{
    struct match *m = XNEW(struct match);

    m->kind = kind;
    return m;
}

void match_adopt(struct match *m, struct match *part)
{
    m->parts = xrealloc(m->parts, (m->count + 1) * sizeof(*m->parts));
    m->parts[m->count++] = part;
}

void match_free(struct match *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        match_free(m->parts[i]);
    for (size_t i = 0; i < m->pattern_count; i++)
        free(m->patterns[i]);
    free(m->parts);
    free(m->patterns);
    free(m->label);
    free(m);
}

static bool any_pattern(const struct match *m, const char *text, size_t len)
{
    for (size_t i = 0; i < m->pattern_count; i++)
        if (glob_match(m->patterns[i], text, len, m->fold))
            return true;
    return false;
}

/* An event without the field fits no pattern, not even "*". */
static bool ask_text(const struct match *m, const struct event *e)
{
    size_t len;
    const char *text = event_text(e, m->field, &len);

    return text && any_pattern(m, text, len);
}

/* Before any correlation, and where there is none, an event has no state. */
static bool ask_state(const struct match *m, const struct event *e)
{
    if (event_has(e, EVENT_CONDITION_STATE))
        return ask_text(m, e);
    return any_pattern(m, "none", strlen("none"));
}

/* Labels are "name=value"; a value may hold further '='. */
static bool ask_label(const struct match *m, const struct event *e)
{
    size_t cursor = 0, len, name_len = strlen(m->label);
    const char *label;

    while ((label = event_next(e, EVENT_BMC_LABEL, &cursor, &len)))
        if (len > name_len && label[name_len] == '=' &&
            memcmp(label, m->label, name_len) == 0)
            return any_pattern(m, label + name_len + 1, len - name_len - 1);
    return false;
}

/*
 * Registry and key are two fields; joining them for each rule and event would
 * cost more than all the rest.
 */
static bool ask_message(const struct match *m, const struct event *e)
{
    size_t registry_len, key_len;
    const char *registry = event_text(e, EVENT_REGISTRY, &registry_len);
    const char *key = event_text(e, EVENT_KEY, &key_len);

    if (!key)
        return false;
    if (!registry)
        return any_pattern(m, key, key_len);
    for (size_t i = 0; i < m->pattern_count; i++)
        if (glob_match_pair(m->patterns[i], registry, registry_len, key,
                            key_len, true))
            return true;
    return false;
}

static bool ask_severity(const struct match *m, const struct event *e)
{
    int64_t severity = event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN);

    return severity >= 0 && severity < 32 && m->severities & 1u << severity;
}

static bool ask_all(const struct match *m, const struct event *e)
{
    for (size_t i = 0; i < m->count; i++)
        if (!match_event(m->parts[i], e))
            return false;
    return true;
}

static bool ask_any(const struct match *m, const struct event *e)
{
    for (size_t i = 0; i < m->count; i++)
        if (match_event(m->parts[i], e))
            return true;
    return false;
}

bool match_event(const struct match *m, const struct event *e)
{
    if (!m)
        return true;
    switch (m->kind) {
    case MATCH_ALL:
        return ask_all(m, e);
    case MATCH_ANY:
        return ask_any(m, e);
    case MATCH_NOT:
        return !ask_any(m, e);
    case MATCH_TEXT:
        return ask_text(m, e);
    case MATCH_STATE:
        return ask_state(m, e);
    case MATCH_LABEL:
        return ask_label(m, e);
    case MATCH_MESSAGE:
        return ask_message(m, e);
    case MATCH_SEVERITY:
        return ask_severity(m, e);
    }
    return false;
}
