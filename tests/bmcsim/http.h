/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request as it came and the reply to be given: what redfish.c and
 * control.c see of HTTP. server.c does the rest.
 */
#ifndef BMCSIM_HTTP_H
#define BMCSIM_HTTP_H

#include "sim.h"

struct conn;

struct request {
    struct bmc *bmc; /* NULL: the control port */
    struct sim *sim;
    struct conn *conn;
    const char *method; /* GET also for HEAD */
    bool head;
    char *path; /* without a slash at the end */
    struct buf body;
    bool too_large;
};

struct reply {
    unsigned status;
    char *body; /* owned; NULL: none */
    size_t len;
    const char *type; /* default application/json */
    char *location, *token, *etag;
    bool gzip, close;
    int fault;             /* enum answer: what comes of it */
    long retry_after;      /* seconds; 0: none */
    struct stream *stream; /* the body is a stream of events */
};

/* NULL when the request has none. Valid while the request is. */
const char *request_header(const struct request *r, const char *name);
const char *request_arg(const struct request *r, const char *name);
/* All headers as an object, new reference. */
json_t *request_headers(const struct request *r);
bool request_is(const struct request *r, const char *method);
/* The body as JSON, new reference; NULL (and err) when it is none. */
json_t *request_json(const struct request *r, struct error *err);

/* These fill a reply; json is taken. */
void reply_json(struct reply *reply, unsigned status, json_t *take_json);
void reply_empty(struct reply *reply, unsigned status);
/* A Redfish error object; key is a message of the Base registry, or a whole
 * MessageId. */
void reply_error(struct reply *reply, unsigned status, const char *key,
                 const char *format, ...) _printf_(4, 5);
/* The same about one property, which is named in it; always 400. */
void reply_refuse(struct reply *reply, const char *key, const char *property,
                  const char *format, ...) _printf_(4, 5);
void reply_done(struct reply *reply);

#endif
