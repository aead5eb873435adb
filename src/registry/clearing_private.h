/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The repairs in memory, between clearing_load.c, which reads them, and
 * clearing.c, which answers by them. Nobody else looks in.
 */
#pragma once

#include "clearing.h"
#include "decode/json_in.h"
#include "util/hashmap.h"

#define CLEARING_RULES_MAX 10000u /* of one file: a big vendor has hundreds */
#define CLEARING_NO_BYTE (-1)

struct clearing_rule {
    char *registry;
    char *key;      /* a pattern, or NULL: every key of the registry */
    char **targets; /* "Key" or "Registry.Key", NULL-terminated, or NULL */
    bool replace;   /* in place of what the registry and earlier rules say */
    bool same_origin;
    bool raises;
    bool unresolved; /* only for a message that no registry defines */
    bool names_identity;
    uint64_t identity; /* what it names; 0: no argument */
    char **elsewhere;  /* registries that hold what this one only names */
    int raised_byte, cleared_byte; /* of event codes, or CLEARING_NO_BYTE */
};

struct clearing_list {
    struct clearing_rule **items; /* owned by clearing.rules */
    size_t count, cap;
};

struct clearing {
    struct clearing_rule **rules; /* in the order of loading */
    size_t count, cap;
    struct hashmap *by_registry; /* registry to clearing_list */
    struct hashmap *by_target;   /* registry of a target to clearing_list */
};

/* One rule of a file; NULL with a text if it is wrong. */
struct clearing_rule *clearing_rule_read(const struct json_value *v,
                                         struct error *err);

/* NULL is accepted. */
void clearing_rule_free(struct clearing_rule *rule);

/* The rules under a registry's name in one of the maps; never NULL. */
const struct clearing_list *clearing_list_find(const struct hashmap *map,
                                               const char *registry);

/* The message that an event is, looked up as resolve did. */
struct clearing_subject {
    const char *registry, *key;
    size_t key_len;
    struct registry_hit hit; /* message is NULL if no registry has it */
};

/* False if the event names no message. */
bool clearing_subject_init(struct clearing_subject *s,
                           const struct registry_view *view,
                           const struct event *e);

/* The rules on a registry, or those that name it as a target; c may be NULL. */
const struct clearing_list *clearing_rules_of(const struct clearing *c,
                                              const char *registry,
                                              bool reverse);

/* Whether a rule names this message as one that it ends. */
bool clearing_rule_ends(const struct clearing_rule *rule,
                        const struct registry_view *view,
                        const struct clearing_subject *s);

/* Lenovo: the message whose code differs in the top byte alone, or NULL. */
const struct registry_message *clearing_partner(
    const struct clearing_subject *s, int own, int others);

/* Adds a target; NULL if it was there. */
struct clearing_target *clearing_answer_add(struct clearing_answer *answer,
                                            const char *registry,
                                            const char *key);

/* Takes a target apart: `registry` is the rule's own if it names none. */
const char *clearing_target_split(const struct clearing_rule *rule,
                                  const char *target, char **ret_registry);
