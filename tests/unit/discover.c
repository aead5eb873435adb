/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Redfish service says of itself, well and badly; that nothing is asked
 * and no password sent anywhere but at the configured address; and that each
 * discovery ends once.
 */
#include "discover.h"

#include "redfish_fixture.h"
#include "voice.h"

struct heard {
    unsigned done;
    unsigned status;
    bool failed;
    struct error err;
};

static void on_done(void *userdata, unsigned status, const struct error *err)
{
    struct heard *o = userdata;

    o->done++;
    o->status = status;
    o->failed = err != NULL;
    if (err)
        o->err = *err;
}

static struct discovery *start(struct scene *s, struct heard *o)
{
    return discover_start(s->host.discoverer, s->flow.bmc, on_done, o);
}

/* One discovery to its end, and to that of what goes on behind it. */
static void discover(struct scene *s, struct heard *o)
{
    *o = (struct heard){0};
    start(s, o);
    is_int(o->done, 0, "it does not end inside");
    wire_wait(s->loop, o->done > 0);
    is_int(o->done, 1, "it ends once");
    if (!o->failed)
        ok(wire_wait(s->loop, s->flow.bmc->service->is_whole), "... and whole");
}

/* Documents, and what is made of them; %E is another host's address. */
static const struct {
    const char *what, *root, *service;
    const char *sse, *subscriptions; /* paths, or NULL */
    unsigned status;                 /* of a discovery that fails, or 0 */
    unsigned refused;
} cases[] = {
    {"a service with a stream",
     "{\"EventService\":{\"@odata.id\":\"" SERVICE "\"}}",
     "{\"ServerSentEventUri\":\"/sse\","
     "\"Subscriptions\":{\"@odata.id\":\"" COLLECTION "\"}}",
     "/sse", COLLECTION, 0, 0},
    {"a service without one",
     "{\"EventService\":{\"@odata.id\":\"" SERVICE "\"}}",
     "{\"Subscriptions\":{\"@odata.id\":\"" COLLECTION "\"}}", NULL, COLLECTION,
     0, 0},
    {"a service with nothing", "{}", "{}", NULL, NULL, 0, 0},
    {"links of the wrong type",
     "{\"EventService\":\"" SERVICE "\",\"Vendor\":7,\"UUID\":null}",
     "{\"ServerSentEventUri\":{},\"Subscriptions\":[]}", NULL, NULL, 0, 0},
    {"documents that are no objects", "[]", "[]", NULL, NULL, 0, 0},
    {"empty links", "{\"EventService\":{\"@odata.id\":\"" SERVICE "\"}}",
     "{\"ServerSentEventUri\":\"\",\"Subscriptions\":{\"@odata.id\":\"\"}}",
     NULL, NULL, 0, 0},
    {"a stream elsewhere", "{}",
     "{\"ServerSentEventUri\":\"%E/sse\","
     "\"Subscriptions\":{\"@odata.id\":\"" COLLECTION "\"}}",
     NULL, COLLECTION, 0, 1},
    {"a stream behind //", "{}", "{\"ServerSentEventUri\":\"//127.0.0.9/s\"}",
     NULL, NULL, 0, 1},
    {"another scheme", "{}", "{\"ServerSentEventUri\":\"ftp://127.0.0.1/s\"}",
     NULL, NULL, 0, 1},
    {"both elsewhere", "{}",
     "{\"ServerSentEventUri\":\"%E/sse\","
     "\"Subscriptions\":{\"@odata.id\":\"%E/subs\"}}",
     NULL, NULL, 0, 2},
    {"an event service elsewhere",
     "{\"EventService\":{\"@odata.id\":\"%E" SERVICE "\"}}", NULL, NULL, NULL,
     0, 1},
    {"no JSON", "<html>", NULL, NULL, NULL, 200, 0},
    {"no event service", "{}", NULL, NULL, NULL, 0, 0},
};

/* The text with %E replaced; the caller frees it. */
static char *with_elsewhere(const char *text, const char *url)
{
    struct buffer out = {0};

    for (; *text; text++)
        if (text[0] == '%' && text[1] == 'E')
            buffer_add_text(&out, url), text++;
        else
            buffer_add_char(&out, *text);
    return buffer_take_text(&out);
}

static void is_path(struct scene *s, const char *url, const char *path,
                    const char *what)
{
    _cleanup_free_ char *wanted =
        path ? xasprintf("%s%s", s->service.url, path) : NULL;

    is_text(url, wanted, "... %s", what);
}

static void test_case(size_t i)
{
    struct redfish elsewhere = {0};
    _cleanup_free_ char *root = NULL, *service = NULL;
    struct heard o = {0};
    struct scene s;

    diag("%s", cases[i].what);
    scene_init(&s);
    scene_start(&s);
    redfish_come(&elsewhere, s.loop);
    root = with_elsewhere(cases[i].root, elsewhere.url);
    redfish_set(&s.service, "GET", ROOT, 200, root);
    service = with_elsewhere(cases[i].service ?: "", elsewhere.url);
    if (cases[i].service)
        redfish_set(&s.service, "GET", SERVICE, 200, service);
    discover(&s, &o);
    is_int(o.status, cases[i].status ?: 200, "... with its status");
    is_int(o.failed, cases[i].status != 0, "... whether it failed");
    ok((s.flow.bmc->service != NULL) == !cases[i].status, "... or is known");
    if (s.flow.bmc->service) {
        is_path(&s, s.flow.bmc->service->sse_url, cases[i].sse, "the stream");
        is_path(&s, s.flow.bmc->service->subscriptions_url,
                cases[i].subscriptions, "the subscriptions");
    }
    is_int(flow_count(&s.flow, VOICE_URI_REFUSED), cases[i].refused,
           "... and refusals are told");
    is_int(redfish_count(&s.service, "GET " ROOT " auth=- "), 1,
           "the root is asked without our password");
    is_int(redfish_count(&s.service, "GET ") - 1,
           redfish_count(&s.service, BASIC), "... all else with it");
    is_int(elsewhere.log.len, 0, "... and nobody else is asked");
    redfish_done(&elsewhere);
    scene_done(&s);
}

static void furnish_details(struct scene *s, const char *root)
{
    redfish_furnish(&s->service, NULL);
    redfish_set(&s->service, "GET", ROOT, 200, root);
    redfish_set(&s->service, "GET", "/redfish/v1/Managers", 200,
                "{\"Members\":[{\"@odata.id\":\"/redfish/v1/Managers/HGX_B\"},"
                "{\"@odata.id\":\"/redfish/v1/Managers/B\"}]}");
    redfish_set(&s->service, "GET", "/redfish/v1/Managers/B", 200,
                "{\"FirmwareVersion\":\"7.1\",\"Model\":\"M\","
                "\"DateTime\":\"2026-11-20T07:00:00Z\","
                "\"LastResetTime\":\"2026-11-01T00:00:00Z\"}");
    redfish_set(&s->service, "GET", "/redfish/v1/Systems", 200,
                "{\"Members\":[{\"@odata.id\":\"/redfish/v1/Systems/S\"}]}");
    redfish_set(&s->service, "GET", "/redfish/v1/Systems/S", 200,
                "{\"Manufacturer\":\"Acme Inc.\",\"Model\":\"Big Box  \","
                "\"SerialNumber\":\"SN1\",\"UUID\":\"u-2\","
                "\"HostName\":\"web-1\"}");
    redfish_set(&s->service, "GET", SERVICE, 200,
                "{\"@odata.type\":\"#EventService.v1_7_2.EventService\","
                "\"ServiceEnabled\":false,"
                "\"RegistryPrefixes\":[\"Base\",7,\"HeartbeatEvent\"],"
                "\"EventTypesForSubscription\":[\"Alert\"],"
                "\"SSEFilterPropertiesSupported\":"
                "{\"EventFormatType\":true,\"MessageId\":false},"
                "\"Actions\":{\"#EventService.SubmitTestEvent\":"
                "{\"target\":\"" SERVICE "/Actions/Test\"}}}");
}

#define LINKS                                                          \
    "\"Systems\":{\"@odata.id\":\"/redfish/v1/Systems\"},"             \
    "\"Managers\":{\"@odata.id\":\"/redfish/v1/Managers\"},"           \
    "\"Tasks\":{\"@odata.id\":\"/redfish/v1/TaskService\"},"           \
    "\"UpdateService\":{\"@odata.id\":\"/redfish/v1/UpdateService\"}," \
    "\"Links\":{\"Sessions\":{\"@odata.id\":\"/redfish/v1/Sess\"}}"

/* Texts of a BMC go into every event: bounded, and never half a letter. */
static void test_long(void)
{
    _cleanup_(buffer_done) struct buffer system = {0};
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    furnish_details(&s, "{" LINKS "}");
    buffer_add_text(&system, "{\"Model\":\"m");
    for (int i = 0; i < 200; i++)
        buffer_add_text(&system, "\xc3\xbc");
    buffer_add_text(&system, "\"}");
    redfish_set(&s.service, "GET", "/redfish/v1/Systems/S", 200, system.data);
    discover(&s, &o);
    is_int(strlen(s.flow.bmc->model), 255, "a text is cut between letters");
    scene_done(&s);
}

static void test_whole(void)
{
    const struct service *service;
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    furnish_details(&s, "{" LINKS ",\"UUID\":\"u-1\"}");
    discover(&s, &o);
    service = s.flow.bmc->service;
    is_text(s.flow.bmc->vendor, "Acme Inc.", "the System tells who made it");
    is_text(s.flow.bmc->model, "Big Box", "... its model");
    is_text(s.flow.bmc->serial, "SN1", "... its serial number");
    is_text(s.flow.bmc->uuid, "u-2", "... its UUID");
    is_text(s.flow.bmc->host, "web-1", "... what it calls itself");
    is_text(service->firmware, "7.1", "the Manager that is no satellite");
    is_text(service->last_reset, "2026-11-01T00:00:00Z", "... its reset");
    ok(service->manager_time && service->manager_asked &&
           service->manager_answered >= service->manager_asked,
       "... its time, and when it was that");
    is_text(service->event_version, "1.7.2", "the EventService's version");
    ok(service->events_disabled, "... that it is off");
    ok(service_has(&service->registry_prefixes, "heartbeatevent") &&
           service->registry_prefixes.count == 2,
       "... its prefixes");
    ok(service_has(&service->event_types, "Alert"), "... its types");
    ok(service_has(&service->sse_filters, "EventFormatType") &&
           !service_has(&service->sse_filters, "MessageId"),
       "... what it filters by");
    is_path(&s, service->test_url, SERVICE "/Actions/Test", "its test");
    is_path(&s, service->sessions_url, "/redfish/v1/Sess", "its sessions");
    is_path(&s, service->tasks_url, "/redfish/v1/TaskService", "its tasks");
    is_path(&s, service->update_url, "/redfish/v1/UpdateService", "updates");
    scene_done(&s);
}

/* Manager and System do not answer: with a vendor in the root, no matter. */
static void test_not_waiting(void)
{
    static const char root[] = "{" LINKS ",\"Vendor\":\"Acme\","
                               "\"Product\":\"Box\",\"UUID\":\"u-1\"}";
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    furnish_details(&s, root);
    start(&s, &o);
    wire_wait(s.loop, o.done > 0);
    ok(!o.failed, "the root names the vendor: that is enough");
    ok(!s.flow.bmc->service->is_whole, "... to begin with");
    is_text(s.flow.bmc->model, "Box", "... with its name for the model");
    ok(wire_wait(s.loop, s.flow.bmc->service->is_whole), "the rest follows");
    is_text(s.flow.bmc->model, "Big Box", "... and is more exact");
    redfish_set(&s.service, "GET", "/redfish/v1/Systems/S", 503, "");
    discover(&s, &o);
    is_text(s.flow.bmc->service->serial, "SN1",
            "what was known once stays known when it is asked again");
    start(&s, &o);
    wire_wait(s.loop, o.done > 1);
    discover_remove(s.host.discoverer, s.flow.bmc);
    start(&s, &o);
    wire_wait(s.loop, o.done > 2);
    scene_done(&s);
}

static void test_refusal(void)
{
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    redfish_furnish(&s.service, NULL);
    redfish_set(&s.service, "GET", SERVICE, 401,
                "{\"error\":{\"message\":\"outer\",\"@Message.ExtendedInfo\":"
                "[{\"Message\":\"The password is wrong.\"}]}}");
    discover(&s, &o);
    is_int(o.status, 401, "a refusal has its status");
    is_text(o.err.text, "it answered 401: The password is wrong.",
            "... and the BMC's own words");
    redfish_set(&s.service, "GET", SERVICE, 503, "");
    discover(&s, &o);
    is_int(o.status, 503, "a service that is not ready is no service without");
    redfish_set(&s.service, "GET", SERVICE, 403, "");
    discover(&s, &o);
    ok(!o.failed, "one that we may not see");
    is_text(s.flow.bmc->service->no_events, "it answered 403 (GET " SERVICE ")",
            "... is told");
    redfish_go_away(&s.service);
    discover(&s, &o);
    is_int(o.status, 0, "no answer has no status");
    ok(*o.err.text, "... but a text: %s", o.err.text);
    scene_done(&s);
}

static void test_cancel(void)
{
    struct discovery *d;
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    redfish_furnish(&s.service, NULL);
    discover_cancel(start(&s, &o));
    d = start(&s, &o);
    wire_wait(s.loop, redfish_count(&s.service, "GET " SERVICE " ") == 1);
    discover_cancel(d);
    discover_cancel(NULL);
    for (int i = 0; i < 20; i++)
        sd_event_run(s.loop, 1000);
    is_int(o.done, 0, "what was cancelled is not heard of");
    scene_done(&s);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        test_case(i);
    test_whole();
    test_long();
    test_not_waiting();
    test_refusal();
    test_cancel();
    return done_testing();
}
