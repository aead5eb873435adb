/* SPDX-License-Identifier: Apache-2.0 */
/* See subscription_check.h. First the names of what is sent, then what is
 * missing, then the values one by one, and last whether there is room: the
 * first complaint is the answer. */
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

/* ---- names ------------------------------------------------------------- */

static bool is_unknown(const struct subscribe_style *style, const char *name)
{
    if (list_has(style->refuse, name))
        return true;
    if (!style->heartbeat && (strcmp(name, "SendHeartbeat") == 0 ||
                              strcmp(name, "HeartbeatIntervalMinutes") == 0))
        return true;
    if (style->http_headers == HEADERS_NONE && strcmp(name, "HttpHeaders") == 0)
        return true;
    return *style->only && !list_has(style->only, name);
}

/* Nothing may be sent that the schema of the dialect has not: real services
 * refuse the whole body for one name. */
static bool check_names(const struct subscribe_style *style, json_t *body,
                        struct reply *ret)
{
    const char *name;
    json_t *value;

    json_object_foreach (body, name, value) {
        if (is_unknown(style, name)) {
            reply_refuse(ret, style->refuse_message, name,
                         "The property %s is not in the list of valid "
                         "properties for the resource.",
                         name);
            return false;
        }
        if (list_has(style->not_writable, name)) {
            reply_refuse(ret, "PropertyNotWritable", name,
                         "The property %s is a read only property.", name);
            return false;
        }
    }
    return true;
}

/* Names the first that is missing, as services do. */
static bool check_required(const char *required, json_t *body,
                           struct reply *ret)
{
    while (required) {
        _cleanup_(freep) char *name = list_next(&required);

        if (!name || json_object_get(body, name))
            continue;
        reply_refuse(ret, "PropertyMissing", name,
                     "The property %s is a required property and must be "
                     "included in the request.",
                     name);
        return false;
    }
    return true;
}

/* ---- values ------------------------------------------------------------ */

static bool refuse_value(struct reply *ret, const char *key, const char *name)
{
    reply_refuse(ret, key, name, "The value of %s is not acceptable.", name);
    return false;
}

/* A text, and not too long. True when there is none. */
static bool check_length(json_t *body, const char *name, long max,
                         struct reply *ret)
{
    json_t *value = json_object_get(body, name);

    if (!value || (json_is_string(value) &&
                   (max <= 0 || json_string_length(value) <= (size_t)max)))
        return true;
    return refuse_value(ret,
                        json_is_string(value) ? "PropertyValueFormatError"
                                              : "PropertyValueTypeError",
                        name);
}

/* An address for the events: its scheme, its length, no password in it. */
static bool check_destination(const struct subscribe_style *style, json_t *body,
                              struct reply *ret)
{
    const char *destination = text_of(body, "Destination"), *host, *at;

    if (!check_length(body, "Destination", style->destination_max, ret))
        return false;
    if (!destination || (!*destination && style->slots > 0))
        return true;
    if (!is_prefix(destination, "https://") &&
        (style->https_only || !is_prefix(destination, "http://"))) {
        reply_refuse(ret, "PropertyValueFormatError", "Destination",
                     "Destination is not of a scheme that is supported.");
        return false;
    }
    host = strstr(destination, "://") + 3;
    at = strchr(host, '@');
    if (style->refuse_userinfo && at && at < host + strcspn(host, "/"))
        return refuse_value(ret, "PropertyValueFormatError", "Destination");
    return true;
}

/* What bmcweb counts is all of it, names and values. */
static size_t headers_length(json_t *given)
{
    char *text = json_dumps(given, JSON_COMPACT);
    size_t len = text ? strlen(text) : 0;

    free(text);
    return len;
}

/* Services differ in the form: bmcweb wants an array of objects, ZT and iLO4
 * an object. */
static bool check_headers(const struct subscribe_style *style, json_t *body,
                          struct reply *ret)
{
    json_t *given = json_object_get(body, "HttpHeaders");

    if (!given)
        return true;
    if (style->http_headers == HEADERS_ARRAY ? !json_is_array(given)
                                             : !json_is_object(given))
        return refuse_value(ret, "PropertyValueTypeError", "HttpHeaders");
    if (style->headers_max > 0 &&
        headers_length(given) > (size_t)style->headers_max)
        return refuse_value(ret, "PropertyValueFormatError", "HttpHeaders");
    return true;
}

/* An array of strings, each one of the list if there is one. */
static bool check_array(const struct subscribe_style *style, json_t *body,
                        const char *name, const char *known, struct reply *ret)
{
    json_t *given = json_object_get(body, name), *one;
    size_t i;

    if (!given)
        return true;
    if (!json_is_array(given))
        return refuse_value(ret, "PropertyValueTypeError", name);
    if (style->refuse_empty && json_array_size(given) == 0)
        return refuse_value(ret, "PropertyValueFormatError", name);
    json_array_foreach (given, i, one) {
        const char *text = json_string_value(one);

        if (!text || (style->refuse_empty && !*text))
            return refuse_value(ret, "PropertyValueTypeError", name);
        if (*known && !list_has(known, text))
            return refuse_value(ret, "PropertyValueNotInList", name);
    }
    return true;
}

/* What may be asked for: lists of words that the service offers. */
static bool check_filters(const struct subscribe_style *style, json_t *body,
                          struct reply *ret)
{
    if (style->exclusive_filters &&
        json_array_size(json_object_get(body, "MessageIds")) &&
        json_array_size(json_object_get(body, "RegistryPrefixes"))) {
        reply_refuse(ret, "PropertyValueConflict", "MessageIds",
                     "MessageIds and RegistryPrefixes exclude each other.");
        return false;
    }
    return check_array(style, body, "EventTypes", style->event_types, ret) &&
           check_array(style, body, "RegistryPrefixes", style->prefixes, ret) &&
           check_array(style, body, "ResourceTypes", style->resource_types,
                       ret) &&
           check_array(style, body, "MessageIds", "", ret) &&
           check_array(style, body, "OriginResources", "", ret);
}

int check_policy(json_t *body, int otherwise)
{
    const char *given = text_of(body, "DeliveryRetryPolicy");

    for (int i = 0; given && i <= RETRY_FOREVER; i++)
        if (strcmp(retry_policies[i], given) == 0)
            return i;
    return given ? -1 : otherwise;
}

/* Single words and numbers. */
static bool check_words(const struct subscribe_style *style, json_t *body,
                        struct reply *ret)
{
    const char *protocol = text_of(body, "Protocol");
    const char *policy = text_of(body, "DeliveryRetryPolicy");
    const char *format = text_of(body, "EventFormatType");
    json_t *interval = json_object_get(body, "HeartbeatIntervalMinutes");

    if (protocol && strcmp(protocol, "Redfish") != 0)
        return refuse_value(ret, "PropertyValueNotInList", "Protocol");
    if (policy && !list_has(style->policies, policy))
        return refuse_value(ret, "PropertyValueNotInList",
                            "DeliveryRetryPolicy");
    if (format && *style->formats && !list_has(style->formats, format))
        return refuse_value(ret, "PropertyValueNotInList", "EventFormatType");
    if (interval && (json_integer_value(interval) < 1 ||
                     json_integer_value(interval) > 65535))
        return refuse_value(ret, "PropertyValueOutOfRange",
                            "HeartbeatIntervalMinutes");
    return true;
}

static bool check_values(const struct subscribe_style *style, json_t *body,
                         struct reply *ret)
{
    return check_destination(style, body, ret) &&
           check_length(body, "Context", style->context_max, ret) &&
           check_headers(style, body, ret) && check_filters(style, body, ret) &&
           check_words(style, body, ret);
}

/* ---- room -------------------------------------------------------------- */

static bool check_room(struct bmc *b, json_t *body, struct reply *ret)
{
    const struct subscribe_style *style = &b->dialect.subs;
    const char *destination = text_of(body, "Destination");
    size_t used = subscriptions_count(b) + stream_count(b);

    for (struct subscription *s = b->subscriptions;
         style->refuse_duplicates && s; s = s->next)
        if (strcmp(s->destination, destination) == 0) {
            reply_refuse(ret, style->duplicate_message, "Destination",
                         "A subscription with this Destination exists.");
            return false;
        }
    if (style->limit <= 0 || used < (size_t)style->limit)
        return true;
    reply_error(ret, (unsigned)style->limit_status, style->limit_message,
                "The event service has no room for more than %ld "
                "subscriptions.",
                style->limit);
    return false;
}

static bool check_object(json_t *body, struct reply *ret)
{
    if (!json_is_object(body))
        reply_error(ret, 400, "MalformedJSON",
                    "The request body is not a JSON object.");
    return json_is_object(body);
}

bool check_subscription(struct bmc *b, json_t *body, struct reply *ret)
{
    const struct subscribe_style *style = &b->dialect.subs;

    return check_object(body, ret) && check_names(style, body, ret) &&
           check_required(style->require, body, ret) &&
           check_required("Destination", body, ret) &&
           check_values(style, body, ret) && check_room(b, body, ret);
}

/* The schema lets few properties be written once a subscription is there. */
static bool is_fixed(const struct subscribe_style *style, const char *name)
{
    static const char fixed[] = "Destination,Protocol,EventTypes,Id,"
                                "EventFormatType,SubscriptionType,MessageIds,"
                                "RegistryPrefixes,ResourceTypes";

    return *style->patch_only ? !list_has(style->patch_only, name)
                              : list_has(fixed, name);
}

bool check_change(struct bmc *b, json_t *body, struct reply *ret)
{
    const struct subscribe_style *style = &b->dialect.subs;
    const char *name;
    json_t *value;

    if (!check_object(body, ret) || !check_names(style, body, ret))
        return false;
    json_object_foreach (body, name, value)
        if (is_fixed(style, name)) {
            reply_refuse(ret, "PropertyNotWritable", name,
                         "The property %s is a read only property.", name);
            return false;
        }
    return check_values(style, body, ret);
}
