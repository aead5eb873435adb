/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See resolve_code.h. What a BMC says itself is kept: a code in a text adds
 * its meaning behind that text, in brackets.
 */
#include "registry/resolve_code.h"

#include <string.h>
#include <strings.h>

#include "util/alloc.h"

struct found {
    const struct catalogue_entry *entry;
    const char *code; /* as the event has it */
    size_t len;
    bool as_id; /* the MessageId is the code */
};

/* By the MessageId: the key, or "Registry.Key" without its version. */
static bool find_by_id(const struct catalogue *c, const struct event *e,
                       struct found *ret)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);
    _cleanup_free_ char *whole = NULL;

    ret->code = event_text(e, EVENT_KEY, &ret->len);
    if (!ret->code || event_has(e, EVENT_REGISTRY_SEVERITY))
        return false; /* nothing, or a registry's message */
    if (registry) {
        whole = xasprintf("%s.%s", registry, ret->code);
        ret->entry = catalogue_find(c, whole, strlen(whole));
    }
    if (!ret->entry)
        ret->entry = catalogue_find(c, ret->code, ret->len);
    ret->as_id = ret->entry != NULL;
    return ret->as_id;
}

static bool find_in_message(const struct catalogue *c, const struct event *e,
                            struct found *ret)
{
    size_t len;
    const char *text = event_text(e, EVENT_MESSAGE, &len);

    if (text)
        ret->entry = catalogue_find_in(c, text, len, &ret->code, &ret->len);
    return ret->entry != NULL;
}

/* Whether the text is the code alone, but for blanks and stops around it. */
static bool is_only(const char *text, const struct found *f)
{
    size_t before = (size_t)(f->code - text);

    return strspn(text, " \t[(") >= before &&
           strspn(f->code + f->len, " \t.:)]") == strlen(f->code + f->len);
}

/* True if the words are the catalogue's now. */
static bool set_message(struct event *e, const struct found *f)
{
    const char *own = event_text(e, EVENT_MESSAGE, NULL);
    const char *from = event_text(e, EVENT_RESOLVED_FROM, NULL);
    bool wordless = !own || (from && strcmp(from, "none") == 0);
    _cleanup_free_ char *both = NULL;

    if (f->as_id && !wordless)
        return false; /* the payload said what it is */
    if (wordless || is_only(own, f)) {
        event_set(e, EVENT_MESSAGE, f->entry->text);
        return true;
    }
    if (strcasestr(own, f->entry->text))
        return false;
    both =
        xasprintf("%s (%.*s: %s)", own, (int)f->len, f->code, f->entry->text);
    event_set(e, EVENT_MESSAGE, both);
    return true;
}

/* Explanation and corrective action, where nothing better was said. */
static void set_resolution(struct event *e, const struct catalogue_entry *c)
{
    const char *own = event_text(e, EVENT_RESOLUTION, NULL);
    _cleanup_free_ char *both = NULL;

    if ((own && strncasecmp(own, "None", 4) != 0) ||
        (!c->explanation && !c->action))
        return;
    if (c->explanation && c->action)
        both = xasprintf("%s %s", c->explanation, c->action);
    event_set(e, EVENT_RESOLUTION,
              both        ? both
              : c->action ? c->action
                          : c->explanation);
}

bool resolve_code(const struct catalogue *c, struct event *e)
{
    struct found f = {0};
    const struct catalogue_entry *entry;
    _cleanup_free_ char *code = NULL;

    if (!c || (!find_by_id(c, e, &f) && !find_in_message(c, e, &f)))
        return false;
    entry = f.entry;
    code = xstrndup(f.code, f.len); /* it stands in what is set below */
    if (!event_has(e, EVENT_REGISTRY)) {
        event_set(e, EVENT_REGISTRY, entry->catalogue);
        event_set(e, EVENT_KEY, code);
    }
    f.code = f.as_id ? code : event_text(e, EVENT_MESSAGE, NULL);
    if (!f.as_id)
        catalogue_find_in(c, f.code, strlen(f.code), &f.code, &f.len);
    if (set_message(e, &f))
        event_set(e, EVENT_RESOLVED_FROM,
                  entry->origin == REGISTRY_LOCAL ? "local" : "bundled");
    set_resolution(e, entry);
    if (event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN) == SEVERITY_UNKNOWN)
        event_set_int(e, EVENT_SEVERITY, entry->severity);
    return entry->ignore;
}
