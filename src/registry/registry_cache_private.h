/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What registry_cache.c, registry_binding.c (who has what), registry_content.c,
 * registry_intake.c (what comes in), registry_index.c (the index as JSON) and
 * registry_store.c (the folder) share. Nobody else includes this.
 */
#pragma once

#include "registry/registry_cache.h"
#include "util/hashmap.h"
#include "util/worker.h"

#define REGISTRY_INDEX "index.json"

struct registry_cache {
    char *directory;
    bool on_disk;             /* the folder can be written */
    bool changed;             /* since the index was written */
    struct hashmap *contents; /* by hash */
    struct hashmap *sets;     /* struct registry_own by signature */
    struct hashmap *bindings; /* by name of the BMC */
    size_t size;              /* of all files of contents */
    struct worker *worker;    /* reads and parses; NULL: at once */
    struct hashmap *parsings; /* of registry_intake.c, by hash */
};

/* A content that is known by name only so far. With one reference. */
struct registry_content *registry_cache_content(struct registry_cache *c,
                                                const char *hash,
                                                const char *prefix);

/*
 * Takes a registry of these bytes into memory, as the content of that hash:
 * with one reference, the caller's. NULL with a text if the cache is full.
 */
struct registry_content *registry_cache_admit(struct registry_cache *c,
                                              const char *hash,
                                              struct registry *take, size_t len,
                                              struct error *err);

/* Lets go of its set too. */
void registry_binding_free(struct registry_cache *c,
                           struct registry_binding *b);

/* Frees a registry, in the worker if it is large. NULL is accepted. */
void registry_content_dispose(const struct registry_cache *cache,
                              struct registry *r);

/* What is being parsed is of no use any more. */
void registry_intake_close(struct registry_cache *cache);

/* The index as JSON, and back. False if it cannot be read. */
void registry_index_format(const struct registry_cache *c, struct buffer *out);
bool registry_index_parse(struct registry_cache *c, const char *json,
                          size_t len);

/* The folder: makes it, and counts what is in it. */
int registry_store_open(struct registry_cache *c, struct error *err);

/*
 * A file of the folder in two steps: its bytes under a name for the meantime
 * (which the caller frees), which any thread may write, then its own name.
 */
char *registry_store_temporary(const struct registry_cache *c,
                               const char *name);
int registry_store_put(const char *temporary, const void *data, size_t len,
                       struct error *err);
int registry_store_name(const struct registry_cache *c, const char *temporary,
                        const char *name);

/* Replaces a file of the folder whole. */
int registry_store_write(const struct registry_cache *c, const char *name,
                         const void *data, size_t len, struct error *err);

/*
 * Marks files in use as used `now`; removes all others that were not since
 * `before` (both real), and counts anew.
 */
void registry_store_sweep(struct registry_cache *c, usec_t now, usec_t before);
