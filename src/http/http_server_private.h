/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the three files of the HTTP server share, and the only place that
 * includes libmicrohttpd: http_server.c runs its daemon on the loop,
 * http_request.c is the life of one request, http_limits.c ends connections
 * that take too long. Nobody else includes this.
 */
#pragma once

#include <microhttpd.h>

#include "http_server.h"
#include "util/buffer.h"

/* What a connection is at; each phase has one time limit of its own. */
enum http_phase {
    HTTP_PHASE_NONE, /* no limit: new, or already being closed */
    HTTP_PHASE_HEADER,
    HTTP_PHASE_BODY,
    HTTP_PHASE_WAITING, /* suspended until its answer is known */
    HTTP_PHASE_ANSWER,
    HTTP_PHASE_IDLE,
    HTTP_PHASE_COUNT,
};

/* From accept to close; owned by libmicrohttpd's socket context. */
struct http_connection {
    struct http_server *server;
    struct http_request *request;        /* or NULL between two */
    struct http_connection *prev, *next; /* in the queue of its phase */
    enum http_phase phase;
    usec_t deadline;
    int fd;
};

/* One phase's connections: all get the same time, so first in, first due. */
struct http_queue {
    struct http_connection *head, *tail;
};

struct http_server {
    sd_event *loop;
    struct MHD_Daemon *daemon;
    int fd; /* our duplicate of the listening socket */
    struct http_server_options options; /* without the PEM texts */
    bool tls, verify, quiesced, stopping;

    sd_event_source *io, *timer; /* libmicrohttpd's descriptor and timeout */
    sd_event_source *wake;       /* a turn as soon as possible, once */
    usec_t backoff;              /* delay after a turn without progress */
    uint64_t progress; /* counts every call that the library makes to us */
    bool closed;       /* a connection ended in this turn */

    sd_event_source *deadlines;
    usec_t armed; /* what that timer is set to */
    struct http_queue queues[HTTP_PHASE_COUNT];

    unsigned connections;
    unsigned unanswered; /* requests that are `complete` */
    size_t body_bytes;
    char log[128]; /* the library's last words */
};

/* Where a request is in its life: what belongs to whom. */
struct http_request {
    struct http_connection *connection;
    struct MHD_Connection *mhd;
    const char *method, *path;
    void *userdata;

    struct buffer body;
    size_t discarded;
    unsigned refused; /* status to answer once the body was thrown away */

    struct MHD_Response *response;
    unsigned status;
    bool released; /* no longer the owner's: answered, or on_gone called */
    bool complete; /* the body is there */
    bool suspended;
    bool gone; /* close the connection instead of answering */
};

/* A turn of the library in the next turn of the loop. */
void http_server_wake(struct http_server *s);

/* Moves a connection to a phase; its time starts now. */
void http_limits_enter(struct http_connection *c, enum http_phase phase);

/* Makes the timer of all deadlines. */
int http_limits_start(struct http_server *s, struct error *err);

/* libmicrohttpd's callbacks of a request; `cls` is the server. */
enum MHD_Result http_request_access(void *cls, struct MHD_Connection *mhd,
                                    const char *url, const char *method,
                                    const char *version, const char *data,
                                    size_t *len, void **request);
void http_request_completed(void *cls, struct MHD_Connection *mhd,
                            void **request,
                            enum MHD_RequestTerminationCode code);

/* The client of a suspended request left, or the server stops. */
void http_request_abandon(struct http_request *r);
