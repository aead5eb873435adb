/* SPDX-License-Identifier: Apache-2.0 */
/* See subscription_filter.h. What a record does not say, it is not judged
 * by: bmcweb sends no EventType at all. */
#include "subscription_filter.h"

#include <string.h>

static bool has_words(json_t *body, const char *name)
{
    return json_array_size(json_object_get(body, name)) > 0;
}

bool filter_is_set(json_t *body)
{
    return has_words(body, "RegistryPrefixes") ||
           has_words(body, "EventTypes") || has_words(body, "MessageIds");
}

static bool is_of(const char *message_id, const char *prefix)
{
    size_t len = strlen(prefix);

    return strncmp(message_id, prefix, len) == 0 && message_id[len] == '.';
}

/* A filter names messages whole, or as Registry.Key. */
static bool is_message(const char *message_id, const char *wanted)
{
    const char *key = strrchr(message_id, '.');
    size_t registry = strcspn(message_id, ".");

    if (strcmp(message_id, wanted) == 0)
        return true;
    return key && strncmp(message_id, wanted, registry) == 0 &&
           strcmp(wanted + registry, key) == 0;
}

static bool is_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool passes(json_t *list, const char *text,
                   bool (*test)(const char *text, const char *wanted))
{
    json_t *one;
    size_t i;

    if (!text || json_array_size(list) == 0)
        return true;
    json_array_foreach (list, i, one)
        if (json_is_string(one) && test(text, json_string_value(one)))
            return true;
    return false;
}

bool filter_passes(json_t *body, json_t *record)
{
    const char *message_id =
        json_string_value(json_object_get(record, "MessageId"));
    const char *type = json_string_value(json_object_get(record, "EventType"));

    return passes(json_object_get(body, "RegistryPrefixes"), message_id,
                  is_of) &&
           passes(json_object_get(body, "MessageIds"), message_id,
                  is_message) &&
           passes(json_object_get(body, "EventTypes"), type, is_same);
}

bool filter_has_prefix(const char *list, const char *message_id)
{
    while (list) {
        _cleanup_(freep) char *prefix = list_next(&list);

        if (prefix && is_of(message_id, prefix))
            return true;
    }
    return false;
}

bool filter_streams(const struct bmc *b, const struct event *e)
{
    json_t *record;
    const char *id;
    bool streamed;

    if (!b->dialect.sse || e->destination)
        return false;
    if (!*b->dialect.sse_prefixes || e->test || e->kind != EVENT_RECORDS)
        return true;
    record = event_record(e, 0);
    id = json_string_value(json_object_get(record, "MessageId"));
    streamed = !id || filter_has_prefix(b->dialect.sse_prefixes, id);
    json_decref(record);
    return streamed;
}
