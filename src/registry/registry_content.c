/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See registry_content.h. A registry of many messages is also let go of in
 * the worker: hundreds of thousands of pieces of memory take their time.
 */
#include "registry/registry_content.h"

#include <string.h>

#include "config.h"
#include "registry/registry_cache_private.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "util/file.h"

#define MANY_MESSAGES 1000

struct registry_loading {
    struct worker_task task;
    struct registry_content *content; /* on the loop only */
    void (*on_loaded)(struct registry_cache *cache);
    char *path, *hash;
    struct registry *registry;
};

struct ending {
    struct worker_task task;
    struct registry *registry;
};

void registry_content_hash(const void *data, size_t len,
                           char ret[REGISTRY_HASH_LEN + 1])
{
    struct digest *d = digest_begin();
    uint8_t sum[DIGEST_LEN];

    digest_add(d, data, len);
    digest_end(d, sum);
    digest_hex(sum, DIGEST_LEN, ret);
}

/* The registry in a file whose bytes are still those it is named after. */
static struct registry *read_file(const char *path, const char *hash)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    char its[REGISTRY_HASH_LEN + 1];
    struct registry *r;

    if (file_read(path, CONFIG_REGISTRY_MAX, &bytes, NULL) < 0)
        return NULL;
    registry_content_hash(bytes.data ? bytes.data : "", bytes.len, its);
    if (strcmp(its, hash) != 0)
        return NULL;
    r = registry_parse(bytes.data ? bytes.data : "", bytes.len, NULL);
    if (r)
        r->origin = REGISTRY_BMC;
    return r;
}

/* ---- letting go of it */

static void end_registry(struct worker_task *t)
{
    struct ending *e = (struct ending *)t;

    registry_free(TAKE(e->registry));
}

static void ended(struct worker_task *t)
{
    end_registry(t);
    free(t);
}

void registry_content_dispose(const struct registry_cache *cache,
                              struct registry *r)
{
    struct ending *e;

    if (!r || !cache->worker || r->message_count < MANY_MESSAGES) {
        registry_free(r);
        return;
    }
    e = XNEW(struct ending);
    e->task =
        (struct worker_task){.run = end_registry, .done = ended, .drop = ended};
    e->registry = r;
    if (!worker_add(cache->worker, &e->task))
        ended(&e->task);
}

static void stop_loading(struct registry_cache *cache,
                         struct registry_loading *l)
{
    worker_cancel(&l->task);
    if (l->on_loaded)
        l->on_loaded(cache);
}

void registry_content_unref(struct registry_content *c)
{
    if (!c || --c->refs > 0)
        return;
    hashmap_remove(c->cache->contents, c->hash);
    registry_content_dispose(c->cache, c->registry);
    if (c->loading)
        stop_loading(c->cache, c->loading);
    free(c->hash);
    free(c->path);
    free(c->prefix);
    free(c);
}

/* ---- reading it */

static void loading_free(struct worker_task *t)
{
    struct registry_loading *l = (struct registry_loading *)t;

    registry_free(l->registry);
    free(l->path);
    free(l->hash);
    free(l);
}

static void load(struct worker_task *t)
{
    struct registry_loading *l = (struct registry_loading *)t;

    l->registry = read_file(l->path, l->hash);
}

static void loaded(struct worker_task *t)
{
    struct registry_loading *l = (struct registry_loading *)t;
    struct registry_content *c = l->content;
    struct registry_cache *cache = c->cache;
    void (*on_loaded)(struct registry_cache *) = l->on_loaded;

    c->loading = NULL;
    if (!c->registry) { /* it may have come from a BMC meanwhile */
        c->registry = TAKE(l->registry);
        c->broken = !c->registry;
    }
    loading_free(t);
    if (on_loaded)
        on_loaded(cache);
}

bool registry_content_load(struct registry_content *c,
                           void (*on_loaded)(struct registry_cache *cache))
{
    struct registry_loading *l;

    if (c->registry || c->broken || c->loading || !c->cache->worker)
        return false;
    l = XNEW(struct registry_loading);
    l->task =
        (struct worker_task){.run = load, .done = loaded, .drop = loading_free};
    l->content = c;
    l->on_loaded = on_loaded;
    l->path = xstrdup(c->path);
    l->hash = xstrdup(c->hash);
    if (worker_add(c->cache->worker, &l->task)) {
        c->loading = l;
        return true;
    }
    loading_free(&l->task);
    return false;
}

const struct registry *registry_content_get(struct registry_content *c)
{
    if (c->registry || c->broken)
        return c->registry;
    if (c->cache->worker) {
        registry_content_load(c, NULL);
        return NULL;
    }
    c->registry = read_file(c->path, c->hash);
    c->broken = !c->registry;
    return c->registry;
}
