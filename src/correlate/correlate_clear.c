/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an event ends. A clear whose first identity argument equals that of
 * some of the conditions it may end ends only those, else all; by a convention
 * of ours that knows no place, never what has another argument. What was
 * cleared is remembered for a day, so that a raise which comes late finds its
 * clear, and a clear that ends nothing is said once.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "correlate/correlate_parts.h"
#include "util/alloc.h"
#include "util/digest.h"

struct found {
    struct condition **items;
    size_t count, cap;
};

static void found_add(struct found *f, struct condition *c)
{
    f->items = xgrow(f->items, &f->cap, f->count + 1, sizeof(*f->items));
    f->items[f->count++] = c;
}

/* A clear from before the last raise has nothing to say about it. */
static bool is_older(const struct turn *t, const struct condition *c)
{
    return t->time != (usec_t)event_int(t->e, EVENT_RECEIVED, 0) &&
           c->row.flags & CONDITION_TIMED && t->time < c->row.last;
}

static void offer(struct turn *t, struct found *f, struct condition *c)
{
    bool may_end = condition_is_open(&c->row) || c->row.phase == CONDITION_HELD;

    if (may_end && !is_older(t, c))
        found_add(f, c);
}

static const char *text_of(const struct event *e, enum event_field f)
{
    return event_text(e, f, NULL) ?: "";
}

static bool is_message(const struct condition_shared *m, const char *registry,
                       const char *key)
{
    return strcasecmp(m->parts[1], registry) == 0 &&
           (!key || strcasecmp(m->parts[2], key) == 0);
}

/*
 * All of the BMC that fit; key NULL: any, origin NULL: any. There may be
 * thousands, of a few messages: each is looked at once as long as it lasts.
 */
static void find_in_bmc(struct turn *t, struct found *f, const char *registry,
                        const char *key, const char *origin)
{
    struct condition_bmc *bmc =
        conditions_bmc(t->c->conditions, text_of(t->e, EVENT_BMC_NAME));
    const struct condition_shared *message = NULL;
    bool fits = false;

    for (struct condition *c = bmc->list; c; c = c->next) {
        if (c->message != message) {
            message = c->message;
            fits = is_message(message, registry, key);
        }
        if (fits && (!origin || strcmp(c->text, origin) == 0))
            offer(t, f, c);
    }
}

/*
 * A convention (registries/clearing.json) that asks for no origin has nothing
 * but the argument to go by: of two sensors of a BMC, what one of them says is
 * no word about the other.
 */
static void drop_others(struct found *f, size_t from, uint64_t identity)
{
    size_t kept = from;

    for (size_t i = from; i < f->count; i++)
        if (!identity || !f->items[i]->row.identity ||
            f->items[i]->row.identity == identity)
            f->items[kept++] = f->items[i];
    f->count = kept;
}

static void find_all(struct turn *t, struct found *f, uint64_t identity)
{
    const char *bmc = text_of(t->e, EVENT_BMC_NAME);
    const char *origin = text_of(t->e, EVENT_ORIGIN);
    struct conditions *table = t->c->conditions;
    size_t before;

    for (size_t i = 0; i < t->answer.count; i++) {
        const struct clearing_target *to = &t->answer.targets[i];
        struct condition *c = NULL;

        before = f->count;

        if (!to->same_origin)
            find_in_bmc(t, f, to->registry, to->key, NULL);
        else
            while ((c = conditions_at(table, c, bmc, to->registry, to->key,
                                      origin)))
                offer(t, f, c);
        if (to->repaired && !to->same_origin)
            drop_others(f, before, identity);
        t->repaired |= to->repaired && f->count > before;
    }
    before = f->count;
    if (t->answer.clears_all)
        find_in_bmc(t, f, text_of(t->e, EVENT_REGISTRY), NULL,
                    t->answer.all_same_origin ? origin : NULL);
    t->repaired |= t->answer.all_repaired && f->count > before;
}

/*
 * Only those of the same first identity argument, if there are such; else, if
 * `strict`, those that have none, else all.
 */
static void narrow(struct found *f, uint64_t identity, bool strict)
{
    size_t kept = 0, same = 0;

    for (size_t i = 0; i < f->count; i++)
        same += identity && f->items[i]->row.identity == identity;
    if (same == 0 && !(identity && strict))
        return;
    for (size_t i = 0; i < f->count; i++)
        if (f->items[i]->row.identity == (same > 0 ? identity : 0))
            f->items[kept++] = f->items[i];
    f->count = kept;
}

/* Only the one of that key, if it is there. */
static void narrow_exactly(struct found *f, const uint8_t *key)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->count; i++)
        if (memcmp(f->items[i]->row.key, key, CONDITION_KEY_LEN) == 0)
            f->items[kept++] = f->items[i];
    f->count = kept;
}

static void remember(struct turn *t, const uint8_t *key)
{
    buffer_add(&t->echo, key, CONDITION_KEY_LEN);
}

static void end_raised(struct turn *t, struct plan_row *p)
{
    struct condition_row *row = &p->row;

    correlate_add_cleared(t->e, row->raise);
    correlate_add_sinks(t->c, p->sinks.data, p->sinks.len, t->e);
    t->ended++;
    t->ended_count += row->count;
    t->ended_first = MIN_OF(t->ended_first, row->first);
    remember(t, row->key);
    row->phase = CONDITION_OVER;
    if (row->cycles == 0)
        return;
    plan_push_time(p, t->now, t->now > row->window ? t->now - row->window : 0);
    row->due = t->now + row->window;
    row->phase = CONDITION_RESTING;
    if (plan_times(p) < row->cycles)
        return;
    buffer_clear(&p->times);
    row->phase = CONDITION_FLAPPING_DOWN;
    memcpy(row->raise, t->id, sizeof(row->raise));
    t->flapping = t->c->plan_count;
}

static void end_one(struct turn *t, struct condition *c)
{
    struct plan_row *p = plan_add(t->c, c);

    switch ((enum condition_phase)c->row.phase) {
    case CONDITION_RAISED:
        end_raised(t, p);
        break;
    case CONDITION_HELD:
        remember(t, p->row.key);
        p->row.phase = CONDITION_OVER;
        t->cancelled++;
        t->ended_count += p->row.count;
        t->ended_first = MIN_OF(t->ended_first, p->row.first);
        break;
    case CONDITION_FLAPPING_UP:
        p->row.phase = CONDITION_FLAPPING_DOWN;
        p->row.due = t->now + p->row.window;
        t->absorbed++;
        break;
    case CONDITION_FLAPPING_DOWN:
        t->absorbed++;
        break;
    case CONDITION_OVER:
    case CONDITION_COUNTING:
    case CONDITION_RESTING:
    case CONDITION_SUMMING:
    case CONDITION_PHASE_END:
        break;
    }
    if (p->row.phase == CONDITION_OVER) {
        buffer_clear(&p->times);
        buffer_clear(&p->sinks);
    }
}

/* The key of "this was cleared": message, origin and argument, or any. */
static void scope_key(const struct event *e, const char *registry,
                      const char *key, const char *origin, uint64_t identity,
                      uint8_t ret[CONDITION_KEY_LEN])
{
    const char *parts[] = {text_of(e, EVENT_BMC_NAME), registry, key,
                           origin ? origin : "\n"};
    struct digest *d = digest_begin();
    uint8_t sum[DIGEST_LEN];

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        _cleanup_free_ char *lower = xstrdup(parts[i]);

        for (char *c = lower; *c && i < 3; c++)
            *c = (char)tolower((unsigned char)*c);
        digest_add(d, lower, strlen(lower) + 1);
    }
    digest_add(d, &identity, sizeof(identity));
    digest_end(d, sum);
    memcpy(ret, sum, CONDITION_KEY_LEN);
}

static void remember_scopes(struct turn *t, uint64_t identity)
{
    const char *origin = text_of(t->e, EVENT_ORIGIN);
    uint8_t key[CONDITION_KEY_LEN];

    for (size_t i = 0; i < t->answer.count; i++) {
        const struct clearing_target *to = &t->answer.targets[i];

        scope_key(t->e, to->registry, to->key, to->same_origin ? origin : NULL,
                  identity, key);
        remember(t, key);
    }
    if (!t->answer.clears_all)
        return;
    scope_key(t->e, text_of(t->e, EVENT_REGISTRY), "*",
              t->answer.all_same_origin ? origin : NULL, identity, key);
    remember(t, key);
}

static uint64_t identity_of(const struct turn *t, uint8_t *ret_key)
{
    uint64_t identity,
        mask = clearing_identity_args(t->c->setup.clearing, &t->view, t->e);

    condition_key(t->e, mask, ret_key, &identity);
    return identity;
}

static int by_age(const void *a, const void *b)
{
    const struct condition *x = *(struct condition *const *)a;
    const struct condition *y = *(struct condition *const *)b;

    if (x->row.first != y->row.first)
        return x->row.first < y->row.first ? -1 : 1;
    return memcmp(x->row.key, y->row.key, sizeof(x->row.key));
}

/* By age, each once: two targets of one clear may mean the same. */
static void put_in_order(struct found *f)
{
    size_t kept = 0;

    if (f->count > 1)
        qsort(f->items, f->count, sizeof(*f->items), by_age);
    for (size_t i = 0; i < f->count; i++)
        if (i == 0 || f->items[i] != f->items[i - 1])
            f->items[kept++] = f->items[i];
    f->count = kept;
}

void correlate_end(struct turn *t)
{
    uint8_t key[CONDITION_KEY_LEN];
    uint64_t identity = identity_of(t, key);
    struct found found = {0};

    find_all(t, &found, identity);
    if (t->exact)
        narrow_exactly(&found, key);
    else
        narrow(&found, identity, t->strict);
    put_in_order(&found);
    for (size_t i = 0; i < found.count; i++)
        if (!t->raises ||
            memcmp(found.items[i]->row.key, key, sizeof(key)) != 0)
            end_one(t, found.items[i]);
    remember_scopes(t, identity);
    if (t->cancelled > 0)
        event_set_int(t->e, EVENT_CANCELLED, t->cancelled);
    free(found.items);
}

enum outcome correlate_ended(struct turn *t)
{
    struct condition_row row = {.last = t->time};

    if (t->ended + t->cancelled == 0) {
        event_set(t->e, EVENT_CONDITION_STATE, "flapping");
        return OUTCOME_SUPPRESSED_REPEAT;
    }
    if (t->flapping)
        row = t->c->plan[t->flapping - 1].row;
    else
        row = t->c->plan[0].row;
    for (size_t i = 0; i < t->c->plan_count; i++)
        row.last = MAX_OF(row.last, t->c->plan[i].row.last);
    row.count = t->ended_count;
    row.first = t->ended_first;
    correlate_tell(t->e, &row, t->flapping ? "flapping" : "cleared");
    event_set_int(
        t->e, EVENT_CONDITION_DURATION,
        (int64_t)((t->time - MIN_OF(t->time, t->ended_first)) / USEC_PER_SEC));
    return t->ended > 0 ? OUTCOME_FORWARDED : OUTCOME_SUPPRESSED_CANCELLED;
}

/* Of this very clear: that it was said, and ended nothing. */
static void said_key(const uint8_t *key, uint8_t ret[CONDITION_KEY_LEN])
{
    for (size_t i = 0; i < CONDITION_KEY_LEN; i++)
        ret[i] = key[i] ^ 0x5a;
}

enum outcome correlate_nothing_ended(struct turn *t)
{
    uint8_t key[CONDITION_KEY_LEN], said[CONDITION_KEY_LEN];
    const struct recent_item *item;

    if (t->rule->after.count > 1)
        return correlate_plain(t);
    identity_of(t, key);
    said_key(key, said);
    event_set(t->e, EVENT_CONDITION_STATE, "none");
    item = recent_find(t->c->echoes, said);
    if (item && item->until > t->now)
        return OUTCOME_SUPPRESSED_REPEAT;
    remember(t, said);
    return OUTCOME_FORWARDED;
}

/* Whether something of that key was cleared after the event happened. */
static bool was_cleared(const struct turn *t, const uint8_t *key,
                        usec_t *ret_when)
{
    const struct recent_item *item = recent_find(t->c->echoes, key);

    if (!item || item->until <= t->now || item->time <= t->time)
        return false;
    *ret_when = item->time;
    return true;
}

bool correlate_was_cleared(struct turn *t, const uint8_t *key, usec_t *ret_when)
{
    const struct condition_bmc *bmc =
        conditions_bmc(t->c->conditions, text_of(t->e, EVENT_BMC_NAME));
    const char *registry = text_of(t->e, EVENT_REGISTRY);
    const char *names[] = {text_of(t->e, EVENT_KEY), "*"};
    const char *origins[] = {text_of(t->e, EVENT_ORIGIN), NULL};
    uint8_t scope[CONDITION_KEY_LEN], own[CONDITION_KEY_LEN];
    uint64_t identities[] = {0, 0};

    if (t->time >= bmc->newest_clear || !recall_is_timed(t->e))
        return false; /* nothing was cleared after it */
    identities[0] = identity_of(t, own);
    if (was_cleared(t, key, ret_when))
        return true;
    for (unsigned i = 0; i < 8; i++) {
        scope_key(t->e, registry, names[i & 1], origins[i >> 1 & 1],
                  identities[i >> 2 & 1], scope);
        if (was_cleared(t, scope, ret_when))
            return true;
    }
    return false;
}
