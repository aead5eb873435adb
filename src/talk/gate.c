/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists only; see gate.h. A lane stands in the list that tells what it waits
 * for, or in none: `ready` or `silent` if it could begin, `resting` if it must
 * let time pass. place() puts it where it belongs after any change.
 */
#include "talk/gate.h"

#include "util/macro.h"

/*
 * A quarter of the places: with a whole rack switched off, its time-outs of
 * half a minute take no more, and a BMC that comes back is still found soon.
 */
#define SILENT_SHARE 4

static void list_remove(struct gate_lane *l)
{
    struct gate_list *list = l->list;

    if (!list)
        return;
    if (l->prev)
        l->prev->next = l->next;
    else
        list->first = l->next;
    if (l->next)
        l->next->prev = l->prev;
    else
        list->last = l->prev;
    l->prev = l->next = NULL;
    l->list = NULL;
}

static void list_append(struct gate_list *list, struct gate_lane *l)
{
    l->list = list;
    l->prev = list->last;
    l->next = NULL;
    if (list->last)
        list->last->next = l;
    else
        list->first = l;
    list->last = l;
}

/* A lane that is full or has nobody waiting is in no list: never looked at. */
static struct gate_list *list_for(struct gate *g, const struct gate_lane *l)
{
    if (!l->first || l->running >= l->limit)
        return NULL;
    if (l->rest_until)
        return &g->resting;
    return l->silent ? &g->silent : &g->ready;
}

static void place(struct gate *g, struct gate_lane *l)
{
    struct gate_list *list = list_for(g, l);

    if (list == l->list)
        return;
    list_remove(l);
    if (list)
        list_append(list, l);
    if (list == &g->resting && (g->wake == 0 || l->rest_until < g->wake))
        g->wake = l->rest_until;
}

/* Out of the queue of its lane, or of those that run. */
static void unlink_turn(struct gate *g, struct gate_turn *t)
{
    struct gate_turn **first = t->running ? &g->first : &t->lane->first;
    struct gate_turn **last = t->running ? &g->last : &t->lane->last;

    if (t->prev)
        t->prev->next = t->next;
    else
        *first = t->next;
    if (t->next)
        t->next->prev = t->prev;
    else
        *last = t->prev;
    t->prev = t->next = NULL;
}

static void run_turn(struct gate *g, struct gate_turn *t, bool silent)
{
    t->running = true;
    t->silent = silent;
    t->prev = g->last;
    if (g->last)
        g->last->next = t;
    else
        g->first = t;
    g->last = t;
}

void gate_wait(struct gate *g, struct gate_lane *lane, struct gate_turn *turn)
{
    turn->lane = lane;
    turn->prev = lane->last;
    if (lane->last)
        lane->last->next = turn;
    else
        lane->first = turn;
    lane->last = turn;
    place(g, lane);
}

void gate_wait_first(struct gate *g, struct gate_lane *lane,
                     struct gate_turn *turn)
{
    turn->lane = lane;
    turn->prev = NULL;
    turn->next = lane->first;
    if (lane->first)
        lane->first->prev = turn;
    else
        lane->last = turn;
    lane->first = turn;
    place(g, lane);
}

/* Those whose pause is over are ready again. */
static void wake(struct gate *g, usec_t now)
{
    struct gate_lane *l = g->resting.first, *next;

    if (g->wake == 0 || now < g->wake)
        return;
    g->wake = 0;
    for (; l; l = next) {
        next = l->next;
        if (l->rest_until <= now) {
            l->rest_until = 0;
            place(g, l);
        } else if (g->wake == 0 || l->rest_until < g->wake) {
            g->wake = l->rest_until;
        }
    }
}

/* Both kinds by turns, as long as the silent ones have not had their share. */
static struct gate_lane *next_lane(struct gate *g)
{
    struct gate_lane *silent = g->silent.first;

    if (g->running >= g->max)
        return NULL;
    if (g->running_silent >= MAX_OF(g->max / SILENT_SHARE, 1u))
        silent = NULL;
    g->alternate = !g->alternate;
    return silent && (g->alternate || !g->ready.first) ? silent
                                                       : g->ready.first;
}

struct gate_turn *gate_next(struct gate *g, usec_t now)
{
    struct gate_lane *l;
    struct gate_turn *t;

    wake(g, now);
    l = next_lane(g);
    if (!l)
        return NULL;
    t = l->first;
    unlink_turn(g, t);
    run_turn(g, t, l->silent);
    t->since = now;
    l->running++;
    g->running++;
    g->running_silent += t->silent;
    list_remove(l); /* to the end, if it has more */
    place(g, l);
    return t;
}

void gate_swap(struct gate *g, struct gate_turn *out, struct gate_turn *in)
{
    struct gate_lane *lane = out->lane;

    in->lane = lane;
    /* A login counts as part of the turn it is made for: no patience anew. */
    in->since = out->since;
    run_turn(g, in, out->silent);
    unlink_turn(g, out);
    out->running = out->silent = false;
    gate_wait_first(g, lane, out);
}

void gate_leave(struct gate *g, struct gate_turn *turn)
{
    struct gate_lane *l = turn->lane;

    if (!l)
        return;
    unlink_turn(g, turn);
    if (turn->running) {
        l->running--;
        g->running--;
        g->running_silent -= turn->silent;
    }
    turn->lane = NULL;
    turn->running = turn->silent = false;
    place(g, l);
}

void gate_set_limit(struct gate *g, struct gate_lane *lane, unsigned limit)
{
    lane->limit = limit;
    place(g, lane);
}

void gate_rest(struct gate *g, struct gate_lane *lane, usec_t until)
{
    lane->rest_until = MAX_OF(lane->rest_until, until);
    place(g, lane);
}

/* The oldest that would have to yield, if others wait for its place. */
static struct gate_turn *oldest(const struct gate *g)
{
    struct gate_turn *t = g->first;

    if (!g->ready.first || g->running < g->max)
        return NULL;
    /*
     * Those of silent lanes may take all of their time: they are held to their
     * share, so that nobody waits for them.
     */
    while (t && (t->silent || !t->yields))
        t = t->next;
    return t;
}

struct gate_turn *gate_stale(const struct gate *g, usec_t now)
{
    struct gate_turn *t = oldest(g);

    return t && now >= t->since + GATE_PATIENCE ? t : NULL;
}

usec_t gate_due(const struct gate *g)
{
    const struct gate_turn *t = oldest(g);
    usec_t due = g->resting.first ? g->wake : USEC_INFINITY;

    return t ? MIN_OF(due, t->since + GATE_PATIENCE) : due;
}
