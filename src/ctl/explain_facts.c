/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See explain_facts.h. The same rooms are asked that an event goes through in
 * trawld (registry_view, clearing, catalogue), so that the tool cannot know
 * better than the daemon. What is odd comes out of holding what was sent
 * against what the registry says, and is told only where it may be the reason
 * why somebody asks.
 */
#include "ctl/explain_facts.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "decode/quirks.h"
#include "util/alloc.h"
#include "util/glob.h"
#include "util/nearest.h"

static void add_text(struct explain_texts *list, const char *text)
{
    list->texts =
        xgrow(list->texts, &list->cap, list->count + 2, sizeof(*list->texts));
    list->texts[list->count++] = xstrdup(text);
    list->texts[list->count] = NULL;
}

static void texts_done(struct explain_texts *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->texts[i]);
    free(list->texts);
}

static void add_odd(struct explain_facts *f, const char *format, ...)
    _printf_(2, 3);

static void add_odd(struct explain_facts *f, const char *format, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, format);
    vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    add_text(&f->odd, text);
}

/* A record's fields that only events have are not missed elsewhere. */
static bool is_of_events(const char *quirk)
{
    static const char *const names[] = {
        "event-id-missing",  "event-type-missing", "timestamp-missing",
        "member-id-missing", "severity-missing",   "message-missing",
        "log-entry-fields",  "message-id-missing", "timestamp-out-of-range",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], quirk) == 0)
            return true;
    return false;
}

static void add_quirks(struct explain_facts *f,
                       const struct explain_found *found)
{
    size_t cursor = 0, len;
    const char *name;

    while ((name = event_next(found->event, EVENT_QUIRK, &cursor, &len))) {
        if (!found->is_event && is_of_events(name))
            continue;
        add_text(&f->quirks, name);
        for (int q = 0; q < QUIRK_END; q++)
            if (strcmp(quirks_name((enum quirk)q), name) == 0)
                add_odd(f, "%s: %s", name, quirks_meaning((enum quirk)q));
    }
}

static void find_hit(const struct registry_view *view, const struct event *e,
                     struct explain_facts *f)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);
    const char *version = event_text(e, EVENT_REGISTRY_VERSION, NULL);
    const char *key = event_text(e, EVENT_KEY, NULL);
    struct registry_version v = {REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY,
                                 REGISTRY_VERSION_ANY};

    f->hit = (struct registry_hit){0};
    if (version)
        /* Bounded, for it is what a BMC or a person wrote. */
        sscanf(version, "%6d.%6d.%6d", &v.major, &v.minor, &v.errata);
    if (!registry || !key ||
        !registry_view_find(view, registry, &v, key, &f->hit))
        f->hit.message = NULL;
    /*
     * A severity of the registry's without a registry that has the message:
     * resolve borrowed it, and so it is borrowed here.
     */
    if (!f->hit.message && key && event_has(e, EVENT_REGISTRY_SEVERITY) &&
        registry_view_find_key(view, key, &f->hit))
        add_odd(f,
                "no registry %s has it; the words are lent by %s, the only "
                "one with that key",
                registry ? registry : "", f->hit.registry->prefix);
}

static void find_code(const struct registry_set *set, const struct event *e,
                      struct explain_facts *f)
{
    const struct catalogue *c = registry_set_catalogue(set);
    const char *registry = event_text(e, EVENT_REGISTRY, NULL), *at;
    const char *key = event_text(e, EVENT_KEY, NULL);
    const char *message = event_text(e, EVENT_MESSAGE, NULL);
    size_t len;

    if (!f->hit.message && key) {
        _cleanup_free_ char *whole =
            xasprintf("%s.%s", registry ? registry : "", key);

        /* A code may be written with its registry, or stand alone. */
        f->code = catalogue_find(c, whole, strlen(whole));
        if (!f->code)
            f->code = catalogue_find(c, key, strlen(key));
    }
    if (!f->code && message)
        f->code = catalogue_find_in(c, message, strlen(message), &at, &len);
}

/* Why nobody knows it, and what might help. */
static void check_unknown(const struct registry_view *view,
                          const struct event *e, struct explain_facts *f)
{
    const char *name = event_text(e, EVENT_REGISTRY, NULL);
    const char *key = event_text(e, EVENT_KEY, NULL);
    struct nearest meant = {.word = key};
    const struct registry *r;
    size_t cursor = 0;

    if (!name || !key)
        return;
    if (!registry_view_has(view, name)) {
        add_odd(f,
                "no registry %s is at hand; --bmc asks those of a BMC that "
                "has it, --registries a folder",
                name);
        return;
    }
    while ((r = registry_view_next(view, &cursor)))
        for (size_t i = 0;
             strcasecmp(r->prefix, name) == 0 && i < r->message_count; i++)
            nearest_offer(&meant, r->messages[i].key);
    if (meant.best)
        add_odd(f, "%s has no message %s; did you mean %s?", name, key,
                meant.best);
    else
        add_odd(f, "%s has no message %s", name, key);
}

/* Words of another version are mostly right, but not surely. */
static void check_version(struct explain_facts *f, const struct event *e)
{
    const struct registry *r = f->hit.registry;
    const char *sent = event_text(e, EVENT_REGISTRY_VERSION, NULL);
    char known[REGISTRY_VERSION_MAX];

    if (!f->hit.exact && sent)
        add_odd(f, "version %s of %s is not at hand; %s answered", sent,
                r->prefix, registry_version_text(r, known) ?: "another");
    if (f->hit.message->deprecated)
        add_odd(f, "deprecated since %s%s%s", f->hit.message->deprecated,
                f->hit.message->replaced_by ? ", replaced by " : "",
                f->hit.message->replaced_by ? f->hit.message->replaced_by : "");
}

static void check_args(struct explain_facts *f, const struct event *e)
{
    size_t cursor = 0, len;
    unsigned count = 0;

    while (event_next(e, EVENT_ARG, &cursor, &len))
        count++;
    /* A BMC that sends its text whole may leave the arguments out. */
    if (count != f->hit.message->arg_count &&
        !(count == 0 &&
          strcmp(event_text(e, EVENT_RESOLVED_FROM, NULL), "payload") == 0))
        add_odd(f, "%u argument%s where the message has %u", count,
                count == 1 ? "" : "s", f->hit.message->arg_count);
}

/* Whether a text can be the template, filled in, but for marks and case. */
static bool fits_template(const char *text, const char *template)
{
    char pattern[2048], plain[2048];
    size_t len = 0, kept = 0;

    for (const char *c = template; *c && len < sizeof(pattern) - 1; c++) {
        if (*c == '%' && c[1] >= '0' && c[1] <= '9') {
            pattern[len++] = '*';
            c += strspn(c + 1, "0123456789");
        } else if (!strchr("'\"`[]*? ", *c)) {
            pattern[len++] = *c;
        }
    }
    for (const char *c = text; *c && kept < sizeof(plain) - 1; c++)
        if (!strchr("'\"`[] ", *c))
            plain[kept++] = *c;
    while (len > 0 && pattern[len - 1] == '.')
        len--;
    while (kept > 0 && plain[kept - 1] == '.')
        kept--;
    pattern[len] = '\0';
    return glob_match(pattern, plain, kept, true);
}

/* The payload's own text may be another message's of the same registry. */
static void check_text(struct explain_facts *f, const struct event *e)
{
    const char *text = event_text(e, EVENT_MESSAGE, NULL);
    const struct registry *r = f->hit.registry;

    if (strcmp(event_text(e, EVENT_RESOLVED_FROM, NULL), "payload") != 0 ||
        fits_template(text, f->hit.message->text))
        return;
    for (size_t i = 0; i < r->message_count; i++)
        /* A short template, "%1" above all, would fit any text. */
        if (strlen(r->messages[i].text) > 20 &&
            fits_template(text, r->messages[i].text)) {
            add_odd(f, "the text sent with it is that of %s",
                    r->messages[i].key);
            return;
        }
}

/* Some services tell of a success in the form of an error. */
static void check_error(struct explain_facts *f,
                        const struct explain_found *found)
{
    int64_t severity =
        event_int(found->event, EVENT_SEVERITY, SEVERITY_UNKNOWN);

    if (found->in_error && severity == SEVERITY_OK)
        add_odd(f, "an error answer that tells of no error: the request was "
                   "carried out");
}

static void diagnose(const struct registry_set *set,
                     const struct explain_found *found, struct explain_facts *f)
{
    const char *registry = event_text(found->event, EVENT_REGISTRY, NULL);
    const char *key = event_text(found->event, EVENT_KEY, NULL);
    struct catalogue_symptoms seen = {found->task_state, found->task_status,
                                      NULL, found->in_error};
    _cleanup_free_ char *name = NULL;

    /* Symptoms are of updates: the same words elsewhere mean other things. */
    if (!found->in_update && !(registry && strcasestr(registry, "Update")))
        return;
    if (registry && key)
        seen.message = name = xasprintf("%s.%s", registry, key);
    f->diagnosis = catalogue_diagnose(registry_set_catalogue(set), &seen);
}

void explain_facts_gather(const struct registry_view *view,
                          const struct explain_found *found,
                          struct explain_facts *ret)
{
    const struct registry_set *set = view->shared;
    const struct clearing *clearing = registry_set_clearing(set);
    const struct event *e = found->event;

    *ret = (struct explain_facts){0};
    /* First: most of what is odd is so by the message that was found. */
    find_hit(view, e, ret);
    find_code(set, e, ret);
    clearing_of(clearing, view, e, &ret->clears);
    clearing_ended_by(clearing, view, e, &ret->cleared_by);
    ret->raises = clearing_is_raiser(clearing, view, e, NULL);
    diagnose(set, found, ret);
    add_quirks(ret, found);
    check_error(ret, found);
    if (found->closed)
        add_odd(ret, "the JSON lacks its end or a quote; read as it stands");
    if (!ret->hit.message && !ret->code)
        check_unknown(view, e, ret);
    if (!ret->hit.message)
        return;
    check_version(ret, e);
    check_args(ret, e);
    check_text(ret, e);
}

void explain_facts_done(struct explain_facts *f)
{
    clearing_answer_done(&f->clears);
    clearing_answer_done(&f->cleared_by);
    texts_done(&f->quirks);
    texts_done(&f->odd);
}
