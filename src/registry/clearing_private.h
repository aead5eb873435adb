/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The repairs in memory, between clearing_load.c, which reads them, and
 * clearing.c, which answers by them. Nobody else looks in.
 */
#pragma once

#include "clearing.h"
#include "registry/clearing_rule.h"
#include "util/hashmap.h"

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

/* The rules under a registry's name in one of the maps; never NULL. */
const struct clearing_list *clearing_list_find(const struct hashmap *map,
                                               const char *registry);

/* False if the event names no message. */
bool clearing_subject_init(struct clearing_subject *s,
                           const struct registry_view *view,
                           const struct event *e);

/* The rules on a registry, or those that name it as a target; c may be NULL. */
const struct clearing_list *clearing_rules_of(const struct clearing *c,
                                              const char *registry,
                                              bool reverse);

/* Lenovo: the message whose code differs in the top byte alone, or NULL. */
const struct registry_message *clearing_partner(
    const struct clearing_subject *s, int own, int others);

/* Adds a target; NULL if it was there. */
struct clearing_target *clearing_answer_add(struct clearing_answer *answer,
                                            const char *registry,
                                            const char *key);
