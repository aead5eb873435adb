/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A random sequence of raises, repeats, clears, duplicates, saves, crashes and
 * restarts, against a model of a few lines: for each drive, how often it
 * failed since it was last well, and since when. Same open conditions, same
 * counts, and the books hold. STEPS can be raised by the environment.
 */
#include "virtual.h"

#define STEPS 100000
#define BMCS 3 /* what the last one raises waits for 30 s */
#define ORIGINS 4
#define DRIVES 3
#define SETTLE (30 * USEC_PER_SEC)
#define LOOK_EVERY 20

static const char yaml[] =
    "bmcs:\n"
    "- {name: b0, url: \"http://10.0.0.1\", receive: sse}\n"
    "- {name: b1, url: \"http://10.0.0.2\", receive: sse}\n"
    "- {name: b2, url: \"http://10.0.0.3\", receive: sse}\n"
    "sinks: {one: {type: file, path: \"-\"}}\n"
    "routes: [{to: one}]\n"
    "conditions: [{match: {bmc: b2}, settle: 30s}]\n"
    "correlate: {memory: 1000}\n";

struct drive {
    uint64_t count; /* of failures since it was well; 0: it is */
    usec_t since;
};

struct model {
    struct virtual_world w;
    struct drive drives[BMCS][ORIGINS][DRIVES];
    struct event *last; /* to be sent again */
    uint64_t seed, number;
    unsigned wrong;
};

static unsigned draw(struct model *m, unsigned below)
{
    m->seed = m->seed * UINT64_C(6364136223846793005) + 1;
    return (unsigned)(m->seed >> 33) % below;
}

static bool waits(const struct model *m, int bmc, const struct drive *d)
{
    return bmc == BMCS - 1 && d->count > 0 && m->w.now < d->since + SETTLE;
}

/* The model's three rules. */
static void fail(struct model *m, struct drive *d)
{
    if (d->count++ == 0)
        d->since = m->w.now;
}

static uint64_t mend(struct model *m, int bmc, int origin, int drive)
{
    struct drive *all = m->drives[bmc][origin];
    uint64_t told = 0;
    bool one = all[drive].count > 0;

    for (int i = 0; i < DRIVES; i++)
        if (all[i].count > 0 && (!one || i == drive)) {
            told += all[i].count;
            all[i] = (struct drive){0};
        }
    return told;
}

static struct event *make(struct model *m, const char *key, int bmc, int origin,
                          int drive)
{
    struct event *e = event_new();
    char text[64];

    snprintf(text, sizeof(text), "b%d", bmc);
    event_set(e, EVENT_BMC_NAME, text);
    snprintf(text, sizeof(text), "StorageDevice.1.5.%s", key);
    event_set(e, EVENT_MESSAGE_ID, text);
    snprintf(text, sizeof(text), "/o/%d", origin);
    event_set(e, EVENT_ORIGIN, text);
    snprintf(text, sizeof(text), "Bay %d", drive);
    event_add(e, EVENT_ARG, text, strlen(text));
    snprintf(text, sizeof(text), "%llu", (unsigned long long)++m->number);
    event_set(e, EVENT_EVENT_ID, text);
    event_set(e, EVENT_SOURCE, "webhook");
    event_set_int(e, EVENT_TIME, (int64_t)(m->w.now - 1));
    event_set_int(e, EVENT_RECEIVED, (int64_t)m->w.now);
    virtual_resolve(&m->w, e);
    return e;
}

static void take(struct model *m, const char *key, int bmc, int origin,
                 int drive)
{
    event_free(m->last);
    m->last = make(m, key, bmc, origin, drive);
    virtual_take(&m->w, m->last);
}

static void wrong(struct model *m, const char *what, uint64_t got,
                  uint64_t want)
{
    if (m->wrong++ < 5)
        diag("event %llu: %s: got %llu, want %llu",
             (unsigned long long)m->number, what, (unsigned long long)got,
             (unsigned long long)want);
}

static void do_clear(struct model *m, int bmc, int origin, int drive)
{
    uint64_t told = mend(m, bmc, origin, drive), got;

    take(m, "DriveOK", bmc, origin, drive);
    got = (uint64_t)event_int(m->last, EVENT_CONDITION_COUNT, 0);
    if (got != told)
        wrong(m, "failures that a clear ends", got, told);
}

static void send_again(struct model *m)
{
    _cleanup_(event_freep) struct event *again = event_new();
    static const enum event_field fields[] = {EVENT_BMC_NAME, EVENT_MESSAGE_ID,
                                              EVENT_ORIGIN,   EVENT_ARG,
                                              EVENT_EVENT_ID, EVENT_SOURCE};

    if (!m->last)
        return;
    for (size_t i = 0; i < ARRAY_LEN(fields); i++)
        event_set(again, fields[i], event_text(m->last, fields[i], NULL));
    event_set_int(again, EVENT_TIME, event_int(m->last, EVENT_TIME, 0));
    event_set_int(again, EVENT_RECEIVED, (int64_t)m->w.now);
    virtual_resolve(&m->w, again);
    if (virtual_take(&m->w, again) != OUTCOME_SUPPRESSED_DUPLICATE)
        wrong(m, "a duplicate is one", 0, 1);
}

static void compare(struct model *m)
{
    const struct conditions *t = correlate_conditions(m->w.correlator);
    uint64_t open = 0, held = 0, count = 0, their_count = 0;
    const struct condition_bmc *bmc;
    size_t cursor = 0;

    for (int i = 0; i < BMCS * ORIGINS * DRIVES; i++) {
        const struct drive *d = &m->drives[i / (ORIGINS * DRIVES)]
                                          [i / DRIVES % ORIGINS][i % DRIVES];
        bool is_held = waits(m, i / (ORIGINS * DRIVES), d);

        held += is_held;
        open += d->count > 0 && !is_held;
        count += d->count;
    }
    while ((bmc = conditions_next_bmc(t, &cursor)))
        for (const struct condition *c = bmc->list; c; c = c->next)
            their_count += c->row.count;
    if (conditions_open(t, SEVERITY_CRITICAL) != open)
        wrong(m, "open", conditions_open(t, SEVERITY_CRITICAL), open);
    if (their_count != count)
        wrong(m, "failures counted", their_count, count);
    if (ledger_outcome(m->w.ledger, OUTCOME_HELD) != held)
        wrong(m, "held", ledger_outcome(m->w.ledger, OUTCOME_HELD), held);
    if (!virtual_conserves(&m->w))
        wrong(m, "conservation", 0, 1);
}

static void step(struct model *m)
{
    int bmc = (int)draw(m, BMCS), origin = (int)draw(m, ORIGINS);
    int drive = (int)draw(m, DRIVES);
    unsigned what = draw(m, 1000);

    virtual_advance(&m->w, m->w.now + USEC_PER_SEC + draw(m, 1000));
    if (what < 550) {
        fail(m, &m->drives[bmc][origin][drive]);
        take(m, "DriveFailure", bmc, origin, drive);
    } else if (what < 900) {
        do_clear(m, bmc, origin, drive);
    } else if (what < 980) {
        send_again(m);
    } else if (what < 990) {
        virtual_save(&m->w);
    } else {
        if (m->w.count - m->w.applied > 2000)
            virtual_save(&m->w);
        virtual_restart(&m->w, true);
    }
}

int main(void)
{
    const char *more = getenv("TRAWL_MODEL_STEPS");
    unsigned long steps = more ? strtoul(more, NULL, 10) : STEPS;
    struct model m = {.seed = 42};

    virtual_begin(&m.w, yaml);
    for (unsigned long i = 0; i < steps; i++) {
        step(&m);
        if (i % LOOK_EVERY == 0)
            compare(&m);
        if (i % 25000 == 24999) { /* and from the spool alone */
            virtual_restart(&m.w, false);
            compare(&m);
        }
    }
    is_int(m.wrong, 0, "%lu random steps are as the model says", steps);
    event_free(m.last);
    virtual_end(&m.w);
    return done_testing();
}
