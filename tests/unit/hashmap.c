/* SPDX-License-Identifier: Apache-2.0 */
/* The map against what a map must do, through growth and removal. */
#include "util/hashmap.h"

#include <stdint.h>
#include <stdio.h>

#include "tap.h"

#define MANY 5000

static void *number(size_t n)
{
    return (void *)(uintptr_t)n;
}

int main(void)
{
    _cleanup_(hashmap_freep) struct hashmap *map = hashmap_new();
    size_t wrong = 0, seen = 0, cursor = 0;
    const char *name;
    char key[16];
    void *value;

    ok(!hashmap_find(map, "a"), "an empty map has nothing");
    ok(!hashmap_set(map, "a", number(1)), "a new key replaces nothing");
    ok(hashmap_set(map, "a", number(2)) == number(1), "a known one gives the "
                                                      "value before");
    is_int(hashmap_count(map), 1, "one key");
    ok(hashmap_remove(map, "a") == number(2), "removing gives the value");
    ok(!hashmap_remove(map, "a"), "... once");
    for (size_t i = 1; i <= MANY; i++) {
        snprintf(key, sizeof(key), "key %zu", i);
        hashmap_set(map, key, number(i));
        if (i % 3 == 0) {
            snprintf(key, sizeof(key), "key %zu", i / 3);
            hashmap_remove(map, key);
        }
    }
    is_int(hashmap_count(map), MANY - MANY / 3, "counts after removals");
    for (size_t i = 1; i <= MANY; i++) {
        snprintf(key, sizeof(key), "key %zu", i);
        wrong += hashmap_find(map, key) != (i <= MANY / 3 ? NULL : number(i));
    }
    is_int(wrong, 0, "every key has its value, the removed ones none");
    while (hashmap_next(map, &cursor, &name, &value))
        seen++;
    is_int(seen, hashmap_count(map), "a walk sees each once");
    for (int round = 0; round < 100000; round++) {
        hashmap_set(map, "again", map);
        hashmap_remove(map, "again");
    }
    ok(!hashmap_find(map, "again"), "adding and removing for ever is fine");
    return done_testing();
}
