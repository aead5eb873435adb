/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries in one array, named by index so that they stay small: chained in
 * buckets by key, and in a list for each BMC, oldest first. Index 0 is nobody.
 */
#include "correlate/recent.h"

#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"

#define FIRST_BUCKETS 64

struct owner {
    uint32_t oldest, newest;
    size_t count;
};

struct recent {
    size_t limit;
    struct recent_item *items;
    size_t items_cap, used; /* used: of the array, with the free ones */
    uint32_t free;          /* chained by `chain` */
    size_t count;
    uint32_t *buckets;
    size_t bucket_count; /* a power of two */
    struct owner *owners;
    size_t owner_count, owner_cap;
    struct hashmap *names; /* BMC to its index + 1 */
};

struct recent *recent_new(size_t limit)
{
    struct recent *r = XNEW(struct recent);

    r->limit = limit;
    r->used = 1;
    r->items = xgrow(NULL, &r->items_cap, 1, sizeof(*r->items));
    r->bucket_count = FIRST_BUCKETS;
    r->buckets = xcalloc(r->bucket_count, sizeof(*r->buckets));
    r->names = hashmap_new();
    return r;
}

void recent_free(struct recent *r)
{
    if (!r)
        return;
    free(r->items);
    free(r->buckets);
    free(r->owners);
    hashmap_free(r->names);
    free(r);
}

/* Keys are pieces of SHA-256: any part is as good as a hash of them. */
static uint32_t *bucket_of(const struct recent *r, const uint8_t *key)
{
    uint64_t hash;

    memcpy(&hash, key, sizeof(hash));
    return &r->buckets[hash & (r->bucket_count - 1)];
}

struct recent_item *recent_find(const struct recent *r,
                                const uint8_t key[RECENT_KEY_LEN])
{
    uint32_t at = *bucket_of(r, key);

    while (at && memcmp(r->items[at].key, key, RECENT_KEY_LEN) != 0)
        at = r->items[at].chain;
    return at ? &r->items[at] : NULL;
}

static void grow_buckets(struct recent *r)
{
    uint32_t *old = r->buckets;
    size_t old_count = r->bucket_count;

    r->bucket_count *= 2;
    r->buckets = xcalloc(r->bucket_count, sizeof(*r->buckets));
    for (size_t i = 0; i < old_count; i++)
        for (uint32_t at = old[i], next; at; at = next) {
            uint32_t *bucket = bucket_of(r, r->items[at].key);

            next = r->items[at].chain;
            r->items[at].chain = *bucket;
            *bucket = at;
        }
    free(old);
}

static uint32_t owner_index(struct recent *r, const char *bmc)
{
    uintptr_t known = (uintptr_t)hashmap_find(r->names, bmc);

    if (known)
        return (uint32_t)known - 1;
    r->owners =
        xgrow(r->owners, &r->owner_cap, r->owner_count + 1, sizeof(*r->owners));
    r->owners[r->owner_count] = (struct owner){0};
    hashmap_set(r->names, bmc, (void *)(uintptr_t)(++r->owner_count));
    return (uint32_t)r->owner_count - 1;
}

/* Out of its BMC's list. */
static void unlink_item(struct recent *r, uint32_t at)
{
    struct recent_item *item = &r->items[at];
    struct owner *o = &r->owners[item->bmc];

    *(item->before ? &r->items[item->before].after : &o->oldest) = item->after;
    *(item->after ? &r->items[item->after].before : &o->newest) = item->before;
    o->count--;
}

/* As the newest of its BMC's list. */
static void link_item(struct recent *r, uint32_t at, uint32_t bmc)
{
    struct recent_item *item = &r->items[at];
    struct owner *o = &r->owners[bmc];

    item->bmc = bmc;
    item->before = o->newest;
    item->after = 0;
    *(o->newest ? &r->items[o->newest].after : &o->oldest) = at;
    o->newest = at;
    o->count++;
}

static void remove_item(struct recent *r, uint32_t at)
{
    uint32_t *link = bucket_of(r, r->items[at].key);

    while (*link != at)
        link = &r->items[*link].chain;
    *link = r->items[at].chain;
    unlink_item(r, at);
    r->items[at].chain = r->free;
    r->free = at;
    r->count--;
}

static uint32_t take_index(struct recent *r)
{
    uint32_t at = r->free;

    if (at) {
        r->free = r->items[at].chain;
        return at;
    }
    r->items = xgrow(r->items, &r->items_cap, r->used + 1, sizeof(*r->items));
    return (uint32_t)r->used++;
}

/* Makes room: what is over, and the oldest of one who has his share. */
static void tidy(struct recent *r, uint32_t bmc, usec_t now)
{
    const struct owner *o = &r->owners[bmc];
    size_t share = MAX_OF(r->limit / r->owner_count, RECENT_SHARE_MIN);

    while (o->oldest && r->items[o->oldest].until <= now)
        remove_item(r, o->oldest);
    if (r->count >= r->limit && o->count >= share)
        remove_item(r, o->oldest);
}

static uint32_t add_item(struct recent *r, uint32_t bmc, const uint8_t *key)
{
    uint32_t at = take_index(r), *bucket;

    if (++r->count > r->bucket_count)
        grow_buckets(r);
    bucket = bucket_of(r, key);
    r->items[at] = (struct recent_item){.chain = *bucket};
    memcpy(r->items[at].key, key, RECENT_KEY_LEN);
    *bucket = at;
    link_item(r, at, bmc);
    return at;
}

struct recent_item *recent_put(struct recent *r, const char *bmc,
                               const uint8_t key[RECENT_KEY_LEN], usec_t now,
                               usec_t until)
{
    uint32_t owner = owner_index(r, bmc), at;
    struct recent_item *known;

    tidy(r, owner, now);
    known = recent_find(r, key);
    if (known) {
        at = (uint32_t)(known - r->items);
        unlink_item(r, at);
        link_item(r, at, owner);
    } else {
        at = add_item(r, owner, key);
    }
    r->items[at].until = until;
    return &r->items[at];
}

size_t recent_count(const struct recent *r)
{
    return r->count;
}
