/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tasks: the bytes (intake), of which there are as many as BMCs that
 * send, and the registry in them (parsing), of which there is one for each
 * hash. Intakes that come to the same hash wait for its parsing, which goes on
 * without them if they are cancelled. See registry_intake.h.
 */
#include "registry/registry_intake.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "registry/registry_cache_private.h"
#include "registry/registry_unpack.h"
#include "util/alloc.h"

struct registry_intake {
    struct worker_task task;
    struct registry_intake_request request; /* body and member are ours */
    struct buffer json;
    char hash[REGISTRY_HASH_LEN + 1];
    int result;
    struct error why;
    struct parsing *parsing; /* that it waits for, or NULL */
    struct registry_intake *next;
};

struct parsing {
    struct worker_task task;
    struct registry_cache *cache;
    struct registry_intake *waiters;
    char hash[REGISTRY_HASH_LEN + 1];
    struct buffer json;
    char *temporary; /* where it is written to, or NULL */
    bool written, foreign;
    struct registry *registry;
    struct error why;
};

/* ---- the bytes */

static void intake_free(struct registry_intake *i)
{
    free((void *)i->request.body);
    free((void *)i->request.member);
    buffer_done(&i->json);
    free(i);
}

static void finish(struct registry_intake *i,
                   const struct registry_intake_result *result)
{
    i->request.on_done(i->request.userdata, result);
    intake_free(i);
}

static void fail(struct registry_intake *i, bool again)
{
    finish(i, &(struct registry_intake_result){.again = again, .why = &i->why});
}

static void unpack(struct worker_task *t)
{
    struct registry_intake *i = (struct registry_intake *)t;
    const struct registry_intake_request *r = &i->request;

    i->result = registry_unpack(r->body, r->len, r->member, CONFIG_REGISTRY_MAX,
                                &i->json, &i->why);
    /* Not held beside what came out of it. */
    free((void *)TAKE(i->request.body));
    if (i->result == 0)
        registry_content_hash(i->json.data ? i->json.data : "", i->json.len,
                              i->hash);
}

static void drop_intake(struct worker_task *t)
{
    intake_free((struct registry_intake *)t);
}

/* ---- the registry in them */

static void parsing_free(struct worker_task *t)
{
    struct parsing *p = (struct parsing *)t;

    if (p->written)
        unlink(p->temporary);
    registry_free(p->registry);
    buffer_done(&p->json);
    free(p->temporary);
    free(p);
}

/* Attributes under a name that did not tell. */
static bool has_attributes(const struct buffer *json)
{
    static const char mark[] = "\"RegistryEntries\"";

    return json->data &&
           memmem(json->data, json->len, mark, sizeof(mark) - 1) != NULL;
}

static void parse(struct worker_task *t)
{
    struct parsing *p = (struct parsing *)t;
    const char *json = p->json.data ? p->json.data : "";

    p->registry = registry_parse(json, p->json.len, &p->why);
    if (!p->registry)
        p->foreign = has_attributes(&p->json);
    else if (p->temporary)
        p->written =
            registry_store_put(p->temporary, json, p->json.len, NULL) == 0;
}

/* What was parsed into the cache; NULL with the reason. */
static struct registry_content *admit(struct parsing *p, bool *ret_again)
{
    struct registry_content *content;

    if (!p->registry)
        return NULL;
    content = registry_cache_admit(p->cache, p->hash, p->registry, p->json.len,
                                   &p->why);
    *ret_again = !content;
    if (!content)
        return NULL;
    p->registry = NULL;
    if (p->written)
        registry_store_name(p->cache, p->temporary, p->hash);
    p->written = false;
    return content;
}

/* Those that wait may cancel one another when they are told. */
static void parsed(struct worker_task *t)
{
    struct parsing *p = (struct parsing *)t;
    struct registry_intake_result result = {
        .size = p->json.len, .foreign = p->foreign, .why = &p->why};
    struct registry_content *content = admit(p, &result.again);
    struct registry_intake *i;

    /*
     * Before anybody is told: who asks anew then begins anew. Each gets a
     * reference of its own; that of admit() goes at the end.
     */
    hashmap_remove(p->cache->parsings, p->hash);
    while ((i = p->waiters)) {
        p->waiters = i->next;
        i->parsing = NULL;
        result.content = content;
        if (content)
            content->refs++;
        finish(i, &result);
    }
    registry_content_unref(content);
    parsing_free(t);
}

static struct parsing *parsing_new(struct registry_cache *cache,
                                   struct registry_intake *i)
{
    struct parsing *p = XNEW(struct parsing);

    p->task = (struct worker_task){
        .run = parse, .done = parsed, .drop = parsing_free};
    p->cache = cache;
    memcpy(p->hash, i->hash, sizeof(p->hash));
    p->json = TAKE_STRUCT(i->json);
    if (cache->on_disk)
        p->temporary = registry_store_temporary(cache, i->hash);
    return p;
}

/* Waits for what is in the bytes; false if no more may be under way. */
static bool join_parsing(struct registry_intake *i)
{
    struct registry_cache *cache = i->request.cache;
    struct parsing *p = hashmap_find(cache->parsings, i->hash);

    if (!p) {
        p = parsing_new(cache, i);
        if (!worker_add(cache->worker, &p->task)) {
            parsing_free(&p->task);
            return false;
        }
        hashmap_set(cache->parsings, p->hash, p);
    }
    i->parsing = p;
    i->next = p->waiters;
    p->waiters = i;
    return true;
}

static void unpacked(struct worker_task *t)
{
    struct registry_intake *i = (struct registry_intake *)t;
    /* Mostly it is here already: the BMCs of a fleet serve the same. */
    struct registry_content *known =
        hashmap_find(i->request.cache->contents, i->hash);

    if (i->result < 0) {
        fail(i, false);
    } else if (known && known->registry) {
        known->refs++;
        finish(i, &(struct registry_intake_result){.content = known,
                                                   .size = i->json.len});
    } else if (!join_parsing(i)) {
        error_set(&i->why, -EAGAIN, "too many registries are read at once");
        fail(i, true);
    }
}

/* ---- for the caller */

struct registry_intake *registry_intake_start(
    const struct registry_intake_request *r, struct error *err)
{
    struct registry_intake *i = XNEW(struct registry_intake);
    /* A copy: the caller's goes with its answer while the worker reads. */
    void *body = xcalloc(1, r->len + 1);

    memcpy(body, r->body, r->len);
    i->task = (struct worker_task){
        .run = unpack, .done = unpacked, .drop = drop_intake};
    i->request = *r;
    i->request.body = body;
    i->request.member = xstrdup(r->member);
    if (worker_add(r->cache->worker, &i->task))
        return i;
    intake_free(i);
    error_set(err, -EAGAIN, "too many registries are read at once");
    return NULL;
}

void registry_intake_cancel(struct registry_intake *i)
{
    struct registry_intake **at;

    if (!i)
        return;
    if (!i->parsing) {
        worker_cancel(&i->task);
        return;
    }
    for (at = &i->parsing->waiters; *at != i; at = &(*at)->next)
        ;
    *at = i->next;
    intake_free(i);
}

void registry_intake_close(struct registry_cache *cache)
{
    size_t cursor = 0;
    void *parsing;

    while (hashmap_next(cache->parsings, &cursor, NULL, &parsing))
        worker_cancel(parsing);
}
