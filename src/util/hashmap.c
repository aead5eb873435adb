/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linear probing in a power-of-two table, at most two thirds full. A removed
 * entry leaves a mark (key NULL, dead set) until the next growth.
 */
#include "util/hashmap.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "util/alloc.h"

struct slot {
    char *key;
    void *value;
    uint64_t hash;
    bool dead;
};

struct hashmap {
    struct slot *slots;
    size_t size; /* a power of two */
    size_t count;
    size_t used; /* count and dead slots */
    uint64_t seed;
};

/* FNV-1a from a random start, then a finishing mix. */
static uint64_t hash_text(const struct hashmap *map, const char *key)
{
    uint64_t hash = map->seed;

    for (; *key; key++)
        hash = (hash ^ (unsigned char)*key) * UINT64_C(0x100000001b3);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 29;
}

struct hashmap *hashmap_new(void)
{
    struct hashmap *map = XNEW(struct hashmap);

    map->size = 4; /* many hold nothing: one or two for each BMC */
    map->slots = xcalloc(map->size, sizeof(*map->slots));
    if (getrandom(&map->seed, sizeof(map->seed), GRND_NONBLOCK) < 0)
        map->seed = (uint64_t)(uintptr_t)map;
    return map;
}

void hashmap_free(struct hashmap *map)
{
    if (!map)
        return;
    for (size_t i = 0; i < map->size; i++)
        free(map->slots[i].key);
    free(map->slots);
    free(map);
}

/* The slot that holds the key, or the free one where it would go. */
static struct slot *slot_of(const struct hashmap *map, const char *key,
                            uint64_t hash)
{
    struct slot *s, *reusable = NULL;

    for (size_t i = hash & (map->size - 1);; i = (i + 1) & (map->size - 1)) {
        s = &map->slots[i];
        if (!s->key && !s->dead)
            return reusable ? reusable : s;
        if (!s->key)
            reusable = reusable ? reusable : s;
        else if (s->hash == hash && strcmp(s->key, key) == 0)
            return s;
    }
}

static void grow(struct hashmap *map)
{
    struct slot *old = map->slots;
    size_t old_size = map->size;

    if (map->count * 3 >= map->size)
        map->size *= 2;
    map->slots = xcalloc(map->size, sizeof(*map->slots));
    map->used = map->count;
    for (size_t i = 0; i < old_size; i++)
        if (old[i].key)
            *slot_of(map, old[i].key, old[i].hash) = old[i];
    free(old);
}

void *hashmap_set(struct hashmap *map, const char *key, void *value)
{
    uint64_t hash = hash_text(map, key);
    struct slot *s;
    void *before;

    if ((map->used + 1) * 3 > map->size * 2)
        grow(map);
    s = slot_of(map, key, hash);
    before = s->key ? s->value : NULL;
    if (!s->key) {
        map->used += !s->dead;
        map->count++;
        *s = (struct slot){.key = xstrdup(key), .hash = hash};
    }
    s->value = value;
    return before;
}

void *hashmap_find(const struct hashmap *map, const char *key)
{
    struct slot *s = slot_of(map, key, hash_text(map, key));

    return s->key ? s->value : NULL;
}

void *hashmap_remove(struct hashmap *map, const char *key)
{
    struct slot *s = slot_of(map, key, hash_text(map, key));
    void *value;

    if (!s->key)
        return NULL;
    value = s->value;
    free(s->key);
    *s = (struct slot){.dead = true};
    map->count--;
    return value;
}

size_t hashmap_count(const struct hashmap *map)
{
    return map->count;
}

bool hashmap_next(const struct hashmap *map, size_t *cursor,
                  const char **ret_key, void **ret_value)
{
    for (; *cursor < map->size; ++*cursor) {
        struct slot *s = &map->slots[*cursor];

        if (!s->key)
            continue;
        if (ret_key)
            *ret_key = s->key;
        if (ret_value)
            *ret_value = s->value;
        ++*cursor;
        return true;
    }
    return false;
}
