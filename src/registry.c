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

#include "config.h"
#include "util/alloc.h"
#include "util/file.h"
#include "util/hashmap.h"

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
};

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
    free(set);
}

static char *lower(const char *text)
{
    char *copy = xstrdup(text);

    for (char *c = copy; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    return copy;
}

static void index_keys(struct registry_set *set, struct family *family,
                       const struct registry *r)
{
    for (size_t i = 0; i < r->message_count; i++) {
        _cleanup_free_ char *key = lower(r->messages[i].key);
        struct family *known = hashmap_find(set->keys, key);

        if (known != family)
            hashmap_set(set->keys, key, known ? &set->several : family);
    }
}

static void add_registry(struct registry_set *set, struct registry *r)
{
    _cleanup_free_ char *prefix = lower(r->prefix);
    struct family *family = hashmap_find(set->families, prefix);

    if (!family) {
        family = XNEW(struct family);
        hashmap_set(set->families, prefix, family);
    }
    family->members = xgrow(family->members, &family->cap, family->count + 1,
                            sizeof(*family->members));
    family->members[family->count++] = r;
    set->count++;
    index_keys(set, family, r);
}

static struct registry *load_file(const char *path, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct registry *r;

    if (file_read(path, CONFIG_REGISTRY_MAX, &text, err) < 0)
        return NULL;
    r = registry_parse(text.data ? text.data : "", text.len, err);
    if (!r)
        error_prefix(err, -EINVAL, "%s is skipped", path);
    return r;
}

void registry_set_load(struct registry_set *set, const char *directory,
                       enum registry_origin origin,
                       void (*on_problem)(void *userdata, const char *text),
                       void *userdata)
{
    struct error err = {""};
    char **names = NULL;
    size_t count = 0;

    if (file_list(directory, ".json", &names, &count, &err) < 0 && on_problem)
        on_problem(userdata, err.text);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);
        struct registry *r = load_file(path, &err);

        if (r) {
            r->origin = origin;
            add_registry(set, r);
        } else if (on_problem) {
            on_problem(userdata, err.text);
        }
        free(names[i]);
    }
    free(names);
}

static int compare_key(const void *key, const void *message)
{
    return strcmp(key, ((const struct registry_message *)message)->key);
}

/* By the very key, else by the same one in other letters. */
static const struct registry_message *find_message(const struct registry *r,
                                                   const char *key)
{
    const struct registry_message *m =
        bsearch(key, r->messages, r->message_count, sizeof(*r->messages),
                compare_key);

    for (size_t i = 0; !m && i < r->message_count; i++)
        if (strcasecmp(r->messages[i].key, key) == 0)
            m = &r->messages[i];
    return m;
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

static bool is_newer(const struct registry *a, const struct registry *b)
{
    if (a->major != b->major)
        return a->major > b->major;
    if (a->minor != b->minor)
        return a->minor > b->minor;
    return a->errata > b->errata;
}

/* Whether `a` is to be asked rather than `b`. */
static bool is_better(const struct registry *a, const struct registry *b,
                      const struct registry_version *wanted)
{
    int near_a = nearness(a, wanted), near_b = nearness(b, wanted);

    if (a->origin != b->origin)
        return a->origin < b->origin;
    return near_a != near_b ? near_a > near_b : is_newer(a, b);
}

void registry_consider(const struct registry *r,
                       const struct registry_version *wanted, const char *key,
                       struct registry_hit *best)
{
    const struct registry_message *m = find_message(r, key);

    if (!m || (best->registry && !is_better(r, best->registry, wanted)))
        return;
    *best = (struct registry_hit){
        .registry = r,
        .message = m,
        .exact = nearness(r, wanted) >= 2,
    };
}

static bool find_in_family(const struct family *family,
                           const struct registry_version *wanted,
                           const char *key, struct registry_hit *ret)
{
    struct registry_hit best = {0};

    for (size_t i = 0; i < family->count; i++)
        registry_consider(family->members[i], wanted, key, &best);
    if (best.registry)
        *ret = best;
    return best.registry != NULL;
}

bool registry_find(const struct registry_set *set, const char *prefix,
                   int major, int minor, int errata, const char *key,
                   struct registry_hit *ret)
{
    _cleanup_free_ char *name = lower(prefix);
    const struct family *family = hashmap_find(set->families, name);
    struct registry_version wanted = {major, minor, errata};

    return family && find_in_family(family, &wanted, key, ret);
}

bool registry_find_key(const struct registry_set *set, const char *key,
                       struct registry_hit *ret)
{
    struct registry_version any = {REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY,
                          REGISTRY_VERSION_ANY};
    _cleanup_free_ char *name = lower(key);
    const struct family *family = hashmap_find(set->keys, name);

    return family && family != &set->several &&
           find_in_family(family, &any, key, ret);
}

bool registry_set_has_key(const struct registry_set *set, const char *key)
{
    _cleanup_free_ char *name = lower(key);

    return hashmap_find(set->keys, name) != NULL;
}

bool registry_set_has(const struct registry_set *set, const char *prefix)
{
    _cleanup_free_ char *name = lower(prefix);

    return hashmap_find(set->families, name) != NULL;
}

size_t registry_set_count(const struct registry_set *set)
{
    return set->count;
}
