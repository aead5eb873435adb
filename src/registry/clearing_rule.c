/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule of a file of repairs against one message: whether it speaks of it,
 * what it says that the message ends, and whether it names the message as
 * ended. See clearing_rule.h.
 */
#include "registry/clearing_rule.h"

#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/buffer.h"
#include "util/glob.h"

/* A copy without any logic has lost it: bmcweb serves the standard ones so. */
static bool rule_applies(const struct clearing_rule *rule,
                         const struct clearing_subject *s)
{
    switch (rule->when) {
    case CLEARING_UNRESOLVED:
        return !s->hit.message;
    case CLEARING_SILENT:
        return !s->hit.message || !s->hit.registry->has_clearing;
    case CLEARING_ALWAYS:
        break;
    }
    return true;
}

bool clearing_rule_matches(const struct clearing_rule *rule,
                           const struct clearing_subject *s)
{
    return rule_applies(rule, s) &&
           (!rule->key || glob_match(rule->key, s->key, s->key_len, true));
}

/* What the wildcard at `mark` of the rule's key stands for in this one. */
static const char *wildcard_text(const char *pattern, const char *mark,
                                 const struct clearing_subject *s,
                                 size_t *ret_len)
{
    const char *star = strchr(pattern, '*');
    size_t at = (size_t)(mark - pattern), len = strlen(pattern);

    *ret_len = *mark == '*' ? s->key_len + 1 - len : 1;
    if (star && mark > star) /* counted from the end: the star has any length */
        at += s->key_len - len;
    return s->key + at;
}

char *clearing_rule_fill(const char *target, const struct clearing_rule *rule,
                         const struct clearing_subject *s)
{
    const char *pattern = rule->key ? rule->key : "";
    const char *star = strchr(pattern, '*');
    _cleanup_(buffer_done) struct buffer filled = {0};

    for (const char *mark = pattern; *target; target++) {
        const char *next = strchr("?*", *target) ? strchr(mark, *target) : NULL,
                   *text;
        size_t len;

        if (!next || (star && strchr(star + 1, '*'))) {
            buffer_add_char(&filled, *target);
            continue;
        }
        text = wildcard_text(pattern, next, s, &len);
        buffer_add(&filled, text, len);
        mark = next + 1;
    }
    return xstrndup(filled.data ?: "", filled.len);
}

/* On the way of every event that its registry does not call clearable. */
static bool is_target(const struct clearing_rule *rule, const char *target,
                      const struct clearing_subject *s)
{
    const char *dot = strchr(target, '.');
    const char *registry = dot ? target : rule->registry;
    size_t len = dot ? (size_t)(dot - target) : strlen(registry);

    return glob_match(dot ? dot + 1 : target, s->key, s->key_len, true) &&
           strncasecmp(registry, s->registry, len) == 0 && !s->registry[len];
}

bool clearing_rule_ends(const struct clearing_rule *rule,
                        const struct registry_view *view,
                        const struct clearing_subject *s)
{
    bool found = rule->clears_all &&
                 strcasecmp(rule->registry, s->registry) == 0 &&
                 !(rule->key && strcasecmp(rule->key, s->key) == 0);

    if (!rule_applies(rule, s))
        return false;
    for (char **t = rule->targets; t && *t && !found; t++)
        found = is_target(rule, *t, s);
    for (char **name = rule->elsewhere; name && *name && !found; name++)
        found = strcasecmp(*name, s->registry) == 0 &&
                registry_view_dangles(view, rule->registry, s->key, false);
    return found;
}
