/* SPDX-License-Identifier: Apache-2.0 */
/* See event_service.h. */
#include "event_service.h"

#include <string.h>

#include "emit.h"
#include "registries.h"
#include "resources.h"

#define ACTION "/Actions/EventService."
#define ATTEMPTS_MAX 5
#define INTERVAL_MAX 180

/* ---- what it says ---------------------------------------------------------
 */

static json_t *list_array(const char *list)
{
    json_t *array = json_array();

    while (list) {
        _cleanup_(freep) char *word = list_next(&list);

        if (word)
            json_array_append_new(array, json_string(word));
    }
    return array;
}

static void add_list(json_t *doc, const char *name, const char *list)
{
    if (*list)
        json_object_set_new(doc, name, list_array(list));
}

/* Of the dialect, or of the registries that the BMC serves. */
static void add_prefixes(const struct bmc *b, json_t *doc)
{
    const struct subscribe_style *style = &b->dialect.subs;

    if (list_has(style->refuse, "RegistryPrefixes"))
        return;
    if (*style->prefixes)
        add_list(doc, "RegistryPrefixes", style->prefixes);
    else
        json_object_set_new(doc, "RegistryPrefixes", registries_prefixes(b));
}

/* What is refused is not offered. */
static void add_offers(const struct bmc *b, json_t *doc)
{
    const struct dialect *d = &b->dialect;

    add_prefixes(b, doc);
    if (!list_has(d->subs.refuse, "ResourceTypes"))
        add_list(doc, "ResourceTypes", d->subs.resource_types);
    if (!list_has(d->subs.refuse, "EventTypes"))
        add_list(doc, "EventTypesForSubscription", d->subs.event_types);
    if (!list_has(d->subs.refuse, "EventFormatType"))
        add_list(doc, "EventFormatTypes", d->subs.formats);
    if (*d->test.action) {
        _cleanup_(freep) char *name =
            xasprintf("#EventService.%s", d->test.action);
        _cleanup_(freep) char *target =
            xasprintf(EVENT_SERVICE ACTION "%s", d->test.action);

        json_object_set_new(doc, "Actions",
                            json_pack("{s{ss}}", name, "target", target));
    }
    if (!d->sse)
        return;
    json_object_set_new(doc, "ServerSentEventUri", json_string(d->sse_path));
    if (*d->sse_filter)
        json_object_set_new(
            doc, "SSEFilterPropertiesSupported",
            json_pack("{sb sb}", "EventFormatType",
                      is_prefix(d->sse_filter, "EventFormatType"), "EventType",
                      is_prefix(d->sse_filter, "EventType")));
}

/* "1.10.0" as in "#EventService.v1_10_0.EventService". */
static char *type_of(const char *version)
{
    char *type = xasprintf("#EventService.v%s.EventService", version);

    for (size_t i = strlen("#EventService."); type[i] != 'E'; i++)
        if (type[i] == '.' && type[i + 1] != 'E')
            type[i] = '_';
    return type;
}

static json_t *show(const struct bmc *b)
{
    const struct dialect *d = &b->dialect;
    _cleanup_(freep) char *type = type_of(d->event_service_version);
    json_t *doc = json_pack(
        "{ss ss ss ss sb si si so s{ss ss}}", "@odata.id", EVENT_SERVICE,
        "@odata.type", type, "Id", "EventService", "Name", "Event Service",
        "ServiceEnabled", d->service_enabled, "DeliveryRetryAttempts",
        (int)d->retry_attempts, "DeliveryRetryIntervalSeconds",
        (int)((d->retry_interval_ms + 999) / 1000), "Subscriptions",
        resources_link(d->subs.path), "Status", "State",
        d->service_enabled ? "Enabled" : "Disabled", "Health", "OK");

    add_offers(b, doc);
    return doc;
}

/* ---- what can be changed -------------------------------------------------
 */

static bool take_number(json_t *body, const char *name, long max,
                        struct reply *ret)
{
    json_t *value = json_object_get(body, name);

    if (!value || (json_is_integer(value) && json_integer_value(value) >= 1 &&
                   json_integer_value(value) <= max))
        return true;
    reply_refuse(ret, "PropertyValueOutOfRange", name,
                 "The value of %s is not from 1 to %ld.", name, max);
    return false;
}

/* PATCH of the service: bmcweb and others let a client do it. */
static void change(struct bmc *b, json_t *body, struct reply *ret)
{
    json_t *attempts = json_object_get(body, "DeliveryRetryAttempts");
    json_t *interval = json_object_get(body, "DeliveryRetryIntervalSeconds");
    json_t *enabled = json_object_get(body, "ServiceEnabled");

    if (!json_is_object(body)) {
        reply_error(ret, 400, "MalformedJSON", "The body is no JSON object.");
        return;
    }
    if (!take_number(body, "DeliveryRetryAttempts", ATTEMPTS_MAX, ret) ||
        !take_number(body, "DeliveryRetryIntervalSeconds", INTERVAL_MAX, ret))
        return;
    if (attempts)
        b->dialect.retry_attempts = (long)json_integer_value(attempts);
    if (interval)
        b->dialect.retry_interval_ms =
            (long)json_integer_value(interval) * 1000;
    if (enabled)
        b->dialect.service_enabled = json_is_true(enabled);
    reply_json(ret, 200, show(b));
}

/* ---- the test event -------------------------------------------------------
 */

static const char *missing(const char *required, json_t *body)
{
    while (required) {
        const char *at = required;
        _cleanup_(freep) char *name = list_next(&required);

        if (name && !json_object_get(body, name))
            return at;
    }
    return NULL;
}

/* ZT refuses a second one for 5 to 15 seconds, a Dell one that does not name
 * all of its parameters. */
static bool is_refused(struct bmc *b, json_t *body, struct reply *ret)
{
    const struct test_style *style = &b->dialect.test;
    const char *lacks = missing(style->require, body), *name;
    usec_t quiet = (usec_t)style->quiet_ms * USEC_MSEC;
    json_t *value;

    if (style->quiet_ms > 0 && b->last_test &&
        time_now() < b->last_test + quiet) {
        reply_error(ret, 400, "GeneralError",
                    "A test event was sent a moment ago.");
        return true;
    }
    if (lacks) {
        reply_error(ret, 400, "ActionParameterMissing",
                    "The action requires the parameter %.*s.",
                    (int)strcspn(lacks, ","), lacks);
        return true;
    }
    json_object_foreach (body, name, value)
        if (*style->parameters && !list_has(style->parameters, name) &&
            !list_has(style->require, name)) {
            reply_error(ret, 400, "ActionParameterUnknown",
                        "The action has no parameter %s.", name);
            return true;
        }
    return false;
}

/* The record that the parameters describe. */
static json_t *record_of(json_t *body)
{
    json_t *record = json_copy(body);
    json_t *type = json_array_get(json_object_get(body, "EventTypes"), 0);

    if (type && !json_object_get(record, "EventType"))
        json_object_set(record, "EventType", type);
    json_object_del(record, "EventTypes");
    json_object_del(record, "EventGroupId");
    json_object_del(record, "Destination");
    json_object_del(record, "Protocol");
    json_object_del(record, "Context");
    if (!json_object_get(record, "MessageId"))
        json_object_set_new(record, "MessageId",
                            json_string("ResourceEvent.1.4.TestMessage"));
    return record;
}

/* The record is the parameters, but for those that say where it goes. */
static void submit(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;
    json_t *body = request_json(r, NULL), *order, *destination;
    struct error err;
    uint64_t pending;

    if (!json_is_object(body)) {
        json_decref(body);
        body = json_object();
    }
    if (is_refused(b, body, ret)) {
        json_decref(body);
        return;
    }
    b->last_test = time_now();
    order = json_pack("{so sb}", "event", record_of(body), "test", 1);
    destination = json_object_get(body, "Destination");
    if (b->dialect.test.to_destination && destination)
        json_object_set(order, "destination", destination);
    if (emit_order(b, order, &pending, &err) < 0)
        reply_error(ret, 400, "ActionParameterValueFormatError", "%s",
                    err.text);
    else
        reply_empty(ret, (unsigned)b->dialect.test.status);
    json_decref(order);
    json_decref(body);
}

bool event_service_handle(struct request *r, const char *tail,
                          struct reply *ret)
{
    json_t *body;

    if (request_is(r, "POST") && *r->bmc->dialect.test.action &&
        is_prefix(tail, ACTION) &&
        strcmp(tail + strlen(ACTION), r->bmc->dialect.test.action) == 0) {
        submit(r, ret);
        return true;
    }
    if (*tail)
        return false;
    if (request_is(r, "GET")) {
        reply_json(ret, 200, show(r->bmc));
    } else if (request_is(r, "PATCH")) {
        body = request_json(r, NULL);
        change(r->bmc, body, ret);
        json_decref(body);
    } else {
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    }
    return true;
}
