/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The listening side. One acceptor thread watches the sockets of all BMCs and
 * of the control port (acceptor.c), and hands each connection to one of a few
 * libmicrohttpd daemons, one for plain HTTP and one for each certificate
 * (server.c): so 2,000 BMCs need no more threads than one.
 */
#ifndef BMCSIM_SERVER_H
#define BMCSIM_SERVER_H

#include "sim.h"

struct conn;
struct server;
struct stream;

struct server *server_new(struct sim *sim);
/* Ends all connections and threads. Not under the lock. */
void server_free(struct server *s);

/* Under the lock. Binds b->address (port 0: any; the port is then filled in)
 * and accepts. -errno. */
int server_listen(struct server *s, struct bmc *b, struct error *err);
/* Under the lock: the same for the control port. */
int server_control(struct server *s, struct sockaddr_in *address,
                   struct error *err);

/* Under the lock: a BMC that reboots refuses connections, and is back. */
void server_close(struct bmc *b);
int server_reopen(struct bmc *b);
/* Under the lock: ends the BMC's connections, with a reset or in good order. */
void server_hang_up(struct bmc *b, bool reset);

/* Under the lock: answers and connections that the BMC held back may go. */
void server_let_go(struct bmc *b);

/* Under the lock: the suspended connection may go on. */
void conn_resume(struct conn *c);
/* The connection carries this stream (NULL: no longer). */
void conn_set_stream(struct conn *c, struct stream *s);

#endif
