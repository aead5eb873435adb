/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap; each condition knows its place in it. */
#include "correlate/condition_heap.h"

#include "util/alloc.h"

static void put(struct condition_heap *h, size_t at, struct condition *c)
{
    h->items[at] = c;
    c->heap = (uint32_t)at + 1;
}

static void up(struct condition_heap *h, size_t at, struct condition *c)
{
    while (at > 0 && h->items[(at - 1) / 2]->row.due > c->row.due) {
        put(h, at, h->items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(h, at, c);
}

static void down(struct condition_heap *h, size_t at, struct condition *c)
{
    for (size_t child; (child = 2 * at + 1) < h->count; at = child) {
        if (child + 1 < h->count &&
            h->items[child + 1]->row.due < h->items[child]->row.due)
            child++;
        if (h->items[child]->row.due >= c->row.due)
            break;
        put(h, at, h->items[child]);
    }
    put(h, at, c);
}

void condition_heap_remove(struct condition_heap *h, struct condition *c)
{
    size_t at = c->heap - 1;
    struct condition *last;

    if (!c->heap)
        return;
    c->heap = 0;
    last = h->items[--h->count];
    if (last == c)
        return;
    put(h, at, last);
    up(h, at, last);
    down(h, last->heap - 1, last);
}

void condition_heap_add(struct condition_heap *h, struct condition *c)
{
    if (c->row.due == USEC_INFINITY)
        return;
    h->items = xgrow(h->items, &h->cap, h->count + 1, sizeof(*h->items));
    up(h, h->count++, c);
}
