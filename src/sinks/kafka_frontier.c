/* SPDX-License-Identifier: Apache-2.0 */
/* Reports out of order into a cursor; see kafka_frontier.h. */
#include "sinks/kafka_frontier.h"

#include <stdlib.h>

#include "util/alloc.h"

#define CAP_FIRST 1024

struct kafka_slot {
    uint64_t seq;
    bool settled;
};

static struct kafka_slot *slot(const struct kafka_frontier *f, uint64_t ticket)
{
    return &f->ring[ticket & (f->cap - 1)];
}

static bool is_known(const struct kafka_frontier *f, uint64_t ticket)
{
    return ticket >= f->first && ticket < f->next;
}

void kafka_frontier_clear(struct kafka_frontier *f)
{
    if (f->next == 0)
        f->next = 1;
    f->first = f->next;
    f->acked = 0;
}

void kafka_frontier_done(struct kafka_frontier *f)
{
    free(f->ring);
    *f = (struct kafka_frontier){0};
}

static void grow(struct kafka_frontier *f)
{
    struct kafka_frontier old = *f;

    f->cap = old.cap ? old.cap * 2 : CAP_FIRST;
    f->ring = xcalloc(f->cap, sizeof(*f->ring));
    for (uint64_t t = old.first; t < old.next; t++)
        *slot(f, t) = *slot(&old, t);
    free(old.ring);
}

uint64_t kafka_frontier_add(struct kafka_frontier *f, uint64_t seq)
{
    if (f->next == 0)
        kafka_frontier_clear(f);
    if (f->next - f->first == f->cap)
        grow(f);
    *slot(f, f->next) = (struct kafka_slot){.seq = seq};
    return f->next++;
}

void kafka_frontier_take_back(struct kafka_frontier *f)
{
    if (f->next > f->first)
        f->next--;
}

void kafka_frontier_settle(struct kafka_frontier *f, uint64_t ticket)
{
    if (!is_known(f, ticket))
        return;
    slot(f, ticket)->settled = true;
    while (f->first < f->next && slot(f, f->first)->settled)
        f->acked = slot(f, f->first++)->seq;
}

uint64_t kafka_frontier_seq(const struct kafka_frontier *f, uint64_t ticket)
{
    if (!is_known(f, ticket) || slot(f, ticket)->settled)
        return 0;
    return slot(f, ticket)->seq;
}

size_t kafka_frontier_count(const struct kafka_frontier *f)
{
    return (size_t)(f->next - f->first);
}
