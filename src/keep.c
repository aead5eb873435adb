/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one BMC, as a circle:
 *   waiting -> discovering -> registries -> starting -> listening -> waiting
 * Whatever fails leads to waiting, with back-off; what is known of the BMC is
 * read anew each time, for it may have come back as another.
 */
#include "keep.h"

#include <string.h>

#include "discover.h"
#include "keep/keep_private.h"
#include "log.h"
#include "reach.h"
#include "registry/registry_fetch.h"
#include "service.h"
#include "talk.h"
#include "util/alloc.h"
#include "util/random.h"

/*
 * One that comes back is heard within a minute, jitter included. After an hour
 * it is no reboot any more but a machine out of its rack.
 */
#define FIRST_DELAY (2 * USEC_PER_SEC)
#define DELAY_CEILING (45 * USEC_PER_SEC)
#define LONG_SILENCE USEC_PER_HOUR
#define LONG_CEILING (5 * USEC_PER_MINUTE)
#define START_SPREAD (4 * USEC_PER_MSEC) /* per BMC, so as not to start all */
#define START_SPREAD_MAX (30 * USEC_PER_SEC)

static void begin(struct life *l);

struct life *keep_find_life(const struct keep *k, const struct bmc *bmc)
{
    return hashmap_find(k->lives, bmc->name);
}

void life_set_state(struct life *l, enum life_state state)
{
    if (l->state != state)
        l->since = clock_monotonic();
    l->state = state;
}

/* ---- silence */

void life_answers(struct life *l)
{
    struct keep *k = l->owner;

    l->silent_since = 0;
    presence_back(&k->presence, &l->presence, clock_monotonic());
    reach_answers(k->host->pipeline, l->bmc);
}

static void fell_silent(struct life *l)
{
    struct presence *p = &l->owner->presence;
    usec_t now = clock_monotonic();

    /* Whatever it sends from now on does not arrive: the logs must say it. */
    l->bmc->gap = true;
    if (l->silent_since == 0)
        l->silent_since = now;
    presence_fell(p, &l->presence, now);
    presence_run(p, now);
}

void life_note(struct life *l, const struct error *err)
{
    free(l->error);
    l->error = xstrdup(err->text);
    l->error_at = clock_real();
}

void life_failed(struct life *l, unsigned status, const char *verb,
                 const struct error *err)
{
    life_note(l, err);
    /*
     * A refusal is the BMC's own word and is told at once; silence may be ours
     * (a switch, a route), which only the look at the fleet can tell. A login
     * that is not tried was not refused just now.
     */
    if (status == 0) {
        fell_silent(l);
        return;
    }
    if (!reach_is_held(l->bmc))
        life_answers(l);
    reach_failed(l->owner->host->pipeline, l->bmc, status, verb, err);
}

/* ---- the timer */

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    struct life *l = userdata;

    l->due = USEC_INFINITY;
    if (l->state == LIFE_LISTENING)
        life_try_better(l);
    else
        begin(l);
    return 0;
}

void life_wake_after(struct life *l, usec_t delay)
{
    sd_event_source_disable_unref(TAKE(l->timer));
    l->due = USEC_INFINITY;
    if (delay == USEC_INFINITY || l->owner->quiet)
        return;
    l->due = clock_monotonic() + delay;
    sd_event_add_time(l->owner->host->loop, &l->timer, CLOCK_MONOTONIC, l->due,
                      0, on_timer, l);
}

static void stop(struct life *l)
{
    /*
     * All of it, in whatever state: each of these accepts what is not there,
     * and none calls back after it.
     */
    discover_cancel(TAKE(l->discovery));
    registry_fetch_cancel(TAKE(l->registries));
    talk_cancel(TAKE(l->ask));
    life_stop_catching_up(l);
    life_stop_ways(l);
    life_wake_after(l, USEC_INFINITY);
}

void life_restart(struct life *l, usec_t delay)
{
    usec_t ceiling = DELAY_CEILING, wait;

    stop(l);
    /* One that has nothing to listen to is no reboot either. */
    if (l->nothing ||
        (l->silent_since && clock_monotonic() - l->silent_since > LONG_SILENCE))
        ceiling = LONG_CEILING;
    /* A Retry-After makes the delay longer, never shorter. */
    l->backoff.ceiling = ceiling;
    wait = backoff_next(&l->backoff, (uint32_t)random_bits());
    life_set_state(l, LIFE_WAITING);
    life_wake_after(l, reach_delay(l->bmc, MAX_OF(delay, wait)));
}

/* ---- the circle */

/* The first event will find them, or they cannot be had. */
static void on_registries(void *userdata)
{
    struct life *l = userdata;

    l->registries = NULL;
    life_start_way(l);
}

static void on_discovered(void *userdata, unsigned status,
                          const struct error *err)
{
    struct life *l = userdata;

    l->discovery = NULL;
    if (err) {
        life_failed(l, status, "discover it", err);
        life_restart(l, 0);
        return;
    }
    /*
     * Registries before the way: with them the first events have their text and
     * severity, and clear what they end.
     */
    life_answers(l);
    life_set_state(l, LIFE_REGISTRIES);
    l->registries = registry_fetch_start(l->owner->host->registries, l->bmc,
                                         on_registries, l);
    if (!l->registries)
        life_start_way(l);
}

static void begin(struct life *l)
{
    if (l->owner->quiet)
        return;
    life_set_state(l, LIFE_DISCOVERING);
    l->discovery =
        discover_start(l->owner->host->discoverer, l->bmc, on_discovered, l);
}

/* ---- the fleet */

static void life_free(struct life *l)
{
    stop(l);
    presence_forget(&l->owner->presence, &l->presence);
    for (enum way way = WAY_NONE; way < WAY_COUNT; way++)
        free(l->missing[way]);
    free(l->signature);
    free(l->error);
    free(l);
}

void keep_remove(struct keep *k, struct bmc *bmc)
{
    struct life *l = hashmap_remove(k->lives, bmc->name);

    if (l)
        life_free(l);
}

static void life_begin(struct keep *k, struct bmc *bmc, char *signature)
{
    /*
     * 5,000 BMCs begin within 20 s. Without that the gate would hold the rush
     * back as well, but each start would be one long queue.
     */
    usec_t spread =
        MIN_OF(fleet_count(k->host->fleet) * START_SPREAD, START_SPREAD_MAX);
    struct life *l = XNEW(struct life);

    l->owner = k;
    l->bmc = bmc;
    l->signature = signature;
    l->due = USEC_INFINITY;
    l->backoff.first = FIRST_DELAY;
    l->chooser.rest = k->config->subscription.rest;
    hashmap_set(k->lives, bmc->name, l);
    reach_begin(bmc);
    life_set_state(l, LIFE_WAITING);
    life_wake_after(l, random_part(spread));
}

static void adopt_bmc(struct keep *k, struct bmc *bmc)
{
    struct life *l = keep_find_life(k, bmc);
    _cleanup_free_ char *signature = bmc_signature(bmc, k->config);

    /*
     * Its life goes on over a reload that does not concern it: no stream is
     * broken for another BMC's new line in the configuration. One that is held
     * back for its refused password begins anew, since that may be right now.
     */
    if (l && strcmp(l->signature, signature) == 0 && !reach_is_held(bmc)) {
        l->chooser.rest = k->config->subscription.rest;
        return;
    }
    keep_remove(k, bmc);
    if (bmc->config->receive != RECEIVE_PASSIVE)
        life_begin(k, bmc, TAKE(signature));
}

void keep_adopt(struct keep *k, const struct config *config)
{
    struct bmc *bmc;
    size_t cursor = 0;

    k->config = config;
    k->presence.members = fleet_count(k->host->fleet);
    while ((bmc = fleet_next(k->host->fleet, &cursor)))
        adopt_bmc(k, bmc);
}

void keep_add_way(struct keep *k, enum way way, const struct way_type *type,
                  void *userdata)
{
    k->ways[way].type = type;
    k->ways[way].userdata = userdata;
}

struct keep *keep_new(struct source_host *host)
{
    struct keep *k = XNEW(struct keep);

    k->host = host;
    k->lives = hashmap_new();
    keep_watch_start(k);
    return k;
}

void keep_quiesce(struct keep *k)
{
    size_t cursor = 0;
    void *l;

    k->quiet = true;
    while (hashmap_next(k->lives, &cursor, NULL, &l))
        stop(l);
}

void keep_free(struct keep *k)
{
    size_t cursor = 0;
    void *l;

    if (!k)
        return;
    keep_watch_stop(k);
    while (hashmap_next(k->lives, &cursor, NULL, &l))
        life_free(l);
    hashmap_free(k->lives);
    free(k);
}
