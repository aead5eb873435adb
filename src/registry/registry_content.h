/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of one registry, known by their SHA-256: however many BMCs serve
 * them, they are one file, parsed once and one registry in memory. Read beside
 * the loop where the cache has a worker: until then it is as if they were not
 * there. Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "registry.h"

#define REGISTRY_HASH_LEN 64

struct registry_cache;
struct registry_loading;

/*
 * Belongs to the claims that lead to it, together; the cache finds it by its
 * hash.
 */
struct registry_content {
    struct registry_cache *cache;
    char *hash; /* REGISTRY_HASH_LEN hexadecimal digits: its file's name */
    char *path;
    unsigned refs;             /* claims */
    struct registry *registry; /* NULL: not read yet, or broken */
    char *prefix;              /* of the registry; known without reading it */
    bool broken; /* its file is gone or damaged: as if it were not there */
    struct registry_loading *loading; /* it is being read, or NULL */
};

/* The name of a content: the SHA-256 of its bytes. */
void registry_content_hash(const void *data, size_t len,
                           char ret[REGISTRY_HASH_LEN + 1]);

/* One claim less; the last one ends it. Its file stays. NULL is accepted. */
void registry_content_unref(struct registry_content *c);

/*
 * The registry of a content, or NULL while it is not here. Without a worker
 * it is read from its file now.
 */
const struct registry *registry_content_get(struct registry_content *c);

/*
 * Has the worker read it. on_loaded (may be NULL) is called when that is over;
 * not if it is here, or is being read. False if there is nothing to do.
 */
bool registry_content_load(struct registry_content *c,
                           void (*on_loaded)(struct registry_cache *cache));
