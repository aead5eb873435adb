/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A map from text to a pointer. The map copies its keys and does not own its
 * values. Open addressing with a seeded hash, so that names chosen by a BMC
 * cannot pile up in one slot.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/macro.h"

struct hashmap;

struct hashmap *hashmap_new(void);

/* Frees the map and its keys; NULL is accepted. */
void hashmap_free(struct hashmap *map);
DEFINE_FREEP(struct hashmap, hashmap_free);

/* Sets the value of a key and returns the one that it replaces, or NULL. */
void *hashmap_set(struct hashmap *map, const char *key, void *value);

/* The value of a key, or NULL. */
void *hashmap_find(const struct hashmap *map, const char *key);

/* Takes a key out and returns its value, or NULL. */
void *hashmap_remove(struct hashmap *map, const char *key);

size_t hashmap_count(const struct hashmap *map);

/*
 * Walks all entries in no particular order: start with *cursor = 0; false at
 * the end. The map must not change during the walk.
 */
bool hashmap_next(const struct hashmap *map, size_t *cursor,
                  const char **ret_key, void **ret_value);
