/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What correlation costs: time for an event with 0, 100,000 and 1,000,000
 * open conditions, memory for each of them, and a start with all of them from
 * the state's database. Prints figures and judges none.
 */
#include <inttypes.h>
#include <malloc.h>
#include <time.h>

#include "virtual.h"

#define FLEET 1000
#define ROUNDS 50000

static const char head[] =
    "sinks: {one: {type: file, path: \"-\"}}\n"
    "routes: [{to: one}]\n"
    "correlate: {conditions: 2000000, conditions_per_bmc: 100000,"
    " memory: 1000}\n"
    "bmcs:\n";

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct event *make(struct virtual_world *w, const char *key,
                          uint64_t number)
{
    struct event *e = event_new();
    char text[96];

    snprintf(text, sizeof(text), "node-%04u", (unsigned)(number % FLEET));
    event_set(e, EVENT_BMC_NAME, text);
    snprintf(text, sizeof(text), "StorageDevice.1.5.%s", key);
    event_set(e, EVENT_MESSAGE_ID, text);
    snprintf(text, sizeof(text),
             "/redfish/v1/Systems/1/Storage/1/Drives/%" PRIu64, number);
    event_set(e, EVENT_ORIGIN, text);
    snprintf(text, sizeof(text), "Bay %" PRIu64, number % 24);
    event_add(e, EVENT_ARG, text, strlen(text));
    event_set(e, EVENT_SOURCE, "webhook");
    event_set_int(e, EVENT_TIME, (int64_t)(w->now - 1));
    event_set_int(e, EVENT_RECEIVED, (int64_t)w->now);
    virtual_resolve(w, e);
    w->now += 1000;
    return e;
}

/* The stage alone, without keeping records. */
static void pass(struct virtual_world *w, struct event *e)
{
    uint8_t id[IDENTITY_LEN];
    enum outcome outcome;

    identity_set(e, 0, id);
    outcome = correlate_decide(w->correlator, e, NULL, w->now, NULL);
    if (outcome == OUTCOME_FORWARDED)
        outcome = virtual_route(w, e);
    event_set_int(e, EVENT_OUTCOME, outcome);
    correlate_commit(w->correlator, e, outcome, ++w->count);
}

static double cost(struct virtual_world *w, const char *key, uint64_t from)
{
    uint64_t spent = 0;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        struct event *e = make(w, key, from + i);
        uint64_t start = now_ns();

        pass(w, e);
        spent += now_ns() - start;
        event_free(e);
    }
    return (double)spent / ROUNDS / 1000;
}

static void fill(struct virtual_world *w, const char *key, uint64_t from,
                 uint64_t to)
{
    for (uint64_t i = from; i < to; i++) {
        struct event *e = make(w, key, i);

        pass(w, e);
        event_free(e);
    }
}

static void measure(struct virtual_world *w, uint64_t open)
{
    uint64_t new = UINT64_C(10000000) + open;
    double raise = cost(w, "DriveFailure", new);
    double again = cost(w, "DriveFailure", new);
    double clear = cost(w, "DriveOK", new);
    double plain = cost(w, "VolumeRebuilding", new);

    printf("%8" PRIu64 " open: raise %.2f us, repeat %.2f us, clear %.2f us, "
           "other %.2f us\n",
           open, raise, again, clear, plain);
}

static void save_all(struct virtual_world *w, uint64_t count)
{
    state_begin(w->state, NULL);
    for (uint64_t i = 0; i < count; i++) {
        struct event *e = make(w, "DriveFailure", i);

        pass(w, e); /* a repeat: its record tells all of the condition */
        condition_state_apply(w->state, e, NULL);
        event_free(e);
    }
    state_trim_memory(w->state, 1000, RECENT_SHARE_MIN, NULL);
    state_commit(w->state, count, NULL);
}

static void restart(struct virtual_world *w)
{
    uint64_t start;

    correlate_free(w->correlator);
    start = now_ns();
    w->correlator = correlate_new(w->config);
    condition_state_load(w->state, w->correlator, NULL);
    virtual_connect(w);
    printf("start with %zu conditions: %.2f s\n",
           conditions_count(correlate_conditions(w->correlator)),
           (double)(now_ns() - start) / 1e9);
}

int main(void)
{
    _cleanup_(buffer_done) struct buffer yaml = {0};
    static const uint64_t sizes[] = {0, 100000, 1000000};
    struct virtual_world w;
    uint64_t filled = 0;
    size_t before = 0;

    buffer_add_text(&yaml, head);
    for (int i = 0; i < FLEET; i++)
        buffer_printf(&yaml,
                      "- {name: node-%04d, url: \"http://10.0.%d.%d\","
                      " receive: sse}\n",
                      i, i / 250, i % 250 + 1);
    virtual_begin(&w, yaml.data);
    /* What is remembered of events is full before conditions are weighed. */
    fill(&w, "VolumeRebuilding", 0, FLEET * 2 * RECENT_SHARE_MIN);
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        fill(&w, "DriveFailure", filled, sizes[i]);
        filled = sizes[i];
        if (filled > 0)
            printf(
                "%8" PRIu64 " open: %.0f bytes each\n", filled,
                (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) /
                    (double)filled);
        measure(&w, filled);
        if (filled == 0) /* with what is remembered of clears, too */
            before = mallinfo2().uordblks + mallinfo2().hblkhd;
    }
    save_all(&w, filled);
    restart(&w);
    w.count = 0; /* no records were kept */
    virtual_end(&w);
    return 0;
}
