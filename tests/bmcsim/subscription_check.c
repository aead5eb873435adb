/* SPDX-License-Identifier: Apache-2.0 */
/* See subscription_check.h. */
#include "subscription_check.h"

#include <string.h>

#include "stream.h"
#include "subscriptions.h"

const char *const retry_policies[] = {"TerminateAfterRetries", "SuspendRetries",
                                      "RetryForever", "DropEvent"};

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool check_http_headers(const struct bmc *b, json_t *body, struct reply *ret)
{
    json_t *given = json_object_get(body, "HttpHeaders");

    if (!given)
        return true;
    if (b->dialect.http_headers == HEADERS_NONE)
        reply_error(ret, 400, "PropertyUnknown",
                    "The property HttpHeaders is not supported.");
    else if (b->dialect.http_headers == HEADERS_ARRAY ? json_is_array(given)
                                                      : json_is_object(given))
        return true;
    else
        reply_error(ret, 400, "PropertyValueTypeError",
                    "HttpHeaders is of the wrong type.");
    return false;
}

static bool check_lists(const struct bmc *b, json_t *body, struct reply *ret)
{
    const char *required = b->dialect.require,
               *refused = b->dialect.refuse_properties;

    while (required) {
        _cleanup_(freep) char *name = list_next(&required);

        if (!name || json_object_get(body, name))
            continue;
        reply_error(ret, 400, "PropertyMissing", "The property %s is required.",
                    name);
        return false;
    }
    while (refused) {
        _cleanup_(freep) char *name = list_next(&refused);

        if (!name || !json_object_get(body, name))
            continue;
        reply_error(ret, 400, "PropertyUnknown",
                    "The property %s is not in the schema.", name);
        return false;
    }
    return true;
}

static bool check_destination(struct bmc *b, json_t *body, struct reply *ret)
{
    const char *destination = text_of(body, "Destination");

    if (!destination) {
        reply_error(ret, 400, "PropertyMissing",
                    "The property Destination is required.");
        return false;
    }
    if (!is_prefix(destination, "https://") &&
        (b->dialect.https_only || !is_prefix(destination, "http://"))) {
        reply_error(ret, 400, "PropertyValueFormatError",
                    "Destination is not of a scheme that is supported.");
        return false;
    }
    for (struct subscription *s = b->subscriptions;
         b->dialect.refuse_duplicates && s; s = s->next)
        if (strcmp(s->destination, destination) == 0) {
            reply_error(ret, 400, "PropertyValueModified",
                        "A subscription with this Destination exists.");
            return false;
        }
    return true;
}

int check_policy(json_t *body, int otherwise)
{
    const char *given = text_of(body, "DeliveryRetryPolicy");

    for (int i = 0; given && i <= RETRY_FOREVER; i++)
        if (strcmp(retry_policies[i], given) == 0)
            return i;
    return given ? -1 : otherwise;
}

bool check_subscription(struct bmc *b, json_t *body, struct reply *ret)
{
    const char *protocol = text_of(body, "Protocol");
    long limit = b->dialect.subscription_limit;

    if (!json_is_object(body)) {
        reply_error(ret, 400, "MalformedJSON",
                    "The request body is not a JSON object.");
        return false;
    }
    if (!check_lists(b, body, ret) || !check_destination(b, body, ret) ||
        !check_http_headers(b, body, ret))
        return false;
    if (protocol && strcmp(protocol, "Redfish") != 0) {
        reply_error(ret, 400, "PropertyValueNotInList",
                    "Protocol '%s' is not supported.", protocol);
        return false;
    }
    if (check_policy(body, 0) < 0) {
        reply_error(ret, 400, "PropertyValueNotInList",
                    "DeliveryRetryPolicy is not supported.");
        return false;
    }
    if (limit > 0 &&
        subscriptions_count(b) + stream_count(b) >= (size_t)limit) {
        reply_error(
            ret, (unsigned)b->dialect.limit_status,
            "EventSubscriptionLimitExceeded",
            "The event service has no room for more than %ld subscriptions.",
            limit);
        return false;
    }
    return true;
}
