/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BMC's own registries; see registry_own.h. A BMC has a dozen or two, so a
 * walk over them is as quick as an index, and needs none.
 */
#include "registry/registry_own.h"

#include <string.h>
#include <strings.h>

#include "registry/registry_locator.h"
#include "util/alloc.h"

void registry_claim_done(struct registry_claim *c)
{
    free(c->id);
    free(c->name);
    free(c->uri);
    free(c->etag);
    free(c->why);
    registry_content_unref(c->content);
    *c = (struct registry_claim){0};
}

struct registry_claim *registry_claims_add(struct registry_claims *claims)
{
    struct registry_claim *c;

    claims->items = xgrow(claims->items, &claims->cap, claims->count + 1,
                          sizeof(*claims->items));
    c = &claims->items[claims->count++];
    *c = (struct registry_claim){0};
    return c;
}

void registry_claims_done(struct registry_claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        registry_claim_done(&claims->items[i]);
    free(claims->items);
    *claims = (struct registry_claims){0};
}

char *registry_claims_signature(const struct registry_claims *claims)
{
    /*
     * Also why one is of no use, and whether it may be better next time: who
     * shares a set must share the reason to ask again. Each text has its
     * length before it: they are the BMC's, and one with line ends in it must
     * not look like another BMC's several.
     */
    struct buffer text = {0};

    buffer_add_text(&text, "");
    for (size_t i = 0; i < claims->count; i++) {
        const struct registry_claim *c = &claims->items[i];
        const char *const parts[] = {
            c->id,   c->name, c->uri,
            c->etag, c->why,  c->content ? c->content->hash : NULL,
        };

        for (size_t k = 0; k < ARRAY_LEN(parts); k++)
            buffer_printf(&text, "%zu %s\n", parts[k] ? strlen(parts[k]) : 0,
                          parts[k] ? parts[k] : "");
        buffer_add_text(&text, c->again ? "again\n" : "\n");
    }
    return buffer_take_text(&text);
}

/* Whether the BMC calls it `prefix`, and it does not deny that. */
static bool goes_by(const char *name, const struct registry_claim *c,
                    const char *prefix)
{
    _cleanup_free_ char *claimed = name ? registry_locator_prefix(name) : NULL;

    return claimed && strcasecmp(claimed, prefix) == 0 &&
           registry_locator_agrees(claimed, c->content->prefix);
}

static bool is_claimed(const struct registry_claim *c, const char *prefix)
{
    return goes_by(c->name, c, prefix) || goes_by(c->id, c, prefix);
}

void registry_own_find(const struct registry_own *own, const char *prefix,
                       bool by_claim, const struct registry_version *wanted,
                       const char *key, struct registry_hit *best)
{
    for (size_t i = 0; i < own->claims.count; i++) {
        const struct registry_claim *c = &own->claims.items[i];
        const struct registry *r;

        if (!c->content)
            continue;
        if (by_claim ? !is_claimed(c, prefix)
                     : strcasecmp(c->content->prefix, prefix) != 0)
            continue;
        r = registry_content_get(c->content);
        if (r)
            registry_consider(r, wanted, key, best);
    }
}

unsigned registry_own_find_key(const struct registry_own *own, const char *key,
                               struct registry_hit *best)
{
    static const struct registry_version any = {
        REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY};
    unsigned prefixes = 0;

    for (size_t i = 0; i < own->claims.count && prefixes < 2; i++) {
        struct registry_content *content = own->claims.items[i].content;
        const struct registry *r =
            content ? registry_content_get(content) : NULL;
        struct registry_hit hit = {0};

        if (r)
            registry_consider(r, &any, key, &hit);
        if (!hit.registry)
            continue;
        /*
         * Of one prefix they are versions of the same, and the best counts; of
         * two nobody knows which the BMC meant.
         */
        if (prefixes == 0 || strcasecmp(best->registry->prefix, r->prefix))
            prefixes++;
        if (prefixes == 1)
            registry_consider(r, &any, key, best);
    }
    return prefixes;
}

bool registry_own_has(const struct registry_own *own, const char *prefix)
{
    for (size_t i = 0; i < own->claims.count; i++) {
        const struct registry_claim *c = &own->claims.items[i];

        if (c->content && !c->content->broken &&
            (strcasecmp(c->content->prefix, prefix) == 0 ||
             is_claimed(c, prefix)))
            return true;
    }
    return false;
}

const struct registry *registry_own_next(const struct registry_own *own,
                                         size_t *cursor)
{
    const struct registry *r = NULL;

    while (!r && *cursor < own->claims.count) {
        struct registry_content *c = own->claims.items[(*cursor)++].content;

        r = c ? registry_content_get(c) : NULL;
    }
    return r;
}

bool registry_own_dangles(const struct registry_own *own, const char *prefix,
                          const char *key)
{
    for (size_t i = 0; i < own->claims.count; i++) {
        struct registry_content *c = own->claims.items[i].content;
        const struct registry *r = NULL;

        if (c && strcasecmp(c->prefix, prefix) == 0)
            r = registry_content_get(c);
        if (r && registry_is_dangling(r, key))
            return true;
    }
    return false;
}

bool registry_own_is_whole(const struct registry_own *own)
{
    for (size_t i = 0; i < own->claims.count; i++) {
        const struct registry_claim *c = &own->claims.items[i];

        if (c->again || (c->content && c->content->broken))
            return false;
    }
    return true;
}
