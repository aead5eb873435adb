/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which BMC has which registries, as the cache (registry_cache.h) keeps it:
 * each BMC's binding to a set of claims, which those that claim the same share.
 */
#pragma once

#include "registry/registry_own.h"

/* What is known of one BMC. */
struct registry_binding {
    char *name;
    char *url;      /* where it was found: another one is another BMC */
    char *firmware; /* with which it served this; "" if it does not say */
    struct registry_own *own;
};

/* What is known of a BMC, or NULL. */
const struct registry_binding *registry_binding_find(
    const struct registry_cache *c, const char *name);

/*
 * From now on this BMC has these registries; the claims are taken over.
 * Pointers to the set that it had are not to be used any more.
 */
const struct registry_own *registry_binding_set(struct registry_cache *c,
                                                const char *name,
                                                const char *url,
                                                const char *firmware,
                                                struct registry_claims *take);

/* Forgets a BMC; as above for the set that it had. */
void registry_binding_forget(struct registry_cache *c, const char *name);

/* Walks what is known; start with *cursor = 0, NULL at the end. */
const struct registry_binding *registry_binding_next(
    const struct registry_cache *c, size_t *cursor);

/* Walks the sets that BMCs share; the same. */
const struct registry_own *registry_binding_next_set(
    const struct registry_cache *c, size_t *cursor);
