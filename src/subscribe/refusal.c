/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refusal is read in three steps: every message of the answer by its key,
 * then the status, then the words. See refusal.h.
 */
#include "subscribe/refusal.h"

#include <string.h>
#include <strings.h>

#include "util/macro.h"

static const struct {
    const char *name;
    unsigned part;
} properties[] = {
    {"Context", LADDER_CONTEXT},
    {"EventFormatType", LADDER_FORMAT},
    {"SubscriptionType", LADDER_TYPE},
    {"DeliveryRetryPolicy", LADDER_POLICY},
    {"HttpHeaders", LADDER_HEADERS},
    {"SendHeartbeat", LADDER_HEARTBEAT},
    {"HeartbeatIntervalMinutes", LADDER_HEARTBEAT},
    {"EventTypes", LADDER_EVENT_TYPES},
    {"RegistryPrefixes", LADDER_PREFIXES},
    {"Oem", LADDER_OEM},
    {"TTLCount", LADDER_OEM},
    {"TTLUnits", LADDER_OEM},
    {"Destination", LADDER_DESTINATION},
};

enum meaning { UNKNOWN, MISSING, VALUE, EXISTS, LIMIT, LATER };

/* The keys of messages, whatever registry and version stand before them. */
static const struct {
    const char *key;
    enum meaning meaning;
} keys[] = {
    {"PropertyUnknown", UNKNOWN},
    {"PropertyNotWritable", UNKNOWN},
    {"PropertyNotWritableOrUnknown", UNKNOWN},
    {"PropertyNotSupported", UNKNOWN},
    {"UnrecognizedRequestBody", UNKNOWN},
    {"PropertyMissing", MISSING},
    {"CreateFailedMissingReqProperties", MISSING},
    {"PropertyValueTypeError", VALUE},
    {"PropertyValueFormatError", VALUE},
    {"PropertyValueNotInList", VALUE},
    {"PropertyValueOutOfRange", VALUE},
    {"PropertyValueConflict", VALUE},
    {"PropertyValueError", VALUE},
    {"PropertyValueIncorrect", VALUE},
    {"PropertyValueEmpty", VALUE},
    {"ResourceAlreadyExists", EXISTS},
    {"PropertyValueResourceConflict", EXISTS},
    {"PropertyValueModified", EXISTS}, /* iDRAC, for a duplicate */
    {"CreateLimitReachedForResource", LIMIT},
    {"EventSubscriptionLimitExceeded", LIMIT},
    {"ServiceTemporarilyUnavailable", LATER},
    {"ServiceInUnknownState", LATER},
    {"ServiceShuttingDown", LATER},
    {"ResourceInStandby", LATER},
    {"ResourceInUse", LATER},
    {"SessionLimitExceeded", LATER},
    {"InsufficientPrivilege", LATER},
    {"NoValidSession", LATER},
};

const char *refusal_property(enum ladder_part part)
{
    for (size_t i = 0; i < ARRAY_LEN(properties); i++)
        if (properties[i].part == (unsigned)part)
            return properties[i].name;
    return NULL;
}

/* A name stands in the text as a word: "#/Oem/Hpe" names Oem. */
static bool names(const char *text, const char *name)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "abcdefghijklmnopqrstuvwxyz0123456789";
    size_t len = strlen(name);

    for (const char *at = text; (at = strstr(at, name)); at += len)
        if ((at == text || !strchr(word, at[-1])) &&
            (!at[len] || !strchr(word, at[len])))
            return true;
    return false;
}

static unsigned parts_in(const json_t *value)
{
    const char *text = json_string_value(value);
    unsigned parts = 0;

    for (size_t i = 0; text && i < ARRAY_LEN(properties); i++)
        if (names(text, properties[i].name))
            parts |= properties[i].part;
    return parts;
}

static unsigned parts_of_list(const json_t *list)
{
    unsigned parts = 0;
    const json_t *item;
    size_t i;

    json_array_foreach (list, i, item)
        parts |= parts_in(item);
    return parts;
}

/*
 * What a message is about. Its first argument is the name or the value; where
 * neither arguments nor related properties say it, the sentence may.
 */
static unsigned parts_named(const json_t *info)
{
    unsigned parts = parts_of_list(json_object_get(info, "RelatedProperties"));

    if (!parts)
        parts = parts_of_list(json_object_get(info, "MessageArgs"));
    return parts ? parts : parts_in(json_object_get(info, "Message"));
}

static int meaning_of(const char *message_id)
{
    const char *dot = message_id ? strrchr(message_id, '.') : NULL;
    const char *key = dot ? dot + 1 : message_id;

    for (size_t i = 0; key && i < ARRAY_LEN(keys); i++)
        if (strcmp(keys[i].key, key) == 0)
            return (int)keys[i].meaning;
    return -1;
}

/* A kind once found stays: the first message is the one that counts. */
static void settle(struct refusal *r, enum refusal_kind kind)
{
    if (r->kind == REFUSAL_NONE)
        r->kind = kind;
}

static void take_message(struct refusal *r, int meaning, unsigned parts)
{
    switch (meaning) {
    case UNKNOWN:
        r->unknown |= parts;
        return;
    case MISSING:
        r->missing |= parts;
        return;
    case VALUE:
        r->value |= parts;
        return;
    case EXISTS:
        settle(r, REFUSAL_EXISTS);
        return;
    case LIMIT:
        settle(r, REFUSAL_LIMIT);
        return;
    case LATER:
        settle(r, REFUSAL_LATER);
        return;
    }
}

static void take_list(struct refusal *r, const json_t *list, unsigned about)
{
    const json_t *info;
    size_t i;

    json_array_foreach (list, i, info) {
        const char *id = json_string_value(json_object_get(info, "MessageId"));

        if (!id) /* iLO 4 */
            id = json_string_value(json_object_get(info, "MessageID"));
        take_message(r, meaning_of(id), about ? about : parts_named(info));
    }
}

/* Messages at the error, at the document, and at single properties. */
static void take_messages(struct refusal *r, const json_t *answer)
{
    static const char annotation[] = "@Message.ExtendedInfo";
    const json_t *error = json_object_get(answer, "error"), *list;
    const char *key;

    take_list(r, json_object_get(error, annotation), 0);
    take_list(r, json_object_get(answer, annotation), 0);
    take_list(r, json_object_get(answer, "Messages"), 0); /* iLO 4 */
    if (!json_object_get(error, annotation))
        take_message(
            r, meaning_of(json_string_value(json_object_get(error, "code"))),
            parts_in(json_object_get(error, "message")));
    json_object_foreach ((json_t *)answer, key, list) {
        const char *at = strchr(key, '@');
        json_t *name;

        if (!at || at == key || strcmp(at, annotation) != 0)
            continue;
        name = json_stringn(key, (size_t)(at - key));
        take_list(r, list, parts_in(name));
        json_decref(name);
    }
}

/* What the words of any message say, for services without known keys. */
static bool says(const json_t *answer, const char *const *words)
{
    const json_t *error = json_object_get(answer, "error");
    const json_t *list = json_object_get(error, "@Message.ExtendedInfo"), *info;
    const char *text = json_string_value(json_object_get(error, "message"));
    size_t i = 0;

    do {
        for (const char *const *w = words; text && *w; w++)
            if (strcasestr(text, *w))
                return true;
        info = json_array_get(list, i);
        text = json_string_value(json_object_get(info, "Message"));
    } while (i++ < json_array_size(list));
    return false;
}

static enum refusal_kind kind_of_status(unsigned status)
{
    switch (status) {
    case 404:
    case 405:
    case 410:
        return REFUSAL_NEVER;
    case 409:
        return REFUSAL_EXISTS;
    case 0:
    case 401:
    case 403:
    case 408:
    case 412:
    case 423:
    case 429:
    case 502:
    case 503:
    case 504:
        return REFUSAL_LATER;
    }
    return REFUSAL_BODY; /* also 500: what a parser that trips answers */
}

struct refusal refusal_read(unsigned status, const json_t *answer)
{
    static const char *const there[] = {"already exist", "duplicate", NULL};
    static const char *const full[] = {"limit", "maximum number", "too many",
                                       NULL};
    struct refusal r = {REFUSAL_NONE, 0, 0, 0};
    unsigned faults;

    if (status / 100 == 2)
        return r;
    take_messages(&r, answer);
    faults = r.unknown | r.missing | r.value;
    if (r.kind == REFUSAL_NONE && !(faults & ~(unsigned)LADDER_DESTINATION) &&
        says(answer, there))
        r.kind = REFUSAL_EXISTS;
    else if (faults)
        r.kind = REFUSAL_BODY;
    if (r.kind != REFUSAL_NONE)
        return r;
    if (status != 429 && says(answer, full))
        r.kind = REFUSAL_LIMIT;
    else
        r.kind = kind_of_status(status);
    return r;
}
