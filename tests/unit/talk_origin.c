/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every URI that a BMC supplies is held to its configured origin. Each kind is
 * tried, in each form that leads elsewhere: nobody else is asked, no password
 * and no token goes there, and an event of our own says so.
 */
#include "redfish_fixture.h"
#include "registry/registry_fetch.h"
#include "voice.h"

#define THING "/redfish/v1/Thing"
#define SESSIONS "/redfish/v1/SessionService/Sessions"

/* A BMC, and the stranger to whom it would lead us. */
struct house {
    struct scene s;
    struct redfish stranger;
    struct registry_fetch *fetch;
    char *uri; /* the stranger's, in one of its forms */
    unsigned done;
};

/* How a URI may lead elsewhere; %E stands for the stranger's host and port. */
static const char *const forms[] = {
    "http://%E/x",        "//%E/x",
    "HTTP://%E",          "http://%E\\@127.0.0.1/x",
    "http://u:p@%E/x",    "ftp://127.0.0.1/x",
    "file:///etc/passwd",
};

static char *fill(const char *form, const char *host)
{
    const char *mark = strstr(form, "%E");

    if (!mark)
        return xstrdup(form);
    return xasprintf("%.*s%s%s", (int)(mark - form), form, host, mark + 2);
}

/* Text with the URI put where %s is. */
static void tell(struct house *o, const char *method, const char *path,
                 const char *template)
{
    const char *mark = strstr(template, "%s");
    struct buffer body = {0};

    buffer_add(&body, template, (size_t)(mark - template));
    for (const char *c = o->uri; *c; c++) {
        if (*c == '\\')
            buffer_add_char(&body, '\\');
        buffer_add_char(&body, *c);
    }
    buffer_add_text(&body, mark + 2);
    redfish_set(&o->s.service, method, path, 200, body.data);
    buffer_done(&body);
}

static void on_answer(void *userdata, const struct talk_answer *a _unused_)
{
    struct house *o = userdata;

    o->done++;
}

static void ask(struct house *o, const char *uri)
{
    struct talk_request r = {
        .bmc = o->s.flow.bmc,
        .uri = uri,
        .on_answer = on_answer,
        .userdata = o,
    };

    talk_start(o->s.talk, &r);
    wire_wait(o->s.loop, o->done > 0);
}

/* ---- kinds of URIs */

/* What a room asks for as it found it: next page, log entry, task, … */
static void kind_any(struct house *o)
{
    ask(o, o->uri);
}

static void kind_helper(struct house *o)
{
    char *url = talk_url(o->s.talk, o->s.flow.bmc, o->uri);

    is_text(url, NULL, "no URL is made of it");
    free(url);
}

static void redirect(struct house *o, unsigned status)
{
    struct redfish_answer *a =
        redfish_set(&o->s.service, "GET", THING, status, "");

    a->header[0] = (struct http_header){"Location", o->uri};
    ask(o, THING);
}

static void kind_redirect(struct house *o)
{
    redirect(o, 302);
}

static void kind_location(struct house *o)
{
    redirect(o, 201);
}

static void kind_session(struct house *o)
{
    struct redfish_answer *a =
        redfish_set(&o->s.service, "POST", SESSIONS, 201, "{}");

    o->s.flow.bmcs[0].auth = AUTH_AUTO;
    a->header[0] = (struct http_header){"X-Auth-Token", "secret"};
    a->header[1] = (struct http_header){"Location", o->uri};
    redfish_set(&o->s.service, "GET", THING, 200, "{}");
    ask(o, THING);
    talk_close(o->s.talk);
    wire_wait(o->s.loop, talk_is_closed(o->s.talk));
}

static void on_discovered(void *userdata, unsigned status _unused_,
                          const struct error *err _unused_)
{
    struct house *o = userdata;

    o->done++;
}

static void discover(struct house *o)
{
    discover_start(o->s.host.discoverer, o->s.flow.bmc, on_discovered, o);
    wire_wait(o->s.loop, o->done > 0 && (!o->s.flow.bmc->service ||
                                         o->s.flow.bmc->service->is_whole));
}

static void in_root(struct house *o, const char *template)
{
    redfish_furnish(&o->s.service, NULL);
    tell(o, "GET", ROOT, template);
    discover(o);
}

static void kind_event_service(struct house *o)
{
    in_root(o, "{\"EventService\":{\"@odata.id\":\"%s\"}}");
}

static void kind_managers(struct house *o)
{
    in_root(o, "{\"Managers\":{\"@odata.id\":\"%s\"}}");
}

static void kind_sessions_link(struct house *o)
{
    in_root(o, "{\"Links\":{\"Sessions\":{\"@odata.id\":\"%s\"}}}");
}

static void kind_tasks(struct house *o)
{
    in_root(o, "{\"Tasks\":{\"@odata.id\":\"%s\"}}");
}

static void in_service(struct house *o, const char *template)
{
    redfish_furnish(&o->s.service, NULL);
    tell(o, "GET", SERVICE, template);
    discover(o);
}

static void kind_sse(struct house *o)
{
    in_service(o, "{\"ServerSentEventUri\":\"%s\"}");
}

static void kind_subscriptions(struct house *o)
{
    in_service(o, "{\"Subscriptions\":{\"@odata.id\":\"%s\"}}");
}

static void kind_test(struct house *o)
{
    in_service(o, "{\"Actions\":{\"#EventService.SubmitTestEvent\":"
                  "{\"target\":\"%s\"}}}");
}

static void kind_member(struct house *o)
{
    redfish_furnish(&o->s.service, NULL);
    redfish_set(&o->s.service, "GET", ROOT, 200,
                "{\"Systems\":{\"@odata.id\":\"/redfish/v1/Systems\"}}");
    tell(o, "GET", "/redfish/v1/Systems",
         "{\"Members\":[{\"@odata.id\":\"%s\"}]}");
    discover(o);
}

static void on_ready(void *userdata)
{
    struct house *o = userdata;

    o->done++;
}

/* The registries of the BMC, of which one document leads elsewhere. */
static void fetch(struct house *o)
{
    struct registry_fetch_setup setup = {
        .loop = o->s.loop,
        .talk = o->s.talk,
        .client = o->s.client,
        .pipeline = o->s.flow.pipeline,
        .fleet = o->s.flow.fleet,
    };
    char cache[96];

    redfish_furnish(&o->s.service, NULL);
    redfish_set(&o->s.service, "GET", ROOT, 200, "{}");
    discover(o);
    o->done = 0;
    snprintf(cache, sizeof(cache), "%s/cache", o->s.flow.directory);
    o->s.flow.config.registries.cache = cache;
    o->s.flow.config.registries.fetch = true;
    o->fetch = registry_fetch_new(&setup);
    registry_fetch_adopt(o->fetch, &o->s.flow.config);
    if (registry_fetch_start(o->fetch, o->s.flow.bmc, on_ready, o))
        wire_wait(o->s.loop, o->done > 0);
    registry_fetch_remove(o->fetch, o->s.flow.bmc);
    registry_fetch_free(o->fetch);
}

static void kind_registry(struct house *o)
{
    tell(o, "GET", "/redfish/v1/Registries",
         "{\"Members\":[{\"@odata.id\":\"%s\"}]}");
    fetch(o);
}

static void kind_next_page(struct house *o)
{
    tell(o, "GET", "/redfish/v1/Registries",
         "{\"Members\":[],\"Members@odata.nextLink\":\"%s\"}");
    fetch(o);
}

static void in_locator(struct house *o, const char *template)
{
    redfish_set(&o->s.service, "GET", "/redfish/v1/Registries", 200,
                "{\"Members\":[{\"@odata.id\":\"/redfish/v1/Registries/A\"}]}");
    tell(o, "GET", "/redfish/v1/Registries/A", template);
    fetch(o);
}

static void kind_registry_place(struct house *o)
{
    in_locator(o, "{\"Id\":\"A.1.0\",\"Registry\":\"A.1.0\",\"Location\":"
                  "[{\"Language\":\"en\",\"Uri\":\"%s\"}]}");
}

static void kind_archive(struct house *o)
{
    in_locator(o, "{\"Id\":\"A.1.0\",\"Registry\":\"A.1.0\",\"Location\":"
                  "[{\"Language\":\"en\",\"ArchiveUri\":\"%s\","
                  "\"ArchiveFile\":\"A.json\"}]}");
}

static const struct {
    const char *what;
    void (*meet)(struct house *o);
} kinds[] = {
    {"a URI that a room found", kind_any},
    {"one that is kept for later", kind_helper},
    {"a redirect", kind_redirect},
    {"a Location", kind_location},
    {"the Location of a session", kind_session},
    {"the EventService", kind_event_service},
    {"the Managers", kind_managers},
    {"the Sessions", kind_sessions_link},
    {"the tasks", kind_tasks},
    {"a stream", kind_sse},
    {"the subscriptions", kind_subscriptions},
    {"the target of an action", kind_test},
    {"a member of a collection", kind_member},
    {"a registry's locator", kind_registry},
    {"the next page", kind_next_page},
    {"a registry", kind_registry_place},
    {"its archive", kind_archive},
};

static void test_kind(size_t kind, const char *form)
{
    struct house o = {0};

    scene_init(&o.s);
    scene_start(&o.s);
    redfish_come(&o.stranger, o.s.loop);
    o.uri = fill(form, o.stranger.url + strlen("http://"));
    kinds[kind].meet(&o);
    is_int(o.stranger.log.len, 0, "%s at %s: nobody is asked", kinds[kind].what,
           form);
    ok(flow_count(&o.s.flow, VOICE_URI_REFUSED) > 0, "... and it is told");
    free(o.uri);
    redfish_done(&o.stranger);
    scene_done(&o.s);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        for (size_t k = 0; k < ARRAY_LEN(forms); k++)
            test_kind(i, forms[k]);
    return done_testing();
}
