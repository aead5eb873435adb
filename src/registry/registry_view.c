/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which sources of registries are asked; see registry_view.h. */
#include "registry/registry_view.h"

#include <strings.h>

#include "registry/registry_own.h"

/* The one of two hits that comes from the more trusted source. */
static void keep_trusted(const struct registry_hit *other,
                         struct registry_hit *best)
{
    if (!best->registry ||
        (other->registry && other->registry->origin < best->registry->origin))
        *best = *other;
}

bool registry_view_find(const struct registry_view *view, const char *prefix,
                        const struct registry_version *v, const char *key,
                        struct registry_hit *ret)
{
    struct registry_hit best = {0}, own = {0};
    const struct registry_message *override;

    registry_find(view->shared, prefix, v->major, v->minor, v->errata, key,
                  &best);
    override = best.override; /* the admin's word, whoever has the text */
    if (view->own)
        registry_own_find(view->own, prefix, false, v, key, &own);
    keep_trusted(&own, &best);
    if (!best.registry && view->own)
        registry_own_find(view->own, prefix, true, v, key, &best);
    best.override = override;
    if (best.registry)
        *ret = best;
    return best.registry != NULL;
}

bool registry_view_find_key(const struct registry_view *view, const char *key,
                            struct registry_hit *ret)
{
    struct registry_hit best = {0}, own = {0};
    const struct registry_message *override;
    bool shared = registry_find_key(view->shared, key, &best);
    unsigned prefixes = 0;

    /* What is ambiguous among the shared ones no BMC's own can settle. */
    if (registry_set_is_ambiguous(view->shared, key))
        return false;
    override = shared ? best.override : NULL;
    if (view->own)
        prefixes = registry_own_find_key(view->own, key, &own);
    if (prefixes > 1 ||
        (prefixes == 1 && shared &&
         strcasecmp(own.registry->prefix, best.registry->prefix) != 0))
        return false;
    keep_trusted(&own, &best);
    best.override = override;
    if (best.registry)
        *ret = best;
    return best.registry != NULL;
}

bool registry_view_has(const struct registry_view *view, const char *prefix)
{
    return registry_set_has(view->shared, prefix) ||
           (view->own && registry_own_has(view->own, prefix));
}

bool registry_view_dangles(const struct registry_view *view, const char *prefix,
                           const char *key, bool known)
{
    return registry_dangles(view->shared, prefix, key, known) ||
           (view->own && registry_own_dangles(view->own, prefix, key));
}

const struct registry *registry_view_next(const struct registry_view *view,
                                          size_t *cursor)
{
    size_t shared = registry_set_count(view->shared), at;
    const struct registry *r = NULL;

    /* One cursor for both: what is beyond the shared ones counts the own. */
    if (*cursor < shared)
        return registry_set_next(view->shared, cursor);
    at = *cursor - shared;
    if (view->own)
        r = registry_own_next(view->own, &at);
    *cursor = shared + at;
    return r;
}
