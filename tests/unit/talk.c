/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to a BMC: each is answered once, with what the answer says; where
 * it may lead, with which login, how many at a time, and what a refused
 * password stops.
 */
#include "talk.h"

#include "redfish_fixture.h"
#include "talk/answer.h"
#include "voice.h"

#define NOW (1795158000 * USEC_PER_SEC) /* 2026-11-20 07:00:00 */
#define THING "/redfish/v1/Thing"

struct heard {
    unsigned answers, status, heads;
    char message_id[64], location[128], body[256], header[64];
    usec_t retry_after;
    bool json, in_time;
    struct error err;
    struct buffer data;
};

static void on_answer(void *userdata, const struct talk_answer *a)
{
    struct heard *h = userdata;

    h->answers++;
    h->status = a->status;
    h->json = a->json != NULL;
    h->retry_after = a->retry_after;
    h->in_time = a->asked > 0 && a->asked <= a->answered;
    h->err = *a->err;
    snprintf(h->message_id, sizeof(h->message_id), "%s", a->message_id ?: "");
    snprintf(h->location, sizeof(h->location), "%s", a->location ?: "");
    snprintf(h->body, sizeof(h->body), "%.*s", (int)a->len, a->body);
}

static struct talk_exchange *ask(struct scene *s, struct heard *h,
                                 const char *method, const char *uri)
{
    struct talk_request r = {
        .bmc = s->flow.bmc,
        .method = method,
        .uri = uri,
        .on_answer = on_answer,
        .userdata = h,
    };

    *h = (struct heard){0};
    return talk_start(s->talk, &r);
}

static void ask_to_the_end(struct scene *s, struct heard *h, const char *method,
                           const char *uri)
{
    ask(s, h, method, uri);
    is_int(h->answers, 0, "%s %s is not answered inside", method, uri);
    wire_wait(s->loop, h->answers > 0);
    is_int(h->answers, 1, "... and once");
}

static void begin(struct scene *s)
{
    scene_init(s);
    scene_start(s);
}

static const struct {
    unsigned status;
    const char *body, *text, *message_id;
    bool json;
} answers[] = {
    {200, "{\"a\":1}", NULL, "", true},
    {200, "\xef\xbb\xbf{\"a\":1}", NULL, "", true},
    {200, "{\"a\":\"\xe9\"}", NULL, "", true},
    {200, "{\"a\":12345678901234567890}", NULL, "", true},
    {200, "{\"a\":1}\n\n ", NULL, "", true},
    {200, "<html>", "its answer is no JSON (GET " THING ")", "", false},
    {400, "", "it answered 400 (GET " THING ")", "", false},
    {400, "[]", "it answered 400 (GET " THING ")", "", true},
    {400, "{\"error\":\"text\"}", "it answered 400 (GET " THING ")", "", true},
    {400, "{\"error\":{\"message\":\"plain\"}}", "it answered 400: plain", "",
     true},
    {400, "{\"error\":{\"@Message.ExtendedInfo\":{}}}",
     "it answered 400 (GET " THING ")", "", true},
    {400,
     "{\"error\":{\"message\":\"outer\",\"@Message.ExtendedInfo\":[{"
     "\"MessageId\":\"Base.1.8.PropertyUnknown\",\"Message\":\"inner\"}]}}",
     "it answered 400: inner", "Base.1.8.PropertyUnknown", true},
    {400, "{\"Messages\":[{\"MessageID\":\"Base.0.10.Oops\"}]}",
     "it answered 400: Base.0.10.Oops", "Base.0.10.Oops", true},
    {409, "{\"@Message.ExtendedInfo\":[{\"Message\":\"bare\"}]}",
     "it answered 409: bare", "", true},
};

static void test_answers(void)
{
    struct heard h;
    struct scene s;

    begin(&s);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        redfish_set(&s.service, "GET", THING, answers[i].status,
                    answers[i].body);
        ask_to_the_end(&s, &h, "GET", THING);
        is_int(h.status, answers[i].status, "%s: its status", answers[i].body);
        is_int(h.json, answers[i].json, "... whether it is JSON");
        is_text(h.message_id, answers[i].message_id, "... its message");
        if (answers[i].text)
            is_text(h.err.text, answers[i].text, "... its text");
        ok(h.in_time, "... and when it was asked");
    }
    redfish_go_away(&s.service);
    ask_to_the_end(&s, &h, "GET", THING);
    is_int(h.status, 0, "no answer");
    ok(strstr(h.err.text, THING), "... is told: %s", h.err.text);
    scene_done(&s);
}

static void test_post(void)
{
    json_t *body = json_pack("{ss}", "Key", "value");
    const char *headers[] = {"If-Match: *", NULL};
    struct talk_request r = {
        .method = "POST",
        .uri = THING,
        .body = body,
        .headers = headers,
        .on_answer = on_answer,
    };
    struct redfish_answer *a;
    struct heard h = {0};
    struct scene s;

    begin(&s);
    a = redfish_set(&s.service, "POST", THING, 201, "{}");
    a->header[0] = (struct http_header){"Location", THING "/1"};
    r.bmc = s.flow.bmc;
    r.userdata = &h;
    talk_start(s.talk, &r);
    json_decref(body);
    wire_wait(s.loop, h.answers > 0);
    is_int(h.status, 201, "something is made");
    ok(strstr(h.location, s.service.url) && strstr(h.location, THING "/1"),
       "... and has a whole URL");
    is_int(redfish_count(&s.service, BASIC "last=- {\"Key\":\"value\"}"), 1,
           "its body was sent, with our login");
    scene_done(&s);
}

static void test_redirects(void)
{
    struct redfish elsewhere = {0};
    struct redfish_answer *a;
    struct heard h;
    struct scene s;

    begin(&s);
    redfish_come(&elsewhere, s.loop);
    a = redfish_set(&s.service, "GET", THING, 308, "");
    a->header[0] = (struct http_header){"Location", THING "/"};
    redfish_set(&s.service, "GET", THING "/", 200, "{\"a\":1}");
    ask_to_the_end(&s, &h, "GET", THING);
    is_int(h.status, 200, "a redirect within the BMC is followed");
    a = redfish_set(&s.service, "GET", THING, 302, "");
    a->header[0] = (struct http_header){"Location", elsewhere.url};
    ask_to_the_end(&s, &h, "GET", THING);
    is_int(h.status, 302, "one to another host is an answer");
    is_int(flow_count(&s.flow, VOICE_URI_REFUSED), 1, "... and told");
    is_text(h.location, "", "... and leads nowhere");
    is_int(elsewhere.log.len, 0, "... and was not followed");
    a = redfish_set(&s.service, "GET", THING, 302, "");
    a->header[0] = (struct http_header){"Location", THING};
    s.service.log.len = 0;
    ask_to_the_end(&s, &h, "GET", THING);
    is_int(h.status, 302, "a ring of redirects ends");
    a = redfish_set(&s.service, "POST", THING, 308, "");
    a->header[0] = (struct http_header){"Location", THING "/"};
    ask_to_the_end(&s, &h, "POST", THING);
    is_int(h.status, 308, "only a GET is sent elsewhere");
    redfish_done(&elsewhere);
    scene_done(&s);
}

static void test_cancel(void)
{
    struct heard h = {0}, never = {0};
    struct talk_exchange *e;
    struct scene s;

    begin(&s);
    redfish_set(&s.service, "GET", THING, 200, "{}");
    talk_cancel(ask(&s, &never, "GET", THING));
    talk_cancel(ask(&s, &never, "GET", "http://elsewhere/"));
    talk_cancel(NULL);
    e = ask(&s, &never, "GET", THING);
    wire_wait(s.loop, redfish_count(&s.service, "GET " THING) == 1);
    talk_cancel(e);
    ask_to_the_end(&s, &h, "GET", THING);
    is_int(never.answers, 0, "what was cancelled is not answered");
    ask(&s, &never, "GET", THING); /* left to talk_free() */
    ask(&s, &never, "GET", "http://elsewhere/");
    scene_done(&s);
    is_int(never.answers, 0, "... nor what was under way at the end");
}

/* The password is refused, by whatever is asked. */
static void test_password(void)
{
    struct heard h[5];
    struct scene s;

    begin(&s);
    redfish_set(&s.service, "GET", THING, 401, "{}");
    redfish_set(&s.service, "GET", ROOT, 200, "{}");
    for (size_t i = 0; i < ARRAY_LEN(h); i++)
        ask(&s, &h[i], "GET", THING);
    for (size_t i = 0; i < ARRAY_LEN(h); i++) {
        wire_wait(s.loop, h[i].answers == 1);
        is_int(h[i].status, 401, "a refused password is told to all");
    }
    is_int(redfish_count(&s.service, BASIC), 2, "... and tried twice");
    is_int(flow_count(&s.flow, VOICE_LOGIN_REFUSED), 1, "... which is told");
    ask_to_the_end(&s, &h[0], "GET", ROOT);
    is_int(h[0].status, 200, "what needs no password is asked");
    talk_adopt(s.talk, &s.flow.config);
    redfish_set(&s.service, "GET", THING, 200, "{}");
    ask_to_the_end(&s, &h[0], "GET", THING);
    is_int(h[0].status, 200, "a reload begins again");
    is_int(flow_count(&s.flow, VOICE_LOGIN_ACCEPTED), 1, "... and its end");
    chmod(s.password_file, 0644);
    talk_adopt(s.talk, &s.flow.config);
    ask_to_the_end(&s, &h[0], "GET", THING);
    ok(h[0].status == 0 && strstr(h[0].err.text, s.password_file),
       "a password that all may read is not used: %s", h[0].err.text);
    scene_done(&s);
}

/* A root that wants a login, against the specification. */
static void test_closed_root(void)
{
    struct heard h;
    struct scene s;

    begin(&s);
    redfish_set(&s.service, "GET", ROOT, 401, "{}");
    ask_to_the_end(&s, &h, "GET", ROOT);
    is_int(h.status, 401, "a root that wants a login");
    is_int(redfish_count(&s.service, "auth=- "), 1, "... is asked without");
    is_int(redfish_count(&s.service, BASIC), 1, "... then with it");
    redfish_set(&s.service, "GET", ROOT, 200, "{}");
    ask_to_the_end(&s, &h, "GET", ROOT);
    is_int(redfish_count(&s.service, "auth=- "), 1, "... and from then on");
    scene_done(&s);
}

static void test_pause(void)
{
    struct redfish_answer *a;
    struct heard h, later = {0};
    struct scene s;

    begin(&s);
    a = redfish_set(&s.service, "GET", THING, 503, "");
    a->header[0] = (struct http_header){"Retry-After", "1"};
    ask_to_the_end(&s, &h, "GET", THING);
    is_int(h.retry_after, USEC_PER_SEC, "a BMC asks for a pause");
    ask(&s, &later, "GET", THING);
    for (int i = 0; i < 20; i++)
        sd_event_run(s.loop, 1000);
    is_int(redfish_count(&s.service, "GET " THING), 1, "... and gets it");
    ok(wire_wait(s.loop, later.answers == 1), "... then is asked");
    scene_done(&s);
}

static const struct {
    const char *text;
    usec_t delay;
} pauses[] = {
    {"120", 120 * USEC_PER_SEC},
    {"0", 0},
    {"", 0},
    {"soon", 0},
    {"-5", USEC_PER_DAY}, /* nonsense, and bounded */
    {"99999999999999999999", 0},
    {"1000000", USEC_PER_DAY},
    {"Fri, 20 Nov 2026 07:00:10 GMT", 10 * USEC_PER_SEC},
    {"Fri, 20 Nov 2026 06:00:00 GMT", 0},
};

static void on_head(void *userdata, const char *content_type)
{
    struct heard *h = userdata;

    h->heads++;
    snprintf(h->header, sizeof(h->header), "%s", content_type);
}

static void on_data(void *userdata, const char *data, size_t len)
{
    struct heard *h = userdata;

    buffer_add(&h->data, data, len);
}

static void stream(struct scene *s, struct heard *h)
{
    struct talk_request r = {
        .bmc = s->flow.bmc,
        .uri = "/sse",
        .on_head = on_head,
        .on_data = on_data,
        .on_answer = on_answer,
        .userdata = h,
    };

    *h = (struct heard){0};
    talk_start(s->talk, &r);
    wire_wait(s->loop, h->answers > 0);
}

static void test_stream(void)
{
    struct redfish_answer *a;
    struct heard h;
    struct scene s;

    begin(&s);
    a = redfish_set(&s.service, "GET", "/sse", 200, "data: x\n\n");
    a->type = "text/event-stream";
    stream(&s, &h);
    is_text(h.header, "text/event-stream", "a stream has a head");
    is_text(h.data.data, "data: x\n\n", "... and data");
    is_int(h.answers, 1, "... and ends once");
    is_int(redfish_count(&s.service, BASIC), 1, "... and was logged in to");
    buffer_done(&h.data);
    a = redfish_set(&s.service, "GET", "/sse", 503,
                    "{\"error\":{\"message\":\"too many\"}}");
    stream(&s, &h);
    is_int(h.heads + h.data.len, 0, "a refusal is no stream");
    is_text(h.err.text, "it answered 503: too many", "... and is explained");
    a = redfish_set(&s.service, "GET", "/sse", 307, "");
    a->header[0] = (struct http_header){"Location", "/stream"};
    a = redfish_set(&s.service, "GET", "/stream", 200, "data: y\n\n");
    stream(&s, &h);
    is_text(h.data.data, "data: y\n\n", "a stream may be at another place");
    buffer_done(&h.data);
    scene_done(&s);
}

/* A BMC that leaves while it is asked is there until it has answered. */
static void test_leaving(void)
{
    struct heard h = {0};
    struct scene s;

    begin(&s);
    s.flow.config.bmc_count = 2;
    fleet_adopt(s.flow.fleet, &s.flow.config, NULL, NULL);
    redfish_set(&s.service, "DELETE", THING, 204, "");
    ask(&s, &h, "DELETE", THING);
    s.flow.config.bmcs++; /* the first is gone */
    s.flow.config.bmc_count = 1;
    fleet_adopt(s.flow.fleet, &s.flow.config, NULL, NULL);
    talk_adopt(s.talk, &s.flow.config);
    ok(!fleet_find(s.flow.fleet, "n1"), "the BMC has left the fleet");
    wire_wait(s.loop, h.answers > 0);
    is_int(h.status, 204, "... and is still told what must be");
    is_int(redfish_count(&s.service, BASIC), 1, "... with its login");
    scene_done(&s);
}

int main(void)
{
    test_answers();
    test_post();
    test_redirects();
    test_cancel();
    test_password();
    test_closed_root();
    test_pause();
    test_stream();
    test_leaving();
    for (size_t i = 0; i < ARRAY_LEN(pauses); i++)
        is_int(talk_answer_pause(pauses[i].text, NOW), pauses[i].delay,
               "Retry-After: %s", pauses[i].text);
    return done_testing();
}
