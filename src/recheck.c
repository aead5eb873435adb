/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round for each BMC that is looked at: its places one after another, of
 * those the list they stand in where they cannot be found. See recheck.h.
 */
#include "recheck.h"

#include <stdlib.h>
#include <string.h>

#include "recheck/recheck_judge.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "util/random.h"
#include "voice.h"

#define PLACES_MAX 32 /* of one round: one BMC's share of our questions */

static const struct recheck_times usual = {
    .delay = 10 * USEC_PER_SEC,
    .jitter = 20 * USEC_PER_SEC,
    .pause = 10 * USEC_PER_MINUTE,
};

struct round {
    struct recheck *owner;
    struct bmc *bmc;
    sd_event_source *timer; /* it is to begin */
    struct talk_exchange *exchange;
    char *places[PLACES_MAX];
    size_t count, at;
    usec_t asked;      /* real: of the place, when its list is asked for */
    usec_t not_before; /* monotonic: the next round */
};

struct recheck {
    struct recheck_setup setup;
    struct recheck_times times;
    struct hashmap *rounds; /* by name of the BMC */
};

static void ask_next(struct round *r);

/* ---- which places */

static bool is_candidate(const struct condition *c)
{
    return condition_is_open(&c->row) && c->origin_len > 0 &&
           strcmp(c->message->parts[1], VOICE_REGISTRY) != 0 &&
           recheck_is_place(c->text);
}

static const struct condition *first_of(const struct recheck *k,
                                        const struct bmc *bmc)
{
    return correlate_list(k->setup.correlator, bmc->name);
}

static bool has_candidate(const struct recheck *k, const struct bmc *bmc)
{
    for (const struct condition *c = first_of(k, bmc); c; c = c->next)
        if (is_candidate(c))
            return true;
    return false;
}

static void add_place(struct round *r, const char *place)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->places[i], place) == 0)
            return;
    if (r->count < PLACES_MAX)
        r->places[r->count++] = xstrdup(place);
}

static void forget_places(struct round *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->places[i]);
    r->count = r->at = 0;
}

/* ---- what is over */

/*
 * All that was open at the place before it was asked about. One at a time:
 * the list changes under us.
 */
static void close_at(struct round *r, const char *place, usec_t asked,
                     const char *why)
{
    const struct condition *c = first_of(r->owner, r->bmc), *next;

    for (; c; c = next) {
        next = c->next;
        if (!is_candidate(c) || strcmp(c->text, place) != 0 ||
            c->row.seen >= asked)
            continue;
        pipeline_close_condition(r->owner->setup.pipeline, c,
                                 VOICE_CONDITION_OVER, why);
    }
}

static const char *place_of(const struct round *r)
{
    return r->places[r->at - 1];
}

static void end_round(struct round *r)
{
    forget_places(r);
    r->not_before = clock_monotonic() + r->owner->times.pause;
}

/* ---- the questions */

static void ask(struct round *r, const char *uri,
                void (*on_answer)(void *userdata, const struct talk_answer *a))
{
    const struct talk_request request = {
        .bmc = r->bmc,
        .uri = uri,
        .on_answer = on_answer,
        .userdata = r,
    };

    r->exchange = talk_start(r->owner->setup.talk, &request);
}

static void on_list(void *userdata, const struct talk_answer *a)
{
    struct round *r = userdata;

    r->exchange = NULL;
    if (a->status == 200 && recheck_is_gone(a->json, place_of(r)))
        close_at(r, place_of(r), r->asked, "the BMC does not list it any more");
    ask_next(r);
}

static void on_place(void *userdata, const struct talk_answer *a)
{
    struct round *r = userdata;

    r->exchange = NULL;
    if (a->status == 0 || a->status == 401 || a->status >= 500) {
        end_round(r); /* it is not well itself: another time */
        return;
    }
    if (a->status == 200 && recheck_is_well(a->json, place_of(r)))
        close_at(r, place_of(r), a->asked,
                 "the Status there is well: its Health is OK");
    if (a->status == 404 && !strchr(place_of(r), '#')) {
        _cleanup_free_ char *list = recheck_list_of(place_of(r));

        r->asked = a->asked;
        ask(r, list, on_list);
        return;
    }
    ask_next(r);
}

static void ask_next(struct round *r)
{
    if (r->at == r->count)
        end_round(r);
    else
        ask(r, r->places[r->at++], on_place);
}

static int on_time(sd_event_source *source _unused_, uint64_t now _unused_,
                   void *userdata)
{
    struct round *r = userdata;

    r->timer = sd_event_source_disable_unref(r->timer);
    if (r->bmc->config->receive == RECEIVE_PASSIVE)
        return 0; /* since a reload: it is asked nothing */
    for (const struct condition *c = first_of(r->owner, r->bmc); c; c = c->next)
        if (is_candidate(c))
            add_place(r, c->text);
    ask_next(r);
    return 0;
}

/* ---- who is looked at */

static struct round *round_of(struct recheck *k, struct bmc *bmc)
{
    struct round *r = hashmap_find(k->rounds, bmc->name);

    if (r)
        return r;
    r = XNEW(struct round);
    r->owner = k;
    r->bmc = bmc;
    hashmap_set(k->rounds, bmc->name, r);
    return r;
}

static usec_t delay_of(const struct recheck *k)
{
    return k->times.delay + random_part(k->times.jitter);
}

void recheck_bmc(struct recheck *k, struct bmc *bmc)
{
    struct round *r;

    if (!k || !has_candidate(k, bmc))
        return;
    r = round_of(k, bmc);
    if (r->timer || r->exchange || clock_monotonic() < r->not_before)
        return;
    sd_event_add_time_relative(k->setup.loop, &r->timer, CLOCK_MONOTONIC,
                               delay_of(k), 0, on_time, r);
}

static void round_free(struct round *r)
{
    sd_event_source_disable_unref(r->timer);
    talk_cancel(r->exchange);
    forget_places(r);
    free(r);
}

void recheck_remove(struct recheck *k, struct bmc *bmc)
{
    struct round *r = k ? hashmap_remove(k->rounds, bmc->name) : NULL;

    if (r)
        round_free(r);
}

struct recheck *recheck_new(const struct recheck_setup *setup)
{
    struct recheck *k = XNEW(struct recheck);

    k->setup = *setup;
    k->times = setup->times ? *setup->times : usual;
    k->rounds = hashmap_new();
    return k;
}

void recheck_free(struct recheck *k)
{
    size_t cursor = 0;
    void *round;

    if (!k)
        return;
    while (hashmap_next(k->rounds, &cursor, NULL, &round))
        round_free(round);
    hashmap_free(k->rounds);
    free(k);
}
