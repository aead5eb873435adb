/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message registries in Redfish's JSON form, from folders in an order of
 * trust, and the look-up of a message by prefix, version and key with the
 * slack that real BMCs need (design section 7).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "util/error.h"

#define REGISTRY_VERSION_ANY (-1)

enum registry_origin {
    REGISTRY_LOCAL,   /* the admin's folders */
    REGISTRY_BMC,     /* served by the BMC: registry_own.h */
    REGISTRY_BUNDLED, /* shipped with Trawl */
};

/* "local", "bmc", "bundled": what resolved_from says. */
const char *registry_origin_name(enum registry_origin origin);

struct registry_message {
    char *key;
    char *text;       /* template with %1 … */
    char *resolution; /* may be NULL */
    enum severity severity;
    unsigned arg_count;
    bool typed;           /* it says of which type its arguments are */
    uint64_t number_args; /* then a bit for each that is a number */
    /* clearing logic, for the stage that pairs (correlate) */
    bool clears_same_origin;
    bool clears_all;
    char **clears;       /* NULL-terminated list of keys, or NULL */
    bool clearable;      /* another message of this registry clears it */
    uint64_t event_code; /* Lenovo's, which pairs by its top byte; 0: none */
    char *deprecated;    /* since which version, or NULL */
    char *replaced_by;   /* "Prefix.Key", or NULL */
    bool partial; /* has no text: the admin's word on single attributes */
};

struct registry {
    char *prefix;
    int major, minor, errata; /* REGISTRY_VERSION_ANY where unknown */
    enum registry_origin origin;
    char *file;                        /* where it was read, or NULL */
    char *language;                    /* as it says: "en"; or NULL */
    struct registry_message *messages; /* sorted by key, case last */
    size_t message_count;
    bool has_clearing;     /* some message of it says what it clears */
    bool has_clears_all;   /* one of its messages clears all others */
    const char **dangling; /* sorted: named as cleared, but not defined */
    size_t dangling_count;
};

struct registry_set;
struct catalogue; /* catalogue.h */
struct clearing;  /* clearing.h */

struct registry_set *registry_set_new(void);
void registry_set_free(struct registry_set *set);

/*
 * Codes and repairs stand beside the registries of a set, which takes them;
 * knowledge_load() does so. NULL where there are none.
 */
void registry_set_take(struct registry_set *set, struct catalogue *catalogue,
                       struct clearing *clearing);
const struct catalogue *registry_set_catalogue(const struct registry_set *set);
const struct clearing *registry_set_clearing(const struct registry_set *set);

/*
 * Loads every *.json of a folder. A file that is no registry is skipped and
 * told through `on_problem` (may be NULL); a missing folder is an empty one.
 */
void registry_set_load(struct registry_set *set, const char *directory,
                       enum registry_origin origin,
                       void (*on_problem)(void *userdata, const char *text),
                       void *userdata);

/*
 * Adds a registry, which the set then owns, by its `origin`. -EINVAL with a
 * text if it is not taken: it stays the caller's.
 */
int registry_set_add(struct registry_set *set, struct registry *r,
                     struct error *err);

/* From memory: NULL with a text if it is no registry. The caller frees it. */
struct registry *registry_parse(const char *json, size_t len,
                                struct error *err);
void registry_free(struct registry *r);

/* "1.4.2", as far as it is known; NULL if nothing is. Returns `text`. */
#define REGISTRY_VERSION_MAX 40
const char *registry_version_text(const struct registry *r,
                                  char text[REGISTRY_VERSION_MAX]);

/*
 * Whether a file is one of Trawl's own kinds ("schema": "trawl.…"), which
 * stand in the same folders and are no registries.
 */
bool registry_is_own_file(const char *json, size_t len);

struct registry_hit {
    const struct registry *registry;
    const struct registry_message *message;
    /* What the admin says of it without giving a text, or NULL. */
    const struct registry_message *override;
    bool exact; /* the very version that was asked for */
};

struct registry_version {
    int major, minor, errata; /* REGISTRY_VERSION_ANY where unknown */
};

/*
 * Asks one registry more: replaces *best (its registry is NULL while there is
 * none) if this one has the key and is more trusted, or nearer to the version
 * that is wanted. The prefix is for the caller to compare.
 */
void registry_consider(const struct registry *r,
                       const struct registry_version *wanted, const char *key,
                       struct registry_hit *best);

/*
 * A message by prefix (compared without case), version and key. Per origin in
 * order of trust: exact version, same major.minor, same major with the highest
 * minor, any. False if there is none.
 */
bool registry_find(const struct registry_set *set, const char *prefix,
                   int major, int minor, int errata, const char *key,
                   struct registry_hit *ret);

/* A key that only one registry prefix has. */
bool registry_find_key(const struct registry_set *set, const char *key,
                       struct registry_hit *ret);

/* Whether registries of several prefixes have that key. */
bool registry_set_is_ambiguous(const struct registry_set *set, const char *key);

/* Whether any version of a registry of that prefix is there. */
bool registry_set_has(const struct registry_set *set, const char *prefix);

/*
 * Whether a registry of that prefix names a key as cleared that it does not
 * define itself. With `local_only` the admin's alone are asked.
 */
bool registry_dangles(const struct registry_set *set, const char *prefix,
                      const char *key, bool local_only);

/* The same of one registry. */
bool registry_is_dangling(const struct registry *r, const char *key);

/* Walks all registries: start with *cursor = 0; NULL at the end. */
const struct registry *registry_set_next(const struct registry_set *set,
                                         size_t *cursor);

/* The message of that key in one registry, or NULL; without case. */
const struct registry_message *registry_message_find(const struct registry *r,
                                                     const char *key);

size_t registry_set_count(const struct registry_set *set);
