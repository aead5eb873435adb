/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Redfish service says of itself, well and badly; that nothing is asked
 * and no password sent anywhere but at the configured address; and that each
 * discovery ends once.
 */
#include "discover.h"

#include <errno.h>

#include "redfish_fixture.h"

struct heard {
    unsigned done, refused;
    unsigned status;
    bool found;
    char *sse_url, *subscriptions_url;
    char uri[128];
    struct error err;
};

static void on_done(void *userdata, const struct discover_result *result,
                    unsigned status, const struct error *err)
{
    struct heard *o = userdata;

    o->done++;
    o->status = status;
    o->found = result != NULL;
    if (result) {
        o->sse_url = xstrdup(result->sse_url);
        o->subscriptions_url = xstrdup(result->subscriptions_url);
    } else {
        o->err = *err;
    }
}

static void on_refused(void *userdata, const char *uri)
{
    struct heard *o = userdata;

    o->refused++;
    snprintf(o->uri, sizeof(o->uri), "%s", uri);
}

static void heard_done(struct heard *o)
{
    free(o->sse_url);
    free(o->subscriptions_url);
    *o = (struct heard){0};
}

static int start(struct scene *s, struct heard *o, struct discovery **ret,
                 struct error *err)
{
    struct discover_callbacks callbacks = {on_done, on_refused, o};

    return discover_start(s->client, s->flow.bmc, &callbacks, ret, err);
}

/* One discovery to its end. */
static void discover(struct scene *s, struct heard *o)
{
    struct discovery *d = NULL;
    struct error err = {""};

    if (start(s, o, &d, &err) < 0)
        diag("%s", err.text);
    wire_wait(s->loop, o->done > 0);
    is_int(o->done, 1, "it ends once");
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
     1, 1},
    {"no JSON", "<html>", NULL, NULL, NULL, 200, 0},
    {"no event service", "{}", NULL, NULL, NULL, 404, 0},
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

static void test_cases(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
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
        is_int(o.found, cases[i].status == 0, "%s", cases[i].what);
        if (cases[i].status > 1)
            is_int(o.status, cases[i].status, "... with its status");
        is_path(&s, o.sse_url, cases[i].sse, "the stream");
        is_path(&s, o.subscriptions_url, cases[i].subscriptions,
                "the subscriptions");
        is_int(o.refused, cases[i].refused, "... and refusals are told");
        is_int(redfish_count(&s.service, "GET "),
               redfish_count(&s.service, BASIC),
               "the password is sent to the BMC");
        is_int(elsewhere.log.len, 0, "... and nobody else is asked");
        redfish_done(&elsewhere);
        heard_done(&o);
        scene_done(&s);
    }
}

static void test_identity(void)
{
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    redfish_furnish(&s.service, NULL);
    discover(&s, &o);
    is_text(s.flow.bmc->vendor, "Acme", "the BMC's vendor is learnt");
    is_text(s.flow.bmc->model, "Box", "... its model");
    is_text(s.flow.bmc->uuid, "u-1", "... and its UUID");
    heard_done(&o);
    scene_done(&s);
}

static void test_refusal(void)
{
    struct redfish elsewhere = {0};
    struct redfish_answer *a;
    struct heard o = {0};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    redfish_come(&elsewhere, s.loop);
    redfish_set(&s.service, "GET", ROOT, 401,
                "{\"error\":{\"message\":\"outer\",\"@Message.ExtendedInfo\":"
                "[{\"Message\":\"The password is wrong.\"}]}}");
    discover(&s, &o);
    is_int(o.status, 401, "a refusal has its status");
    is_text(o.err.text, "it answered 401: The password is wrong.",
            "... and the BMC's own words");
    heard_done(&o);
    a = redfish_set(&s.service, "GET", ROOT, 302, "");
    a->header[0] = (struct http_header){"Location", elsewhere.url};
    discover(&s, &o);
    is_int(o.status, 302, "a redirect is an answer");
    is_int(elsewhere.log.len, 0, "... and not followed");
    redfish_done(&elsewhere);
    heard_done(&o);
    redfish_go_away(&s.service);
    discover(&s, &o);
    is_int(o.status, 0, "no answer has no status");
    ok(*o.err.text && !o.found, "... but a text: %s", o.err.text);
    heard_done(&o);
    scene_done(&s);
}

static void test_cancel(void)
{
    struct discovery *d = NULL;
    struct heard o = {0};
    struct error err = {""};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    redfish_furnish(&s.service, NULL);
    start(&s, &o, &d, &err);
    discover_cancel(TAKE(d));
    start(&s, &o, &d, &err);
    wire_wait(s.loop, redfish_count(&s.service, "GET " SERVICE " ") == 1);
    discover_cancel(TAKE(d));
    discover_cancel(NULL);
    for (int i = 0; i < 20; i++)
        sd_event_run(s.loop, 1000);
    is_int(o.done, 0, "what was cancelled is not heard of");
    scene_done(&s);
}

static void test_password(void)
{
    struct discovery *d = NULL;
    struct heard o = {0};
    struct error err = {""};
    struct scene s;

    scene_init(&s);
    scene_start(&s);
    chmod(s.password_file, 0644);
    is_int(start(&s, &o, &d, &err), -EPERM,
           "a password that all may read is not used");
    ok(strstr(err.text, s.password_file), "... which is told");
    is_int(s.service.log.len, 0, "... and nothing was sent");
    s.flow.bmcs[0].password_file = NULL;
    redfish_furnish(&s.service, NULL);
    discover(&s, &o);
    is_int(redfish_count(&s.service, "auth=- "), 2,
           "without a password none is sent");
    heard_done(&o);
    scene_done(&s);
}

static const struct {
    const char *body, *text;
} explained[] = {
    {"", "it answered 400"},
    {"[]", "it answered 400"},
    {"{\"error\":{\"message\":\"plain\"}}", "it answered 400: plain"},
    {"{\"error\":{\"@Message.ExtendedInfo\":{}}}", "it answered 400"},
    {"{\"error\":\"text\"}", "it answered 400"},
};

static void test_explain(void)
{
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(explained); i++) {
        discover_explain(400, explained[i].body, strlen(explained[i].body),
                         &err);
        is_text(err.text, explained[i].text, "what %s says", explained[i].body);
    }
    discover_explain(500, NULL, 0, &err);
    is_text(err.text, "it answered 500", "no body at all");
}

int main(void)
{
    test_cases();
    test_identity();
    test_refusal();
    test_cancel();
    test_password();
    test_explain();
    return done_testing();
}
