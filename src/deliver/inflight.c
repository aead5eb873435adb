/* SPDX-License-Identifier: Apache-2.0 */
/* A ring that grows; see inflight.h. */
#include "deliver/inflight.h"

#include <assert.h>
#include <stdlib.h>

#include "util/alloc.h"

static struct inflight_record *at(const struct inflight *f, size_t i)
{
    return &f->ring[(f->head + i) % f->cap];
}

/* Empties the ring's oldest place. */
static void drop_first(struct inflight *f)
{
    free(at(f, 0)->why);
    if (at(f, 0)->fate == INFLIGHT_REFUSED)
        f->refused--;
    f->head = (f->head + 1) % f->cap;
    f->count--;
}

void inflight_clear(struct inflight *f)
{
    while (f->count > 0)
        drop_first(f);
}

void inflight_done(struct inflight *f)
{
    inflight_clear(f);
    free(f->ring);
    *f = (struct inflight){0};
}

static void grow(struct inflight *f)
{
    struct inflight next = {.cap = f->cap ? 2 * f->cap : 64};

    next.ring = xcalloc(next.cap, sizeof(*next.ring));
    for (size_t i = 0; i < f->count; i++)
        next.ring[i] = *at(f, i);
    next.count = f->count;
    next.refused = f->refused;
    free(f->ring);
    *f = next;
}

void inflight_add(struct inflight *f, uint64_t seq, enum inflight_fate fate,
                  const char *why)
{
    if (f->count == f->cap)
        grow(f);
    f->count++;
    *at(f, f->count - 1) = (struct inflight_record){
        .seq = seq,
        .fate = fate,
        .why = xstrdup(why),
    };
    assert(f->count < 2 || at(f, f->count - 2)->seq < seq);
    if (fate == INFLIGHT_REFUSED)
        f->refused++;
}

/* The index of the first record with a sequence >= `seq`. */
static size_t lower_bound(const struct inflight *f, uint64_t seq)
{
    size_t low = 0, high = f->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (at(f, middle)->seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool inflight_refuse(struct inflight *f, uint64_t seq, const char *why)
{
    size_t i = lower_bound(f, seq);
    struct inflight_record *record;

    if (i == f->count)
        return false;
    record = at(f, i);
    if (record->seq != seq || record->fate != INFLIGHT_SENT)
        return false;
    record->fate = INFLIGHT_REFUSED;
    record->why = xstrdup(why);
    f->refused++;
    return true;
}

void inflight_skip(struct inflight *f, uint64_t seq)
{
    for (size_t i = 0; i < f->count && at(f, i)->seq < seq; i++)
        if (at(f, i)->fate == INFLIGHT_SENT)
            at(f, i)->fate = INFLIGHT_SKIPPED;
}

struct inflight_record *inflight_find_refused(struct inflight *f)
{
    for (size_t i = 0; f->refused > 0 && i < f->count; i++)
        if (at(f, i)->fate == INFLIGHT_REFUSED)
            return at(f, i);
    return NULL;
}

void inflight_keep(struct inflight *f, struct inflight_record *record)
{
    assert(record->fate == INFLIGHT_REFUSED);
    record->fate = INFLIGHT_KEPT;
    f->refused--;
}

bool inflight_pop(struct inflight *f, uint64_t acked, uint64_t *ret_seq,
                  enum inflight_fate *ret_fate)
{
    struct inflight_record *record;

    if (f->count == 0)
        return false;
    record = at(f, 0);
    if (record->fate == INFLIGHT_REFUSED ||
        (record->fate == INFLIGHT_SENT && record->seq > acked))
        return false;
    *ret_seq = record->seq;
    *ret_fate = record->fate;
    drop_first(f);
    return true;
}

uint64_t inflight_first(const struct inflight *f)
{
    return f->count > 0 ? at(f, 0)->seq : 0;
}
