/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The look-up of messages: a set of registries, indexed by their prefix in
 * lower case, and an index of bare keys to the one prefix that has them.
 * Reading a registry's JSON stands in registry_parse.c.
 */
#include "registry.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "catalogue.h"
#include "clearing.h"
#include "util/alloc.h"
#include "util/hashmap.h"

#define NAME_MAX_LEN 192 /* of prefixes and keys; the longest seen is 75 */
#define SPELLINGS_MAX 16 /* of one key that are looked at; seen: 2 */

/* All registries of one prefix, whatever their version and origin. */
struct family {
    struct registry **members;
    size_t count, cap;
};

struct registry_set {
    struct hashmap *families; /* by prefix in lower case */
    struct hashmap *keys;     /* bare key in lower case to its family */
    struct family several;    /* stands for "more than one prefix" in keys */
    size_t count;
    struct catalogue *catalogue;
    struct clearing *clearing;
};

const char *registry_origin_name(enum registry_origin origin)
{
    switch (origin) {
    case REGISTRY_LOCAL:
        return "local";
    case REGISTRY_BMC:
        return "bmc";
    case REGISTRY_BUNDLED:
        break;
    }
    return "bundled";
}

struct registry_set *registry_set_new(void)
{
    struct registry_set *set = XNEW(struct registry_set);

    set->families = hashmap_new();
    set->keys = hashmap_new();
    return set;
}

static void family_free(struct family *f)
{
    for (size_t i = 0; i < f->count; i++)
        registry_free(f->members[i]);
    free(f->members);
    free(f);
}

void registry_set_free(struct registry_set *set)
{
    size_t cursor = 0;
    void *family;

    if (!set)
        return;
    while (hashmap_next(set->families, &cursor, NULL, &family))
        family_free(family);
    hashmap_free(set->families);
    hashmap_free(set->keys);
    catalogue_free(set->catalogue);
    clearing_free(set->clearing);
    free(set);
}

void registry_set_take(struct registry_set *set, struct catalogue *catalogue,
                       struct clearing *clearing)
{
    catalogue_free(set->catalogue);
    clearing_free(set->clearing);
    set->catalogue = catalogue;
    set->clearing = clearing;
}

const struct catalogue *registry_set_catalogue(const struct registry_set *set)
{
    return set->catalogue;
}

const struct clearing *registry_set_clearing(const struct registry_set *set)
{
    return set->clearing;
}

/*
 * A name in lower case, as the indexes have it; false if it is longer than any
 * that is indexed. On the stack: this stands in the way of every event.
 */
static bool lower(const char *text, char ret[NAME_MAX_LEN])
{
    size_t i = 0;

    for (; text[i] && i < NAME_MAX_LEN - 1; i++)
        ret[i] = (char)tolower((unsigned char)text[i]);
    ret[i] = '\0';
    return !text[i];
}

static void index_keys(struct registry_set *set, struct family *family,
                       const struct registry *r)
{
    char key[NAME_MAX_LEN];

    for (size_t i = 0; i < r->message_count; i++) {
        struct family *known;

        if (!lower(r->messages[i].key, key))
            continue;
        known = hashmap_find(set->keys, key);
        if (known != family)
            hashmap_set(set->keys, key, known ? &set->several : family);
    }
}

static bool is_newer(const struct registry *a, const struct registry *b)
{
    if (a->major != b->major)
        return a->major > b->major;
    if (a->minor != b->minor)
        return a->minor > b->minor;
    return a->errata > b->errata;
}

/* In order of trust, the newest first: few have to be looked into. */
static void family_insert(struct family *f, struct registry *r)
{
    size_t at = f->count;

    f->members = xgrow(f->members, &f->cap, f->count + 1, sizeof(*f->members));
    for (; at > 0; at--) {
        const struct registry *before = f->members[at - 1];

        if (before->origin < r->origin ||
            (before->origin == r->origin && !is_newer(r, before)))
            break;
        f->members[at] = f->members[at - 1];
    }
    f->members[at] = r;
    f->count++;
}

int registry_set_add(struct registry_set *set, struct registry *r,
                     struct error *err)
{
    char prefix[NAME_MAX_LEN];
    struct family *family;

    if (!lower(r->prefix, prefix))
        return error_set(err, -EINVAL, "a RegistryPrefix of more than %d bytes",
                         NAME_MAX_LEN - 1);
    family = hashmap_find(set->families, prefix);
    if (!family) {
        family = XNEW(struct family);
        hashmap_set(set->families, prefix, family);
    }
    family_insert(family, r);
    set->count++;
    index_keys(set, family, r);
    return 0;
}

/* Where a key stands or would stand, compared without case. */
static size_t lower_bound(const struct registry *r, const char *key)
{
    size_t low = 0, high = r->message_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (strcasecmp(r->messages[middle].key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How well a message of that key in some letters answers to it. */
static int fitness(const struct registry_message *m, const char *key)
{
    return 2 * (strcmp(m->key, key) == 0) + !m->partial;
}

/*
 * By the very key, else by the same one in other letters; of a key that a
 * careless file has twice, the one with a text. Only among the first ones: a
 * BMC may serve a registry of nothing but one key in all its spellings.
 */
const struct registry_message *registry_message_find(const struct registry *r,
                                                     const char *key)
{
    const struct registry_message *best = NULL;
    size_t first = lower_bound(r, key);
    size_t end = MIN_OF(r->message_count, first + SPELLINGS_MAX);

    for (size_t i = first; i < end && strcasecmp(r->messages[i].key, key) == 0;
         i++)
        if (!best || fitness(&r->messages[i], key) > fitness(best, key))
            best = &r->messages[i];
    return best;
}

/* How near a registry's version comes; higher is nearer. */
static int nearness(const struct registry *r,
                    const struct registry_version *wanted)
{
    if (wanted->major == REGISTRY_VERSION_ANY || r->major != wanted->major)
        return 0;
    if (wanted->minor == REGISTRY_VERSION_ANY || r->minor != wanted->minor)
        return 1;
    if (wanted->errata == REGISTRY_VERSION_ANY || r->errata != wanted->errata)
        return 2;
    return 3;
}

/* Whether `a` is to be asked rather than `b`. */
static bool is_better(const struct registry *a, const struct registry *b,
                      const struct registry_version *wanted)
{
    int near_a = nearness(a, wanted), near_b = nearness(b, wanted);

    /* Trust before version: the admin's 1.0 goes before a bundled 1.5. */
    if (a->origin != b->origin)
        return a->origin < b->origin;
    return near_a != near_b ? near_a > near_b : is_newer(a, b);
}

void registry_consider(const struct registry *r,
                       const struct registry_version *wanted, const char *key,
                       struct registry_hit *best)
{
    const struct registry_message *m = registry_message_find(r, key);

    if (!m || m->partial ||
        (best->registry && !is_better(r, best->registry, wanted)))
        return;
    best->registry = r;
    best->message = m;
    best->exact = nearness(r, wanted) >= 2;
}

static bool find_in_family(const struct family *family,
                           const struct registry_version *wanted,
                           const char *key, struct registry_hit *ret)
{
    const struct registry *best = NULL;

    *ret = (struct registry_hit){0};
    for (size_t i = 0; i < family->count; i++) {
        const struct registry *r = family->members[i];
        const struct registry_message *m = NULL;

        if (!best || is_better(r, best, wanted))
            m = registry_message_find(r, key);
        /* Of an admin's that has no text, only what it overrides counts. */
        if (m && m->partial) {
            if (r->origin == REGISTRY_LOCAL && !ret->override)
                ret->override = m;
        } else if (m) {
            best = ret->registry = r;
            ret->message = m;
            ret->exact = nearness(r, wanted) >= 2;
        }
    }
    return best != NULL;
}

bool registry_find(const struct registry_set *set, const char *prefix,
                   int major, int minor, int errata, const char *key,
                   struct registry_hit *ret)
{
    struct registry_version wanted = {major, minor, errata};
    const struct family *family;
    char name[NAME_MAX_LEN];

    if (!lower(prefix, name))
        return false;
    family = hashmap_find(set->families, name);
    return family && find_in_family(family, &wanted, key, ret);
}

bool registry_find_key(const struct registry_set *set, const char *key,
                       struct registry_hit *ret)
{
    struct registry_version any = {REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY,
                                   REGISTRY_VERSION_ANY};
    const struct family *family;
    char name[NAME_MAX_LEN];

    if (!lower(key, name))
        return false;
    family = hashmap_find(set->keys, name);
    return family && family != &set->several &&
           find_in_family(family, &any, key, ret);
}

bool registry_set_is_ambiguous(const struct registry_set *set, const char *key)
{
    char name[NAME_MAX_LEN];

    return lower(key, name) && hashmap_find(set->keys, name) == &set->several;
}

static int compare_name(const void *key, const void *name)
{
    return strcasecmp(key, *(const char *const *)name);
}

bool registry_is_dangling(const struct registry *r, const char *key)
{
    return r->dangling && bsearch(key, r->dangling, r->dangling_count,
                                  sizeof(*r->dangling), compare_name);
}

bool registry_dangles(const struct registry_set *set, const char *prefix,
                      const char *key, bool local_only)
{
    const struct family *family;
    char name[NAME_MAX_LEN];

    if (!lower(prefix, name))
        return false;
    family = hashmap_find(set->families, name);
    for (size_t i = 0; family && i < family->count; i++) {
        const struct registry *r = family->members[i];

        /* In order of trust: the admin's stand first. */
        if (local_only && r->origin != REGISTRY_LOCAL)
            break;
        if (registry_is_dangling(r, key))
            return true;
    }
    return false;
}

bool registry_set_has(const struct registry_set *set, const char *prefix)
{
    char name[NAME_MAX_LEN];

    return lower(prefix, name) && hashmap_find(set->families, name);
}

const struct registry *registry_set_next(const struct registry_set *set,
                                         size_t *cursor)
{
    size_t left = *cursor, at = 0;
    void *value;

    while (hashmap_next(set->families, &at, NULL, &value)) {
        const struct family *family = value;

        if (left < family->count) {
            ++*cursor;
            return family->members[left];
        }
        left -= family->count;
    }
    return NULL;
}

size_t registry_set_count(const struct registry_set *set)
{
    return set->count;
}
