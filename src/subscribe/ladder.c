/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rung is a set of parts. What a service does not offer, what its row of
 * the vendor table excludes and what it refused in this climb is taken out of
 * every rung; what it asked for is put in. See ladder.h.
 */
#include "subscribe/ladder.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/buffer.h"

#define TRIES_MAX 16 /* each costs a BMC a request */

#define COMMON (LADDER_CONTEXT | LADDER_FORMAT | LADDER_TYPE | LADDER_HEADERS)

/*
 * In order. The third is only begun with: where a vendor or a service is known
 * to want EventTypes, nothing is known against a policy yet.
 */
enum rung {
    FULL,
    NO_POLICY,
    TYPES_AND_POLICY,
    EVENT_TYPES,
    ONLY_EVENT_TYPES,
    MINIMAL,
    BARE,
};

static const unsigned rungs[] = {
    [FULL] = COMMON | LADDER_POLICY | LADDER_HEARTBEAT | LADDER_OEM,
    [NO_POLICY] = COMMON | LADDER_HEARTBEAT | LADDER_OEM,
    [TYPES_AND_POLICY] =
        COMMON | LADDER_EVENT_TYPES | LADDER_OEM | LADDER_POLICY,
    [EVENT_TYPES] = COMMON | LADDER_EVENT_TYPES | LADDER_OEM,
    [ONLY_EVENT_TYPES] = LADDER_CONTEXT | LADDER_EVENT_TYPES,
    [MINIMAL] = LADDER_CONTEXT,
    [BARE] = 0,
};

/* From the one that loses least to the one that loses most. */
#define FOR_EVER "RetryForever"
#define SUSPEND "SuspendRetries"
#define TERMINATE "TerminateAfterRetries"
static const char *const policies[] = {FOR_EVER, SUSPEND, TERMINATE};

#define TYPES "types"
#define TYPES_CLASSIC "types=classic"
#define TYPES_ALERT "types=alert"
static const char *const type_words[] = {TYPES, TYPES_CLASSIC, TYPES_ALERT};

static const struct {
    unsigned part;
    const char *name;
} words[] = {
    {LADDER_CONTEXT, "context"},
    {LADDER_FORMAT, "format"},
    {LADDER_TYPE, "type"},
    {LADDER_HEARTBEAT, "heartbeat"},
    {LADDER_PREFIXES, "prefixes"},
    {LADDER_OEM, "oem"},
    {LADDER_EVENT_TYPES, TYPES},
    {LADDER_EVENT_TYPES, TYPES_CLASSIC},
    {LADDER_EVENT_TYPES, TYPES_ALERT},
    {LADDER_HEADERS, "headers"},
    {LADDER_HEADERS, "headers=object"},
    {LADDER_POLICY, FOR_EVER},
    {LADDER_POLICY, SUSPEND},
    {LADDER_POLICY, TERMINATE},
};

/* "1.7.2" has what came with 1.`minor`; an unknown version may. */
static bool has_minor(const struct service *service, long minor)
{
    const char *version = service->event_version;

    if (!version || strncmp(version, "1.", 2) != 0)
        return true;
    return strtol(version + 2, NULL, 10) >= minor;
}

/*
 * It lists types of events, and nothing of what took their place: with the
 * first schemas a subscription has to name them (EventDestination before 1.3),
 * and where none is named, such a service may send none.
 */
static bool chooses_by_types(const struct service *s)
{
    return s->event_types.count > 0 && s->registry_prefixes.count == 0 &&
           (!has_minor(s, 3) ||
            (s->resource_types.count == 0 && s->event_formats.count == 0));
}

static int first_rung(const struct ladder_facts *facts)
{
    static const int of_vendor[] = {
        [SUBSCRIBE_FULL] = FULL,
        [SUBSCRIBE_NO_POLICY] = NO_POLICY,
        [SUBSCRIBE_EVENT_TYPES] = TYPES_AND_POLICY,
        [SUBSCRIBE_MINIMAL] = MINIMAL,
    };

    if (facts->vendor->rung == SUBSCRIBE_FULL &&
        chooses_by_types(facts->service))
        return TYPES_AND_POLICY;
    return of_vendor[facts->vendor->rung];
}

/* It has the messages of the specification's heartbeats. */
static bool has_heartbeat(const struct service *service)
{
    return service_has(&service->registry_prefixes, "HeartbeatEvent") ||
           service_has(&service->resource_types, "Heartbeat");
}

/* What makes sense to send to this service at all. */
static unsigned offered(const struct ladder_facts *facts)
{
    const struct vendor *v = facts->vendor;
    const struct service *s = facts->service;
    unsigned parts = LADDER_EVENT_TYPES;

    if (!v->no_context)
        parts |= LADDER_CONTEXT;
    if (has_minor(s, 3))
        parts |= LADDER_FORMAT | LADDER_TYPE;
    if (!v->no_policy)
        parts |= LADDER_POLICY;
    if (facts->secret && v->headers != VENDOR_HEADERS_NONE)
        parts |= LADDER_HEADERS;
    if (has_heartbeat(s))
        parts |= LADDER_HEARTBEAT;
    if (s->registry_prefixes.count > 0 && !v->no_prefixes)
        parts |= LADDER_PREFIXES;
    if (v->oem_body)
        parts |= LADDER_OEM;
    return parts;
}

static void stand_on(struct ladder *l, const struct ladder_facts *facts,
                     int rung)
{
    unsigned parts = rungs[rung];

    if (facts->vendor->event_types_required)
        parts |= LADDER_EVENT_TYPES;
    if (rung == ONLY_EVENT_TYPES)
        l->types = MAX_OF(l->types, LADDER_TYPES_CLASSIC);
    l->rung = rung;
    l->parts = ((parts & offered(facts)) | l->needed) & ~l->refused;
}

static void begin_fresh(struct ladder *l, const struct ladder_facts *facts)
{
    unsigned tries = l->tries;

    *l = (struct ladder){
        .policy = facts->vendor->policy,
        .headers = facts->vendor->headers,
        .tries = tries,
    };
    stand_on(l, facts, first_rung(facts));
}

static void recall_word(struct ladder *l, const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(words[i].name, word) == 0)
            l->parts |= words[i].part;
    for (size_t i = 0; i < ARRAY_LEN(type_words); i++)
        if (strcmp(type_words[i], word) == 0)
            l->types = (int)i;
    if (strcmp(word, "headers=object") == 0)
        l->headers = VENDOR_HEADERS_OBJECT;
    else if (strcmp(word, "headers") == 0)
        l->headers = VENDOR_HEADERS_ARRAY;
    for (size_t i = 0; i < ARRAY_LEN(policies); i++)
        if (strcmp(policies[i], word) == 0)
            l->policy = (int)i;
}

void ladder_begin(struct ladder *l, const struct ladder_facts *facts,
                  const char *remembered)
{
    _cleanup_free_ char *text = xstrdup(remembered);
    char *rest = text, *word;

    *l = (struct ladder){0};
    begin_fresh(l, facts);
    if (!text)
        return;
    l->recalled = true;
    l->parts = 0;
    while ((word = strsep(&rest, ",")))
        recall_word(l, word);
    l->parts &= offered(facts) | LADDER_PREFIXES;
    if (!facts->secret)
        l->parts &= ~(unsigned)LADDER_HEADERS;
}

/* Nonempty texts of a list but those that name no event. */
static void add_texts(json_t *array, const struct service_names *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (*list->items[i] && strcmp(list->items[i], "MetricReport") != 0)
            json_array_append_new(array, json_string(list->items[i]));
}

static json_t *event_types(const struct ladder *l, const struct service *s)
{
    static const char *const classic[] = {"Alert", "StatusChange",
                                          "ResourceUpdated", "ResourceAdded",
                                          "ResourceRemoved"};
    json_t *array = json_array();

    if (l->types == LADDER_TYPES_ALL)
        add_texts(array, &s->event_types);
    if (l->types == LADDER_TYPES_ALERT || s->event_types.count > 0) {
        if (json_array_size(array) == 0)
            json_array_append_new(array, json_string("Alert"));
        return array;
    }
    for (size_t i = 0; i < ARRAY_LEN(classic); i++)
        json_array_append_new(array, json_string(classic[i]));
    if (l->types == LADDER_TYPES_ALL && has_minor(s, 3))
        json_array_append_new(array, json_string("Other"));
    return array;
}

static json_t *headers(const struct ladder *l, const char *secret)
{
    json_t *object = json_pack("{ss}", LADDER_SECRET_HEADER, secret);

    return l->headers == VENDOR_HEADERS_OBJECT ? object
                                               : json_pack("[o]", object);
}

static void set(json_t *body, const char *key, json_t *value)
{
    json_object_set_new(body, key, value);
}

/* The lists and what has a form of its own. */
static void add_lists(const struct ladder *l, const struct ladder_facts *facts,
                      json_t *body)
{
    if (l->parts & LADDER_EVENT_TYPES)
        set(body, "EventTypes", event_types(l, facts->service));
    if (l->parts & LADDER_PREFIXES) {
        json_t *prefixes = json_array();

        add_texts(prefixes, &facts->service->registry_prefixes);
        set(body, "RegistryPrefixes", prefixes);
    }
    if (l->parts & LADDER_HEADERS)
        set(body, "HttpHeaders", headers(l, facts->secret));
    if (l->parts & LADDER_OEM) {
        json_t *oem = json_loads(facts->vendor->oem_body, 0, NULL);

        json_object_update_recursive(body, oem);
        json_decref(oem);
    }
}

json_t *ladder_body(const struct ladder *l, const struct ladder_facts *facts)
{
    json_t *body = json_object();

    set(body, "Destination", json_string(facts->destination));
    set(body, "Protocol", json_string("Redfish"));
    if (l->parts & LADDER_CONTEXT)
        set(body, "Context", json_string(facts->context));
    if (l->parts & LADDER_FORMAT)
        set(body, "EventFormatType", json_string("Event"));
    if (l->parts & LADDER_TYPE)
        set(body, "SubscriptionType", json_string("RedfishEvent"));
    if (l->parts & LADDER_POLICY)
        set(body, "DeliveryRetryPolicy", json_string(policies[l->policy]));
    if (l->parts & LADDER_HEARTBEAT) {
        set(body, "SendHeartbeat", json_true());
        set(body, "HeartbeatIntervalMinutes",
            json_integer(LADDER_HEARTBEAT_MINUTES));
    }
    add_lists(l, facts, body);
    return body;
}

/* Another value of a part that was refused for its value: false if none. */
static bool change_value(struct ladder *l, const struct ladder_facts *facts,
                         unsigned part)
{
    if (part == LADDER_POLICY && l->policy + 1 < (int)ARRAY_LEN(policies)) {
        l->policy++;
        return true;
    }
    if (part == LADDER_HEADERS && l->headers == facts->vendor->headers) {
        l->headers = l->headers == VENDOR_HEADERS_OBJECT
                         ? VENDOR_HEADERS_ARRAY
                         : VENDOR_HEADERS_OBJECT;
        return true;
    }
    if (part == LADDER_EVENT_TYPES && l->types < LADDER_TYPES_ALERT) {
        l->types++;
        return true;
    }
    return false;
}

/* Does what the refusal names; false if it names nothing that we can. */
static bool heed(struct ladder *l, const struct ladder_facts *facts,
                 const struct refusal *why)
{
    unsigned wanted = why->missing & ~l->parts & ~l->refused & ~why->unknown;
    unsigned drop = why->unknown & l->parts;
    bool changed = false;

    for (unsigned part = 1; part < LADDER_DESTINATION; part <<= 1) {
        if (!(why->value & l->parts & ~drop & part))
            continue;
        if (change_value(l, facts, part))
            changed = true;
        else
            drop |= part;
    }
    if (wanted & LADDER_PREFIXES &&
        facts->service->registry_prefixes.count == 0)
        wanted &= ~(unsigned)LADDER_PREFIXES;
    if (!facts->secret)
        wanted &= ~(unsigned)LADDER_HEADERS;
    if (!facts->vendor->oem_body)
        wanted &= ~(unsigned)LADDER_OEM;
    l->refused |= drop;
    l->needed = (l->needed | wanted) & ~drop;
    l->parts = (l->parts | wanted) & ~drop;
    return changed || drop || wanted;
}

bool ladder_next(struct ladder *l, const struct ladder_facts *facts,
                 const struct refusal *why)
{
    unsigned before = l->parts;

    if (++l->tries >= TRIES_MAX ||
        (why->value | why->unknown) & LADDER_DESTINATION)
        return false;
    if (l->recalled) {
        begin_fresh(l, facts);
        if (l->parts != before)
            return true;
    }
    if (heed(l, facts, why))
        return true;
    do {
        if (l->rung == BARE)
            return false;
        stand_on(l, facts, l->rung == NO_POLICY ? EVENT_TYPES : l->rung + 1);
    } while (l->parts == before);
    return true;
}

char *ladder_remember(const struct ladder *l)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        const char *name = words[i].name;
        struct ladder one = {.policy = -1, .headers = VENDOR_HEADERS_ARRAY};

        recall_word(&one, name);
        if (!(l->parts & words[i].part) ||
            (one.policy >= 0 && one.policy != l->policy) ||
            (words[i].part == LADDER_HEADERS && one.headers != l->headers) ||
            (words[i].part == LADDER_EVENT_TYPES && one.types != l->types))
            continue;
        if (text.len > 0)
            buffer_add_char(&text, ',');
        buffer_add_text(&text, name);
    }
    return text.len > 0 ? buffer_take_text(&text) : xstrdup("bare");
}

json_t *ladder_mend(const struct ladder *l, const struct ladder_facts *facts,
                    unsigned parts)
{
    struct ladder some = *l;
    json_t *body;

    some.parts = parts & l->parts;
    body = ladder_body(&some, facts);
    json_object_del(body, "Destination");
    json_object_del(body, "Protocol");
    return body;
}
