/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One subscription's steps: discover, wait for the BMC's registries, read the
 * collection, read its members
 * one after another until one has our Destination, else POST. Any failure
 * waits and begins again; each spell of failures is told once.
 */
#include "subscribe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "discover.h"
#include "reach.h"
#include "registry/registry_fetch.h"
#include "util/alloc.h"
#include "util/backoff.h"

#define MEMBERS_MAX 64 /* the largest limit of a known BMC is 20 */
#define START_SPREAD (4 * USEC_PER_MSEC) /* per BMC, so as not to start all */
#define START_SPREAD_MAX (30 * USEC_PER_SEC)

struct subscriber {
    struct source_host *host;
    const struct config *config;
    struct hashmap *subscriptions; /* by BMC name */
};

struct subscription {
    struct subscriber *owner;
    struct bmc *bmc;
    char *signature; /* what it was begun with */
    struct discovery *discovery;
    struct registry_wait *registries;
    struct talk_exchange *exchange;
    sd_event_source *timer;
    struct backoff backoff;
    char *collection_url;
    char *members[MEMBERS_MAX];
    size_t member_count, member_at;
};

typedef void on_answer_fn(void *userdata, const struct talk_answer *a);

static void begin(struct subscription *s);

static void forget_members(struct subscription *s)
{
    for (size_t i = 0; i < s->member_count; i++)
        free(s->members[i]);
    s->member_count = s->member_at = 0;
    free(s->collection_url);
    s->collection_url = NULL;
}

static void subscription_free(struct subscription *s)
{
    discover_cancel(s->discovery);
    registry_fetch_cancel(s->registries);
    talk_cancel(s->exchange);
    sd_event_source_disable_unref(s->timer);
    forget_members(s);
    free(s->signature);
    free(s);
}

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    begin(userdata);
    return 0;
}

static uint32_t random_bits(void)
{
    uint32_t bits = 0;

    getrandom(&bits, sizeof(bits), GRND_NONBLOCK);
    return bits;
}

static void begin_after(struct subscription *s, usec_t delay)
{
    sd_event_source_disable_unref(s->timer);
    s->timer = NULL;
    sd_event_add_time_relative(s->owner->host->loop, &s->timer, CLOCK_MONOTONIC,
                               delay, 0, on_timer, s);
}

/* No answer, or a refusal: told once, then tried again. */
static void fail(struct subscription *s, unsigned status,
                 const struct error *err)
{
    forget_members(s);
    reach_failed(s->owner->host->pipeline, s->bmc, status, "subscribe", err);
    begin_after(s,
                reach_delay(s->bmc, backoff_next(&s->backoff, random_bits())));
}

static void succeed(struct subscription *s, const char *how)
{
    forget_members(s);
    backoff_reset(&s->backoff);
    reach_worked(s->owner->host->pipeline, s->bmc, how);
}

static void ask(struct subscription *s, const char *url, const json_t *body,
                on_answer_fn *on_answer)
{
    struct talk_request request = {
        .bmc = s->bmc,
        .method = body ? "POST" : "GET",
        .uri = url,
        .body = body,
        .on_answer = on_answer,
        .userdata = s,
    };

    s->exchange = talk_start(s->owner->host->talk, &request);
}

/* Whether it is a document; if not, the failure is dealt with. */
static bool take_answer(struct subscription *s, const struct talk_answer *a)
{
    s->exchange = NULL;
    if (a->status / 100 == 2 && a->json)
        return true;
    fail(s, a->status, a->err);
    return false;
}

static void on_created(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;

    s->exchange = NULL;
    if (a->status / 100 == 2)
        succeed(s, "subscribed");
    else
        fail(s, a->status, a->err);
}

/* The plainest body that a service of the specification accepts. */
static void create(struct subscription *s)
{
    _cleanup_free_ char *destination =
        bmc_destination(s->bmc, s->owner->config);
    _cleanup_free_ char *context = xasprintf("trawl:%s", s->bmc->name);
    struct error err = {""};
    json_t *body;

    if (!destination) {
        error_set(&err, -ENOENT,
                  "public_url is not configured, so it cannot "
                  "be told where to post to");
        fail(s, 200, &err); /* it answers, but cannot be subscribed */
        return;
    }
    body = json_pack("{ss ss ss}", "Destination", destination, "Protocol",
                     "Redfish", "Context", context);
    ask(s, s->collection_url, body, on_created);
    json_decref(body);
}

static void read_next_member(struct subscription *s);

static bool is_ours(const struct subscription *s, const json_t *member)
{
    _cleanup_free_ char *ours = bmc_destination(s->bmc, s->owner->config);
    const char *theirs =
        json_string_value(json_object_get(member, "Destination"));

    return ours && theirs && strcmp(ours, theirs) == 0;
}

static void on_member(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;

    if (a->status == 404) { /* gone since the collection was read */
        s->exchange = NULL;
        read_next_member(s);
    } else if (take_answer(s, a)) {
        if (is_ours(s, a->json))
            succeed(s, "still subscribed");
        else
            read_next_member(s);
    }
}

static void read_next_member(struct subscription *s)
{
    if (s->member_at == s->member_count)
        create(s);
    else
        ask(s, s->members[s->member_at++], NULL, on_member);
}

static void on_collection(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;
    json_t *member;
    size_t i;

    if (!take_answer(s, a))
        return;
    json_array_foreach (json_object_get(a->json, "Members"), i, member) {
        char *url = s->member_count < MEMBERS_MAX
                        ? talk_url(s->owner->host->talk, s->bmc,
                                   json_string_value(
                                       json_object_get(member, "@odata.id")))
                        : NULL;

        if (url)
            s->members[s->member_count++] = url;
    }
    read_next_member(s);
}

static void read_collection(struct subscription *s)
{
    ask(s, s->collection_url, NULL, on_collection);
}

/* The first event will find them, or they cannot be had. */
static void on_registries(void *userdata)
{
    struct subscription *s = userdata;

    s->registries = NULL;
    read_collection(s);
}

static void on_discovered(void *userdata, unsigned status,
                          const struct error *err)
{
    struct subscription *s = userdata;
    struct error failure = {"it has no collection of subscriptions"};

    s->discovery = NULL;
    if (err || !s->bmc->service->subscriptions_url) {
        fail(s, status, err ? err : &failure);
        return;
    }
    s->collection_url = xstrdup(s->bmc->service->subscriptions_url);
    s->registries = registry_fetch_start(s->owner->host->registries, s->bmc,
                                         on_registries, s);
    if (!s->registries)
        read_collection(s);
}

static void begin(struct subscription *s)
{
    s->discovery =
        discover_start(s->owner->host->discoverer, s->bmc, on_discovered, s);
}
struct subscriber *subscribe_new(struct source_host *host)
{
    struct subscriber *s = XNEW(struct subscriber);

    s->host = host;
    s->subscriptions = hashmap_new();
    return s;
}

void subscribe_free(struct subscriber *s)
{
    size_t cursor = 0;
    void *subscription;

    if (!s)
        return;
    while (hashmap_next(s->subscriptions, &cursor, NULL, &subscription))
        subscription_free(subscription);
    hashmap_free(s->subscriptions);
    free(s);
}

void subscribe_adopt(struct subscriber *s, const struct config *config)
{
    s->config = config;
}

void subscribe_remove(struct subscriber *s, struct bmc *bmc)
{
    struct subscription *subscription =
        hashmap_remove(s->subscriptions, bmc->name);

    if (subscription)
        subscription_free(subscription);
}

void subscribe_bmc(struct subscriber *s, struct bmc *bmc)
{
    _cleanup_free_ char *signature = bmc_signature(bmc, s->config);
    struct subscription *subscription =
        hashmap_find(s->subscriptions, bmc->name);
    usec_t spread =
        MIN_OF(fleet_count(s->host->fleet) * START_SPREAD, START_SPREAD_MAX);

    if (subscription && strcmp(subscription->signature, signature) == 0 &&
        !reach_is_held(bmc))
        return;
    subscribe_remove(s, bmc);
    reach_begin(bmc);
    subscription = XNEW(struct subscription);
    subscription->signature = TAKE(signature);
    subscription->owner = s;
    subscription->bmc = bmc;
    subscription->backoff = (struct backoff){.first = 2 * USEC_PER_SEC,
                                             .ceiling = 5 * USEC_PER_MINUTE};
    hashmap_set(s->subscriptions, bmc->name, subscription);
    begin_after(subscription, spread * (random_bits() >> 16) / 65536);
}
