/* SPDX-License-Identifier: Apache-2.0 */
/* See registry_binding.h. A set lives as long as a BMC has it. */
#include "registry/registry_binding.h"

#include "registry/registry_cache_private.h"
#include "util/alloc.h"

static void own_unref(struct registry_cache *c, struct registry_own *own)
{
    if (--own->refs > 0)
        return;
    hashmap_remove(c->sets, own->signature);
    registry_claims_done(&own->claims);
    free(own->signature);
    free(own);
}

void registry_binding_free(struct registry_cache *c, struct registry_binding *b)
{
    own_unref(c, b->own);
    free(b->name);
    free(b->url);
    free(b->firmware);
    free(b);
}

/* The set of these claims, which are taken over. With one reference. */
static struct registry_own *own_of(struct registry_cache *c,
                                   struct registry_claims *claims)
{
    _cleanup_free_ char *signature = registry_claims_signature(claims);
    struct registry_own *own = hashmap_find(c->sets, signature);

    if (own) {
        registry_claims_done(claims);
    } else {
        own = XNEW(struct registry_own);
        own->claims = TAKE_STRUCT(*claims);
        own->signature = TAKE(signature);
        hashmap_set(c->sets, own->signature, own);
    }
    own->refs++;
    return own;
}

const struct registry_binding *registry_binding_find(
    const struct registry_cache *c, const char *name)
{
    return hashmap_find(c->bindings, name);
}

const struct registry_own *registry_binding_set(struct registry_cache *c,
                                                const char *name,
                                                const char *url,
                                                const char *firmware,
                                                struct registry_claims *take)
{
    struct registry_binding *b = XNEW(struct registry_binding), *before;

    b->name = xstrdup(name);
    b->url = xstrdup(url);
    b->firmware = xstrdup(firmware);
    /* Held before the old one is let go: mostly both are the same set. */
    b->own = own_of(c, take);
    before = hashmap_set(c->bindings, name, b);
    if (before)
        registry_binding_free(c, before);
    c->changed = true;
    return b->own;
}

void registry_binding_forget(struct registry_cache *c, const char *name)
{
    struct registry_binding *b = hashmap_remove(c->bindings, name);

    if (!b)
        return;
    registry_binding_free(c, b);
    c->changed = true;
}

const struct registry_binding *registry_binding_next(
    const struct registry_cache *c, size_t *cursor)
{
    void *binding;

    return hashmap_next(c->bindings, cursor, NULL, &binding) ? binding : NULL;
}

const struct registry_own *registry_binding_next_set(
    const struct registry_cache *c, size_t *cursor)
{
    void *own;

    return hashmap_next(c->sets, cursor, NULL, &own) ? own : NULL;
}
