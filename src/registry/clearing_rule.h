/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule of a file of schema "trawl.clearing/1": read from it, and held
 * against one message. Of clearing.c and its room only.
 */
#pragma once

#include "clearing.h"
#include "decode/json_in.h"

#define CLEARING_RULES_MAX 10000u /* of one file: a big vendor has hundreds */
#define CLEARING_NO_BYTE (-1)

/* Of which messages a rule speaks. */
enum clearing_when {
    CLEARING_ALWAYS,
    CLEARING_UNRESOLVED, /* that no registry defines */
    CLEARING_SILENT,     /* ... or one that says nothing of clearing at all */
};

struct clearing_rule {
    char *registry;
    char *key;      /* a pattern, or NULL: every key of the registry */
    char **targets; /* "Key" or "Registry.Key", NULL-terminated, or NULL */
    bool replace;   /* in place of what the registry and earlier rules say */
    bool same_origin;
    bool raises;
    bool clears_all; /* every condition of the event's own registry */
    enum clearing_when when;
    bool names_identity;
    uint64_t identity; /* what it names; 0: no argument */
    char **elsewhere;  /* registries that hold what this one only names */
    int raised_byte, cleared_byte; /* of event codes, or CLEARING_NO_BYTE */
};

/* The message that an event is, looked up as resolve did. */
struct clearing_subject {
    const char *registry, *key;
    size_t key_len;
    struct registry_hit hit; /* message is NULL if no registry has it */
};

/* One rule of a file; NULL with a text if it is wrong. */
struct clearing_rule *clearing_rule_read(const struct json_value *v,
                                         struct error *err);

/* NULL is accepted. */
void clearing_rule_free(struct clearing_rule *rule);

/* Whether a rule speaks of this message. */
bool clearing_rule_matches(const struct clearing_rule *rule,
                           const struct clearing_subject *s);

/*
 * A target with each '?' and '*' as the key has them where the rule's key has
 * its own, in their order. A key of two stars says of neither what it is.
 */
char *clearing_rule_fill(const char *target, const struct clearing_rule *rule,
                         const struct clearing_subject *s);

/* Whether a rule names this message as one that it ends. */
bool clearing_rule_ends(const struct clearing_rule *rule,
                        const struct registry_view *view,
                        const struct clearing_subject *s);

/* Takes a target apart: `registry` is the rule's own if it names none. */
const char *clearing_target_split(const struct clearing_rule *rule,
                                  const char *target, char **ret_registry);
