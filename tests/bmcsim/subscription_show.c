/* SPDX-License-Identifier: Apache-2.0 */
/* See subscription_show.h. */
#include "subscription_show.h"

#include <stdio.h>

#include "poster.h"
#include "subscription_check.h"

char *subscription_uri(const struct subscription *s)
{
    return xasprintf("%s/%u", s->bmc->dialect.subs.path, s->id);
}

/* Firmware that forgets to show what it took. */
static void hide(json_t *doc, const char *names)
{
    while (names) {
        _cleanup_(freep) char *name = list_next(&names);

        if (name)
            json_object_del(doc, name);
    }
}

/* What the client did not say, but the service has an answer to. */
static void show_delivery(const struct subscription *s, json_t *doc)
{
    const struct subscribe_style *style = &s->bmc->dialect.subs;

    if (*style->policies && s->policy != RETRY_DROP_EVENT)
        json_object_set_new(doc, "DeliveryRetryPolicy",
                            json_string(retry_policies[s->policy]));
    if (style->heartbeat && !json_object_get(doc, "SendHeartbeat"))
        json_object_set_new(doc, "SendHeartbeat", json_false());
    /* What may hold secrets is never shown. */
    if (style->http_headers == HEADERS_ARRAY)
        json_object_set_new(doc, "HttpHeaders", json_array());
    else if (style->http_headers == HEADERS_OBJECT)
        json_object_set_new(doc, "HttpHeaders", json_null());
}

json_t *subscription_show(const struct subscription *s)
{
    _cleanup_(freep) char *uri = subscription_uri(s);
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
    if (!list_has(s->bmc->dialect.subs.refuse, "SubscriptionType"))
        json_object_set_new(doc, "SubscriptionType",
                            json_string("RedfishEvent"));
    show_delivery(s, doc);
    hide(doc, s->bmc->dialect.subs.hide);
    return doc;
}

json_t *subscription_describe(const struct subscription *s)
{
    return json_pack(
        "{si ss so? ss sb sI sI sI so?}", "id", (int)s->id, "destination",
        s->destination, "context", s->context ? json_string(s->context) : NULL,
        "policy", retry_policies[s->policy], "suspended", s->suspended,
        "queued", (json_int_t)lane_depth(s->lane), "posted",
        (json_int_t)s->posted, "acked", (json_int_t)s->acked, "http_headers",
        s->headers ? json_incref(s->headers) : NULL);
}
