/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A climb, step by step: what the service refuses, and the body that comes
 * next. Each story is a service with its own taste, played by a table: the
 * climb must end at a body that it takes, in no more tries than are due.
 */
#include "subscribe/ladder.h"

#include <string.h>

#include "tap.h"
#include "util/alloc.h"

/* What a service does not take of a body, and the words it finds for it. */
struct taste {
    const char *name;
    const char *refuses;  /* properties, comma list */
    const char *requires; /* likewise */
    const char *policy;   /* the only one that it takes; NULL: any */
    const char *form;     /* of HttpHeaders: "array", "object"; NULL: any */
    bool wordless;        /* says 400 and no more */
    unsigned tries;       /* that the climb may take */
    const char *ends;     /* what is remembered */
};

static const struct taste tastes[] = {
    {"a service of the specification", "", "", NULL, NULL, false, 1,
     "context,format,type,heartbeat,headers,RetryForever"},
    {"no policy", "DeliveryRetryPolicy", "", NULL, NULL, false, 2,
     "context,format,type,heartbeat,headers"},
    {"no policy, without a word", "DeliveryRetryPolicy", "", NULL, NULL, true,
     2, "context,format,type,heartbeat,headers"},
    {"another policy", "", "", "SuspendRetries", NULL, false, 2,
     "context,format,type,heartbeat,headers,SuspendRetries"},
    {"the worst policy", "", "", "TerminateAfterRetries", NULL, false, 3,
     "context,format,type,heartbeat,headers,TerminateAfterRetries"},
    {"EventTypes wanted", "", "EventTypes", NULL, NULL, false, 2,
     "context,format,type,heartbeat,types,headers,RetryForever"},
    {"EventTypes wanted, without a word", "DeliveryRetryPolicy,SendHeartbeat",
     "EventTypes", NULL, NULL, true, 3, "context,format,type,types,headers"},
    {"EventTypes and little else, without a word",
     "DeliveryRetryPolicy,SendHeartbeat,EventFormatType,HttpHeaders",
     "EventTypes,Context", NULL, NULL, true, 4, "context,types=classic"},
    {"registries wanted", "", "RegistryPrefixes", NULL, NULL, false, 2,
     "context,format,type,heartbeat,prefixes,headers,RetryForever"},
    {"headers as an object", "", "", NULL, "object", false, 2,
     "context,format,type,heartbeat,headers=object,RetryForever"},
    {"no headers", "HttpHeaders", "", NULL, NULL, false, 2,
     "context,format,type,heartbeat,RetryForever"},
    {"no context", "Context", "", NULL, NULL, false, 2,
     "format,type,heartbeat,headers,RetryForever"},
    {"nothing but the address",
     "Context,EventFormatType,SubscriptionType,DeliveryRetryPolicy,"
     "HttpHeaders,SendHeartbeat,EventTypes",
     "", NULL, NULL, false, 7, "bare"},
    {"nothing but the address, without a word",
     "Context,EventFormatType,SubscriptionType,DeliveryRetryPolicy,"
     "HttpHeaders,SendHeartbeat,EventTypes",
     "", NULL, NULL, true, 6, "bare"},
};

static char *event_types[] = {"Alert", "MetricReport", ""};
static char *prefixes[] = {"Base", "HeartbeatEvent"};

static const struct vendor plain = {.name = "plain"};

static struct service service_of(void)
{
    return (struct service){
        .event_version = "1.7.2",
        .event_types = {event_types, 3},
        .registry_prefixes = {prefixes, 2},
    };
}

static struct ladder_facts facts_of(const struct service *s,
                                    const struct vendor *v)
{
    return (struct ladder_facts){
        .service = s,
        .vendor = v,
        .destination = "https://c:8443/events/t",
        .context = "trawl:c1:n1",
        .secret = "geheim",
    };
}

/* The first name of a comma list for which body has it or lacks it. */
static char *find(const json_t *body, const char *list, bool present)
{
    _cleanup_free_ char *copy = xstrdup(list);
    char *rest = copy, *name;

    while ((name = strsep(&rest, ",")))
        if (*name && (json_object_get(body, name) != NULL) == present)
            return xstrdup(name);
    return NULL;
}

static json_t *error_about(const char *key, const char *property)
{
    return json_pack("{s{s[{ssss}]}}", "error", "@Message.ExtendedInfo",
                     "MessageId", key, "Message", property);
}

/* NULL: it takes the body. */
static json_t *judge(const struct taste *t, const json_t *body)
{
    _cleanup_free_ char *unknown = find(body, t->refuses, true);
    _cleanup_free_ char *missing = find(body, t->requires, false);
    const char *policy =
        json_string_value(json_object_get(body, "DeliveryRetryPolicy"));
    const json_t *headers = json_object_get(body, "HttpHeaders");

    if (unknown)
        return error_about("Base.1.8.PropertyUnknown", unknown);
    if (missing)
        return error_about("Base.1.8.PropertyMissing", missing);
    if (t->policy && policy && strcmp(policy, t->policy) != 0)
        return error_about("Base.1.8.PropertyValueNotInList",
                           "DeliveryRetryPolicy");
    if (t->form && headers &&
        json_is_array(headers) != (strcmp(t->form, "array") == 0))
        return error_about("Base.1.8.PropertyValueTypeError", "HttpHeaders");
    return NULL;
}

/* Climbs; the number of bodies that were sent, 0 if none was taken. */
static unsigned climb(struct ladder *l, const struct ladder_facts *facts,
                      const struct taste *t)
{
    for (unsigned tries = 1;; tries++) {
        json_t *body = ladder_body(l, facts), *no = judge(t, body);
        struct refusal why = {REFUSAL_NONE, 0, 0, 0};

        json_decref(body);
        if (!no)
            return tries;
        why = refusal_read(400, t->wordless ? NULL : no);
        json_decref(no);
        if (!ladder_next(l, facts, &why))
            return 0;
    }
}

static void test_tastes(void)
{
    struct service service = service_of();
    struct ladder_facts facts = facts_of(&service, &plain);

    for (size_t i = 0; i < ARRAY_LEN(tastes); i++) {
        const struct taste *t = &tastes[i];
        _cleanup_free_ char *kept = NULL, *again = NULL;
        struct ladder l;

        ladder_begin(&l, &facts, NULL);
        is_int(climb(&l, &facts, t), t->tries, "%s: so many bodies", t->name);
        kept = ladder_remember(&l);
        is_text(kept, t->ends, "%s: ... and this one", t->name);
        ladder_begin(&l, &facts, kept);
        again = ladder_remember(&l);
        is_text(again, kept, "%s: what is kept is read", t->name);
        is_int(climb(&l, &facts, t), 1, "%s: the next time at once", t->name);
    }
}

static char *text_of(json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(body);
    return text;
}

static void test_bodies(void)
{
    static const struct vendor dell = {.name = "dell",
                                       .rung = SUBSCRIBE_EVENT_TYPES,
                                       .policy = VENDOR_POLICY_SUSPEND,
                                       .headers = VENDOR_HEADERS_NONE};
    static const struct vendor ilo = {
        .name = "ilo",
        .rung = SUBSCRIBE_EVENT_TYPES,
        .headers = VENDOR_HEADERS_OBJECT,
        .no_policy = true,
        .oem_body = "{\"TTLCount\":999999,\"Oem\":{\"Hpe\":{\"A\":1}}}"};
    struct service service = service_of();
    struct ladder_facts facts = facts_of(&service, &plain);
    _cleanup_free_ char *full = NULL, *of_dell = NULL, *of_ilo = NULL;
    struct ladder l;

    ladder_begin(&l, &facts, NULL);
    full = text_of(ladder_body(&l, &facts));
    is_text(full,
            "{\"Context\":\"trawl:c1:n1\",\"DeliveryRetryPolicy\":"
            "\"RetryForever\",\"Destination\":\"https://c:8443/events/t\","
            "\"EventFormatType\":\"Event\",\"HeartbeatIntervalMinutes\":5,"
            "\"HttpHeaders\":[{\"X-Trawl-Secret\":\"geheim\"}],"
            "\"Protocol\":\"Redfish\",\"SendHeartbeat\":true,"
            "\"SubscriptionType\":\"RedfishEvent\"}",
            "the fullest body");
    facts = facts_of(&service, &dell);
    ladder_begin(&l, &facts, NULL);
    of_dell = text_of(ladder_body(&l, &facts));
    is_text(of_dell,
            "{\"Context\":\"trawl:c1:n1\",\"DeliveryRetryPolicy\":"
            "\"SuspendRetries\",\"Destination\":"
            "\"https://c:8443/events/t\",\"EventFormatType\":\"Event\","
            "\"EventTypes\":[\"Alert\"],\"Protocol\":\"Redfish\","
            "\"SubscriptionType\":\"RedfishEvent\"}",
            "a row says where to begin; no empty text, no reports of metrics");
    service.event_version = "1.0.8";
    service.event_types.count = 0;
    facts = facts_of(&service, &ilo);
    ladder_begin(&l, &facts, NULL);
    of_ilo = text_of(ladder_body(&l, &facts));
    is_text(of_ilo,
            "{\"Context\":\"trawl:c1:n1\",\"Destination\":"
            "\"https://c:8443/events/t\",\"EventTypes\":[\"Alert\","
            "\"StatusChange\",\"ResourceUpdated\",\"ResourceAdded\","
            "\"ResourceRemoved\"],\"HttpHeaders\":{\"X-Trawl-Secret\":"
            "\"geheim\"},\"Oem\":{\"Hpe\":{\"A\":1}},\"Protocol\":\"Redfish\","
            "\"TTLCount\":999999}",
            "an old service: nothing newer than it, and its vendor's own");
}

static void test_types(void)
{
    static const char *const wanted[] = {
        "[\"Alert\",\"StatusChange\",\"ResourceUpdated\",\"ResourceAdded\","
        "\"ResourceRemoved\",\"Other\"]",
        "[\"Alert\",\"StatusChange\",\"ResourceUpdated\",\"ResourceAdded\","
        "\"ResourceRemoved\"]",
        "[\"Alert\"]",
    };
    static const struct vendor old = {.rung = SUBSCRIBE_EVENT_TYPES};
    struct service service = service_of();
    struct ladder_facts facts = facts_of(&service, &old);
    struct refusal why = {.kind = REFUSAL_BODY, .value = LADDER_EVENT_TYPES};
    struct ladder l;

    service.event_types.count = 0;
    ladder_begin(&l, &facts, NULL);
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        json_t *body = ladder_body(&l, &facts);
        _cleanup_free_ char *types =
            text_of(json_incref(json_object_get(body, "EventTypes")));

        is_text(types, wanted[i], "EventTypes, refused %zu times", i);
        json_decref(body);
        ladder_next(&l, &facts, &why);
    }
    ok(!(l.parts & LADDER_EVENT_TYPES), "... and in the end none");
}

/* Whether a service is asked by EventTypes from the start. */
static void test_first_schemas(void)
{
    static const struct {
        const char *version;
        bool prefixes, formats, types;
        const char *begins;
    } services[] = {
        {"1.0.6", false, false, true, "context,types,headers,RetryForever"},
        {"1.2.0", false, true, true, "context,types,headers,RetryForever"},
        {"1.12.0", false, false, true,
         "context,format,type,types,headers,RetryForever"},
        {"1.12.0", false, true, true,
         "context,format,type,headers,RetryForever"},
        {"1.12.0", true, false, true,
         "context,format,type,heartbeat,headers,RetryForever"},
        {"1.0.6", false, false, false, "context,headers,RetryForever"},
    };

    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        struct service s = service_of();
        struct ladder_facts facts = facts_of(&s, &plain);
        _cleanup_free_ char *begins = NULL;
        struct ladder l;

        s.event_version = (char *)(uintptr_t)services[i].version;
        s.event_types.count = services[i].types ? 1 : 0;
        s.registry_prefixes.count = services[i].prefixes ? 2 : 0;
        s.event_formats = s.event_types;
        s.event_formats.count = services[i].formats ? 1 : 0;
        ladder_begin(&l, &facts, NULL);
        begins = ladder_remember(&l);
        is_text(begins, services[i].begins, "EventService %s%s%s%s",
                services[i].version, services[i].types ? ", types" : "",
                services[i].prefixes ? ", prefixes" : "",
                services[i].formats ? ", formats" : "");
    }
}

static void test_ends(void)
{
    struct service service = service_of();
    struct ladder_facts facts = facts_of(&service, &plain);
    struct refusal why = {.kind = REFUSAL_BODY, .value = LADDER_DESTINATION};
    struct ladder l;
    unsigned tries = 1;

    ladder_begin(&l, &facts, NULL);
    ok(!ladder_next(&l, &facts, &why), "no rung helps a refused address");
    why = (struct refusal){.kind = REFUSAL_BODY};
    ladder_begin(&l, &facts, NULL);
    while (ladder_next(&l, &facts, &why))
        tries++;
    is_int(tries, 6, "who takes nothing is asked six times");
    why.missing = LADDER_HEADERS | LADDER_PREFIXES | LADDER_OEM;
    facts.secret = NULL;
    service.registry_prefixes.count = service.event_types.count = 0;
    ladder_begin(&l, &facts, NULL);
    for (tries = 1; ladder_next(&l, &facts, &why); tries++)
        if (l.parts & why.missing)
            break;
    is_int(tries, 6, "what we do not have is not sent, however it is asked");
}

static void test_recalled(void)
{
    struct service service = service_of();
    struct ladder_facts facts = facts_of(&service, &plain);
    struct refusal why = {.kind = REFUSAL_BODY};
    _cleanup_free_ char *text = NULL;
    struct ladder l;

    ladder_begin(&l, &facts, "context,types=alert");
    is_int(l.parts, LADDER_CONTEXT | LADDER_EVENT_TYPES,
           "what worked is tried first");
    ok(l.types == LADDER_TYPES_ALERT && ladder_next(&l, &facts, &why) &&
           l.types == LADDER_TYPES_ALL && l.parts & LADDER_POLICY,
       "... and if it does not any more, all from the top");
    facts.secret = NULL;
    ladder_begin(&l, &facts, "headers=object,nonsense,,context");
    text = ladder_remember(&l);
    is_text(text, "context", "what we lack or cannot read is passed over");
}

static void test_mend(void)
{
    struct service service = service_of();
    struct ladder_facts facts = facts_of(&service, &plain);
    _cleanup_free_ char *both = NULL, *none = NULL;
    struct ladder l;

    ladder_begin(&l, &facts, NULL);
    both = text_of(ladder_mend(&l, &facts, LADDER_POLICY | LADDER_CONTEXT));
    is_text(both,
            "{\"Context\":\"trawl:c1:n1\","
            "\"DeliveryRetryPolicy\":\"RetryForever\"}",
            "a mend names what was lost");
    l.parts = 0;
    none = text_of(ladder_mend(&l, &facts, LADDER_POLICY));
    is_text(none, "{}", "... but not what was never taken");
}

int main(void)
{
    test_tastes();
    test_bodies();
    test_types();
    test_first_schemas();
    test_ends();
    test_recalled();
    test_mend();
    return done_testing();
}
