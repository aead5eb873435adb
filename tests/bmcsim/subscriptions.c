/* SPDX-License-Identifier: Apache-2.0 */
/* See subscriptions.h. Streams show up as members without a Destination, as
 * they do on real BMCs; stream.c owns those. */
#include "subscriptions.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "page.h"
#include "poster.h"
#include "resources.h"
#include "heartbeat.h"
#include "subscription_check.h"
#include "subscription_filter.h"
#include "subscription_show.h"
#include "stream.h"

/* What a subscription does to a BMC that cannot bear one. */
#define FRAGILE_DOWN (10 * USEC_SEC)

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- events out -------------------------------------------------------- */

static bool has_filters(const struct bmc *b)
{
    for (const struct subscription *s = b->subscriptions; s; s = s->next)
        if (s->filtered)
            return true;
    return false;
}

/* A slot that nobody has and a subscription that is suspended want nothing; a
 * test event may be meant for one alone. */
static bool wants(const struct subscription *s, const struct event *e,
                  json_t *record)
{
    if (s->suspended || !*s->destination)
        return false;
    if (e->destination && strcmp(e->destination, s->destination) != 0)
        return false;
    return !s->filtered || filter_passes(s->resource, record);
}

void subscriptions_push(struct bmc *b, struct event *e)
{
    /* Parsing is dear: only where someone has a filter. */
    json_t *record =
        e->kind == EVENT_RECORDS && has_filters(b) ? event_record(e, 0) : NULL;

    for (struct subscription *s = b->subscriptions; s; s = s->next) {
        if (!wants(s, e, record))
            continue;
        e->subscribers++;
        lane_push(s->lane, e);
    }
    json_decref(record);
}

/* ---- life -------------------------------------------------------------- */

static struct subscription *subscription_find(struct bmc *b, const char *id)
{
    for (struct subscription *s = b->subscriptions; s; s = s->next) {
        char text[16];

        snprintf(text, sizeof(text), "%u", s->id);
        if (strcmp(text, id) == 0)
            return s;
    }
    return NULL;
}

void subscription_delete(struct subscription *s)
{
    struct subscription **at = &s->bmc->subscriptions;

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    clock_cancel(s->bmc->sim->clock, &s->beat);
    lane_close(s->lane);
    json_decref(s->resource);
    json_decref(s->headers);
    free(s->destination);
    free(s->context);
    free(s);
}

void subscriptions_clear(struct bmc *b)
{
    while (b->subscriptions)
        subscription_delete(b->subscriptions);
}

size_t subscriptions_count(const struct bmc *b)
{
    size_t n = 0;

    for (const struct subscription *s = b->subscriptions; s; s = s->next)
        n++;
    return n;
}

/* ---- POST ------------------------------------------------------------------
 */

/* HttpHeaders as an array of objects, whatever form they came in. */
static json_t *headers_of(json_t *body)
{
    json_t *given = json_object_get(body, "HttpHeaders");

    if (json_is_object(given))
        return json_pack("[O]", given);
    return json_is_array(given) ? json_incref(given) : NULL;
}

/* Takes over what the body says, be it of a POST or of a PATCH. */
static void adopt(struct subscription *s, json_t *body)
{
    json_t *headers = headers_of(body);

    json_object_update(s->resource, body);
    json_object_del(s->resource, "HttpHeaders");
    if (headers) {
        json_decref(s->headers);
        s->headers = headers;
    }
    if (json_object_get(body, "Context")) {
        free(s->context);
        s->context = xstrdup(text_of(body, "Context"));
    }
    if (json_object_get(body, "Destination")) {
        free(s->destination);
        s->destination = xstrdup(text_of(body, "Destination"));
    }
    s->filtered = filter_is_set(s->resource);
    s->policy = check_policy(body, s->policy);
    heartbeat_set(s);
}

/* body NULL: a slot that nobody has. */
static struct subscription *add(struct bmc *b, json_t *body)
{
    struct subscription *s = xcalloc(1, sizeof(*s)), **at = &b->subscriptions;

    s->bmc = b;
    s->id = ++b->last_subscription;
    s->policy = b->dialect.retry_policy;
    s->resource = json_object();
    s->destination = xstrdup("");
    adopt(s, body);
    s->lane = lane_open(b->sim->poster, s);
    while (*at)
        at = &(*at)->next;
    *at = s;
    return s;
}

/* When they are first looked at: the setting may come after the BMC. */
static void make_slots(struct bmc *b)
{
    while (b->last_subscription < (unsigned)b->dialect.subs.slots)
        add(b, NULL);
}

/* Neither a body nor a Location is sure: ZT sends a number for the Id and no
 * Location. */
static void show_new(const struct subscription *s, struct reply *ret)
{
    const struct subscribe_style *style = &s->bmc->dialect.subs;
    json_t *doc = subscription_show(s);

    if (style->integer_id)
        json_object_set_new(doc, "Id", json_integer((json_int_t)s->id));
    if (style->create_body)
        reply_json(ret, 201, json_incref(doc));
    else
        reply_empty(ret, 201);
    json_decref(doc);
    if (style->location)
        ret->location = subscription_uri(s);
}

/* POST. */
static void create(struct request *r, json_t *body, struct reply *ret)
{
    struct bmc *b = r->bmc;

    if (b->dialect.subs.fragile) {
        b->counters.tipped++;
        reply_error(ret, 500, "InternalError", "The service is going down.");
        bmc_reboot(b, FRAGILE_DOWN, b->dialect.subs.keep);
    } else if (b->dialect.subs.slots > 0) {
        reply_error(ret, 405, "OperationNotAllowed",
                    "Subscriptions are changed by PATCH here.");
    } else if (check_subscription(b, body, ret)) {
        show_new(add(b, body), ret);
    }
}

int subscriptions_plant(struct bmc *b, json_t *body, struct error *err)
{
    if (!json_is_string(json_object_get(body, "Destination")))
        return error_set(err, -EINVAL, "a subscription has a Destination");
    add(b, body);
    return 0;
}

/* What is on its way and what waits is not sent any more. */
static void forget_queue(struct subscription *s)
{
    lane_close(s->lane);
    s->lane = lane_open(s->bmc->sim->poster, s);
}

void subscriptions_reboot(struct bmc *b, bool keep)
{
    if (!keep) {
        subscriptions_clear(b);
        b->last_subscription = 0;
        return;
    }
    for (struct subscription *s = b->subscriptions; s; s = s->next)
        forget_queue(s);
}

/* ---- the other methods -------------------------------------------------- */

static void add_member(json_t *members, const struct subscription *s)
{
    _cleanup_(freep) char *uri = subscription_uri(s);

    if (s->bmc->dialect.subs.order == ORDER_OLDEST)
        json_array_append_new(members, resources_link(uri));
    else
        json_array_insert_new(members, 0, resources_link(uri));
}

static void show_all(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;
    const struct subscribe_style *style = &b->dialect.subs;
    json_t *members = style->show_sse ? stream_members(b) : json_array();

    for (struct subscription *s = b->subscriptions; s; s = s->next)
        add_member(members, s);
    reply_json(ret, 200,
               page_collection(r, style->path,
                               "#EventDestinationCollection."
                               "EventDestinationCollection",
                               members, style->page));
}

/* PATCH. One that was suspended works again. */
static void change(struct subscription *s, json_t *body, struct reply *ret)
{
    const struct subscribe_style *style = &s->bmc->dialect.subs;

    if (!style->patch) {
        reply_error(ret, 405, "OperationNotAllowed",
                    "A subscription cannot be changed.");
        return;
    }
    if (!check_change(s->bmc, body, ret))
        return;
    adopt(s, body);
    s->suspended = false;
    if (json_object_get(body, "Destination"))
        forget_queue(s);
    if (style->patch_status == 204)
        reply_empty(ret, 204);
    else
        reply_json(ret, (unsigned)style->patch_status, subscription_show(s));
}

static void delete (struct subscription *s, struct reply *ret)
{
    const struct subscribe_style *style = &s->bmc->dialect.subs;

    if (style->slots > 0) {
        reply_error(ret, 405, "OperationNotAllowed",
                    "Subscriptions are changed by PATCH here.");
        return;
    }
    reply_empty(ret, (unsigned)style->delete_status);
    subscription_delete(s);
}

static void handle_member(struct request *r, const char *id, json_t *body,
                          struct reply *ret)
{
    struct subscription *s = subscription_find(r->bmc, id);

    if (!s && stream_handle_member(r, id, ret))
        return;
    if (!s) {
        reply_error(ret, 404, "ResourceMissingAtURI",
                    "There is no subscription %s.", id);
    } else if (request_is(r, "GET")) {
        reply_json(ret, 200, subscription_show(s));
    } else if (request_is(r, "PATCH")) {
        change(s, body, ret);
    } else if (request_is(r, "DELETE")) {
        delete (s, ret);
    } else {
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    }
}

void subscriptions_handle(struct request *r, const char *tail,
                          struct reply *ret)
{
    json_t *body = request_json(r, NULL);

    make_slots(r->bmc);
    if (*tail)
        handle_member(r, tail, body, ret);
    else if (request_is(r, "GET"))
        show_all(r, ret);
    else if (request_is(r, "POST"))
        create(r, body, ret);
    else
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    json_decref(body);
}

json_t *subscriptions_describe(const struct bmc *b)
{
    json_t *all = json_array();

    for (const struct subscription *s = b->subscriptions; s; s = s->next)
        if (*s->destination)
            json_array_append_new(all, subscription_describe(s));
    return all;
}
