/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All registries that hold for one BMC, in the order of design section 7:
 * the admin's, its own, the bundled ones. What resolve asks.
 */
#pragma once

#include "registry.h"

struct registry_own;

struct registry_view {
    const struct registry_set *shared; /* the admin's and the bundled ones */
    const struct registry_own *own;    /* the BMC's, or NULL */
};

/*
 * As registry_find(). A registry that only the BMC's claim gives that name is
 * asked last: a list of its own making must not stand before the bundled.
 */
bool registry_view_find(const struct registry_view *view, const char *prefix,
                        const struct registry_version *version, const char *key,
                        struct registry_hit *ret);

/* A key that only one prefix has, over all of them. */
bool registry_view_find_key(const struct registry_view *view, const char *key,
                            struct registry_hit *ret);

/* Whether any registry goes by that prefix. */
bool registry_view_has(const struct registry_view *view, const char *prefix);

/*
 * As registry_dangles(), of the BMC's too. For a message that is `known` the
 * bundled ones are not asked: what they say of it stands in the message.
 */
bool registry_view_dangles(const struct registry_view *view, const char *prefix,
                           const char *key, bool known);

/* Walks all registries: start with *cursor = 0; NULL at the end. */
const struct registry *registry_view_next(const struct registry_view *view,
                                          size_t *cursor);
