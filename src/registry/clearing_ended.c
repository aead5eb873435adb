/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question the other way round, for people: which messages end this one.
 * The daemon never asks it; trawlctl explain does.
 */
#include "registry/clearing_private.h"

#include <string.h>
#include <strings.h>

static bool names(const struct registry_message *m, const char *key)
{
    for (char **target = m->clears; target && *target; target++)
        if (strcasecmp(*target, key) == 0)
            return true;
    return m->clears_all;
}

static void add_by_registry(const struct registry *r, const char *key,
                            bool repaired, struct clearing_answer *ret)
{
    for (size_t i = 0; i < r->message_count; i++) {
        const struct registry_message *m = &r->messages[i];
        struct clearing_target *t;

        /* One that clears all does not end itself. */
        if (!names(m, key) || strcasecmp(m->key, key) == 0)
            continue;
        t = clearing_answer_add(ret, r->prefix, m->key);
        if (t) {
            t->same_origin = m->clears_same_origin;
            t->repaired = repaired;
        }
    }
}

/* The registry that a rule of the kind "elsewhere" is about. */
static void add_elsewhere(const struct registry_view *view, const char *prefix,
                          const char *key, struct clearing_answer *ret)
{
    const struct registry *r;
    size_t cursor = 0;

    while ((r = registry_view_next(view, &cursor)))
        /* A key that the registry has itself means its own message. */
        if (strcasecmp(r->prefix, prefix) == 0 &&
            !registry_message_find(r, key))
            add_by_registry(r, key, true, ret);
}

static void add_by_rule(const struct clearing_rule *rule,
                        const struct registry_view *view, const char *key,
                        struct clearing_answer *ret)
{
    struct clearing_target *t;

    if (rule->elsewhere)
        add_elsewhere(view, rule->registry, key, ret);
    if (!rule->targets && !rule->clears_all)
        return;
    t = clearing_answer_add(ret, rule->registry, rule->key ? rule->key : "*");
    if (t) {
        t->same_origin = rule->same_origin;
        t->repaired = true;
    }
}

static void add_partners(const struct clearing *c,
                         const struct clearing_subject *s,
                         struct clearing_answer *ret)
{
    const struct clearing_list *rules =
        clearing_rules_of(c, s->registry, false);

    for (size_t i = 0; i < rules->count; i++) {
        const struct registry_message *m = clearing_partner(
            s, rules->items[i]->raised_byte, rules->items[i]->cleared_byte);
        struct clearing_target *t =
            m ? clearing_answer_add(ret, s->hit.registry->prefix, m->key)
              : NULL;

        if (t)
            t->repaired = t->same_origin = true;
    }
}

void clearing_ended_by(const struct clearing *c,
                       const struct registry_view *view, const struct event *e,
                       struct clearing_answer *ret)
{
    const struct clearing_list *rules;
    struct clearing_subject s;

    *ret = (struct clearing_answer){0};
    if (!clearing_subject_init(&s, view, e))
        return;
    if (s.hit.message)
        add_by_registry(s.hit.registry, s.key, false, ret);
    rules = clearing_rules_of(c, s.registry, true);
    for (size_t i = 0; i < rules->count; i++)
        if (clearing_rule_ends(rules->items[i], view, &s))
            add_by_rule(rules->items[i], view, s.key, ret);
    add_partners(c, &s, ret);
}
