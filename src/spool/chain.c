/* SPDX-License-Identifier: Apache-2.0 */
/* The list of segments; see chain.h. */
#include "spool/chain.h"

#include <string.h>

#include "spool/survey.h"
#include "util/alloc.h"

void chain_done(struct chain *c)
{
    free(c->items);
    free(c->directory);
    *c = (struct chain){0};
}

void chain_add(struct chain *c, const struct chain_segment *item)
{
    c->items = xgrow(c->items, &c->cap, c->count + 1, sizeof(*c->items));
    c->items[c->count++] = *item;
}

struct chain_segment *chain_find(struct chain *c, uint64_t seq)
{
    /* From the newest on, where most ask; what is gone gives the oldest. */
    size_t i = c->count;

    while (i > 0)
        if (c->items[--i].first_seq <= seq)
            break;
    return c->count > 0 ? &c->items[i] : NULL;
}

struct chain_segment *chain_find_number(struct chain *c, uint64_t number)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].number == number)
            return &c->items[i];
    return NULL;
}

struct chain_segment *chain_after(struct chain *c, uint64_t number)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].number > number)
            return &c->items[i];
    return NULL;
}

uint64_t chain_size(const struct chain *c)
{
    uint64_t size = 0;

    if (c->has_spare)
        size += c->segment_size;
    if (c->is_opening)
        size += c->segment_size;
    for (size_t i = 0; i < c->count; i++)
        size += c->items[i].size;
    return size;
}

bool chain_has_room(const struct chain *c)
{
    return chain_size(c) + c->extra + c->segment_size <= c->max_size;
}

/* Whether all records of segment i have been delivered. */
static bool is_released(const struct chain *c, size_t i)
{
    return i + 1 < c->count && c->items[i + 1].first_seq <= c->released;
}

uint64_t chain_allowance(const struct chain *c)
{
    uint64_t used = chain_size(c) + c->extra;

    for (size_t i = 0; is_released(c, i); i++)
        used -= c->items[i].size;
    return used < c->max_size ? (c->max_size - used) / c->segment_size : 0;
}

/* All its records are older than the segment after it. */
static bool is_expired(const struct chain *c, size_t i, usec_t now)
{
    const struct chain_segment *after = &c->items[i + 1];
    usec_t newest = after->created;

    /* A start makes the books of the newest checkpoint and what follows it. */
    if (c->checkpoint_seq > 0 && after->first_seq > c->checkpoint_seq)
        return false;
    /* A clock that was set back lets nothing expire. */
    return now >= newest && now - newest >= c->keep;
}

/* Left by a batch that failed there and was written again to the next. */
static bool is_empty(const struct chain *c, size_t i)
{
    return i + 1 < c->count &&
           c->items[i].first_seq >= c->items[i + 1].first_seq;
}

static uint64_t take_out(struct chain *c, size_t i)
{
    uint64_t number = c->items[i].number;

    c->count--;
    memmove(&c->items[i], &c->items[i + 1], (c->count - i) * sizeof(*c->items));
    return number;
}

bool chain_take_oldest(struct chain *c, usec_t now, bool need_room,
                       uint64_t *ret_number)
{
    /*
     * Those may stand anywhere; of the others only the oldest may go, for a
     * hole in the sequence would be told as a loss.
     */
    for (size_t i = 0; i < c->count; i++)
        if (is_empty(c, i)) {
            *ret_number = take_out(c, i);
            return true;
        }
    if (!is_released(c, 0) || (!need_room && !is_expired(c, 0, now)))
        return false;
    *ret_number = take_out(c, 0);
    return true;
}

char *chain_path(const struct chain *c, uint64_t number)
{
    return survey_path(c->directory, number);
}
