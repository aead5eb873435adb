/* SPDX-License-Identifier: Apache-2.0 */
/* See ring.h. */
#include "ring.h"

static void empty(struct bmc *b)
{
    for (size_t i = 0; i < b->ring_size; i++)
        event_unref(b->ring[i]);
    free(b->ring);
}

/* As large as the dialect says now; a change empties it. */
static void fit(struct bmc *b)
{
    size_t size = b->dialect.sse_ring > 0 ? (size_t)b->dialect.sse_ring : 1;

    if (b->ring_size == size)
        return;
    empty(b);
    b->ring = xcalloc(size, sizeof(*b->ring));
    b->ring_size = size;
}

void ring_put(struct bmc *b, struct event *e)
{
    struct event **at;

    fit(b);
    at = &b->ring[e->sse_id % b->ring_size];
    event_unref(*at);
    *at = event_ref(e);
}

struct event *ring_find(const struct bmc *b, uint64_t id)
{
    struct event *e = b->ring_size ? b->ring[id % b->ring_size] : NULL;

    return e && e->sse_id == id ? e : NULL;
}

void ring_forget(struct bmc *b)
{
    empty(b);
    b->ring = NULL;
    b->ring_size = 0;
}
