/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record says and what it changes: written by commit, and applied by
 * the same hand now and at any later start.
 */
#include <string.h>

#include "correlate/correlate_parts.h"
#include "identity.h"
#include "util/alloc.h"

static void note_held(struct correlator *c, const struct condition_row *row)
{
    struct held_record *h;

    c->held = xgrow(c->held, &c->held_cap, c->held_count + 1, sizeof(*c->held));
    h = &c->held[c->held_count++];
    h->seq = row->held;
    memcpy(h->key, row->key, sizeof(h->key));
}

uint64_t correlate_oldest_held(struct correlator *c)
{
    uint64_t oldest = UINT64_MAX;
    size_t kept = 0;

    for (size_t i = 0; i < c->held_count; i++) {
        struct held_record h = c->held[i];
        const struct condition *known = conditions_find(c->conditions, h.key);

        if (!known || known->row.phase != CONDITION_HELD ||
            known->row.held != h.seq)
            continue;
        c->held[kept++] = h;
        oldest = MIN_OF(oldest, h.seq);
    }
    c->held_count = kept;
    return oldest;
}

/* A row of a record, or of the database; `about` is what it is about. */
static void apply_row(struct correlator *c, const struct condition_whole *w,
                      const struct event *about)
{
    struct condition *known = conditions_find(c->conditions, w->row.key);
    bool own = w->row.flags & CONDITION_OWN;

    if (!known && own && w->row.phase != CONDITION_OVER)
        known = conditions_add(c->conditions, about, w->row.key);
    if (!known)
        return;
    conditions_set(c->conditions, known, w);
    if (w->row.phase != CONDITION_HELD || !own ||
        (known->more && known->more->held))
        return;
    conditions_hold(known, about);
    note_held(c, &w->row);
}

static void apply_recall(void *userdata, const char *bmc,
                         const struct recall *recall)
{
    correlate_recall(userdata, bmc, recall);
}

void correlate_recall(struct correlator *c, const char *bmc,
                      const struct recall *recall)
{
    struct condition_bmc *known;
    struct recent_item *item;

    if (recall->kind == RECALL_SEEN) {
        duplicates_apply(c->duplicates, bmc, recall);
        return;
    }
    known = conditions_bmc(c->conditions, bmc);
    known->newest_clear = MAX_OF(known->newest_clear, recall->time);
    item = recent_put(c->echoes, bmc, recall->key, recall->received,
                      recall->received + ECHO_TIME);
    item->time = recall->time;
    memcpy(item->id, recall->id, sizeof(item->id));
}

void correlate_restore(struct correlator *c, const void *row, size_t len,
                       const struct event *about)
{
    usec_t times[CONDITION_TIMES_MAX];
    struct condition_whole w;

    if (!condition_read(row, len, times, &w))
        return;
    w.row.flags |= CONDITION_OWN;
    apply_row(c, &w, about);
}

void correlate_apply(struct correlator *c, const struct event *record)
{
    usec_t times[CONDITION_TIMES_MAX];
    struct condition_whole w;
    size_t cursor = 0, len;
    const char *row;

    while ((row = event_next(record, EVENT_CONDITION_ROW, &cursor, &len)))
        if (condition_read(row, len, times, &w))
            apply_row(c, &w, record);
    recall_each(record, apply_recall, c);
}

/* The sinks that were told of it, with those that are told now. */
static void add_told(struct plan_row *p, const struct event *e)
{
    size_t cursor = 0, len;
    const char *sink;

    while ((sink = event_next(e, EVENT_SINK, &cursor, &len))) {
        const char *at = p->sinks.len > 0 ? p->sinks.data : "";
        bool known = false;

        while (!known && *at) {
            size_t part = strcspn(at, "\n");

            known = part == len && memcmp(at, sink, len) == 0;
            at += part + (at[part] == '\n');
        }
        if (known)
            continue;
        if (p->sinks.len > 0)
            buffer_add_char(&p->sinks, '\n');
        buffer_add(&p->sinks, sink, len);
    }
}

static void write_row(struct plan_row *p, struct event *e)
{
    _cleanup_(buffer_done) struct buffer bytes = {0};
    struct condition_whole w = {
        .row = p->row,
        .times = (const usec_t *)p->times.data,
        .time_count = plan_times(p),
        .sinks = p->sinks.data,
        .sinks_len = p->sinks.len,
    };

    condition_write(&w, &bytes);
    event_add(e, EVENT_CONDITION_ROW, bytes.data, bytes.len);
}

void correlate_commit(struct correlator *c, struct event *e,
                      enum outcome outcome, uint64_t seq)
{
    uint8_t id[CONDITION_KEY_LEN] = {0};

    identity_get(e, id);
    for (size_t i = 0; i < c->plan_count; i++) {
        struct plan_row *p = &c->plan[i];
        bool is_told = p->row.flags & CONDITION_OWN ||
                       memcmp(p->row.raise, id, sizeof(id)) == 0;

        if (p->row.phase == CONDITION_HELD && p->row.held == 0)
            p->row.held = seq;
        if (is_told && outcome == OUTCOME_FORWARDED &&
            p->row.phase != CONDITION_OVER)
            add_told(p, e);
        write_row(p, e);
    }
    plan_clear(c);
    correlate_apply(c, e);
}
