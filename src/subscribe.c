/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One subscription's steps: read the collection, read its members one after
 * another until one has our Destination, else POST. What became of it is told
 * to the keep, which begins again after a failure.
 */
#include "subscribe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "keep.h"
#include "service.h"
#include "talk.h"
#include "util/alloc.h"

#define STANDARD_PATH "/redfish/v1/EventService/Subscriptions"
#define MEMBERS_MAX 64 /* the largest limit of a known BMC is 20 */

struct subscriber {
    struct source_host *host;
    const struct config *config;
    struct hashmap *subscriptions; /* by BMC name */
};

struct subscription {
    struct subscriber *owner;
    struct bmc *bmc;
    struct talk_exchange *exchange;
    char *members[MEMBERS_MAX];
    size_t member_count, member_at;
};

typedef void on_answer_fn(void *userdata, const struct talk_answer *a);

static void forget_members(struct subscription *s)
{
    for (size_t i = 0; i < s->member_count; i++)
        free(s->members[i]);
    s->member_count = s->member_at = 0;
}

static void subscription_free(struct subscription *s)
{
    talk_cancel(s->exchange);
    forget_members(s);
    free(s);
}

/* No answer, or a refusal. It may be gone after it. */
static void fail(struct subscription *s, unsigned status,
                 const struct error *err)
{
    struct keep_end end = {.status = status, .err = err};

    forget_members(s);
    keep_down(s->owner->host->keep, s->bmc, WAY_WEBHOOK, &end);
}

/* `made`: it was not there, so events may have been missed. */
static void succeed(struct subscription *s, bool made)
{
    forget_members(s);
    keep_up(s->owner->host->keep, s->bmc, WAY_WEBHOOK,
            made ? "subscribed" : "still subscribed", made);
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
        succeed(s, true);
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
    ask(s, s->bmc->service->subscriptions_url ?: STANDARD_PATH, body,
        on_created);
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
            succeed(s, false);
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

/* ---- a way of keep.h */

static void way_stop(void *way, struct bmc *bmc)
{
    struct subscriber *o = way;
    struct subscription *s = hashmap_remove(o->subscriptions, bmc->name);

    if (s)
        subscription_free(s);
}

static void way_start(void *way, struct bmc *bmc)
{
    struct subscriber *o = way;
    struct subscription *s = XNEW(struct subscription);

    way_stop(o, bmc);
    s->owner = o;
    s->bmc = bmc;
    hashmap_set(o->subscriptions, bmc->name, s);
    ask(s, bmc->service->subscriptions_url ?: STANDARD_PATH, NULL,
        on_collection);
}

static const struct way_type subscribe_way = {
    .name = "subscription",
    .verb = "subscribe",
    .start = way_start,
    .stop = way_stop,
};

struct subscriber *subscribe_new(struct source_host *host)
{
    struct subscriber *s = XNEW(struct subscriber);

    s->host = host;
    s->subscriptions = hashmap_new();
    keep_add_way(host->keep, WAY_WEBHOOK, &subscribe_way, s);
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
