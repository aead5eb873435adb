/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection to a syslog receiver, whatever carries it: bytes go in, and
 * it tells how many of them the far end's kernel has acknowledged. Bytes are
 * counted as they stand on the wire, so that TLS is no special case. Knows
 * nothing of records; that is syslog.c.
 *
 * Over UDP what is sent counts as acknowledged; over datagrams on a unix socket
 * what was read.
 * Nothing here blocks but open and close, each for some seconds.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sinks/syslog_address.h"
#include "sinks/syslog_tls.h"
#include "util/clock.h"
#include "util/error.h"

struct syslog_wire;

/*
 * Connects within five seconds, trying all addresses that the name has. After
 * `timeout` without a sign of life the kernel gives a TCP connection up.
 */
int syslog_wire_open(const struct syslog_address *address,
                     const struct syslog_tls_options *tls, usec_t timeout,
                     struct syslog_wire **ret, struct error *err);

/*
 * Closes and frees; NULL is accepted. `clean`: first writes what is pending,
 * says good-bye and gives the receiver two seconds to take it all.
 */
void syslog_wire_close(struct syslog_wire *w, bool clean);

/*
 * Adds bytes to the stream, or sends a datagram. -EAGAIN: the datagram has no
 * room now; -EMSGSIZE: it never will; other negative: the connection is gone.
 */
int syslog_wire_send(struct syslog_wire *w, const char *data, size_t len,
                     struct error *err);

/* Writes what can be written, and looks whether the peer is still there. */
int syslog_wire_work(struct syslog_wire *w, struct error *err);

/* As syslog_wire_close() does first; syslog_wire_acked() is exact then. */
void syslog_wire_drain(struct syslog_wire *w);

bool syslog_wire_is_stream(const struct syslog_wire *w);
bool syslog_wire_is_unix(const struct syslog_wire *w);
int syslog_wire_fd(const struct syslog_wire *w);

/* Bytes added, bytes among them not yet written, bytes acknowledged. */
uint64_t syslog_wire_added(const struct syslog_wire *w);
size_t syslog_wire_pending(const struct syslog_wire *w);
uint64_t syslog_wire_acked(struct syslog_wire *w);
