/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registries that a BMC itself serves, as the cache keeps them: sets of
 * claims that lead to contents (registry_content.h). BMCs that claim the same
 * share one set, so that 10,000 of a kind cost one. Loop thread only. Made by
 * registry_cache.c, asked by registry_view.c.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "registry/registry_content.h"
#include "util/buffer.h"

/* What a BMC says that one of its registries is, and what it turned out. */
struct registry_claim {
    char *id;   /* of its MessageRegistryFile, or NULL */
    char *name; /* "Base.1.18.0" */
    char *uri;  /* where on the BMC it was read, or NULL */
    char *etag; /* of the content there, or NULL */
    char *why;  /* it is of no use: the reason, else NULL */
    bool again; /* that may be better next time */
    struct registry_content *content; /* NULL if of no use */
};

/* Also lets go of the content. */
void registry_claim_done(struct registry_claim *c);

/* A list of claims while it is being put together. */
struct registry_claims {
    struct registry_claim *items;
    size_t count, cap;
};

/* Adds an empty claim for the caller to fill. */
struct registry_claim *registry_claims_add(struct registry_claims *claims);
void registry_claims_done(struct registry_claims *claims);

/* All that was claimed, as one text to compare. The caller frees it. */
char *registry_claims_signature(const struct registry_claims *claims);

/* A set of claims as BMCs share it: never changed after it was made. */
struct registry_own {
    char *signature;
    struct registry_claims claims;
    unsigned refs; /* BMCs */
};

/* Whether all of it is here, so that there is nothing to ask for again. */
bool registry_own_is_whole(const struct registry_own *own);

/*
 * Asks those that call themselves `prefix`; or, `by_claim`, those that the
 * BMC calls so, by name or file Id, and that agree to it. As
 * registry_consider(), for each.
 */
void registry_own_find(const struct registry_own *own, const char *prefix,
                       bool by_claim, const struct registry_version *wanted,
                       const char *key, struct registry_hit *best);

/* How many different prefixes have that key, at most 2; the best of them. */
unsigned registry_own_find_key(const struct registry_own *own, const char *key,
                               struct registry_hit *best);

/* Whether one goes by that prefix, of itself or by the BMC's claim. */
bool registry_own_has(const struct registry_own *own, const char *prefix);

/* As registry_dangles(). */
bool registry_own_dangles(const struct registry_own *own, const char *prefix,
                          const char *key);

/* Walks those that can be read: *cursor = 0 first; NULL at the end. */
const struct registry *registry_own_next(const struct registry_own *own,
                                         size_t *cursor);
