/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one question what ends what; see clearing.h. The letter of the registry
 * comes first, then the repairs in the order in which they were loaded; one
 * that replaces takes away all before it.
 */
#include "registry/clearing_private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/buffer.h"
#include "util/glob.h"

/* "1.4.2", as far as it goes. On the way of every event: no scanf. */
static void read_version(const char *text, struct registry_version *ret)
{
    int *parts[] = {&ret->major, &ret->minor, &ret->errata};
    char *end;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        long number = strtol(text, &end, 10);

        if (end == text || number < 0 || number > INT_MAX)
            return;
        *parts[i] = (int)number;
        if (*end != '.')
            return;
        text = end + 1;
    }
}

bool clearing_subject_init(struct clearing_subject *s,
                           const struct registry_view *view,
                           const struct event *e)
{
    const char *version = event_text(e, EVENT_REGISTRY_VERSION, NULL);
    struct registry_version v = {REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY,
                                 REGISTRY_VERSION_ANY};

    *s = (struct clearing_subject){0};
    s->registry = event_text(e, EVENT_REGISTRY, NULL);
    s->key = event_text(e, EVENT_KEY, &s->key_len);
    if (!s->registry || !s->key)
        return false;
    if (version)
        read_version(version, &v);
    if (!registry_view_find(view, s->registry, &v, s->key, &s->hit))
        s->hit.message = NULL;
    return true;
}

const struct clearing_list *clearing_rules_of(const struct clearing *c,
                                              const char *registry,
                                              bool reverse)
{
    static const struct clearing_list none;

    if (!c)
        return &none;
    return clearing_list_find(reverse ? c->by_target : c->by_registry,
                              registry);
}

struct clearing_target *clearing_answer_add(struct clearing_answer *answer,
                                            const char *registry,
                                            const char *key)
{
    struct clearing_target *t;

    for (size_t i = 0; i < answer->count; i++) {
        t = &answer->targets[i];
        if (strcasecmp(t->key, key) == 0 &&
            strcasecmp(t->registry, registry) == 0)
            return NULL; /* said before */
    }
    answer->targets = xgrow(answer->targets, &answer->cap, answer->count + 1,
                            sizeof(*answer->targets));
    t = &answer->targets[answer->count++];
    *t = (struct clearing_target){.registry = registry, .key = key};
    return t;
}

/* The other registries that may define what this one only names. */
static void add_elsewhere(const struct clearing_list *rules,
                          const struct clearing_subject *s, const char *key,
                          struct clearing_answer *answer)
{
    if (registry_message_find(s->hit.registry, key))
        return;
    for (size_t i = 0; i < rules->count; i++) {
        const struct clearing_rule *rule = rules->items[i];

        if (!rule->elsewhere || !clearing_rule_matches(rule, s))
            continue;
        for (char **name = rule->elsewhere; *name; name++) {
            struct clearing_target *t = clearing_answer_add(answer, *name, key);

            if (t) {
                t->same_origin = s->hit.message->clears_same_origin;
                t->repaired = true;
            }
        }
    }
}

static void add_own(const struct clearing_list *rules,
                    const struct clearing_subject *s,
                    struct clearing_answer *answer)
{
    const struct registry_message *m = s->hit.message;

    if (!m)
        return;
    answer->clears_all = m->clears_all;
    answer->all_same_origin = m->clears_same_origin;
    for (char **key = m->clears; key && *key; key++) {
        struct clearing_target *t =
            clearing_answer_add(answer, s->hit.registry->prefix, *key);

        if (t)
            t->same_origin = m->clears_same_origin;
        add_elsewhere(rules, s, *key, answer);
    }
}

static void add_rule_targets(const struct clearing_rule *rule,
                             const struct clearing_subject *s,
                             struct clearing_answer *answer)
{
    for (char **target = rule->targets; target && *target; target++) {
        _cleanup_free_ char *filled = clearing_rule_fill(*target, rule, s);
        const char *dot = strchr(filled, '.');
        const char *registry = rule->registry;
        struct clearing_target *t;

        if (dot) {
            filled[dot - filled] = '\0';
            registry = filled;
        }
        t = clearing_answer_add(answer, registry, dot ? dot + 1 : filled);
        if (!t)
            continue;
        t->owned = TAKE(filled);
        t->same_origin = rule->same_origin;
        t->repaired = true;
    }
}

const struct registry_message *clearing_partner(
    const struct clearing_subject *s, int own, int others)
{
    const struct registry_message *m = s->hit.message;
    uint64_t wanted;

    if (!m || m->event_code == 0 || own < 0 || others < 0 ||
        (int)(m->event_code >> 56) != own)
        return NULL;
    wanted = (m->event_code & (UINT64_MAX >> 8)) | (uint64_t)others << 56;
    for (size_t i = 0; i < s->hit.registry->message_count; i++)
        if (s->hit.registry->messages[i].event_code == wanted)
            return &s->hit.registry->messages[i];
    return NULL;
}

static void add_partner(const struct clearing_rule *rule,
                        const struct clearing_subject *s,
                        struct clearing_answer *answer)
{
    const struct registry_message *m =
        clearing_partner(s, rule->cleared_byte, rule->raised_byte);
    struct clearing_target *t =
        m ? clearing_answer_add(answer, s->hit.registry->prefix, m->key) : NULL;

    if (t) {
        t->same_origin = rule->same_origin;
        t->repaired = true;
    }
}

/* Where to begin: at the last rule that replaces, or -1: with the registry. */
static ptrdiff_t last_replacing(const struct clearing_list *rules,
                                const struct clearing_subject *s)
{
    for (size_t i = rules->count; i > 0; i--)
        if (rules->items[i - 1]->replace &&
            clearing_rule_matches(rules->items[i - 1], s))
            return (ptrdiff_t)i - 1;
    return -1;
}

bool clearing_of(const struct clearing *c, const struct registry_view *view,
                 const struct event *e, struct clearing_answer *ret)
{
    const struct clearing_list *rules;
    struct clearing_subject s;
    ptrdiff_t from;

    *ret = (struct clearing_answer){0};
    if (!clearing_subject_init(&s, view, e))
        return false;
    rules = clearing_rules_of(c, s.registry, false);
    from = last_replacing(rules, &s);
    if (from < 0)
        add_own(rules, &s, ret);
    for (size_t i = from < 0 ? 0 : (size_t)from; i < rules->count; i++) {
        if (!clearing_rule_matches(rules->items[i], &s))
            continue;
        if (rules->items[i]->clears_all && !ret->clears_all) {
            ret->clears_all = ret->all_repaired = true;
            ret->all_same_origin = rules->items[i]->same_origin;
        }
        add_rule_targets(rules->items[i], &s, ret);
        add_partner(rules->items[i], &s, ret);
    }
    return ret->clears_all || ret->count > 0;
}

void clearing_answer_done(struct clearing_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        free(answer->targets[i].owned);
    free(answer->targets);
    *answer = (struct clearing_answer){0};
}

static bool ended_by_registry(const struct registry_view *view,
                              const struct clearing_subject *s)
{
    if (s->hit.message &&
        (s->hit.message->clearable || s->hit.registry->has_clears_all))
        return true;
    return registry_view_dangles(view, s->registry, s->key,
                                 s->hit.message != NULL);
}

static bool ended_by_repair(const struct clearing *c,
                            const struct registry_view *view,
                            const struct clearing_subject *s)
{
    const struct clearing_list *rules = clearing_rules_of(c, s->registry, true);

    for (size_t i = 0; i < rules->count; i++)
        if (clearing_rule_ends(rules->items[i], view, s))
            return true;
    rules = clearing_rules_of(c, s->registry, false);
    for (size_t i = 0; i < rules->count; i++)
        if (clearing_partner(s, rules->items[i]->raised_byte,
                             rules->items[i]->cleared_byte))
            return true;
    return false;
}

static bool is_clearable(const struct clearing *c,
                         const struct registry_view *view,
                         const struct clearing_subject *s, bool *ret_repaired)
{
    bool own = ended_by_registry(view, s);
    bool any = own || ended_by_repair(c, view, s);

    if (ret_repaired)
        *ret_repaired = any && !own;
    return any;
}

bool clearing_is_raiser(const struct clearing *c,
                        const struct registry_view *view, const struct event *e,
                        bool *ret_repaired)
{
    int64_t said = event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN);
    int64_t known = event_int(e, EVENT_REGISTRY_SEVERITY, said);
    const struct clearing_list *rules;
    struct clearing_subject s;

    if (ret_repaired)
        *ret_repaired = false;
    if (!clearing_subject_init(&s, view, e))
        return false;
    rules = clearing_rules_of(c, s.registry, false);
    for (size_t i = 0; i < rules->count; i++)
        if (rules->items[i]->raises &&
            clearing_rule_matches(rules->items[i], &s)) {
            if (ret_repaired)
                *ret_repaired = true;
            return true;
        }
    return !(said == SEVERITY_OK && known == SEVERITY_OK) &&
           is_clearable(c, view, &s, ret_repaired);
}

static bool is_number(const char *text)
{
    char *end;

    strtod(text, &end);
    return end != text && *end == '\0';
}

/* By the registry's types, or by the looks of the arguments. */
static uint64_t usual_identity(const struct registry_message *m,
                               const struct event *e)
{
    uint64_t bits = 0;
    size_t cursor = 0, len;
    const char *arg;

    for (unsigned i = 0;
         i < 64 && (arg = event_next(e, EVENT_ARG, &cursor, &len)); i++) {
        bool names = m && m->typed
                         ? i < m->arg_count && !(m->number_args >> i & 1)
                         : !is_number(arg);

        if (names)
            bits |= UINT64_C(1) << i;
    }
    return bits;
}

uint64_t clearing_identity_args(const struct clearing *c,
                                const struct registry_view *view,
                                const struct event *e)
{
    const struct clearing_list *rules;
    struct clearing_subject s;

    if (!clearing_subject_init(&s, view, e))
        return usual_identity(NULL, e);
    rules = clearing_rules_of(c, s.registry, false);
    for (size_t i = rules->count; i > 0; i--)
        if (rules->items[i - 1]->names_identity &&
            clearing_rule_matches(rules->items[i - 1], &s))
            return rules->items[i - 1]->identity;
    return usual_identity(s.hit.message, e);
}
