/* SPDX-License-Identifier: Apache-2.0 */
/* What server.c and acceptor.c share: connections, and who owns which
 * descriptor. All under the lock, but the acceptor's thread itself. */
#ifndef BMCSIM_CONN_H
#define BMCSIM_CONN_H

#include <microhttpd.h>

#include "server.h"

/* Held by its BMC's list and by the stream that it carries. */
struct conn {
    struct conn *next, **at;
    unsigned refs;
    struct server *server;
    struct bmc *bmc; /* NULL: the control port */
    int fd;
    struct MHD_Connection *mhd;
    struct stream *stream;
    bool suspended, closed;
    bool stuck;   /* its answer is held back */
    bool counted; /* as under way, in the load */
};

/* By descriptor: a listening socket, or a connection accepted for owner. */
struct slot {
    bool listening;
    bool held; /* accepted for owner, who says nothing */
    struct bmc *owner;
    struct conn *conn;
};

struct server {
    struct sim *sim;
    struct daemon *daemons;
    struct conn *control_conns;
    pthread_t thread;
    int epoll_fd, wake_fd, control_fd;
    bool started;
    struct slot *slots;
    size_t n_slots;
    int highest; /* descriptor that was ever held */
};

int acceptor_start(struct server *s);
void acceptor_stop(struct server *s);
/* Reports when the peer of a connection that waits has gone. */
void acceptor_watch(struct server *s, struct conn *c);

/* Under the lock. Its request, if any, is under way no more: its answer begins,
 * or there will be none. */
void conn_count_out(struct conn *c);

/* Under the lock. Nothing is read or written until conn_resume(). */
void conn_suspend(struct conn *c);
/* The same until it is let go, or its peer is gone. */
void conn_hold_back(struct conn *c);

/* The daemon that serves the BMC (NULL: the control port), started when first
 * needed. */
struct MHD_Daemon *server_daemon(struct server *s, const struct bmc *b,
                                 struct error *err);
/* Not under the lock. */
void server_stop_daemons(struct server *s);

/* What the daemons call; their cls is the server. */
enum MHD_Result server_on_request(void *cls, struct MHD_Connection *mhd,
                                  const char *url, const char *method,
                                  const char *version, const char *data,
                                  size_t *len, void **context);
void server_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code);
void server_on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code);

#endif
