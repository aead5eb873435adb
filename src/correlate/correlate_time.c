/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes due: a raise that has waited, a sum of repeats, a condition that
 * nothing clears, one that has stopped flapping, and the quiet ends of what
 * was only counted. What people are to be told is an event of its own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "correlate/correlate_parts.h"
#include "identity.h"
#include "log.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "voice.h"

/* "41 times in 60 s" */
static void add_times(struct event *e, uint64_t count, usec_t span)
{
    static const struct {
        usec_t unit, from;
        const char *name;
    } units[] = {
        {USEC_PER_DAY, 2 * USEC_PER_DAY, "d"},
        {USEC_PER_HOUR, 2 * USEC_PER_HOUR, "h"},
        {USEC_PER_MINUTE, 2 * USEC_PER_MINUTE, "min"},
        {USEC_PER_SEC, 0, "s"},
    };
    const char *text = event_text(e, EVENT_MESSAGE, NULL);
    _cleanup_free_ char *longer = NULL;
    size_t i = 0;

    while (span < units[i].from)
        i++;
    longer =
        xasprintf("%s (%" PRIu64 " times in %" PRIu64 " %s)", text ? text : "",
                  count, span / units[i].unit, units[i].name);
    event_set(e, EVENT_MESSAGE, longer);
}

/*
 * Both without a record: a later start finds the row as it was, and comes to
 * the same.
 */
static void postpone(struct correlator *c, struct condition *known, usec_t due)
{
    struct condition_whole w;

    condition_get(known, &w);
    w.row.due = due;
    conditions_set(c->conditions, known, &w);
}

/* Nobody was told of it, so nobody is told of its end. */
static void end_silently(struct correlator *c, struct condition *known)
{
    struct condition_whole w;

    condition_get(known, &w);
    w.row.phase = CONDITION_OVER;
    conditions_set(c->conditions, known, &w);
}

/* An event of ours that says what the condition is. */
static struct event *event_about(struct correlator *c,
                                 const struct condition *known, usec_t now)
{
    struct event *e = event_new();

    condition_describe(known, e);
    event_set_int(e, EVENT_TIME, (int64_t)now);
    event_set_int(e, EVENT_RECEIVED, (int64_t)now);
    event_set(e, EVENT_SOURCE, "trawl");
    event_set(e, EVENT_EVENT_TYPE, "Alert");
    event_set_int(e, EVENT_GENERATED, 1);
    c->setup.complete(c->setup.userdata, e);
    return e;
}

static void tell(struct correlator *c, struct event *e,
                 const struct plan_row *p, const char *state)
{
    uint8_t id[CONDITION_KEY_LEN];

    correlate_tell(e, &p->row, state);
    condition_id(&p->row, id);
    identity_set_summary(e, id, state, p->row.count);
    c->setup.emit(c->setup.userdata, e);
}

static struct plan_row *plan_for(struct correlator *c,
                                 const struct condition *known)
{
    struct plan_row *p;

    plan_clear(c);
    p = plan_add(c, known);
    p->row.flags |= CONDITION_OWN;
    return p;
}

static void add_end(struct correlator *c, struct event *e,
                    const struct plan_row *p, usec_t now)
{
    correlate_add_cleared(e, p->row.raise);
    correlate_add_sinks(c, p->sinks.data, p->sinks.len, e);
    event_set_int(e, EVENT_CONDITION_DURATION,
                  (int64_t)((now - MIN_OF(now, p->row.first)) / USEC_PER_SEC));
}

void correlate_close(struct correlator *c, const struct condition *known,
                     const char *key, const char *why, usec_t now)
{
    _cleanup_(event_freep) struct event *about = event_new();
    _cleanup_(event_freep) struct event *e = NULL;
    struct plan_row *p = plan_for(c, known);
    const char *text;

    condition_describe(known, about);
    text = event_text(about, EVENT_MESSAGE, NULL)
               ?: event_text(about, EVENT_MESSAGE_ID, NULL);
    e = voice_event(key, event_text(about, EVENT_ORIGIN, NULL), text, why, now);
    event_set(e, EVENT_BMC_NAME, event_text(about, EVENT_BMC_NAME, NULL));
    c->setup.complete(c->setup.userdata, e);
    add_end(c, e, p, now);
    p->row.phase = CONDITION_OVER;
    p->row.flags &= (uint8_t)~CONDITION_OWN; /* the event is not about it */
    tell(c, e, p, "cleared");
}

/* A record of its own: what the held one was, with what came since. */
static void release(struct correlator *c, const struct condition *known,
                    usec_t now)
{
    /* What was of that record alone, and is done. */
    static const enum event_field of_the_held[] = {
        EVENT_CONDITION_ROW, EVENT_OUTCOME, EVENT_ECHO,       EVENT_CANCELLED,
        EVENT_SSE_ID,        EVENT_TWIN,    EVENT_LOG_CURSOR, EVENT_IN_GAP,
    };
    _cleanup_(event_freep) struct event *e = event_new();
    const struct config_condition *rule;
    struct plan_row *p = plan_for(c, known);

    buffer_add(&e->own, known->more->held->data, known->more->held->len);
    memcpy(e->first, known->more->held->first, sizeof(e->first));
    e->data = e->own.data;
    e->len = e->own.len;
    for (size_t i = 0; i < ARRAY_LEN(of_the_held); i++)
        event_unset(e, of_the_held[i]);
    rule = correlate_rule(c, e);
    p->row.phase = CONDITION_RAISED;
    p->row.cycles = (uint32_t)rule->flapping.cycles;
    p->row.window = rule->flapping.within;
    p->row.forwarded = now;
    p->row.reported = p->row.count;
    p->row.due = correlate_raised_due(&p->row, rule);
    event_set_int(e, EVENT_SETTLED, 1);
    correlate_tell(e, &p->row, "raised");
    c->setup.emit(c->setup.userdata, e);
}

static void sum_up(struct correlator *c, const struct condition *known,
                   const struct config_condition *rule, struct event *e,
                   usec_t now)
{
    struct plan_row *p = plan_for(c, known);

    add_times(e, p->row.count, now - MIN_OF(now, p->row.first));
    p->row.forwarded = now;
    p->row.reported = p->row.count;
    p->row.due = correlate_raised_due(&p->row, rule);
    tell(c, e, p, "repeated");
}

static void raised_due(struct correlator *c, struct condition *known,
                       usec_t now)
{
    _cleanup_(event_freep) struct event *e = event_about(c, known, now);
    const struct config_condition *rule = correlate_rule(c, e);
    const struct condition_row *row = &known->row;
    usec_t due = correlate_raised_due(row, rule);
    char delay[24];

    if (rule->expire > 0 && now >= row->seen + rule->expire) {
        snprintf(delay, sizeof(delay), "%" PRIu64 " s",
                 rule->expire / USEC_PER_SEC);
        correlate_close(c, known, VOICE_CONDITION_EXPIRED, delay, now);
    } else if (due <= now) {
        sum_up(c, known, rule, e, now);
    } else {
        /* The rule has changed: later, or when it is raised once more. */
        postpone(c, known, due);
    }
}

/* No change for a window: what it is now is what people are told. */
static void calm_down(struct correlator *c, const struct condition *known,
                      usec_t now)
{
    bool is_up = known->row.phase == CONDITION_FLAPPING_UP;
    _cleanup_(event_freep) struct event *e = event_about(c, known, now);
    struct plan_row *p = plan_for(c, known);
    uint8_t id[CONDITION_KEY_LEN];

    add_end(c, e, p, now);
    if (!is_up) {
        event_set_int(e, EVENT_SEVERITY, SEVERITY_OK);
        p->row.phase = CONDITION_OVER;
        tell(c, e, p, "cleared");
        return;
    }
    p->row.phase = CONDITION_RAISED;
    p->row.forwarded = now;
    p->row.reported = p->row.count;
    p->row.due = correlate_raised_due(&p->row, correlate_rule(c, e));
    condition_id(&p->row, id);
    identity_set_summary(e, id, "raised", p->row.count);
    identity_get(e, p->row.raise); /* what its clear will name */
    correlate_tell(e, &p->row, "raised");
    c->setup.emit(c->setup.userdata, e);
}

static void end_sum(struct correlator *c, struct condition *known, usec_t now)
{
    _cleanup_(event_freep) struct event *e = NULL;
    struct plan_row *p;

    if (known->row.count <= known->row.reported) {
        end_silently(c, known);
        return;
    }
    e = event_about(c, known, now);
    p = plan_for(c, known);
    add_times(e, p->row.count, p->row.window);
    p->row.phase = CONDITION_OVER;
    tell(c, e, p, "none");
}

static void handle(struct correlator *c, struct condition *known, usec_t now)
{
    switch ((enum condition_phase)known->row.phase) {
    case CONDITION_HELD:
        release(c, known, now);
        return;
    case CONDITION_RAISED:
        raised_due(c, known, now);
        return;
    case CONDITION_FLAPPING_UP:
    case CONDITION_FLAPPING_DOWN:
        calm_down(c, known, now);
        return;
    case CONDITION_SUMMING:
        end_sum(c, known, now);
        return;
    case CONDITION_COUNTING:
    case CONDITION_RESTING:
    case CONDITION_OVER:
    case CONDITION_PHASE_END:
        break;
    }
    end_silently(c, known);
}

/* Of a BMC that left the configuration. */
static void close_gone(struct correlator *c, struct condition *known,
                       usec_t now)
{
    if (known->row.phase == CONDITION_HELD)
        release(c, known, now); /* and is closed in the next round */
    else if (condition_is_open(&known->row))
        correlate_close(c, known, VOICE_CONDITION_CLOSED, known->bmc->name,
                        now);
    else
        end_silently(c, known);
}

bool correlate_run(struct correlator *c, usec_t now, unsigned max)
{
    struct condition *known;

    while ((known = conditions_next_due(c->conditions)) &&
           known->row.due <= now) {
        if (max-- == 0)
            return true;
        if (known->bmc->gone)
            close_gone(c, known, now);
        else
            handle(c, known, now);
    }
    return false;
}

bool correlate_clear(struct correlator *c, const char *id, const char *why,
                     usec_t now)
{
    uint8_t its[CONDITION_KEY_LEN];
    char hex[2 * CONDITION_KEY_LEN + 1];
    struct condition_bmc *bmc;
    size_t cursor = 0;

    while ((bmc = conditions_next_bmc(c->conditions, &cursor)))
        for (struct condition *d = bmc->list; d; d = d->next) {
            if (!condition_is_open(&d->row))
                continue;
            condition_id(&d->row, its);
            digest_hex(its, sizeof(its), hex);
            if (strcmp(hex, id) != 0)
                continue;
            correlate_close(c, d, VOICE_CONDITION_CLEARED, why, now);
            return true;
        }
    return false;
}
