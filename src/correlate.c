/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind an event is: seen before, raising, clearing, or neither; see
 * correlate.h.
 */
#include "correlate.h"

#include <stdio.h>
#include <string.h>

#include "correlate/correlate_parts.h"
#include "decode/quirks.h"
#include "identity.h"
#include "match.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "util/hashmap.h"
#include "voice.h"

static const struct config_condition standard = {.repeat = USEC_PER_DAY};

struct correlator *correlate_new(const struct config *config)
{
    const struct config_correlate *k = &config->correlate;
    struct correlator *c = XNEW(struct correlator);

    c->setup.config = config;
    c->conditions = conditions_new(k->conditions, k->conditions_per_bmc);
    c->duplicates = duplicates_new(k->memory);
    c->echoes = recent_new(k->memory);
    duplicates_set_times(c->duplicates, k->duplicates, k->tolerance);
    return c;
}

void correlate_connect(struct correlator *c,
                       void (*complete)(void *userdata, struct event *e),
                       void (*emit)(void *userdata, struct event *e),
                       void *userdata)
{
    c->setup.complete = complete;
    c->setup.emit = emit;
    c->setup.userdata = userdata;
}

void correlate_free(struct correlator *c)
{
    if (!c)
        return;
    plan_clear(c);
    free(c->plan);
    free(c->held);
    conditions_free(c->conditions);
    duplicates_free(c->duplicates);
    recent_free(c->echoes);
    free(c);
}

void correlate_adopt(struct correlator *c, const struct config *config,
                     const struct registry_set *registries, usec_t now)
{
    const struct config_correlate *k = &config->correlate;
    _cleanup_(hashmap_freep) struct hashmap *names = hashmap_new();
    struct condition_bmc *bmc;
    size_t cursor = 0;

    for (size_t i = 0; i < config->bmc_count; i++)
        hashmap_set(names, config->bmcs[i].name, &config->bmcs[i]);
    c->setup.config = config;
    c->setup.registries = registries;
    c->setup.clearing = registry_set_clearing(registries);
    conditions_set_limits(c->conditions, k->conditions, k->conditions_per_bmc);
    duplicates_set_times(c->duplicates, k->duplicates, k->tolerance);
    while ((bmc = conditions_next_bmc(c->conditions, &cursor))) {
        bmc->gone = *bmc->name && !hashmap_find(names, bmc->name);
        bmc->said_full = false;
        for (struct condition *d = bmc->list; bmc->gone && d; d = d->next) {
            struct condition_whole w;

            condition_get(d, &w);
            w.row.due = now; /* and is closed in its turn: there may be many */
            conditions_set(c->conditions, d, &w);
        }
    }
}

const struct config_condition *correlate_rule(const struct correlator *c,
                                              const struct event *e)
{
    const struct config *config = c->setup.config;

    for (size_t i = 0; i < config->condition_count; i++)
        if (match_event(config->conditions[i].match, e))
            return &config->conditions[i];
    return &standard;
}

struct plan_row *plan_add(struct correlator *c, const struct condition *known)
{
    struct condition_whole w = {
        .row = {.version = CONDITION_ROW_VERSION, .due = USEC_INFINITY},
    };
    struct plan_row *p;

    if (known)
        condition_get(known, &w);
    c->plan = xgrow(c->plan, &c->plan_cap, c->plan_count + 1, sizeof(*c->plan));
    p = &c->plan[c->plan_count++];
    *p = (struct plan_row){.row = w.row};
    p->row.flags &= (uint8_t)~CONDITION_OWN;
    if (w.time_count > 0)
        buffer_add(&p->times, w.times, w.time_count * sizeof(*w.times));
    if (w.sinks_len > 0)
        buffer_add(&p->sinks, w.sinks, w.sinks_len);
    return p;
}

void plan_clear(struct correlator *c)
{
    for (size_t i = 0; i < c->plan_count; i++) {
        buffer_done(&c->plan[i].times);
        buffer_done(&c->plan[i].sinks);
    }
    c->plan_count = 0;
}

size_t plan_times(const struct plan_row *p)
{
    return p->times.len / sizeof(usec_t);
}

/* One more; those before `since`, and what is over the bound, go. */
void plan_push_time(struct plan_row *p, usec_t time, usec_t since)
{
    usec_t oldest;

    while (p->times.len > 0) {
        memcpy(&oldest, p->times.data, sizeof(oldest));
        if (oldest >= since && plan_times(p) < CONDITION_TIMES_MAX)
            break;
        buffer_consume(&p->times, sizeof(oldest));
    }
    buffer_add(&p->times, &time, sizeof(time));
}

void correlate_tell(struct event *e, const struct condition_row *row,
                    const char *state)
{
    uint8_t id[CONDITION_KEY_LEN];
    char hex[2 * CONDITION_KEY_LEN + 1];

    condition_id(row, id);
    digest_hex(id, sizeof(id), hex);
    event_set(e, EVENT_CONDITION_STATE, state);
    event_set(e, EVENT_CONDITION_ID, hex);
    event_set_int(e, EVENT_CONDITION_COUNT, (int64_t)row->count);
    event_set_int(e, EVENT_CONDITION_FIRST, (int64_t)row->first);
    event_set_int(e, EVENT_CONDITION_LAST, (int64_t)row->last);
}

void correlate_add_cleared(struct event *e, const uint8_t *id)
{
    char hex[2 * CONDITION_KEY_LEN + 1];

    digest_hex(id, CONDITION_KEY_LEN, hex);
    event_add(e, EVENT_CONDITION_CLEARS, hex, sizeof(hex) - 1);
}

static bool has_sink(const struct event *e, const char *name, size_t len)
{
    size_t cursor = 0, its_len;
    const char *sink;

    while ((sink = event_next(e, EVENT_SINK, &cursor, &its_len)))
        if (its_len == len && memcmp(sink, name, len) == 0)
            return true;
    return false;
}

static bool is_sink(const struct config *config, const char *name, size_t len)
{
    for (size_t i = 0; i < config->sink_count; i++)
        if (strlen(config->sinks[i].name) == len &&
            memcmp(config->sinks[i].name, name, len) == 0)
            return true;
    return false;
}

void correlate_add_sinks(const struct correlator *c, const char *sinks,
                         size_t len, struct event *e)
{
    const char *end = sinks + len;

    while (sinks < end) {
        const char *stop = memchr(sinks, '\n', (size_t)(end - sinks));
        size_t part = (size_t)((stop ? stop : end) - sinks);

        if (is_sink(c->setup.config, sinks, part) && !has_sink(e, sinks, part))
            event_add(e, EVENT_SINK, sinks, part);
        sinks += part + 1;
    }
}

/* "10.642": class and code of HPE's logs, which no registry explains. */
static bool is_code(const struct event *e)
{
    const char *key = event_text(e, EVENT_KEY, NULL);
    unsigned class, code;
    int len = 0;

    return key && !event_has(e, EVENT_REGISTRY) &&
           sscanf(key, "%u.%u%n", &class, &code, &len) == 2 && key[len] == '\0';
}

/*
 * It ends what the same message raised, and nothing else. The names are the
 * answer's own: the event is written to while the answer is in use.
 */
static void end_its_own(struct turn *t)
{
    const char *registry = event_text(t->e, EVENT_REGISTRY, NULL) ?: "";
    const char *key = event_text(t->e, EVENT_KEY, NULL);
    char *names = xcalloc(1, strlen(registry) + strlen(key) + 2);

    memcpy(names, registry, strlen(registry));
    memcpy(names + strlen(registry) + 1, key, strlen(key));
    clearing_answer_done(&t->answer);
    t->answer.targets =
        xgrow(t->answer.targets, &t->answer.cap, 1, sizeof(*t->answer.targets));
    t->answer.count = 1;
    t->answer.targets[0] = (struct clearing_target){
        .registry = names,
        .key = names + strlen(registry) + 1,
        .same_origin = true,
        .owned = names,
    };
}

/* Such a code is said again with severity OK when it is over. */
static bool ends_its_own_code(struct turn *t)
{
    int64_t severity = event_int(t->e, EVENT_SEVERITY, SEVERITY_UNKNOWN);

    if (!is_code(t->e))
        return false;
    t->raises = severity >= SEVERITY_WARNING;
    t->strict = true;
    if (severity == SEVERITY_OK)
        end_its_own(t);
    return severity == SEVERITY_OK;
}

/* A log entry of old in which it is written that the fault is over. */
static bool is_repaired(const struct event *e)
{
    return event_int(e, EVENT_REPAIRED, 0) && event_has(e, EVENT_KEY);
}

static enum outcome decide(struct turn *t)
{
    struct correlator *c = t->c;
    bool clears = clearing_of(c->setup.clearing, &t->view, t->e, &t->answer);

    if (is_repaired(t->e)) {
        end_its_own(t);
        clears = t->exact = true;
    } else {
        t->raises =
            clearing_is_raiser(c->setup.clearing, &t->view, t->e, &t->repaired);
    }
    if (!clears && !t->raises)
        clears = ends_its_own_code(t);
    if (clears)
        correlate_end(t);
    if (t->raises)
        return correlate_raise(t);
    if (t->ended + t->cancelled + t->absorbed > 0)
        return correlate_ended(t);
    /* A code that is OK is as often no clear at all: "user logged in". */
    return clears && !t->strict ? correlate_nothing_ended(t)
                                : correlate_plain(t);
}

enum outcome correlate_decide(struct correlator *c, struct event *e,
                              const struct registry_own *own, usec_t now,
                              bool *ret_full)
{
    struct turn t = {
        .c = c,
        .e = e,
        .view = {.shared = c->setup.registries, .own = own},
        .now = now,
        .time = (usec_t)event_int(e, EVENT_TIME, (int64_t)now),
        .rule = correlate_rule(c, e),
        .ended_first = USEC_INFINITY,
    };
    enum outcome outcome;

    plan_clear(c);
    if (duplicates_check(c->duplicates, e))
        return OUTCOME_SUPPRESSED_DUPLICATE;
    identity_get(e, t.id);
    outcome = decide(&t);
    if (!event_has(e, EVENT_CONDITION_STATE))
        event_set(e, EVENT_CONDITION_STATE, "none");
    if (t.repaired)
        quirks_note(e, QUIRK_CLEARING_REPAIRED);
    if (t.echo.len > 0)
        event_set_text(e, EVENT_ECHO, t.echo.data, t.echo.len);
    buffer_done(&t.echo);
    clearing_answer_done(&t.answer);
    if (ret_full)
        *ret_full = t.full;
    return outcome;
}

bool correlate_has_own(const struct correlator *c, const char *bmc,
                       const char *key, const char *origin)
{
    for (const struct condition *d = correlate_list(c, bmc); d; d = d->next)
        if (strcmp(d->message->parts[1], VOICE_REGISTRY) == 0 &&
            strcmp(d->message->parts[2], key) == 0 &&
            (!origin || strcmp(d->text, origin) == 0) &&
            (condition_is_open(&d->row) || d->row.phase == CONDITION_HELD))
            return true;
    return false;
}

bool correlate_is_raised(const struct correlator *c, const struct event *e,
                         const struct registry_own *own)
{
    struct registry_view view = {.shared = c->setup.registries, .own = own};
    uint64_t identity,
        mask = clearing_identity_args(c->setup.clearing, &view, e);
    uint8_t key[CONDITION_KEY_LEN];
    const struct condition *known;

    condition_key(e, mask, key, &identity);
    known = conditions_find(c->conditions, key);
    return known && (condition_is_open(&known->row) ||
                     known->row.phase == CONDITION_HELD);
}

size_t correlate_count(struct correlator *c, const char *bmc)
{
    return conditions_bmc(c->conditions, bmc)->count;
}

const struct condition *correlate_list(const struct correlator *c,
                                       const char *bmc)
{
    return conditions_bmc(c->conditions, bmc)->list;
}

const struct conditions *correlate_conditions(const struct correlator *c)
{
    return c->conditions;
}

usec_t correlate_due(const struct correlator *c)
{
    const struct condition *next = conditions_next_due(c->conditions);

    return next ? next->row.due : USEC_INFINITY;
}
