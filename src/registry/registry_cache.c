/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Contents and bindings in memory; see registry_cache.h. A content lives as
 * long as a claim leads to it, a set as long as a BMC has it; their files
 * live 30 days longer, for BMCs that come back.
 */
#include "registry/registry_cache.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "registry/registry_cache_private.h"
#include "util/alloc.h"
#include "util/file.h"

#define INDEX_MAX (256u << 20) /* 10,000 BMCs, each another, are 50 MiB */
#define KEEP_UNUSED (30 * USEC_PER_DAY)

/* ---- contents */

struct registry_content *registry_cache_content(struct registry_cache *c,
                                                const char *hash,
                                                const char *prefix)
{
    struct registry_content *content = hashmap_find(c->contents, hash);

    if (!content) {
        content = XNEW(struct registry_content);
        content->cache = c;
        content->hash = xstrdup(hash);
        content->path = xasprintf("%s/%s", c->directory, hash);
        content->prefix = xstrdup(prefix);
        hashmap_set(c->contents, hash, content);
    }
    content->refs++;
    return content;
}

/* Makes room for a new file, if need be of files that nobody uses. */
static int make_room(struct registry_cache *c, size_t len, struct error *err)
{
    if (c->size + len > CONFIG_REGISTRY_CACHE_MAX && c->on_disk)
        registry_store_sweep(c, clock_real(), USEC_INFINITY);
    if (c->size + len <= CONFIG_REGISTRY_CACHE_MAX)
        return 0;
    return error_set(err, -ENOSPC,
                     "the cache %s is full: it has its %u MiB "
                     "of registries in use already",
                     c->directory, CONFIG_REGISTRY_CACHE_MAX >> 20);
}

/* Of a content that nobody has, or whose file was damaged. */
struct registry_content *registry_cache_admit(struct registry_cache *c,
                                              const char *hash,
                                              struct registry *take, size_t len,
                                              struct error *err)
{
    struct registry_content *content;

    if (make_room(c, len, err) < 0)
        return NULL;
    take->origin = REGISTRY_BMC;
    content = registry_cache_content(c, hash, take->prefix);
    registry_content_dispose(c, content->registry);
    content->registry = take;
    content->broken = false;
    c->size += len;
    return content;
}

int registry_cache_put(struct registry_cache *c, const void *data, size_t len,
                       struct registry_content **ret, struct error *err)
{
    char hash[REGISTRY_HASH_LEN + 1];
    struct registry_content *content;
    struct registry *r;

    registry_content_hash(data, len, hash);
    content = hashmap_find(c->contents, hash);
    if (content && registry_content_get(content)) {
        content->refs++;
        *ret = content;
        return 0;
    }
    r = registry_parse(data, len, err);
    if (!r)
        return -EINVAL;
    content = registry_cache_admit(c, hash, r, len, err);
    if (!content) {
        registry_free(r);
        return -ENOSPC;
    }
    /* Without the file it is good for as long as the program runs. */
    if (c->on_disk)
        (void)registry_store_write(c, hash, data, len, NULL);
    *ret = content;
    return 0;
}

/* ---- the worker */

/* One after another, so that what a BMC sends comes in between. */
static void load_next(struct registry_cache *c)
{
    size_t cursor = 0;
    void *content;

    while (hashmap_next(c->contents, &cursor, NULL, &content))
        if (registry_content_load(content, load_next))
            return;
}

void registry_cache_work(struct registry_cache *c, struct worker *worker)
{
    c->worker = worker;
    load_next(c);
}

/* ---- what there is */

const struct registry_content *registry_cache_find_content(
    const struct registry_cache *c, const char *hash)
{
    return hashmap_find(c->contents, hash);
}

size_t registry_cache_count(const struct registry_cache *c)
{
    return hashmap_count(c->contents);
}

size_t registry_cache_size(const struct registry_cache *c)
{
    return c->size;
}

/* ---- the whole */

static int read_index(struct registry_cache *c, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/" REGISTRY_INDEX, c->directory);
    _cleanup_(buffer_done) struct buffer text = {0};
    int r = file_read(path, INDEX_MAX, &text, err);

    if (r == -ENOENT)
        return 0;
    if (r == 0 &&
        !registry_index_parse(c, text.data ? text.data : "", text.len))
        r = error_set(err, -EINVAL,
                      "%s is damaged: the registries of all "
                      "BMCs are fetched again",
                      path);
    return r;
}

static struct registry_cache *cache_new(const char *directory)
{
    struct registry_cache *c = XNEW(struct registry_cache);

    c->directory = xstrdup(directory);
    c->contents = hashmap_new();
    c->sets = hashmap_new();
    c->bindings = hashmap_new();
    c->parsings = hashmap_new();
    return c;
}

int registry_cache_look(const char *directory, struct registry_cache **ret,
                        struct error *err)
{
    *ret = cache_new(directory ? directory : "");
    return directory ? read_index(*ret, err) : 0;
}

int registry_cache_open(const char *directory, struct registry_cache **ret,
                        struct error *err)
{
    struct registry_cache *c = *ret = cache_new(directory);
    int r;

    r = registry_store_open(c, err);
    if (r < 0)
        return r;
    r = read_index(c, err);
    /* An index that is damaged is written anew. */
    c->changed = r < 0;
    registry_cache_sweep(c, clock_real());
    return r;
}

int registry_cache_save(struct registry_cache *c, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    if (!c->changed || !c->on_disk)
        return 0;
    c->changed = false; /* a failure is told once, not for ever */
    registry_index_format(c, &text);
    return registry_store_write(c, REGISTRY_INDEX, text.data, text.len, err);
}

void registry_cache_sweep(struct registry_cache *c, usec_t now)
{
    if (c->on_disk)
        registry_store_sweep(c, now, now - MIN_OF(now, KEEP_UNUSED));
}

void registry_cache_close(struct registry_cache *c)
{
    size_t cursor = 0;
    void *binding;

    if (!c)
        return;
    (void)registry_cache_save(c, NULL);
    registry_intake_close(c);
    c->worker = NULL; /* what is left ends here */
    while (hashmap_next(c->bindings, &cursor, NULL, &binding))
        registry_binding_free(c, binding);
    hashmap_free(c->bindings);
    hashmap_free(c->sets);
    hashmap_free(c->contents);
    hashmap_free(c->parsings);
    free(c->directory);
    free(c);
}
