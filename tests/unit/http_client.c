/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP client against raw sockets, and over TLS against our own server:
 * answers, limits, streams that pause and go on, cancelling from anywhere,
 * and that nothing is sent to a stranger.
 */
#include "http_client.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_server.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "wire.h"

struct fixture {
    sd_event *loop;
    int listener;
    char url[64];
    struct http_client *client;
    struct http_client_request request;
    struct http_transfer *transfer, *other;
    unsigned heads, pieces, done, status, head_status;
    bool cancel_at_head, cancel_at_data, pause_at_data, again;
    char location[64], type[64];
    struct buffer data; /* of on_data, or of on_done */
    struct error err;
};

static void on_head(void *userdata, unsigned status, const char *type)
{
    struct fixture *f = userdata;

    f->heads++;
    f->head_status = status;
    snprintf(f->type, sizeof(f->type), "%s", type);
    if (f->cancel_at_head)
        http_client_cancel(f->transfer);
}

static void on_data(void *userdata, const char *data, size_t len)
{
    struct fixture *f = userdata;

    f->pieces++;
    buffer_add(&f->data, data, len);
    if (f->cancel_at_data)
        http_client_cancel(f->transfer);
    if (f->pause_at_data)
        http_client_pause(f->transfer, true);
}

static void on_done(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *err)
{
    struct fixture *f = userdata;
    const char *location = NULL;

    f->done++;
    f->status = status;
    f->err = *err;
    if (f->transfer)
        location = http_client_response_header(f->transfer, "location");
    snprintf(f->location, sizeof(f->location), "%s", location ? location : "");
    buffer_add(&f->data, body, len);
    http_client_cancel(f->transfer); /* allowed, and means nothing any more */
    f->transfer = NULL;
    if (f->other)
        http_client_cancel(TAKE(f->other));
    if (f->again) {
        f->again = false;
        (void)http_client_start(f->client, &f->request, &f->transfer, NULL);
    }
}

static void setup(struct fixture *f)
{
    struct error err = {0};
    uint16_t port;

    *f = (struct fixture){.listener = wire_listen(false, &port)};
    snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u", port);
    sd_event_new(&f->loop);
    f->request = (struct http_client_request){
        .method = "GET",
        .url = f->url,
        .timeout = 15 * USEC_PER_SEC,
        .response_max = 1000,
        .on_head = on_head,
        .on_done = on_done,
        .userdata = f,
    };
    ok(http_client_new(f->loop, &f->client, &err) == 0, "a client%s", err.text);
}

static void teardown(struct fixture *f)
{
    http_client_free(f->client);
    sd_event_unref(f->loop);
    buffer_done(&f->data);
    close(f->listener);
}

static void begin(struct fixture *f)
{
    struct error err = {0};

    buffer_clear(&f->data);
    f->done = f->heads = f->pieces = 0;
    ok(http_client_start(f->client, &f->request, &f->transfer, &err) == 0,
       "a transfer starts%s", err.text);
}

/* Starts a transfer and reads its request. */
static void begin_at(struct fixture *f, struct wire *w)
{
    begin(f);
    ok(wire_accept(w, f->loop, f->listener) &&
           wire_wait(f->loop, wire_has(w, "\r\n\r\n")),
       "its request arrives");
}

static void test_answer(void)
{
    static const char *const headers[] = {"X-Token: t",
                                          "If-Match: a\r\nX-Forged: b", NULL};
    struct fixture f;
    struct wire w;

    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setup(&f);
    f.request.username = "admin";
    f.request.password = "pass:word";
    f.request.headers = headers;
    f.request.method = "POST";
    f.request.body = "{\"a\":1}";
    f.request.body_len = 7;
    begin_at(&f, &w);
    ok(wire_wait(f.loop, wire_has(&w, "{\"a\":1}")), "with its body");
    ok(wire_has(&w, "POST / HTTP/1.1"), "its method");
    ok(wire_has(&w, "Authorization: Basic YWRtaW46cGFzczp3b3Jk\r\n"),
       "its password");
    ok(wire_has(&w, "X-Token: t\r\n"), "its headers");
    ok(!wire_has(&w, "X-Forged"), "... of which none is two lines");
    ok(wire_has(&w, "Content-Type: application/json\r\n"), "its type");
    ok(!wire_has(&w, "Expect"), "and without Expect");
    wire_send(&w, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\n"
                  "Location: http://127.0.0.1:1/x\r\n"
                  "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc");
    ok(wire_wait(f.loop, f.done == 1), "it is done");
    is_int(f.status, 302, "a redirect is an answer like any other");
    is_int(f.heads, 1, "its head was announced once");
    is_text(f.type, "text/plain", "with its type");
    is_text(f.location, "http://127.0.0.1:1/x", "headers can be read");
    is_text(f.data.data, "abc", "and so can the body");
    wire_close(&w, false);
    teardown(&f);
    unsetenv("http_proxy");
}

static void test_failures(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    begin_at(&f, &w);
    wire_send(&w, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    for (int i = 0; i < 110; i++)
        wire_send(&w, "0123456789");
    ok(wire_wait(f.loop, f.done == 1), "an answer above its limit");
    ok(f.status == 0 && strstr(f.err.text, "larger"), "fails: %s", f.err.text);
    wire_close(&w, false);
    begin_at(&f, &w);
    wire_send(&w, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc");
    wire_close(&w, false);
    ok(wire_wait(f.loop, f.done == 1), "an answer cut short");
    ok(f.status == 0 && f.err.text[0], "fails: %s", f.err.text);
    close(f.listener);
    f.listener = -1;
    begin(&f);
    ok(wire_wait(f.loop, f.done == 1), "a closed port");
    ok(f.status == 0 && strstr(f.err.text, f.url), "fails: %s", f.err.text);
    f.request.url = "file:///etc/passwd";
    begin(&f);
    ok(wire_wait(f.loop, f.done == 1) && f.status == 0, "no file is read: %s",
       f.err.text);
    teardown(&f);
}

/* Nobody may have us keep as many lines as he likes to send. */
static void test_head(void)
{
    static const char line[] =
        "X-Filler: "
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";
    struct fixture f;
    struct wire w;

    setup(&f);
    begin_at(&f, &w);
    wire_send(&w, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 700; i++)
        wire_send(&w, line);
    ok(wire_wait(f.loop, f.done == 1) && f.status == 0 &&
           strstr(f.err.text, "head of the answer"),
       "a head without an end is cut off: %s", f.err.text);
    wire_close(&w, false);
    teardown(&f);
}

static void test_many_timeouts(void)
{
    struct fixture f;
    int started = 0;

    setup(&f);
    f.request.timeout = 200 * USEC_PER_MSEC;
    for (int i = 0; i < 300; i++)
        started += http_client_start(f.client, &f.request, NULL, NULL) == 0;
    is_int(started, 300, "300 transfers that nobody answers");
    ok(wire_wait(f.loop, f.done == 300), "give 300 time-outs");
    teardown(&f);
}

static void stream_setup(struct fixture *f)
{
    setup(f);
    f->request.on_data = on_data;
    f->request.timeout = USEC_INFINITY;
    f->request.response_max = 0;
}

#define STREAM_HEAD                                          \
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" \
    "Transfer-Encoding: chunked\r\n\r\n"

static void test_stream(void)
{
    struct fixture f;
    struct wire w;
    uint64_t before, after;
    usec_t end;

    stream_setup(&f);
    begin_at(&f, &w);
    wire_send(&w, STREAM_HEAD);
    ok(wire_wait(f.loop, f.heads == 1), "the head comes before any data");
    is_text(f.type, "text/event-stream", "with its type");
    wire_send(&w, "3\r\none\r\n");
    ok(wire_wait(f.loop, f.data.len == 3), "data comes as it arrives");
    f.pause_at_data = true;
    wire_send(&w, "3\r\ntwo\r\n");
    ok(wire_wait(f.loop, f.data.len == 6), "until the owner pauses");
    wire_send(&w, "5\r\nthree\r\n");
    sd_event_get_iteration(f.loop, &before);
    end = clock_monotonic() + 200 * USEC_PER_MSEC;
    while (clock_monotonic() < end)
        (void)sd_event_run(f.loop, 50 * USEC_PER_MSEC);
    sd_event_get_iteration(f.loop, &after);
    is_int(f.data.len, 6, "then nothing comes");
    ok(after - before < 50, "and the loop rests (%u turns)",
       (unsigned)(after - before));
    f.pause_at_data = false;
    http_client_pause(f.transfer, false);
    wire_send(&w, "4\r\nfour\r\n0\r\n\r\n");
    ok(wire_wait(f.loop, f.done == 1), "it goes on to its end");
    is_text(f.data.data, "onetwothreefour", "with nothing lost");
    is_int(f.status, 200, "the end of a stream is no failure");
    wire_close(&w, false);
    teardown(&f);
}

static void test_cancel(void)
{
    struct fixture f;
    struct wire w;

    stream_setup(&f);
    f.cancel_at_head = true;
    begin_at(&f, &w);
    wire_send(&w, STREAM_HEAD "3\r\none\r\n");
    ok(wire_wait(f.loop, wire_is_over(&w)), "cancelling in on_head closes");
    ok(f.heads == 1 && f.pieces == 0 && f.done == 0, "and nothing follows");
    wire_close(&w, false);
    f.cancel_at_head = false;
    f.cancel_at_data = true;
    begin_at(&f, &w);
    wire_send(&w, STREAM_HEAD "3\r\none\r\n3\r\ntwo\r\n");
    ok(wire_wait(f.loop, wire_is_over(&w)), "cancelling in on_data closes");
    ok(f.pieces == 1 && f.done == 0, "and nothing follows");
    wire_close(&w, false);
    f.cancel_at_data = false;
    begin_at(&f, &w);
    http_client_cancel(f.transfer);
    ok(wire_wait(f.loop, wire_is_over(&w)), "cancelling from outside closes");
    is_int(f.done, 0, "and nothing follows");
    wire_close(&w, false);
    begin_at(&f, &w);
    http_client_free(TAKE(f.client));
    is_int(f.done, 0, "freeing the client ends it without a word");
    wire_close(&w, false);
    teardown(&f);
}

/* on_done of one transfer cancels another and starts a third. */
static void test_from_done(void)
{
    struct fixture f;
    struct wire w[3];

    setup(&f);
    begin_at(&f, &w[0]);
    f.other = TAKE(f.transfer);
    begin_at(&f, &w[1]);
    f.again = true;
    wire_send(&w[1], "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    ok(wire_wait(f.loop, f.done == 1 && f.status == 204), "one is done");
    ok(wire_wait(f.loop, wire_is_over(&w[0])), "the other was cancelled");
    ok(wire_accept(&w[2], f.loop, f.listener), "a third was started");
    wire_send(&w[2], "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    ok(wire_wait(f.loop, f.done == 2 && f.status == 200), "and is done");
    for (int i = 0; i < 3; i++)
        wire_close(&w[i], false);
    teardown(&f);
}

/* TLS: our own server behind the same loop. */
struct tls_fixture {
    struct fixture f;
    struct wire_identity *ca, *self, *rogue;
    struct http_server *server;
    char ca_file[32], rogue_file[32], fingerprint[160];
    unsigned requests;
};

static unsigned on_server_header(void *userdata, struct http_request *r)
{
    struct tls_fixture *t = userdata;

    (void)r;
    t->requests++;
    return 0;
}

static void on_server_request(void *userdata, struct http_request *r,
                              const char *body, size_t len)
{
    (void)userdata;
    (void)body;
    (void)len;
    http_request_answer(r, 200, "application/json", "{}", 2, NULL);
}

static void write_file(char *path, const char *text)
{
    int fd;

    strcpy(path, "/tmp/trawl-test-XXXXXX");
    fd = mkstemp(path);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        diag("cannot write %s", path);
    close(fd);
}

static void make_fingerprint(struct tls_fixture *t)
{
    uint8_t sum[DIGEST_LEN];
    char hex[2 * DIGEST_LEN + 1];
    size_t len = sizeof(sum);

    gnutls_x509_crt_get_fingerprint(t->self->certificate, GNUTLS_DIG_SHA256,
                                    sum, &len);
    digest_hex(sum, sizeof(sum), hex);
    snprintf(t->fingerprint, sizeof(t->fingerprint), "SHA256:%s", hex);
}

static void tls_setup(struct tls_fixture *t)
{
    struct error err = {0};
    struct http_server_options o = {
        .limits = {.body = 1000, .bodies = 1000, .connections = 8},
        .on_header = on_server_header,
        .on_request = on_server_request,
        .userdata = t,
    };

    *t = (struct tls_fixture){.ca = wire_identity_new("ca", NULL),
                              .rogue = wire_identity_new("rogue", NULL)};
    setup(&t->f);
    memmove(t->f.url + 5, t->f.url + 4, strlen(t->f.url) - 3);
    t->f.url[4] = 's';
    t->self = wire_identity_new("bmc", t->ca);
    o.fd = t->f.listener;
    o.certificate = t->self->certificate_pem;
    o.key = t->self->key_pem;
    write_file(t->ca_file, t->ca->certificate_pem);
    write_file(t->rogue_file, t->rogue->certificate_pem);
    make_fingerprint(t);
    ok(http_server_start(t->f.loop, &o, &t->server, &err) == 0,
       "a TLS server%s", err.text);
}

static void tls_teardown(struct tls_fixture *t)
{
    http_server_stop(t->server);
    unlink(t->ca_file);
    unlink(t->rogue_file);
    wire_identity_free(t->ca);
    wire_identity_free(t->self);
    wire_identity_free(t->rogue);
    teardown(&t->f);
}

static unsigned fetch(struct tls_fixture *t, bool verify, const char *ca,
                      const char *fingerprint)
{
    t->requests = 0;
    t->f.request.tls = (struct http_client_tls){
        .verify = verify, .ca = ca, .fingerprint = fingerprint};
    begin(&t->f);
    (void)wire_wait(t->f.loop, t->f.done == 1);
    return t->f.status;
}

static void test_tls(void)
{
    struct tls_fixture t;
    struct error err = {0};
    char wrong[160];

    tls_setup(&t);
    is_int(fetch(&t, true, t.ca_file, NULL), 200, "a server of the right CA");
    is_int(fetch(&t, true, t.rogue_file, NULL), 0, "of a wrong CA: %s",
           t.f.err.text);
    is_int(fetch(&t, true, NULL, NULL), 0, "of no CA that we know: %s",
           t.f.err.text);
    is_int(fetch(&t, false, NULL, NULL), 200, "any, if nothing is verified");
    is_int(fetch(&t, true, NULL, t.fingerprint), 200, "the right fingerprint");
    snprintf(wrong, sizeof(wrong), "%s", t.fingerprint);
    wrong[70] = wrong[70] == '0' ? '1' : '0';
    is_int(fetch(&t, true, NULL, wrong), 0, "the wrong fingerprint: %s",
           t.f.err.text);
    is_int(t.requests, 0, "then nothing was sent, also on a kept connection");
    t.f.request.tls.fingerprint = "sha256:12";
    ok(http_client_start(t.f.client, &t.f.request, NULL, &err) < 0,
       "half a fingerprint is refused: %s", err.text);
    tls_teardown(&t);
}

static void test_fingerprint_without_tls(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    f.request.tls.fingerprint =
        "sha256:"
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    begin(&f);
    ok(wire_accept(&w, f.loop, f.listener), "a plain connection");
    ok(wire_wait(f.loop, f.done == 1 && f.status == 0), "is given up: %s",
       f.err.text);
    ok(wire_wait(f.loop, wire_is_over(&w)) && w.in.len == 0,
       "with nothing sent");
    wire_close(&w, false);
    teardown(&f);
}

int main(void)
{
    test_answer();
    test_failures();
    test_head();
    test_many_timeouts();
    test_stream();
    test_cancel();
    test_from_done();
    test_tls();
    test_fingerprint_without_tls();
    return done_testing();
}
