/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events that raise a condition, count towards one or repeat it, and the
 * counting of those that are no conditions.
 */
#include <string.h>

#include "correlate/correlate_parts.h"
#include "ledger.h"

usec_t correlate_raised_due(const struct condition_row *row,
                            const struct config_condition *rule)
{
    usec_t due = USEC_INFINITY;

    if (row->count > row->reported && rule->repeat > 0)
        due = row->forwarded + rule->repeat;
    if (rule->expire > 0)
        due = MIN_OF(due, row->seen + rule->expire);
    return due;
}

/* One more of the same. */
static void count_one(struct turn *t, struct condition_row *row)
{
    row->first = row->count ? MIN_OF(row->first, t->time) : t->time;
    row->last = row->count ? MAX_OF(row->last, t->time) : t->time;
    row->count++;
    row->seen = t->now;
    row->severity = (uint8_t)event_int(t->e, EVENT_SEVERITY, 0);
    row->flags &= (uint8_t)~CONDITION_TIMED;
    if (t->time != (usec_t)event_int(t->e, EVENT_RECEIVED, 0))
        row->flags |= CONDITION_TIMED;
}

/* What it ends goes along with what it raises. */
static void tell_ended(struct turn *t)
{
    if (t->ended == 0)
        return;
    event_set_int(
        t->e, EVENT_CONDITION_DURATION,
        (int64_t)((t->time - MIN_OF(t->time, t->ended_first)) / USEC_PER_SEC));
}

static enum outcome go_out(struct turn *t, struct condition_row *row,
                           const char *state)
{
    row->forwarded = t->now;
    row->reported = row->count;
    row->due = correlate_raised_due(row, t->rule);
    correlate_tell(t->e, row, state);
    tell_ended(t);
    return OUTCOME_FORWARDED;
}

/* Past the threshold, or without any: out now, or after `settle`. */
static enum outcome raise_now(struct turn *t, struct condition_row *row)
{
    memcpy(row->raise, t->id, sizeof(row->raise));
    if (t->rule->settle > 0 && t->ended == 0) {
        row->phase = CONDITION_HELD;
        row->due = t->now + t->rule->settle;
        correlate_tell(t->e, row, "raised");
        return OUTCOME_HELD;
    }
    row->phase = CONDITION_RAISED;
    row->cycles = (uint32_t)t->rule->flapping.cycles;
    row->window = t->rule->flapping.within;
    return go_out(t, row, "raised");
}

/* The events of the last `within`, of which the row keeps the times. */
static bool reaches_threshold(struct turn *t, struct plan_row *p)
{
    usec_t within = t->rule->after.within;

    plan_push_time(p, t->time, t->time > within ? t->time - within : 0);
    p->row.count = plan_times(p);
    memcpy(&p->row.first, p->times.data, sizeof(p->row.first));
    p->row.first = MIN_OF(p->row.first, t->time);
    return (int64_t)p->row.count >= t->rule->after.count;
}

static enum outcome below_threshold(struct turn *t, struct plan_row *p,
                                    const char *state)
{
    p->row.phase = CONDITION_COUNTING;
    p->row.due = t->now + t->rule->after.within;
    correlate_tell(t->e, &p->row, state);
    return OUTCOME_SUPPRESSED_BELOW_THRESHOLD;
}

static enum outcome begin(struct turn *t, struct plan_row *p)
{
    bool counts = t->rule->after.count > 1 && t->ended == 0;

    if (p->row.phase != CONDITION_COUNTING)
        p->row.count = 0;
    count_one(t, &p->row);
    if (!counts) {
        if (p->row.phase == CONDITION_COUNTING)
            buffer_clear(&p->times); /* the rule went away meanwhile */
        return raise_now(t, &p->row);
    }
    if (p->row.phase == CONDITION_RESTING)
        buffer_clear(&p->times); /* thresholds count instead of cycles */
    if (p->row.phase != CONDITION_COUNTING)
        memcpy(p->row.raise, t->id, sizeof(p->row.raise));
    if (!reaches_threshold(t, p))
        return below_threshold(t, p, "none");
    buffer_clear(&p->times);
    return raise_now(t, &p->row);
}

static enum outcome repeat(struct turn *t, struct plan_row *p)
{
    bool late;

    count_one(t, &p->row);
    if (p->row.phase == CONDITION_HELD) { /* what it ends waits for nothing */
        correlate_tell(t->e, &p->row, t->ended ? "cleared" : "repeated");
        tell_ended(t);
        return t->ended ? OUTCOME_FORWARDED : OUTCOME_SUPPRESSED_REPEAT;
    }
    late = t->rule->repeat > 0 && t->now >= p->row.forwarded + t->rule->repeat;
    if (late || t->ended > 0)
        return go_out(t, &p->row, "repeated");
    p->row.due = correlate_raised_due(&p->row, t->rule);
    correlate_tell(t->e, &p->row, "repeated");
    return OUTCOME_SUPPRESSED_REPEAT;
}

static enum outcome flap_up(struct turn *t, struct plan_row *p)
{
    count_one(t, &p->row);
    if (p->row.phase == CONDITION_FLAPPING_DOWN)
        p->row.due = t->now + p->row.window;
    p->row.phase = CONDITION_FLAPPING_UP;
    correlate_tell(t->e, &p->row, "flapping");
    tell_ended(t);
    return t->ended > 0 ? OUTCOME_FORWARDED : OUTCOME_SUPPRESSED_REPEAT;
}

/* It comes after its own clear: told as what it is, and not left open. */
static enum outcome raise_late(struct turn *t, struct condition_row *row,
                               usec_t cleared)
{
    count_one(t, row);
    memcpy(row->raise, t->id, sizeof(row->raise));
    correlate_tell(t->e, row, "cleared");
    correlate_add_cleared(t->e, t->id);
    event_set_int(t->e, EVENT_CONDITION_DURATION,
                  (int64_t)((cleared - t->time) / USEC_PER_SEC));
    return OUTCOME_FORWARDED;
}

static struct condition_bmc *bmc_of(const struct turn *t)
{
    const char *name = event_text(t->e, EVENT_BMC_NAME, NULL);

    return conditions_bmc(t->c->conditions, name ? name : "");
}

/*
 * What is never told apart from its like must not wait, nor be counted: it
 * would wait for ever.
 */
static bool may_be_tracked(const struct turn *t)
{
    return conditions_can_keep(t->e) &&
           conditions_has_room(t->c->conditions, bmc_of(t));
}

/* The first for want of room is told; that one says too much is no lack. */
static enum outcome raise_untracked(struct turn *t)
{
    struct condition_bmc *bmc = bmc_of(t);

    if (conditions_can_keep(t->e)) {
        t->full = !bmc->said_full;
        bmc->said_full = true;
    }
    tell_ended(t);
    return OUTCOME_FORWARDED;
}

/* A row for the condition of that key. */
static struct plan_row *plan_own(struct turn *t, const struct condition *known,
                                 const uint8_t *key, uint64_t identity)
{
    struct plan_row *p = plan_add(t->c, known);

    memcpy(p->row.key, key, CONDITION_KEY_LEN);
    p->row.identity = identity;
    p->row.flags |= CONDITION_OWN;
    return p;
}

enum outcome correlate_raise(struct turn *t)
{
    struct correlator *c = t->c;
    uint64_t identity,
        mask = clearing_identity_args(c->setup.clearing, &t->view, t->e);
    uint8_t key[CONDITION_KEY_LEN];
    const struct condition *known;
    struct condition_row gone = {0};
    usec_t cleared;

    condition_key(t->e, mask, key, &identity);
    known = conditions_find(c->conditions, key);
    if (!known || known->row.phase == CONDITION_RESTING) {
        memcpy(gone.key, key, sizeof(key));
        if (correlate_was_cleared(t, key, &cleared))
            return raise_late(t, &gone, cleared);
    }
    if (!known && !may_be_tracked(t))
        return raise_untracked(t);
    switch (known ? (enum condition_phase)known->row.phase : CONDITION_OVER) {
    case CONDITION_RAISED:
    case CONDITION_HELD:
        return repeat(t, plan_own(t, known, key, identity));
    case CONDITION_FLAPPING_UP:
    case CONDITION_FLAPPING_DOWN:
        return flap_up(t, plan_own(t, known, key, identity));
    case CONDITION_OVER:
    case CONDITION_COUNTING:
    case CONDITION_RESTING:
    case CONDITION_SUMMING:
    case CONDITION_PHASE_END:
        break;
    }
    return begin(t, plan_own(t, known, key, identity));
}

/* Below its threshold, or the one event that says how many there were. */
static enum outcome count_plain(struct turn *t, struct plan_row *p)
{
    if (p->row.phase != CONDITION_COUNTING)
        memcpy(p->row.raise, t->id, sizeof(p->row.raise));
    p->row.flags |= CONDITION_PLAIN;
    count_one(t, &p->row);
    if (!reaches_threshold(t, p))
        return below_threshold(t, p, "none");
    p->row.phase = CONDITION_OVER;
    correlate_tell(t->e, &p->row, "none");
    return OUTCOME_FORWARDED;
}

static enum outcome sum_plain(struct turn *t, struct plan_row *p)
{
    bool is_first = p->row.phase != CONDITION_SUMMING;

    count_one(t, &p->row);
    correlate_tell(t->e, &p->row, "none");
    if (!is_first)
        return OUTCOME_SUPPRESSED_REPEAT;
    p->row.phase = CONDITION_SUMMING;
    memcpy(p->row.raise, t->id, sizeof(p->row.raise));
    p->row.window = t->rule->within;
    p->row.due = t->now + t->rule->within;
    p->row.forwarded = t->now;
    p->row.reported = p->row.count;
    correlate_tell(t->e, &p->row, "none");
    return OUTCOME_FORWARDED;
}

/* Equal in everything, all arguments too. */
enum outcome correlate_plain(struct turn *t)
{
    const struct condition *known;
    uint8_t key[CONDITION_KEY_LEN];
    uint64_t identity;

    if (t->rule->after.count < 2 && t->rule->within == 0)
        return OUTCOME_FORWARDED;
    condition_key(t->e, CONDITION_WHOLE, key, &identity);
    known = conditions_find(t->c->conditions, key);
    if (!known && !may_be_tracked(t))
        return raise_untracked(t);
    if (known && known->row.phase != CONDITION_SUMMING &&
        known->row.phase != CONDITION_COUNTING)
        return OUTCOME_FORWARDED; /* an open condition whose rule has gone */
    if (t->rule->after.count > 1)
        return count_plain(t, plan_own(t, known, key, identity));
    return sum_plain(t, plan_own(t, known, key, identity));
}
