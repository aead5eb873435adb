/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server over TLS: who is let in (only those whose certificate our
 * CA signed), and that a handshake begun and left alone neither keeps the
 * loop awake nor holds a place for long.
 */
#include "http_server.h"

#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "wire.h"

struct fixture {
    sd_event *loop;
    int listener;
    struct http_server *server;
    struct http_server_options options;
    struct wire_identity *ca, *self, *client, *rogue_ca, *rogue;
    unsigned requests;
};

static unsigned on_header(void *userdata, struct http_request *r)
{
    (void)userdata;
    (void)r;
    return 0;
}

static void on_request(void *userdata, struct http_request *r, const char *body,
                       size_t len)
{
    struct fixture *f = userdata;

    (void)body;
    (void)len;
    f->requests++;
    http_request_answer(r, 200, "application/json", "{}", 2, NULL);
}

static void setup(struct fixture *f)
{
    uint16_t port;

    *f = (struct fixture){.ca = wire_identity_new("ca", NULL),
                          .rogue_ca = wire_identity_new("ca", NULL),
                          .listener = wire_listen(false, &port),
                          .options = {.limits = {.body = 4096,
                                                 .bodies = 8192,
                                                 .connections = 32,
                                                 .connections_per_address = 32},
                                      .on_header = on_header,
                                      .on_request = on_request}};
    f->self = wire_identity_new("collector", f->ca);
    f->client = wire_identity_new("bmc", f->ca);
    f->rogue = wire_identity_new("bmc", f->rogue_ca);
    f->options.fd = f->listener;
    f->options.userdata = f;
    f->options.certificate = f->self->certificate_pem;
    f->options.key = f->self->key_pem;
    sd_event_new(&f->loop);
}

static void start(struct fixture *f)
{
    struct error err = {0};

    ok(http_server_start(f->loop, &f->options, &f->server, &err) == 0,
       "the server starts%s", err.text);
}

static void teardown(struct fixture *f)
{
    http_server_stop(f->server);
    sd_event_unref(f->loop);
    close(f->listener);
    wire_identity_free(f->ca);
    wire_identity_free(f->self);
    wire_identity_free(f->client);
    wire_identity_free(f->rogue_ca);
    wire_identity_free(f->rogue);
}

static bool is_served(struct fixture *f, const struct wire_identity *identity)
{
    struct wire w;
    bool served;

    wire_connect(&w, f->loop, f->listener);
    if (wire_handshake(&w, identity))
        wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                      "Content-Length: 2\r\n\r\nhi");
    (void)wire_wait(f->loop, wire_has(&w, "{}") || wire_is_over(&w));
    served = wire_has(&w, " 200 ");
    wire_close(&w, false);
    return served;
}

static void test_certificates(void)
{
    struct fixture f;

    setup(&f);
    start(&f);
    ok(is_served(&f, NULL), "without client_ca anybody is served");
    http_server_stop(f.server);
    f.options.client_ca = f.ca->certificate_pem;
    start(&f);
    f.requests = 0;
    ok(is_served(&f, f.client), "a client with a certificate of our CA is");
    ok(!is_served(&f, NULL), "one without a certificate is not");
    ok(!is_served(&f, f.rogue), "one with a certificate of another CA is not");
    is_int(f.requests, 1, "and the owner saw only the first");
    ok(wire_wait(f.loop, http_server_connections(f.server) == 0),
       "no connection is left");
    teardown(&f);
}

static void test_half_hello(void)
{
    struct fixture f;
    struct wire half, silent;
    uint64_t before, after;
    usec_t end;

    setup(&f);
    f.options.limits.header_timeout = 400 * USEC_PER_MSEC;
    start(&f);
    wire_connect(&half, f.loop, f.listener);
    wire_connect(&silent, f.loop, f.listener);
    wire_send(&half, "\x16\x03\x01\x02\x10\x01");
    ok(wire_wait(f.loop, http_server_connections(f.server) == 2),
       "half a ClientHello, and a silent client");
    sd_event_get_iteration(f.loop, &before);
    end = clock_monotonic() + 300 * USEC_PER_MSEC;
    while (clock_monotonic() < end)
        (void)sd_event_run(f.loop, 100 * USEC_PER_MSEC);
    sd_event_get_iteration(f.loop, &after);
    ok(after - before < 50, "leave the loop at rest (%u turns)",
       (unsigned)(after - before));
    ok(is_served(&f, NULL), "do not keep others from being served");
    ok(wire_wait(f.loop, wire_is_over(&half) && wire_is_over(&silent)),
       "and are ended");
    wire_close(&half, false);
    wire_close(&silent, false);
    teardown(&f);
}

static void test_bad_files(void)
{
    struct fixture f;
    struct error err = {0};

    setup(&f);
    f.options.certificate = "no certificate";
    ok(http_server_start(f.loop, &f.options, &f.server, &err) < 0 &&
           strstr(err.text, "certificate"),
       "a bad certificate is refused: %s", err.text);
    f.options.certificate = f.rogue->certificate_pem;
    ok(http_server_start(f.loop, &f.options, &f.server, &err) < 0,
       "a key of another certificate, too: %s", err.text);
    f.options.certificate = f.self->certificate_pem;
    f.options.client_ca = "nothing";
    ok(http_server_start(f.loop, &f.options, &f.server, &err) < 0 &&
           strstr(err.text, "client_ca"),
       "and an empty client_ca: %s", err.text);
    teardown(&f);
}

int main(void)
{
    test_certificates();
    test_half_hello();
    test_bad_files();
    return done_testing();
}
