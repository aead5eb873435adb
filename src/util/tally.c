/* SPDX-License-Identifier: Apache-2.0 */
/* See tally.h. One that has none stays: names are BMCs, and few. */
#include "util/tally.h"

#include <stdlib.h>

#include "util/alloc.h"
#include "util/hashmap.h"

struct tally {
    struct hashmap *counts; /* name to a number of its own */
    uint64_t total;
};

struct tally *tally_new(void)
{
    struct tally *t = XNEW(struct tally);

    t->counts = hashmap_new();
    return t;
}

void tally_free(struct tally *t)
{
    size_t cursor = 0;
    void *count;

    if (!t)
        return;
    while (hashmap_next(t->counts, &cursor, NULL, &count))
        free(count);
    hashmap_free(t->counts);
    free(t);
}

void tally_add(struct tally *t, const char *name, int64_t change)
{
    uint64_t *count = hashmap_find(t->counts, name);

    if (!count) {
        count = XNEW(uint64_t);
        hashmap_set(t->counts, name, count);
    }
    if (change < 0 && (uint64_t)-change > *count)
        change = -(int64_t)*count;
    *count += (uint64_t)change;
    t->total += (uint64_t)change;
}

uint64_t tally_total(const struct tally *t)
{
    return t->total;
}

static int by_size(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

    return one < other ? -1 : one > other;
}

uint64_t tally_share(const struct tally *t, uint64_t limit)
{
    size_t all = hashmap_count(t->counts), cursor = 0, n = 0;
    uint64_t *sizes = xcalloc(all + 1, sizeof(*sizes));
    void *count;

    while (hashmap_next(t->counts, &cursor, NULL, &count))
        sizes[n++] = *(uint64_t *)count;
    qsort(sizes, all, sizeof(*sizes), by_size);
    for (n = 0; n < all && sizes[n] <= limit / (all - n); n++)
        limit -= sizes[n];
    free(sizes);
    return n < all ? limit / (all - n) : UINT64_MAX;
}

bool tally_next(const struct tally *t, size_t *cursor, const char **ret_name,
                uint64_t *ret_count)
{
    void *count;

    if (!hashmap_next(t->counts, cursor, ret_name, &count))
        return false;
    *ret_count = *(uint64_t *)count;
    return true;
}
