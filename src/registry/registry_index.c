/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of the cache as JSON: the sets of claims, each written once, and
 * for each BMC which of them is its. It is checked when it is read: a claim
 * that makes no sense is dropped and the registry is fetched again.
 */
#include <jansson.h>
#include <string.h>

#include "registry/registry_cache_private.h"
#include "util/alloc.h"
#include "util/json_writer.h"

#define FORMAT 1

static void write_claim(struct json_writer *w, const struct registry_claim *c)
{
    json_writer_open_object(w);
    json_writer_member(w, "id", c->id);
    json_writer_member(w, "name", c->name);
    json_writer_member(w, "uri", c->uri);
    json_writer_member(w, "etag", c->etag);
    json_writer_member(w, "why", c->why);
    if (c->again)
        json_writer_member(w, "again", "yes");
    if (c->content) {
        json_writer_member(w, "hash", c->content->hash);
        json_writer_member(w, "prefix", c->content->prefix);
    }
    json_writer_close_object(w);
}

/* Sets are known by their number in the index. */
static struct hashmap *write_sets(const struct registry_cache *c,
                                  struct json_writer *w)
{
    struct hashmap *numbers = hashmap_new();
    /* Numbers in the map begin with 1: nothing found is 0. */
    size_t cursor = 0, number = 0;
    void *value;

    json_writer_key(w, "sets");
    json_writer_open_array(w);
    while (hashmap_next(c->sets, &cursor, NULL, &value)) {
        const struct registry_own *own = value;

        hashmap_set(numbers, own->signature, (void *)++number);
        json_writer_open_array(w);
        for (size_t i = 0; i < own->claims.count; i++)
            write_claim(w, &own->claims.items[i]);
        json_writer_close_array(w);
    }
    json_writer_close_array(w);
    return numbers;
}

static void write_binding(struct json_writer *w, const struct hashmap *numbers,
                          const struct registry_binding *b)
{
    size_t number = (size_t)hashmap_find(numbers, b->own->signature);

    json_writer_open_object(w);
    json_writer_member(w, "name", b->name);
    json_writer_member(w, "url", b->url);
    json_writer_member(w, "firmware", b->firmware);
    json_writer_key(w, "set");
    json_writer_i64(w, (int64_t)number - 1);
    json_writer_close_object(w);
}

void registry_index_format(const struct registry_cache *c, struct buffer *out)
{
    _cleanup_(hashmap_freep) struct hashmap *numbers = NULL;
    struct json_writer w;
    size_t cursor = 0;
    void *binding;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_key(&w, "format");
    json_writer_i64(&w, FORMAT);
    numbers = write_sets(c, &w);
    json_writer_key(&w, "bmcs");
    json_writer_open_array(&w);
    while (hashmap_next(c->bindings, &cursor, NULL, &binding))
        write_binding(&w, numbers, binding);
    json_writer_close_array(&w);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static bool is_hash(const char *text)
{
    return text && strlen(text) == REGISTRY_HASH_LEN &&
           strspn(text, "0123456789abcdef") == REGISTRY_HASH_LEN;
}

/* Somebody may have tidied the folder. */
static bool is_there(const struct registry_cache *c, const char *hash)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", c->directory, hash);

    return hashmap_find(c->contents, hash) || access(path, R_OK) == 0;
}

static void read_claim(struct registry_cache *c, const json_t *json,
                       struct registry_claims *claims)
{
    const char *name = text_of(json, "name"), *hash = text_of(json, "hash");
    const char *prefix = text_of(json, "prefix");
    struct registry_claim *claim;

    if (!name)
        return;
    claim = registry_claims_add(claims);
    claim->name = xstrdup(name);
    claim->id = xstrdup(text_of(json, "id"));
    claim->uri = xstrdup(text_of(json, "uri"));
    claim->etag = xstrdup(text_of(json, "etag"));
    claim->why = xstrdup(text_of(json, "why"));
    claim->again = text_of(json, "again") != NULL;
    /* One whose file is gone stays a claim, to be asked for again. */
    if (is_hash(hash) && prefix && is_there(c, hash))
        claim->content = registry_cache_content(c, hash, prefix);
    else if (hash || !claim->why)
        claim->again = true;
}

static void read_binding(struct registry_cache *c, const json_t *sets,
                         const json_t *json)
{
    const json_t *number = json_object_get(json, "set");
    const char *name = text_of(json, "name"), *url = text_of(json, "url");
    const char *firmware = text_of(json, "firmware");
    struct registry_claims claims = {0};
    json_t *claim;
    size_t i;

    if (!json_is_integer(number) || json_integer_value(number) < 0 || !name ||
        !url || !firmware)
        return;
    json_array_foreach (
        json_array_get(sets, (size_t)json_integer_value(number)), i, claim)
        read_claim(c, claim, &claims);
    registry_binding_set(c, name, url, firmware, &claims);
}

bool registry_index_parse(struct registry_cache *c, const char *json,
                          size_t len)
{
    json_t *root = json_loadb(json, len, 0, NULL), *binding;
    bool good = json_integer_value(json_object_get(root, "format")) == FORMAT;
    size_t i;

    if (good)
        json_array_foreach (json_object_get(root, "bmcs"), i, binding)
            read_binding(c, json_object_get(root, "sets"), binding);
    json_decref(root);
    return good;
}
