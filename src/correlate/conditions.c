/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table; see conditions.h. A condition is one piece of memory, in two
 * tables of buckets (by key, by place), in its BMC's list and, when something
 * is due, in a heap.
 */
#include "correlate/conditions.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "correlate/condition_about.h"
#include "correlate/condition_heap.h"
#include "util/alloc.h"
#include "util/hashmap.h"

#define FIRST_BUCKETS 64
#define LOAD 2 /* conditions for a bucket */
/* Taken at once: pages that nobody touches cost nothing, growing costs a stop.
 */
#define MOST_BUCKETS ((size_t)1 << 22)

struct conditions {
    size_t limit, per_bmc;
    size_t count;
    size_t open[SEVERITY_CRITICAL + 1];
    struct condition **by_key, **by_place;
    size_t bucket_count; /* of either; a power of two */
    uint64_t seed;       /* of places, which a BMC chooses */
    struct condition_heap heap;
    struct hashmap *bmcs;
    struct hashmap *shared;
};

struct conditions *conditions_new(size_t limit, size_t per_bmc)
{
    struct conditions *t = XNEW(struct conditions);

    conditions_set_limits(t, limit, per_bmc);
    t->bucket_count = FIRST_BUCKETS;
    while (t->bucket_count * LOAD < limit && t->bucket_count < MOST_BUCKETS)
        t->bucket_count *= 2;
    t->by_key = xcalloc(t->bucket_count, sizeof(*t->by_key));
    t->by_place = xcalloc(t->bucket_count, sizeof(*t->by_place));
    if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) < 0)
        t->seed = (uint64_t)(uintptr_t)t;
    t->bmcs = hashmap_new();
    t->shared = hashmap_new();
    return t;
}

void conditions_set_limits(struct conditions *t, size_t limit, size_t per_bmc)
{
    t->limit = limit;
    t->per_bmc = per_bmc;
}

/*
 * Conditions are many, messages and sets of sinks few: each text stands once.
 * That of a message is cut into its parts.
 */
static struct condition_shared *share(struct conditions *t, const char *name)
{
    struct condition_shared *s = hashmap_find(t->shared, name);
    size_t len = strlen(name), part = 1;

    if (!s) {
        s = xcalloc(1, sizeof(*s) + len + 1);
        memcpy(s->text, name, len);
        s->name = xstrdup(name);
        s->parts[0] = s->text;
        for (size_t i = 0; i < len; i++)
            if (s->text[i] == '\n' && part < ARRAY_LEN(s->parts)) {
                s->text[i] = '\0';
                s->parts[part++] = s->text + i + 1;
            }
        hashmap_set(t->shared, name, s);
    }
    s->refs++;
    return s;
}

static void unshare(struct conditions *t, struct condition_shared *s)
{
    if (!s || --s->refs > 0)
        return;
    hashmap_remove(t->shared, s->name);
    free(s->name);
    free(s);
}

void conditions_free(struct conditions *t)
{
    struct condition_bmc *bmc;
    size_t cursor = 0;

    if (!t)
        return;
    while ((bmc = conditions_next_bmc(t, &cursor))) {
        while (bmc->list) {
            struct condition *c = bmc->list;

            bmc->list = c->next;
            unshare(t, c->message);
            unshare(t, c->sinks);
            condition_more_free(c->more);
            free(c);
        }
        free(bmc);
    }
    hashmap_free(t->bmcs);
    hashmap_free(t->shared);
    free(t->by_key);
    free(t->by_place);
    free(t->heap.items);
    free(t);
}

/* A key is a digest: any of its bytes are as good as a hash. */
static struct condition **key_bucket(const struct conditions *t,
                                     const uint8_t *key)
{
    uint64_t hash;

    memcpy(&hash, key, sizeof(hash));
    return &t->by_key[hash & (t->bucket_count - 1)];
}

/* Without regard to case, as conditions_at() compares names of messages. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (uint64_t)tolower((unsigned char)*text)) *
               UINT64_C(0x100000001b3);
    return (hash ^ hash >> 29) * UINT64_C(0xd6e8feb86659fd93);
}

static struct condition **place_bucket(const struct conditions *t,
                                       const char *bmc, const char *registry,
                                       const char *key, const char *origin)
{
    uint64_t hash = hash_text(t->seed, bmc);

    hash = hash_text(hash_text(hash, registry), key);
    hash = hash_text(hash, origin);
    return &t->by_place[(hash ^ hash >> 32) & (t->bucket_count - 1)];
}

static struct condition **own_place(const struct conditions *t,
                                    const struct condition *c)
{
    return place_bucket(t, c->bmc->name, c->message->parts[1],
                        c->message->parts[2], c->text);
}

struct condition *conditions_find(const struct conditions *t,
                                  const uint8_t key[CONDITION_KEY_LEN])
{
    struct condition *c = *key_bucket(t, key);

    while (c && memcmp(c->row.key, key, CONDITION_KEY_LEN) != 0)
        c = c->chain;
    return c;
}

static void into_buckets(struct conditions *t, struct condition *c)
{
    struct condition **bucket = key_bucket(t, c->row.key);
    struct condition **place = own_place(t, c);

    c->chain = *bucket;
    *bucket = c;
    c->place_chain = *place;
    *place = c;
}

/* Only for a limit that a reload raised, or one beyond the most. */
static void grow_buckets(struct conditions *t)
{
    struct condition_bmc *bmc;
    size_t cursor = 0;

    free(t->by_key);
    free(t->by_place);
    t->bucket_count *= 2;
    t->by_key = xcalloc(t->bucket_count, sizeof(*t->by_key));
    t->by_place = xcalloc(t->bucket_count, sizeof(*t->by_place));
    while ((bmc = conditions_next_bmc(t, &cursor)))
        for (struct condition *c = bmc->list; c; c = c->next)
            into_buckets(t, c);
}

struct condition_bmc *conditions_bmc(struct conditions *t, const char *name)
{
    struct condition_bmc *bmc = hashmap_find(t->bmcs, name);

    if (!bmc) {
        bmc = xcalloc(1, sizeof(*bmc) + strlen(name) + 1);
        strcpy(bmc->name, name);
        hashmap_set(t->bmcs, name, bmc);
    }
    return bmc;
}

/* In a full table an equal share is left to each: none shuts others out. */
bool conditions_has_room(const struct conditions *t,
                         const struct condition_bmc *bmc)
{
    size_t bmcs = MAX_OF(hashmap_count(t->bmcs), 1u);

    return bmc->count < t->per_bmc &&
           (t->count < t->limit || bmc->count < t->limit / bmcs);
}

static struct condition_shared *share_message(struct conditions *t,
                                              const struct event *e)
{
    const char *id = event_text(e, EVENT_MESSAGE_ID, NULL);
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);
    const char *key = event_text(e, EVENT_KEY, NULL);
    _cleanup_free_ char *name = xasprintf(
        "%s\n%s\n%s", id ?: "", registry ?: "", key ?: id ?: "");

    return share(t, name);
}

struct condition *conditions_add(struct conditions *t,
                                 const struct event *about,
                                 const uint8_t key[CONDITION_KEY_LEN])
{
    const char *name = event_text(about, EVENT_BMC_NAME, NULL);
    _cleanup_(buffer_done) struct buffer text = {0};
    struct condition *c;
    size_t origin, args;

    if (!conditions_can_keep(about))
        return NULL;
    condition_pack(&text, about, &origin, &args);
    if (++t->count > LOAD * t->bucket_count)
        grow_buckets(t);
    c = xcalloc(1, offsetof(struct condition, text) + text.len);
    memcpy(c->text, text.data, text.len);
    c->origin_len = (uint16_t)origin;
    c->args_len = (uint16_t)args;
    c->text_len = (uint16_t)(text.len - origin - args - 2);
    memcpy(c->row.key, key, CONDITION_KEY_LEN);
    c->row.due = USEC_INFINITY;
    c->message = share_message(t, about);
    c->bmc = conditions_bmc(t, name ? name : "");
    c->next = c->bmc->list;
    if (c->next)
        c->next->before = c;
    c->bmc->list = c;
    c->bmc->count++;
    into_buckets(t, c);
    return c;
}

/* Either chain, by where its link lies in a condition. */
static void leave_chain(struct condition **link, const struct condition *c,
                        size_t offset)
{
    while (*link != c)
        link = (struct condition **)((char *)*link + offset);
    *link = *(struct condition *const *)((const char *)c + offset);
}

static void remove_condition(struct conditions *t, struct condition *c)
{
    leave_chain(key_bucket(t, c->row.key), c,
                offsetof(struct condition, chain));
    leave_chain(own_place(t, c), c, offsetof(struct condition, place_chain));
    *(c->before ? &c->before->next : &c->bmc->list) = c->next;
    if (c->next)
        c->next->before = c->before;
    c->bmc->count--;
    t->count--;
    unshare(t, c->message);
    unshare(t, c->sinks);
    condition_more_free(c->more);
    free(c);
}

static void set_times(struct condition *c, const struct condition_whole *w)
{
    size_t size = w->time_count * sizeof(*w->times);
    usec_t *times = NULL;

    if (w->time_count > 0) {
        times = xcalloc(1, size);
        memcpy(times, w->times, size);
    }
    if (!times && !c->more)
        return;
    free(condition_more(c)->times);
    c->more->times = times;
    c->more->time_count = w->time_count;
}

static void set_sinks(struct conditions *t, struct condition *c,
                      const struct condition_whole *w)
{
    _cleanup_free_ char *name = NULL;

    if (w->sinks_len == 0 && !c->sinks)
        return;
    if (c->sinks && strlen(c->sinks->name) == w->sinks_len &&
        memcmp(c->sinks->name, w->sinks, w->sinks_len) == 0)
        return;
    name = xstrndup(w->sinks, w->sinks_len);
    unshare(t, c->sinks);
    c->sinks = w->sinks_len > 0 ? share(t, name) : NULL;
}

void conditions_set(struct conditions *t, struct condition *c,
                    const struct condition_whole *w)
{
    /* Out of what is counted and ordered by the row, while that changes. */
    t->open[c->row.severity] -= condition_is_open(&c->row);
    condition_heap_remove(&t->heap, c);
    if (w->row.phase == CONDITION_OVER) {
        remove_condition(t, c);
        return;
    }
    set_times(c, w);
    set_sinks(t, c, w);
    c->row = w->row;
    if (c->row.phase != CONDITION_HELD)
        conditions_hold(c, NULL);
    if (c->more && !c->more->held && c->more->time_count == 0)
        condition_more_free(TAKE(c->more));
    t->open[c->row.severity] += condition_is_open(&c->row);
    condition_heap_add(&t->heap, c);
}

struct condition *conditions_at(const struct conditions *t,
                                const struct condition *c, const char *bmc,
                                const char *registry, const char *key,
                                const char *origin)
{
    c = c ? c->place_chain : *place_bucket(t, bmc, registry, key, origin);
    while (c && (strcmp(c->bmc->name, bmc) != 0 ||
                 strcasecmp(c->message->parts[2], key) != 0 ||
                 strcasecmp(c->message->parts[1], registry) != 0 ||
                 strcmp(c->text, origin) != 0))
        c = c->place_chain;
    return (struct condition *)c;
}

struct condition *conditions_next_due(const struct conditions *t)
{
    return t->heap.count > 0 ? t->heap.items[0] : NULL;
}

struct condition_bmc *conditions_next_bmc(const struct conditions *t,
                                          size_t *cursor)
{
    void *bmc = NULL;

    return hashmap_next(t->bmcs, cursor, NULL, &bmc) ? bmc : NULL;
}

size_t conditions_count(const struct conditions *t)
{
    return t->count;
}

size_t conditions_open(const struct conditions *t, enum severity severity)
{
    return t->open[severity];
}
