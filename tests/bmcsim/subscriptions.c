/* SPDX-License-Identifier: Apache-2.0 */
/* See subscriptions.h. Streams show up as members without a Destination, as
 * they do on real BMCs; stream.c owns those. */
#include "subscriptions.h"

#include <stdio.h>
#include <string.h>

#include "poster.h"
#include "subscription_check.h"
#include "stream.h"

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- events out -------------------------------------------------------- */

static bool wants(const struct subscription *s, const char *message_id)
{
    size_t i;
    json_t *prefix;

    if (!message_id || json_array_size(s->prefixes) == 0)
        return true;
    json_array_foreach (s->prefixes, i, prefix) {
        const char *text = json_string_value(prefix);

        if (text && is_prefix(message_id, text) &&
            message_id[strlen(text)] == '.')
            return true;
    }
    return false;
}

static bool has_filters(const struct bmc *b)
{
    for (const struct subscription *s = b->subscriptions; s; s = s->next)
        if (s->prefixes)
            return true;
    return false;
}

void subscriptions_push(struct bmc *b, struct event *e)
{
    /* Parsing is dear: only where someone has a filter. */
    json_t *record =
        e->kind == EVENT_RECORDS && has_filters(b) ? event_record(e) : NULL;
    const char *message_id = text_of(record, "MessageId");

    for (struct subscription *s = b->subscriptions; s; s = s->next) {
        if (s->suspended || !wants(s, message_id))
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
    lane_close(s->lane);
    json_decref(s->resource);
    json_decref(s->headers);
    json_decref(s->prefixes);
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

static char *member_uri(const struct bmc *b, unsigned id)
{
    return xasprintf("%s/%u", b->dialect.subscriptions_path, id);
}

static json_t *show(const struct subscription *s)
{
    _cleanup_(freep) char *uri = member_uri(s->bmc, s->id);
    json_t *doc = json_deep_copy(s->resource);
    char id[16];

    snprintf(id, sizeof(id), "%u", s->id);
    json_object_update_new(
        doc,
        json_pack("{ss ss ss ss ss so? s{ss}}", "@odata.id", uri, "@odata.type",
                  "#EventDestination.v1_14_0.EventDestination", "Id", id,
                  "Name", "Event subscription", "Destination", s->destination,
                  "Context", s->context ? json_string(s->context) : NULL,
                  "Status", "State", s->suspended ? "Disabled" : "Enabled"));
    if (!json_object_get(doc, "Protocol"))
        json_object_set_new(doc, "Protocol", json_string("Redfish"));
    json_object_set_new(doc, "SubscriptionType", json_string("RedfishEvent"));
    if (s->policy != RETRY_DROP_EVENT)
        json_object_set_new(doc, "DeliveryRetryPolicy",
                            json_string(retry_policies[s->policy]));
    /* What may hold secrets is never shown. */
    json_object_set_new(doc, "HttpHeaders", json_array());
    return doc;
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
    if (json_is_array(json_object_get(body, "RegistryPrefixes"))) {
        json_decref(s->prefixes);
        s->prefixes = json_incref(json_object_get(body, "RegistryPrefixes"));
    }
    s->policy = check_policy(body, s->policy);
}

static void create(struct request *r, json_t *body, struct reply *ret)
{
    struct bmc *b = r->bmc;
    struct subscription *s, **at = &b->subscriptions;

    if (!check_subscription(b, body, ret))
        return;
    s = xcalloc(1, sizeof(*s));
    s->bmc = b;
    s->id = ++b->last_subscription;
    s->policy = b->dialect.retry_policy;
    s->resource = json_object();
    s->destination = xstrdup(text_of(body, "Destination"));
    adopt(s, body);
    s->lane = lane_open(b->sim->poster, s);
    while (*at)
        at = &(*at)->next;
    *at = s;
    if (b->dialect.create_body)
        reply_json(ret, 201, show(s));
    else
        reply_empty(ret, 201);
    if (b->dialect.location)
        ret->location = member_uri(b, s->id);
}

/* ---- the other methods -------------------------------------------------- */

static void show_all(struct bmc *b, struct reply *ret)
{
    json_t *members = stream_members(b);

    for (struct subscription *s = b->subscriptions; s; s = s->next) {
        _cleanup_(freep) char *uri = member_uri(b, s->id);

        json_array_append_new(members, json_pack("{ss}", "@odata.id", uri));
    }
    reply_json(
        ret, 200,
        json_pack("{ss ss ss si so}", "@odata.id",
                  b->dialect.subscriptions_path, "@odata.type",
                  "#EventDestinationCollection.EventDestinationCollection",
                  "Name", "Event Subscriptions", "Members@odata.count",
                  (int)json_array_size(members), "Members", members));
}

static void change(struct subscription *s, json_t *body, struct reply *ret)
{
    if (!json_is_object(body)) {
        reply_error(ret, 400, "MalformedJSON",
                    "The request body is not a JSON object.");
        return;
    }
    if (json_object_get(body, "Destination")) {
        reply_error(ret, 400, "PropertyNotWritable",
                    "Destination cannot be changed.");
        return;
    }
    if (check_policy(body, 0) < 0 || !check_http_headers(s->bmc, body, ret)) {
        if (!ret->status)
            reply_error(ret, 400, "PropertyValueNotInList",
                        "DeliveryRetryPolicy is unknown.");
        return;
    }
    adopt(s, body);
    s->suspended = false;
    reply_json(ret, 200, show(s));
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
        reply_json(ret, 200, show(s));
    } else if (request_is(r, "PATCH")) {
        change(s, body, ret);
    } else if (request_is(r, "DELETE")) {
        subscription_delete(s);
        reply_empty(ret, (unsigned)r->bmc->dialect.delete_status);
    } else {
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    }
}

void subscriptions_handle(struct request *r, const char *tail,
                          struct reply *ret)
{
    json_t *body = request_json(r, NULL);

    if (*tail)
        handle_member(r, tail, body, ret);
    else if (request_is(r, "GET"))
        show_all(r->bmc, ret);
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
        json_array_append_new(
            all,
            json_pack("{si ss so? ss sb sI sI sI so?}", "id", (int)s->id,
                      "destination", s->destination, "context",
                      s->context ? json_string(s->context) : NULL, "policy",
                      retry_policies[s->policy], "suspended", s->suspended,
                      "queued", (json_int_t)lane_depth(s->lane), "posted",
                      (json_int_t)s->posted, "acked", (json_int_t)s->acked,
                      "http_headers",
                      s->headers ? json_incref(s->headers) : NULL));
    return all;
}
