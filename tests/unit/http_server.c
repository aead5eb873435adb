/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server, seen from raw sockets: what is answered, what is refused
 * before its body, what is ended for taking too long, and that the loop rests
 * meanwhile. One story for each of libmicrohttpd's pitfalls; those of TLS are
 * in http_tls.c.
 */
#include "http_server.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"
#include "util/alloc.h"
#include "wire.h"

#define HELD_MAX 16

struct fixture {
    sd_event *loop;
    int listener;
    struct http_server *server;
    struct http_server_options options;
    bool hold; /* answer later */
    struct http_request *held[HELD_MAX];
    unsigned held_count, headers, requests, gone;
    struct buffer body; /* of the last request */
};

static unsigned on_header(void *userdata, struct http_request *r)
{
    struct fixture *f = userdata;

    f->headers++;
    http_request_set_userdata(r, f);
    return strncmp(http_request_path(r), "/events/", 8) == 0 ? 0 : 404;
}

static void on_request(void *userdata, struct http_request *r, const char *body,
                       size_t len)
{
    static const struct http_header extra[] = {{"X-Extra", "yes"},
                                               {NULL, NULL}};
    struct fixture *f = userdata;

    f->requests++;
    buffer_clear(&f->body);
    buffer_add(&f->body, body, len);
    if (f->hold && f->held_count < HELD_MAX)
        f->held[f->held_count++] = r;
    else
        http_request_answer(r, 200, "application/json", "{}", 2, extra);
}

static void on_gone(void *userdata, struct http_request *r)
{
    struct fixture *f = userdata;

    f->gone++;
    for (unsigned i = 0; i < f->held_count; i++)
        if (f->held[i] == r)
            f->held[i] = f->held[--f->held_count];
}

static void start(struct fixture *f)
{
    struct error err = {0};
    uint16_t port;

    if (f->listener < 0)
        f->listener = wire_listen(false, &port);
    f->options.fd = f->listener;
    ok(http_server_start(f->loop, &f->options, &f->server, &err) == 0,
       "the server starts%s%s", err.text[0] ? ": " : "", err.text);
}

static void setup(struct fixture *f)
{
    *f = (struct fixture){.listener = -1,
                          .options = {.limits = {.body = 4096,
                                                 .bodies = 8192,
                                                 .connections = 32,
                                                 .connections_per_address = 32},
                                      .on_header = on_header,
                                      .on_request = on_request,
                                      .on_gone = on_gone}};
    f->options.userdata = f;
    sd_event_new(&f->loop);
}

static void teardown(struct fixture *f)
{
    http_server_stop(f->server);
    sd_event_unref(f->loop);
    buffer_done(&f->body);
    close(f->listener);
}

static bool answered(struct wire *w, const char *status)
{
    return wire_wait(w->loop, wire_has(w, "\r\n\r\n") || wire_is_over(w)) &&
           wire_has(w, status);
}

static void test_answers(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    start(&f);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
                  "Content-Type: application/json\r\n\r\nhello");
    ok(answered(&w, "HTTP/1.1 200 "), "a POST is answered with 200");
    is_text(f.body.data, "hello", "its body arrives whole");
    ok(wire_has(&w, "Content-Type: application/json\r\n"), "Content-Type");
    ok(wire_has(&w, "Content-Length: 2\r\n"), "Content-Length");
    ok(wire_has(&w, "X-Extra: yes\r\n"), "further headers");
    buffer_clear(&w.in);
    wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n"
                  "3\r\nabc\r\n4;x=y\r\ndefg\r\n0\r\n\r\n");
    ok(answered(&w, " 200 "), "a chunked POST on the kept connection, too");
    is_text(f.body.data, "abcdefg", "its chunks are joined");
    buffer_clear(&w.in);
    wire_send(&w, "GET /events/a HTTP/1.1\r\nHost: x\r\n\r\n");
    ok(answered(&w, " 200 "), "GET");
    buffer_clear(&w.in);
    wire_send(&w, "HEAD /events/a HTTP/1.1\r\nHost: x\r\n\r\n");
    ok(answered(&w, " 200 ") && wire_has(&w, "Content-Length: 2") &&
           !wire_has(&w, "{}"),
       "HEAD has the length and no body");
    is_int(http_server_connections(f.server), 1, "all on one connection");
    is_int(http_server_body_bytes(f.server), 0, "no body is left in memory");
    is_int(f.gone, 0, "nothing is reported gone");
    wire_close(&w, false);
    ok(wire_wait(f.loop, http_server_connections(f.server) == 0),
       "a closed connection is counted off");
    teardown(&f);
}

static void test_old_clients(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    start(&f);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /events/a HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
    ok(answered(&w, " 200 "), "an HTTP/1.0 client is answered");
    ok(wire_wait(f.loop, wire_is_over(&w)), "and its connection closed");
    wire_close(&w, false);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                  "Expect: 100-continue\r\n\r\n");
    ok(answered(&w, " 100 "), "Expect is met with 100 Continue");
    wire_send(&w, "hi");
    ok(wire_wait(f.loop, wire_has(&w, " 200 ")), "then 200");
    wire_close(&w, false);
    teardown(&f);
}

static void test_refusals(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    start(&f);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /guess HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
                  "Expect: 100-continue\r\n\r\n");
    ok(answered(&w, " 404 "), "404 before any byte of the body");
    ok(wire_wait(f.loop, wire_has(&w, "@Message.ExtendedInfo")),
       "with a Redfish error object");
    ok(!wire_has(&w, " 100 "), "and no invitation to send the body");
    ok(wire_wait(f.loop, wire_is_over(&w)), "and the connection is closed");
    is_int(f.requests, 0, "the owner saw no request");
    wire_close(&w, false);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                  "Content-Length: 4097\r\n\r\n");
    ok(answered(&w, " 413 "), "413 for an announced length above the limit");
    is_int(f.gone, 1, "the owner is told that this request is gone");
    wire_close(&w, false);
    teardown(&f);
}

static void test_large_chunked(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    start(&f);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 80; i++)
        wire_send(&w, "40\r\n0123456789012345678901234567890123456789"
                      "012345678901234567890123\r\n");
    ok(wire_wait(f.loop, f.gone == 1), "a chunked body above the limit");
    is_int(http_server_body_bytes(f.server), 0, "is no longer kept");
    wire_send(&w, "0\r\n\r\n");
    ok(answered(&w, " 413 "), "and answered with 413");
    is_int(f.requests, 0, "the owner saw no request");
    wire_close(&w, false);
    teardown(&f);
}

static void test_all_bodies(void)
{
    struct fixture f;
    struct wire w[3];

    setup(&f);
    f.options.limits.bodies = 4100;
    start(&f);
    wire_connect(&w[0], f.loop, f.listener);
    wire_send(&w[0], "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 4096\r\n\r\n0123456789");
    ok(wire_wait(f.loop, http_server_body_bytes(f.server) == 10),
       "bytes of unfinished bodies are counted");
    wire_connect(&w[1], f.loop, f.listener);
    wire_send(&w[1], "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 4096\r\n\r\n");
    ok(answered(&w[1], " 503 "), "a body that would not fit gets 503");
    ok(wire_has(&w[1], "Retry-After: "), "with Retry-After");
    wire_connect(&w[2], f.loop, f.listener);
    wire_send(&w[2], "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 2\r\n\r\nhi");
    ok(answered(&w[2], " 200 "), "a small one still fits");
    wire_close(&w[0], true);
    ok(wire_wait(f.loop, http_server_body_bytes(f.server) == 0),
       "the bytes of a client that resets are given back");
    is_int(f.gone, 2, "both are reported gone");
    wire_close(&w[1], false);
    wire_close(&w[2], false);
    teardown(&f);
}

/* How many of three got that answer. */
static unsigned got(struct wire *w, const char *status)
{
    return wire_has(&w[0], status) + wire_has(&w[1], status) +
           wire_has(&w[2], status);
}

static void test_later(void)
{
    struct fixture f;
    struct wire w[3];

    setup(&f);
    f.hold = true;
    start(&f);
    for (int i = 0; i < 3; i++) {
        wire_connect(&w[i], f.loop, f.listener);
        wire_send(&w[i], "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                         "Content-Length: 2\r\n\r\nhi");
    }
    ok(wire_wait(f.loop, f.held_count == 3), "three requests wait");
    ok(http_request_userdata(f.held[0]) == &f, "and remember whose they are");
    http_request_answer(f.held[2], 200, "application/json", "{}", 2, NULL);
    http_request_refuse(f.held[1], 503, NULL);
    f.held_count = 1;
    ok(wire_wait(f.loop, got(w, " 200 ") == 1 && got(w, " 503 ") == 1),
       "one is answered, one refused, one goes on waiting");
    for (int i = 0; i < 3; i++)
        wire_close(&w[i], i == 1);
    ok(wire_wait(f.loop, f.gone == 1 && f.held_count == 0),
       "a client that left while it waited is reported");
    ok(wire_wait(f.loop, http_server_connections(f.server) == 0),
       "and all connections end");
    teardown(&f);
}

static void test_slow(void)
{
    struct fixture f;
    struct wire slow, body, idle;

    setup(&f);
    f.options.limits.header_timeout = 150 * USEC_PER_MSEC;
    f.options.limits.body_timeout = 150 * USEC_PER_MSEC;
    f.options.limits.idle_timeout = 150 * USEC_PER_MSEC;
    start(&f);
    wire_connect(&slow, f.loop, f.listener);
    wire_connect(&body, f.loop, f.listener);
    wire_connect(&idle, f.loop, f.listener);
    wire_send(&slow, "POST /events/a HTTP/1.1\r\nX: ");
    wire_send(&body, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 4000\r\n\r\n");
    wire_send(&idle, "GET /events/a HTTP/1.1\r\nHost: x\r\n\r\n");
    ok(answered(&idle, " 200 "), "a quick client is served meanwhile");
    ok(wire_wait(f.loop, (wire_send(&slow, "x"), wire_is_over(&slow))),
       "a header that drips in is ended");
    ok(wire_wait(f.loop, (wire_send(&body, "x"), wire_is_over(&body))),
       "a body that drips in is ended");
    ok(wire_wait(f.loop, wire_is_over(&idle)), "an idle connection is ended");
    ok(wire_wait(f.loop, http_server_connections(f.server) == 0),
       "no connection is left");
    wire_close(&slow, false);
    wire_close(&body, false);
    wire_close(&idle, false);
    teardown(&f);
}

static void test_limits(void)
{
    struct fixture f;
    struct wire w[4];

    setup(&f);
    f.options.limits.connections = 2;
    start(&f);
    for (int i = 0; i < 4; i++)
        wire_connect(&w[i], f.loop, f.listener);
    ok(wire_wait(f.loop, http_server_connections(f.server) == 2),
       "connections are taken up to the limit");
    wire_send(&w[2], "GET /events/a HTTP/1.1\r\nHost: x\r\n\r\n");
    ok(!wire_has(&w[2], "200"), "one above it waits");
    wire_close(&w[0], false);
    ok(answered(&w[2], " 200 "), "and is served as soon as a place is free");
    for (int i = 1; i < 4; i++)
        wire_close(&w[i], false);
    ok(wire_wait(f.loop, http_server_connections(f.server) == 0), "all end");
    teardown(&f);
    setup(&f);
    f.options.limits.connections_per_address = 2;
    start(&f);
    for (int i = 0; i < 3; i++)
        wire_connect(&w[i], f.loop, f.listener);
    ok(wire_wait(f.loop, wire_is_over(&w[2])),
       "a third connection from one address is closed");
    ok(!wire_is_over(&w[0]) && !wire_is_over(&w[1]), "the first two stay");
    for (int i = 0; i < 3; i++)
        wire_close(&w[i], false);
    teardown(&f);
}

static void test_stop(void)
{
    struct fixture f;
    struct wire w;

    setup(&f);
    f.hold = true;
    start(&f);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                  "Content-Length: 2\r\n\r\nhi");
    ok(wire_wait(f.loop, f.held_count == 1), "a request waits");
    http_server_stop(f.server);
    f.server = NULL;
    is_int(f.gone, 1, "stopping reports it gone");
    ok(wire_wait(f.loop, wire_is_over(&w)), "and ends its connection");
    ok(fcntl(f.listener, F_GETFD) >= 0, "the listening socket stays open");
    wire_close(&w, false);
    teardown(&f);
}

static void test_successor(void)
{
    struct fixture f;
    struct http_server *old;
    struct wire first, later;

    setup(&f);
    f.hold = true;
    start(&f);
    wire_connect(&first, f.loop, f.listener);
    wire_send(&first, "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                      "Content-Length: 2\r\n\r\nhi");
    ok(wire_wait(f.loop, f.held_count == 1), "a request of the old server");
    old = f.server;
    http_server_quiesce(old);
    wire_connect(&later, f.loop, f.listener);
    wire_send(&later, "GET /events/b HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 5; i++)
        (void)sd_event_run(f.loop, USEC_PER_MSEC);
    is_int(http_server_connections(old), 1, "it accepts nothing more");
    f.hold = false;
    start(&f);
    ok(answered(&later, " 200 "), "its successor serves who connected between");
    http_request_answer(f.held[0], 200, "application/json", "{}", 2, NULL);
    ok(answered(&first, " 200 "), "the old one still answers");
    ok(wire_has(&first, "Connection: close"), "and says good-bye");
    ok(wire_wait(f.loop, http_server_connections(old) == 0), "it runs empty");
    http_server_stop(old);
    wire_close(&first, false);
    wire_close(&later, false);
    teardown(&f);
}

static void test_rest(void)
{
    struct fixture f;
    struct wire w[3];
    uint64_t before, after;
    usec_t end;

    setup(&f);
    f.hold = true;
    f.options.limits.header_timeout = f.options.limits.idle_timeout =
        60 * USEC_PER_SEC;
    start(&f);
    for (int i = 0; i < 3; i++)
        wire_connect(&w[i], f.loop, f.listener);
    wire_send(&w[1], "POST /events/a HT");
    wire_send(&w[2], "POST /events/a HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 2\r\n\r\nhi");
    ok(wire_wait(f.loop, f.held_count == 1), "silent, half, and suspended");
    sd_event_get_iteration(f.loop, &before);
    end = clock_monotonic() + 300 * USEC_PER_MSEC;
    while (clock_monotonic() < end)
        (void)sd_event_run(f.loop, 100 * USEC_PER_MSEC);
    sd_event_get_iteration(f.loop, &after);
    ok(after - before < 50, "the loop rests (%u turns)",
       (unsigned)(after - before));
    for (int i = 0; i < 3; i++)
        wire_close(&w[i], false);
    teardown(&f);
}

static void test_ipv6(void)
{
    struct fixture f;
    struct wire w;
    uint16_t port;

    setup(&f);
    f.listener = wire_listen(true, &port);
    if (f.listener < 0) {
        diag("no IPv6 on this machine");
        f.listener = wire_listen(false, &port);
    }
    start(&f);
    wire_connect(&w, f.loop, f.listener);
    wire_send(&w, "GET /events/a HTTP/1.1\r\nHost: x\r\n\r\n");
    ok(answered(&w, " 200 "), "IPv6 is the listener's business");
    wire_close(&w, false);
    teardown(&f);
}

int main(void)
{
    test_answers();
    test_old_clients();
    test_refusals();
    test_large_chunked();
    test_all_bodies();
    test_later();
    test_slow();
    test_limits();
    test_stop();
    test_successor();
    test_rest();
    test_ipv6();
    return done_testing();
}
