/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhooks from a client in the same process: what is answered, when, and to
 * whom; that a reload and a BMC that leaves disturb nobody; that an answer
 * follows the disk and not the arrival.
 */
#include <fcntl.h>

#include "redfish_fixture.h"
#include "voice.h"

#define RECORD "{\"MessageId\":\"ResourceEvent.1.4.ResourceCreated\"}"

struct reply {
    unsigned done, status;
    struct buffer body;
    char type[64], retry_after[16];
};

struct world {
    struct scene scene;
    char address[32];
    struct config_listener listener;
    struct http_transfer *transfer;
    const char *headers[2]; /* of the next request */
    struct reply reply;
};

static void on_reply(void *userdata, unsigned status, const char *body,
                     size_t len, const struct error *err)
{
    struct world *w = userdata;
    const char *header =
        http_client_response_header(w->transfer, "content-type");

    w->reply.done++;
    w->reply.status = status;
    buffer_clear(&w->reply.body);
    buffer_add(&w->reply.body, body, len);
    snprintf(w->reply.type, sizeof(w->reply.type), "%s", header ?: "");
    header = http_client_response_header(w->transfer, "retry-after");
    snprintf(w->reply.retry_after, sizeof(w->reply.retry_after), "%s",
             header ?: "");
    if (status == 0)
        diag("%s", err->text);
}

static void send_to(struct world *w, const char *method, const char *path,
                    const char *body)
{
    _cleanup_free_ char *url = xasprintf("http://%s%s", w->address, path);
    struct http_client_request request = {
        .method = method,
        .url = url,
        .body = body,
        .body_len = body ? strlen(body) : 0,
        .headers = w->headers,
        .timeout = 15 * USEC_PER_SEC,
        .response_max = 65536,
        .on_done = on_reply,
        .userdata = w,
    };

    w->reply.done = w->reply.status = 0;
    http_client_start(w->scene.client, &request, &w->transfer, NULL);
}

/* The status of a request; 0 if there was no answer. */
static unsigned post(struct world *w, const char *token, const char *body)
{
    _cleanup_free_ char *path = xasprintf("/events/%s", token);

    send_to(w, "POST", path, body);
    wire_wait(w->scene.loop, w->reply.done > 0);
    return w->reply.status;
}

static void world_init(struct world *w)
{
    uint16_t port;

    *w = (struct world){0};
    scene_init(&w->scene);
    close(wire_listen(false, &port));
    snprintf(w->address, sizeof(w->address), "127.0.0.1:%u", port);
    w->listener = (struct config_listener){.address = w->address};
    w->scene.flow.config.listeners = &w->listener;
    w->scene.flow.config.listener_count = 1;
    w->scene.flow.options.max_size = 4 * FLOW_SEGMENT;
    w->scene.flow.options.keep = 0;
    w->scene.flow.config.limits.body = 5000;
    w->scene.flow.bmcs[0].url = "http://127.0.0.1:1";
}

static void begin(struct world *w)
{
    scene_start(&w->scene);
    is_int(scene_open(&w->scene, &source_webhook), 0, "it listens");
}

static void world_done(struct world *w)
{
    scene_done(&w->scene);
    buffer_done(&w->reply.body);
}

static const struct {
    const char *method, *path; /* %T is the token */
    unsigned status;
} requests[] = {
    {"POST", "/events/%T", 200},
    {"POST", "/events/%T?x=1", 200},
    {"POST", "/events/", 404},
    {"POST", "/events", 404},
    {"POST", "/", 404},
    {"POST", "/events/0000000000000000000000000000000000000000", 404},
    {"POST", "/events/%T/", 404},
    {"POST", "/events/%Tx", 404},
    {"POST", "/EVENTS/%T", 404},
    {"GET", "/events/%T", 405},
    {"DELETE", "/events/%T", 405},
    {"GET", "/metrics", 404},
};

static void test_requests(void)
{
    struct world w;

    world_init(&w);
    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        const char *path = requests[i].path, *at = strstr(path, "%T");
        _cleanup_free_ char *whole =
            at ? xasprintf("%.*s%s%s", (int)(at - path), path,
                           w.scene.flow.bmc->token, at + 2)
               : xstrdup(path);

        send_to(&w, requests[i].method, whole,
                requests[i].method[0] == 'P' ? RECORD : NULL);
        wire_wait(w.scene.loop, w.reply.done > 0);
        is_int(w.reply.status, requests[i].status, "%s %s", requests[i].method,
               path);
    }
    is_int(ledger_received(w.scene.flow.ledger), 2, "only good ones are kept");
    world_done(&w);
}

static void test_answer(void)
{
    struct world w;

    world_init(&w);
    begin(&w);
    is_int(post(&w, w.scene.flow.bmc->token, RECORD), 200, "an event");
    is_int(spool_durable(w.scene.flow.spool), 1, "... is on disk by then");
    is_text(w.reply.type, "application/json", "... answered with JSON");
    is_text(w.reply.body.data, "{\"status\":\"stored\"}", "... that says so");
    is_int(post(&w, w.scene.flow.bmc->token, "no json"), 200,
           "what cannot be read is kept and answered 200");
    is_int(post(&w, w.scene.flow.bmc->token, ""), 200, "... even nothing");
    is_int(ledger_outcome(w.scene.flow.ledger, OUTCOME_QUARANTINED), 2,
           "... for the quarantine");
    ok(wire_wait(w.scene.loop, w.scene.type->waiting(w.scene.source) == 0),
       "nobody waits any more");
    world_done(&w);
}

static void test_too_large(void)
{
    char body[6000];
    struct world w;

    memset(body, ' ', sizeof(body) - 1);
    body[sizeof(body) - 1] = '\0';
    world_init(&w);
    begin(&w);
    is_int(post(&w, w.scene.flow.bmc->token, body), 413, "too large a body");
    ok(strstr(w.reply.body.data, "@Message.ExtendedInfo"),
       "... is told in Redfish's form");
    is_int(spool_appended(w.scene.flow.spool), 0, "... and not kept");
    world_done(&w);
}

static void test_full(void)
{
    static const char bytes[8000];
    const uint8_t id[SPOOL_ID_LEN] = {0};
    struct world w;
    struct flow *f = &w.scene.flow;

    world_init(&w);
    begin(&w);
    while (spool_state(f->spool) == SPOOL_OK) {
        spool_append(f->spool, SPOOL_EVENT, 1, id, bytes, sizeof(bytes));
        flow_sync(f);
    }
    is_int(post(&w, f->bmc->token, RECORD), 503, "a full spool");
    ok(atoi(w.reply.retry_after) > 0, "... says when to come again");
    is_int(ledger_received(f->ledger), 0, "... and no stage has seen it");
    spool_release(f->spool, spool_appended(f->spool) + 1);
    flow_wait_state(f, SPOOL_OK);
    is_int(post(&w, f->bmc->token, RECORD), 200, "room again");
    world_done(&w);
}

/* The disk is the scene's: while nobody says that it got further, no 200. */
static void test_waits(void)
{
    struct world w;
    struct scene *s = &w.scene;

    world_init(&w);
    begin(&w);
    sd_event_source_set_enabled(s->spool_event, SD_EVENT_OFF);
    {
        _cleanup_free_ char *path = xasprintf("/events/%s", s->flow.bmc->token);

        send_to(&w, "POST", path, RECORD);
    }
    ok(wire_wait(s->loop, s->type->waiting(s->source) == 1),
       "an event waits for the disk");
    s->type->spool_changed(s->source, 0, SPOOL_OK);
    for (int i = 0; i < 50; i++)
        sd_event_run(s->loop, 1000);
    is_int(w.reply.done, 0, "... and is not answered before");
    s->type->quiesce(s->source);
    s->type->spool_changed(s->source, 1, SPOOL_OK);
    ok(wire_wait(s->loop, w.reply.done == 1), "... but then");
    is_int(w.reply.status, 200, "... also while the program ends");
    ok(wire_wait(s->loop, s->type->waiting(s->source) == 0),
       "... which it does when the answer is out");
    world_done(&w);
}

struct sent {
    struct http_transfer *transfer;
    unsigned status;
    bool has_retry_after;
};

static void on_sent(void *userdata, unsigned status, const char *body _unused_,
                    size_t len _unused_, const struct error *err _unused_)
{
    struct sent *s = userdata;

    s->status = status;
    s->has_retry_after =
        http_client_response_header(s->transfer, "retry-after");
}

static void send_for(struct world *w, const char *bmc, struct sent *ret)
{
    const struct bmc *b = fleet_find(w->scene.flow.fleet, bmc);
    _cleanup_free_ char *url =
        xasprintf("http://%s/events/%s", w->address, b->token);
    struct http_client_request request = {
        .method = "POST",
        .url = url,
        .body = RECORD,
        .body_len = strlen(RECORD),
        .timeout = 15 * USEC_PER_SEC,
        .response_max = 65536,
        .on_done = on_sent,
        .userdata = ret,
    };

    *ret = (struct sent){0};
    http_client_start(w->scene.client, &request, &ret->transfer, NULL);
}

/* So many requests wait, stored or pushed back. */
static bool wait_until(struct world *w, size_t count)
{
    struct scene *s = &w->scene;

    return wire_wait(s->loop, s->type->waiting(s->source) == count);
}

/* The share is 2, the lobby has 32 places, and others sent lately. */
static void test_lobby(struct world *w)
{
    struct sent flood[40];
    struct scene *s = &w->scene;
    uint64_t before = spool_appended(s->flow.spool), pushed_back;
    size_t stored = 0, refused = 0, lobby;

    pushed_back = s->flow.bmc->pushed_back;
    for (size_t i = 0; i < ARRAY_LEN(flood); i++)
        send_for(w, "n1", &flood[i]);
    ok(wire_wait(s->loop,
                 s->flow.bmc->waiting == 2 &&
                     s->flow.bmc->in_lobby + s->flow.bmc->pushed_back ==
                         pushed_back + 38),
       "who has its share inside stands in the lobby, and then outside");
    lobby = s->flow.bmc->in_lobby; /* 31 if a round was not over yet */
    ok(lobby == 32 || lobby == 31, "... that has its limit");
    is_int(spool_appended(s->flow.spool), before + 2, "... and is not read");
    sd_event_source_set_enabled(s->spool_event, SD_EVENT_ON);
    for (size_t i = 0; i < ARRAY_LEN(flood); i++) {
        wire_wait(s->loop, flood[i].status != 0);
        stored += flood[i].status == 200;
        refused += flood[i].status == 503;
    }
    is_int(stored, 2 + lobby, "as there is room, all of the lobby are let in");
    is_int(refused, 38 - lobby, "... and the others are refused");
    is_int(spool_appended(s->flow.spool), before + stored, "... unseen");
    is_int(s->flow.bmc->in_lobby + s->flow.bmc->waiting, 0, "nobody is left");
}

/* One BMC alone may have any number under way, beside others its share. */
static void test_share(void)
{
    struct sent flood[4], other, late;
    struct world w;
    struct scene *s = &w.scene;

    world_init(&w);
    s->flow.bmcs[1].url = "http://127.0.0.1"; /* that of both */
    s->flow.config.bmc_count = 2;
    s->flow.config.limits.requests_per_bmc = 2;
    begin(&w);
    sd_event_source_set_enabled(s->spool_event, SD_EVENT_OFF);
    for (size_t i = 0; i < ARRAY_LEN(flood); i++)
        send_for(&w, "n1", &flood[i]);
    ok(wait_until(&w, 4), "a BMC that is alone may fill the room");
    is_int(s->flow.bmc->pushed_back, 0, "... and is not pushed back");
    send_for(&w, "n2", &other);
    wait_until(&w, 5);
    is_int(spool_appended(s->flow.spool), 5, "another one is let in");
    send_for(&w, "n1", &late);
    ok(wire_wait(s->loop, late.status != 0), "then the first gets an answer");
    is_int(late.status, 503, "... that pushes it back");
    ok(late.has_retry_after, "... and says when to come again");
    is_int(spool_appended(s->flow.spool), 5, "... and no stage has seen it");
    is_int(s->flow.bmc->pushed_back, 1, "... which is counted");
    s->type->spool_changed(s->source, 5, SPOOL_OK);
    ok(wire_wait(s->loop, other.status && flood[3].status), "all others");
    is_int(other.status + flood[0].status + flood[3].status, 600,
           "... are answered when the disk has them");
    send_for(&w, "n1", &late);
    wait_until(&w, 1);
    s->type->spool_changed(s->source, 6, SPOOL_OK);
    ok(wire_wait(s->loop, late.status == 200), "and there is room again");
    test_lobby(&w);
    world_done(&w);
}

/* A BMC that leaves, a client that leaves, a server that ends. */
static void test_share_ends(void)
{
    struct sent first, second, refused;
    struct config none = {0};
    struct world w;
    struct scene *s = &w.scene;

    world_init(&w);
    s->flow.bmcs[1].url = "http://127.0.0.1"; /* that of both */
    s->flow.config.bmc_count = 2;
    s->flow.config.limits.requests_per_bmc = 1;
    begin(&w);
    sd_event_source_set_enabled(s->spool_event, SD_EVENT_OFF);
    send_for(&w, "n1", &first);
    wait_until(&w, 1);
    send_for(&w, "n2", &second);
    wait_until(&w, 2);
    send_for(&w, "n1", &refused);
    ok(wire_wait(s->loop, s->flow.bmc->pushed_back == 1), "one is too many");
    s->type->remove_bmc(s->source, s->flow.bmc);
    s->type->remove_bmc(s->source, fleet_find(s->flow.fleet, "n2"));
    fleet_adopt(s->flow.fleet, &none, NULL, NULL);
    s->type->spool_changed(s->source, 1, SPOOL_OK);
    ok(wire_wait(s->loop, first.status == 200),
       "a BMC that left is answered for what it sent");
    s->type->destroy(TAKE(s->source));
    is_int(second.status, 0, "an end leaves nobody behind");
    world_done(&w);
}

static void test_end_while_waiting(void)
{
    struct world w;
    struct scene *s = &w.scene;
    _cleanup_free_ char *path = NULL;

    world_init(&w);
    begin(&w);
    sd_event_source_set_enabled(s->spool_event, SD_EVENT_OFF);
    path = xasprintf("/events/%s", s->flow.bmc->token);
    send_to(&w, "POST", path, RECORD);
    wire_wait(s->loop, s->type->waiting(s->source) == 1);
    s->type->destroy(TAKE(s->source));
    ok(wire_wait(s->loop, w.reply.done == 1), "an end answers nobody in vain");
    is_int(w.reply.status, 0, "... who will send again");
    world_done(&w);
}

static void test_reload(void)
{
    struct config none = {0};
    struct error err = {""};
    char token[64];
    struct world w;
    struct scene *s = &w.scene;

    world_init(&w);
    begin(&w);
    snprintf(token, sizeof(token), "%s", s->flow.bmc->token);
    is_int(s->type->prepare(s->source, &s->flow.config, &err), 0,
           "a reload of the same address");
    s->type->abandon(s->source);
    is_int(post(&w, token, RECORD), 200, "refused, nothing changes");
    s->type->prepare(s->source, &s->flow.config, &err);
    s->type->adopt(s->source, &s->flow.config);
    is_int(post(&w, token, RECORD), 200, "adopted, it goes on");
    ok(!wire_listens_for_a_child(), "... with a socket that no child inherits");
    w.listener.address = "127.0.0.1:no-such-port";
    ok(s->type->prepare(s->source, &s->flow.config, &err) < 0,
       "a bad address is refused: %s", err.text);
    s->type->abandon(s->source);
    is_int(post(&w, token, RECORD), 200, "... and the old one stays");
    fleet_adopt(s->flow.fleet, &none, NULL, NULL);
    is_int(post(&w, token, RECORD), 404, "a BMC that left is a stranger");
    world_done(&w);
}

static void test_token_by_hand(void)
{
    struct world w;

    world_init(&w);
    w.scene.flow.bmcs[0].token = "made-by-hand";
    begin(&w);
    is_int(post(&w, "made-by-hand", RECORD), 200, "a token of the admin's");
    world_done(&w);
}

/* The second secret: asked for once it was seen, and not before. */
static void test_secret(void)
{
    _cleanup_free_ char *right = NULL;
    struct bmc *bmc;
    struct world w;

    world_init(&w);
    begin(&w);
    bmc = w.scene.flow.bmc;
    right = xasprintf("X-Trawl-Secret: %s", bmc->secret);
    is_int(post(&w, bmc->token, RECORD), 200, "a BMC that sends no secret");
    w.headers[0] = "X-Trawl-Secret: wrong";
    is_int(post(&w, bmc->token, RECORD), 200, "... or something else");
    w.headers[0] = right;
    is_int(post(&w, bmc->token, RECORD), 200, "one that does");
    w.headers[0] = NULL;
    is_int(post(&w, bmc->token, RECORD), 404, "... has to from then on");
    w.headers[0] = "X-Trawl-Secret: wrong";
    is_int(post(&w, bmc->token, RECORD), 404, "... the right one");
    is_int(ledger_received(w.scene.flow.ledger), 3,
           "what came without is not taken");
    w.headers[0] = right;
    is_int(post(&w, bmc->token, RECORD), 200, "the right one is");
    world_done(&w);
}

/* What else could tell whose an event is raises doubts, and no more. */
static void test_doubts(void)
{
    static const struct {
        const char *body;
        unsigned doubts;
    } cases[] = {
        {"{\"Context\":\"trawl:c1:n1\",\"Events\":[" RECORD "]}", 0},
        {"{\"Context\":\"trawl:c2:n2\",\"Events\":[" RECORD "]}", 0},
        {"{\"Context\":\"anything\",\"Events\":[" RECORD "]}", 0},
        {"{\"Context\":5,\"Events\":[" RECORD "]}", 0},
        {"{\"Context\":\"trawl:c1:n2\",\"Events\":[" RECORD "]}", 1},
        {"{\"Events\":[{\"Context\":\"trawl:c1:n2\",\"MessageId\":\"A.1.0.B\"}]"
         "}",
         2},
    };
    struct world w;

    world_init(&w);
    begin(&w);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        is_int(post(&w, w.scene.flow.bmc->token, cases[i].body), 200,
               "%s is taken", cases[i].body);
        is_int(flow_count(&w.scene.flow, VOICE_SENDER_DOUBTFUL),
               cases[i].doubts, "... with a doubt, or without");
    }
    world_done(&w);
}

static void test_addresses(void)
{
    _cleanup_free_ char *why = NULL;
    struct world w;

    world_init(&w);
    w.scene.flow.bmcs[0].url = "https://10.0.0.1";
    w.scene.flow.bmcs[1].url = "https://127.0.0.1:8443";
    w.scene.flow.config.bmc_count = 2;
    begin(&w);
    is_int(post(&w, fleet_find(w.scene.flow.fleet, "n2")->token, RECORD), 200,
           "from its own address");
    is_int(flow_count(&w.scene.flow, VOICE_SENDER_DOUBTFUL), 0, "... no doubt");
    is_int(post(&w, w.scene.flow.bmc->token, RECORD), 200, "from another's");
    why = flow_last_arg(&w.scene.flow, VOICE_SENDER_DOUBTFUL);
    is_text(why, "they come from 127.0.0.1, the address of n2", "... which is");
    world_done(&w);
}

int main(void)
{
    test_doubts();
    test_addresses();
    test_secret();
    test_requests();
    test_answer();
    test_too_large();
    test_full();
    test_waits();
    test_share();
    test_share_ends();
    test_end_while_waiting();
    test_reload();
    test_token_by_hand();
    return done_testing();
}
