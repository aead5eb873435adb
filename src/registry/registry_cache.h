/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BMCs serve as registries, in memory and on disk: each content once, in
 * a file named after its SHA-256, and an index of which BMC claims what. It
 * outlives restarts; contents are read when first needed. What it has is only
 * a copy of what BMCs have, so files are replaced whole but not synced: one
 * that a power cut damaged does not have its hash, and is fetched again.
 */
#pragma once

#include "registry/registry_binding.h"
#include "util/clock.h"

/*
 * Opens the folder (made if it is not there) and reads the index. *ret is set
 * in any case: negative with a text says that nothing can be kept on disk, or
 * that the index was of no use.
 */
int registry_cache_open(const char *directory, struct registry_cache **ret,
                        struct error *err);

/*
 * The same for one who only looks: nothing is made, written or removed.
 * `directory` NULL: an empty one in memory. *ret is set in any case.
 */
int registry_cache_look(const char *directory, struct registry_cache **ret,
                        struct error *err);

/*
 * From now on registries are read, parsed and let go of in this worker, which
 * outlives the cache and begins with those of the index.
 */
struct worker;
void registry_cache_work(struct registry_cache *c, struct worker *worker);

/* Writes what registry_cache_save() would. NULL is accepted. */
void registry_cache_close(struct registry_cache *c);

/*
 * Takes the bytes of a registry, which must be one: -EINVAL with a text else,
 * -ENOSPC if the cache is full of what is in use. The caller lets go of *ret
 * with registry_content_unref(). At once: registry_intake.h does it beside
 * the loop.
 */
int registry_cache_put(struct registry_cache *c, const void *data, size_t len,
                       struct registry_content **ret, struct error *err);

/* A content in use, by its hash, or NULL. */
const struct registry_content *registry_cache_find_content(
    const struct registry_cache *c, const char *hash);

/* How many contents are in use, and how many bytes all files have. */
size_t registry_cache_count(const struct registry_cache *c);
size_t registry_cache_size(const struct registry_cache *c);

/* Writes the index if it has changed. */
int registry_cache_save(struct registry_cache *c, struct error *err);

/*
 * Marks the files that are in use, and removes those that were not for 30
 * days before `now` (real).
 */
void registry_cache_sweep(struct registry_cache *c, usec_t now);
