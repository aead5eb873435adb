/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One listening address served by libmicrohttpd on the loop, with everything
 * that library needs to be told (reference pitfalls 1 to 10): deadlines for a
 * whole header and a whole body, limits on connections and bodies, client
 * certificates really verified, no busy turns. The only file that knows
 * libmicrohttpd. A request is answered at once or later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>

#include "util/clock.h"
#include "util/error.h"

struct http_server;
struct http_request; /* lives until it was answered or on_gone was called */

struct http_server_limits {
    size_t body;   /* one body, bytes: 413 above */
    size_t bodies; /* all bodies in memory: 503 above */
    unsigned connections;
    unsigned connections_per_address;
    /* 0 or USEC_INFINITY: no limit */
    usec_t header_timeout; /* whole header, from the connect on */
    usec_t body_timeout;   /* whole body, from the header's end on; answer */
    usec_t idle_timeout;   /* keep-alive without a request */
};

struct http_server_options {
    int fd; /* listening socket, stays the caller's */
    /* PEM texts; NULL for plain HTTP. With client_ca a certificate signed by
     * it is required of every client. */
    const char *certificate, *key, *client_ca;
    struct http_server_limits limits;

    /*
     * The header is complete, no byte of the body is read. Returns 0 to go on
     * to the body, or the status of an answer at once (the connection is
     * closed after it; `r` is gone). May set http_request_set_userdata().
     */
    unsigned (*on_header)(void *userdata, struct http_request *r);

    /*
     * The whole body is there: answer with http_request_answer(), now or
     * later. Until then the connection is suspended. `body` (NUL-terminated,
     * never NULL) is gone when this returns.
     */
    void (*on_request)(void *userdata, struct http_request *r, const char *body,
                       size_t len);

    /*
     * The client went away before its answer, or was refused its body (413,
     * 503), or the server stops; `r` is gone after this. May be NULL.
     */
    void (*on_gone)(void *userdata, struct http_request *r);
    void *userdata;
};

int http_server_start(sd_event *loop, const struct http_server_options *options,
                      struct http_server **ret, struct error *err);

/*
 * Accepts nothing more (the descriptor stays open for a successor); requests
 * under way go on until they are answered.
 */
void http_server_quiesce(struct http_server *s);

/*
 * Ends all connections and frees; on_gone is called for each request that is
 * not answered. Not from inside a callback of the server. NULL is accepted.
 */
void http_server_stop(struct http_server *s);

/* Requests whose body is there and whose answer has not yet left whole. */
unsigned http_server_unanswered(const struct http_server *s);

/* Open connections; bytes of bodies in memory. */
unsigned http_server_connections(const struct http_server *s);
size_t http_server_body_bytes(const struct http_server *s);

const char *http_request_method(const struct http_request *r);
const char *http_request_path(const struct http_request *r);
const char *http_request_header(const struct http_request *r, const char *name);
const struct sockaddr *http_request_address(const struct http_request *r);
void http_request_set_userdata(struct http_request *r, void *userdata);
void *http_request_userdata(const struct http_request *r);

struct http_header {
    const char *name, *value;
};

/*
 * Answers with Content-Length and the given headers (ends with name NULL; may
 * be NULL); the body is copied. The request is no longer the caller's.
 */
void http_request_answer(struct http_request *r, unsigned status,
                         const char *content_type, const char *body, size_t len,
                         const struct http_header *headers);

/*
 * Answers with a Redfish error object (`text` NULL: what the status means),
 * and Retry-After if the status is 503. The request is no longer the caller's.
 */
void http_request_refuse(struct http_request *r, unsigned status,
                         const char *text);
