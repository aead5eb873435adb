/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the fleet has of the cache: adopting a configuration, BMCs that leave,
 * and what is to be done from time to time; see registry_fetch.h.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "registry/registry_fetch_private.h"
#include "util/alloc.h"

#define DUE_AFTER (2 * USEC_PER_MINUTE) /* start spread, wait, and reading */

/*
 * So long a start waits until what BMCs served before is read. What is not by
 * then explains when it is.
 */
#define START_WAIT (3 * USEC_PER_SEC)
#define TASKS_MAX 64 /* of the worker: each BMC that is asked has one */

static const struct registry_fetch_times usual = {
    .wait = USEC_PER_MINUTE, /* events are worth more than texts */
    .job = 10 * USEC_PER_MINUTE,
    .again = USEC_PER_DAY,
    .tend = 5 * USEC_PER_SEC,
};

void registry_fetch_remove(struct registry_fetch *f, struct bmc *bmc)
{
    struct registry_visit *v = hashmap_remove(f->visits, bmc->name);

    if (v)
        registry_visit_free(v);
    bmc->registries = NULL;
    if (f->cache)
        registry_binding_forget(f->cache, bmc->name);
}

/* Bindings of BMCs that are not configured any more, or are elsewhere now. */
static void forget_strangers(struct registry_fetch *f)
{
    const struct registry_binding *b;
    char **names = NULL;
    size_t cursor = 0, count = 0, cap = 0;

    while ((b = registry_binding_next(f->cache, &cursor))) {
        struct bmc *bmc = fleet_find(f->setup.fleet, b->name);

        if (bmc && strcmp(bmc->config->url, b->url) == 0)
            continue;
        names = xgrow(names, &cap, count + 1, sizeof(*names));
        names[count++] = xstrdup(b->name);
    }
    for (size_t i = 0; i < count; i++) {
        registry_binding_forget(f->cache, names[i]);
        free(names[i]);
    }
    free(names);
}

/* What was told before the restart need not be told again. */
static void remember_told(struct registry_fetch *f,
                          const struct registry_claims *claims)
{
    for (size_t i = 0; i < claims->count; i++) {
        const struct registry_claim *c = &claims->items[i];
        _cleanup_free_ char *key =
            c->why ? registry_visit_told_key(c->name, c->why) : NULL;

        if (key && hashmap_count(f->told) < REGISTRY_TOLD_MAX)
            hashmap_set(f->told, key, f);
    }
}

static void open_cache(struct registry_fetch *f, bool starts)
{
    const struct registry_binding *b;
    struct error err = {""};
    size_t cursor = 0;

    if (registry_cache_open(f->config->registries.cache, &f->cache, &err) < 0)
        log_warning("registries.cache: %s", err.text);
    registry_cache_work(f->cache, f->worker);
    if (starts) /* no loop runs yet */
        worker_settle(f->worker, START_WAIT);
    while ((b = registry_binding_next(f->cache, &cursor)))
        remember_told(f, &b->own->claims);
    f->swept = clock_monotonic();
}

static void stop_all(struct registry_fetch *f)
{
    size_t cursor = 0;
    void *visit;

    while (hashmap_next(f->visits, &cursor, NULL, &visit))
        registry_visit_stop(visit);
}

/* registries.fetch became false: its sources wait no longer. */
static void close_cache(struct registry_fetch *f)
{
    struct bmc *bmc;
    size_t cursor = 0;
    void *visit;

    stop_all(f);
    while ((bmc = fleet_next(f->setup.fleet, &cursor))) {
        bmc->registries = NULL;
        bmc->registries_due = 0;
    }
    registry_cache_close(TAKE(f->cache));
    cursor = 0;
    while (hashmap_next(f->visits, &cursor, NULL, &visit))
        registry_visit_release(visit);
}

static void adopt_bmc(struct registry_fetch *f, struct bmc *bmc)
{
    const struct registry_binding *b =
        registry_binding_find(f->cache, bmc->name);
    bool asked = hashmap_find(f->visits, bmc->name) != NULL;

    bmc->registries = b ? b->own : NULL;
    if (!b && !asked && bmc->config->receive != RECEIVE_PASSIVE)
        bmc->registries_due = clock_monotonic() + DUE_AFTER;
}

/* Fetching was turned on: those that were discovered before are asked now. */
static void visit_all(struct registry_fetch *f)
{
    size_t cursor = 0;
    void *visit;

    while (hashmap_next(f->visits, &cursor, NULL, &visit))
        if (((struct registry_visit *)visit)->bmc->config->receive !=
            RECEIVE_PASSIVE)
            registry_visit_enqueue(visit);
}

void registry_fetch_adopt(struct registry_fetch *f, const struct config *config)
{
    struct bmc *bmc;
    size_t cursor = 0;
    bool opened, starts = !f->config;

    f->config = config;
    if (f->cache && !config->registries.fetch)
        close_cache(f);
    opened = !f->cache && config->registries.fetch;
    if (opened)
        open_cache(f, starts);
    if (!f->cache)
        return;
    forget_strangers(f);
    while ((bmc = fleet_next(f->setup.fleet, &cursor)))
        adopt_bmc(f, bmc);
    if (opened)
        visit_all(f);
}

const struct registry_cache *registry_fetch_cache(
    const struct registry_fetch *f)
{
    return f->cache;
}

/* ---- from time to time */

/* One that was not asked for a day, but not one that lost its way to us. */
static bool is_stale(const struct registry_visit *v, usec_t now)
{
    return v->done_at && !v->job &&
           v->bmc->config->receive != RECEIVE_PASSIVE &&
           now >= v->done_at + v->owner->times.again;
}

static void look_again(struct registry_fetch *f, usec_t now)
{
    size_t cursor = 0;
    void *visit;

    while (hashmap_next(f->visits, &cursor, NULL, &visit))
        if (is_stale(visit, now))
            registry_visit_enqueue(visit);
}

static int on_tend(sd_event_source *source, uint64_t now, void *userdata)
{
    struct registry_fetch *f = userdata;
    struct error err = {""};

    if (f->cache) {
        look_again(f, now);
        if (registry_cache_save(f->cache, &err) < 0)
            log_warning("registries.cache: %s", err.text);
    }
    if (f->cache && now >= f->swept + USEC_PER_DAY) {
        registry_cache_sweep(f->cache, clock_real());
        f->swept = now;
    }
    sd_event_source_set_time_relative(source, f->times.tend);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- life */

static int on_later(sd_event_source *source _unused_, void *userdata)
{
    registry_visit_run(userdata);
    return 0;
}

struct registry_fetch *registry_fetch_new(
    const struct registry_fetch_setup *setup)
{
    struct registry_fetch *f = XNEW(struct registry_fetch);

    f->setup = *setup;
    f->times = setup->times ? *setup->times : usual;
    f->visits = hashmap_new();
    f->told = hashmap_new();
    if (worker_new(setup->loop, TASKS_MAX, &f->worker, NULL) < 0)
        abort(); /* as without memory: the process is at its limits */
    sd_event_add_time_relative(setup->loop, &f->tend, CLOCK_MONOTONIC,
                               f->times.tend, 0, on_tend, f);
    sd_event_add_defer(setup->loop, &f->later, on_later, f);
    sd_event_source_set_enabled(f->later, SD_EVENT_OFF);
    return f;
}

void registry_fetch_quiesce(struct registry_fetch *f)
{
    f->quiet = true;
    stop_all(f);
}

void registry_fetch_free(struct registry_fetch *f)
{
    size_t cursor = 0;
    void *visit;

    if (!f)
        return;
    while (hashmap_next(f->visits, &cursor, NULL, &visit))
        registry_visit_free(visit);
    hashmap_free(f->visits);
    hashmap_free(f->told);
    registry_cache_close(f->cache);
    worker_free(f->worker);
    sd_event_source_disable_unref(f->later);
    sd_event_source_disable_unref(f->tend);
    free(f);
}
