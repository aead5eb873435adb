/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All subscriptions, and each one's beginning, its looks from time to time
 * and its end. What lies between stands in subscribe/, see subscription.h.
 */
#include "subscribe.h"

#include <string.h>

#include "log.h"
#include "proof.h"
#include "service.h"
#include "subscribe/leave.h"
#include "subscribe/subscription.h"
#include "util/alloc.h"
#include "util/random.h"
#include "vendors.h"

static void subscription_free(struct subscription *s)
{
    talk_cancel(s->exchange);
    look_cancel(s->look);
    sd_event_source_disable_unref(s->timer);
    look_done(&s->found);
    memory_done(&s->memory);
    words_done(&s->words);
    json_decref(s->terms);
    free(s->uri);
    free(s->etag);
    free(s);
}

static struct subscription *find(const struct subscriber *s,
                                 const struct bmc *bmc)
{
    return hashmap_find(s->subscriptions, bmc->name);
}

/* ---- a step */

void subscription_ask(struct subscription *s, const char *method,
                      const char *uri, const json_t *body,
                      void (*on_answer)(void *, const struct talk_answer *))
{
    struct talk_request r = {
        .bmc = s->bmc,
        .method = method,
        .uri = uri,
        .body = body,
        .on_answer = on_answer,
        .userdata = s,
    };

    s->exchange = talk_start(s->owner->host->talk, &r);
}

const char *subscription_collection(const struct subscription *s)
{
    const struct service *service = s->bmc->service;

    return service->subscriptions_url ? service->subscriptions_url
                                      : service->vendor_row->collection;
}

struct ladder_facts subscription_facts(const struct subscription *s)
{
    return (struct ladder_facts){
        .service = s->bmc->service,
        .vendor = s->bmc->service->vendor_row,
        .destination = s->words.destination,
        .context = s->words.context,
        .secret = s->bmc->secret,
    };
}

/* ---- looks from time to time */

static void check(struct subscription *s)
{
    if (!s->up || s->exchange || s->look)
        return;
    if (s->uri)
        mend_look(s);
    else
        settle_begin(s);
}

static int on_timer(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    check(userdata);
    return 0;
}

#define CHECK_SPACE (10 * USEC_PER_MSEC) /* between two, over the fleet */

/* From three quarters to five quarters of the time that is configured. */
static usec_t spread(usec_t period)
{
    return period / 4 * 3 + random_part(period / 2);
}

static void check_later(struct subscription *s)
{
    usec_t period = s->owner->config->subscription.check;

    /* A large fleet is not asked more often than so many a second. */
    if (period > 0)
        period =
            MAX_OF(period, fleet_count(s->owner->host->fleet) * CHECK_SPACE);
    sd_event_source_disable_unref(TAKE(s->timer));
    if (period > 0)
        sd_event_add_time_relative(s->owner->host->loop, &s->timer,
                                   CLOCK_MONOTONIC, spread(period), 0, on_timer,
                                   s);
}

/* ---- what is told */

static void learn_product(struct subscriber *s, const struct memory *m)
{
    if (m->product && m->ladder)
        free(hashmap_set(s->products, m->product, xstrdup(m->ladder)));
}

/* What worked, for the next time and for others of its kind. */
static void remember(struct subscription *s)
{
    const struct service *service = s->bmc->service;
    struct memory *m = &s->memory;

    free(m->firmware);
    free(m->product);
    free(m->made_for);
    free(m->shown);
    free(m->uri);
    json_decref(m->terms);
    m->uri = xstrdup(s->uri);
    m->firmware = xstrdup(service->firmware);
    m->product = xstrdup(service->product);
    m->made_for = memory_digest(s->words.destination);
    m->shown = xstrdup(s->words.shown);
    m->terms = json_incref(s->terms);
    learn_product(s->owner, m);
    memory_save(m, s->owner->host->notebook, s->bmc->name, s->bmc->token);
}

static usec_t heartbeat_of(const struct subscription *s)
{
    const json_t *asked = json_object_get(s->terms, "SendHeartbeat");

    return json_is_true(asked) ? LADDER_HEARTBEAT_MINUTES * USEC_PER_MINUTE : 0;
}

void subscription_up(struct subscription *s)
{
    struct source_host *host = s->owner->host;
    bool gap = s->gap, changed = s->changed, was_up = s->up;

    remember(s);
    s->up = true;
    s->gap = s->changed = s->fresh = s->mended = s->replaced = false;
    s->crowded = false;
    s->checked = clock_real();
    s->bmc->subscribed = true;
    s->bmc->limited = false;
    s->bmc->heartbeat = heartbeat_of(s);
    check_later(s);
    if (!was_up || gap)
        keep_up(host->keep, s->bmc, WAY_WEBHOOK,
                changed ? "subscribed" : "still subscribed", gap);
    if (changed)
        proof_after_change(host->proof, s->bmc);
}

void subscription_down(struct subscription *s, const struct talk_answer *a,
                       const struct error *why)
{
    struct keep_end end = {
        .status = a->status,
        .retry_after = a->retry_after,
        .err = why,
    };

    s->up = false;
    sd_event_source_disable_unref(TAKE(s->timer));
    keep_down(s->owner->host->keep, s->bmc, WAY_WEBHOOK, &end);
}

void subscription_absent(struct subscription *s, const struct error *why)
{
    s->up = false;
    sd_event_source_disable_unref(TAKE(s->timer));
    keep_absent(s->owner->host->keep, s->bmc, WAY_WEBHOOK, why);
}

/* ---- what keep calls */

/* What the last one of this BMC left behind. */
static void recall(struct subscription *s)
{
    _cleanup_free_ char *address =
        s->words.destination ? memory_digest(s->words.destination) : NULL;
    struct memory *m = &s->memory;

    memory_load(m, s->owner->host->notebook, s->bmc->name, s->bmc->token);
    if (!m->made_for || !address || strcmp(m->made_for, address) != 0)
        return; /* made for another address of ours */
    s->terms = json_incref(m->terms);
    s->words.shown = xstrdup(m->shown);
    s->words.member.shown = s->words.shown;
}

static const char *why_not(const struct subscription *s)
{
    const struct vendor *v = s->bmc->service->vendor_row;

    if (v->never)
        return "it is of a kind that must not be subscribed";
    if (!s->words.destination)
        return "public_url is not configured, so it cannot be told where to "
               "post to";
    return NULL;
}

static void way_stop(void *way, struct bmc *bmc)
{
    struct subscriber *s = way;
    struct subscription *subscription =
        hashmap_remove(s->subscriptions, bmc->name);

    bmc->heartbeat = 0;
    if (subscription)
        subscription_free(subscription);
}

static void way_start(void *way, struct bmc *bmc)
{
    struct subscriber *s = way;
    struct subscription *subscription = XNEW(struct subscription);
    struct error err = {""};
    const char *why;

    way_stop(s, bmc);
    leave_cancel(s, bmc);
    subscription->owner = s;
    subscription->bmc = bmc;
    words_init(&subscription->words, s, bmc);
    hashmap_set(s->subscriptions, bmc->name, subscription);
    recall(subscription);
    why = why_not(subscription);
    if (!why) {
        settle_begin(subscription);
        return;
    }
    error_set(&err, 0, "%s", why);
    subscription_absent(subscription, &err);
}

static void way_check(void *way, struct bmc *bmc)
{
    struct subscription *s = find(way, bmc);

    if (s)
        check(s);
}

static void way_leave(void *way, struct bmc *bmc)
{
    if (bmc->subscribed)
        subscribe_leave(way, bmc, NULL, NULL);
}

const struct way_type subscribe_way = {
    .name = "webhook",
    .verb = "subscribe",
    .start = way_start,
    .stop = way_stop,
    .check = way_check,
    .leave = way_leave,
};

/* ---- the subscriber */

struct subscriber *subscribe_new(struct source_host *host)
{
    struct subscriber *s = XNEW(struct subscriber);

    s->host = host;
    s->subscriptions = hashmap_new();
    s->products = hashmap_new();
    keep_add_way(host->keep, WAY_WEBHOOK, &subscribe_way, s);
    return s;
}

static void free_texts(struct hashmap *map)
{
    size_t cursor = 0;
    void *text;

    while (hashmap_next(map, &cursor, NULL, &text))
        free(text);
    hashmap_free(map);
}

void subscribe_free(struct subscriber *s)
{
    size_t cursor = 0;
    void *value;

    if (!s)
        return;
    leave_cancel_all(s);
    while (hashmap_next(s->subscriptions, &cursor, NULL, &value))
        subscription_free(value);
    hashmap_free(s->subscriptions);
    free_texts(s->products);
    free(s);
}

/* What was so when the program ended. */
static void recall_bmc(struct subscriber *s, struct bmc *bmc)
{
    const struct notebook *n = s->host->notebook;
    struct memory m = {0};

    bmc->subscribed |= memory_has(n, bmc->name);
    bmc->secret_required |= memory_has_secret(n, bmc->name);
    memory_load(&m, n, bmc->name, bmc->token);
    learn_product(s, &m);
    memory_done(&m);
}

void subscribe_adopt(struct subscriber *s, const struct config *config)
{
    bool first = !s->config;
    struct bmc *bmc;
    size_t cursor = 0;

    s->config = config;
    while (first && (bmc = fleet_next(s->host->fleet, &cursor)))
        recall_bmc(s, bmc);
}

struct subscribe_leaving *subscribe_leave(struct subscriber *s, struct bmc *bmc,
                                          void (*on_done)(void *, bool,
                                                          const struct error *),
                                          void *userdata)
{
    way_stop(s, bmc);
    return leave_start(s, bmc, on_done, userdata);
}

void subscribe_remove(struct subscriber *s, struct bmc *bmc)
{
    way_stop(s, bmc);
    if (bmc->subscribed)
        leave_start(s, bmc, NULL, NULL);
}

bool subscribe_knows_sender(struct subscriber *s, struct bmc *bmc,
                            const char *secret)
{
    bool good = secret && bmc_knows_secret(bmc, secret);

    if (good && !bmc->secret_required) {
        bmc->secret_required = true;
        memory_set_secret(s->host->notebook, bmc->name, true);
    }
    return good || !bmc->secret_required;
}

bool subscribe_describe(const struct subscriber *s, const struct bmc *bmc,
                        struct subscribe_view *ret)
{
    const struct subscription *one = find(s, bmc);

    *ret = (struct subscribe_view){0};
    if (!one)
        return false;
    ret->uri = one->uri;
    ret->body = one->memory.ladder;
    ret->checked = one->checked;
    ret->strangers = look_count(&one->found, MEMBER_STRANGER);
    ret->streams = look_count(&one->found, MEMBER_STREAM);
    return true;
}

void subscribe_count(const struct subscriber *s, struct subscribe_counts *ret)
{
    *ret = s->counts;
}
