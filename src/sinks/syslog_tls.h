/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS of the syslog sink, GnuTLS without its hand on the socket's writing
 * side: what it wants to send is added to a buffer, so that encrypting never
 * blocks and the place of each record in the stream of bytes is known. The
 * peer's certificate AND its name are verified unless the options say not to.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/buffer.h"
#include "util/error.h"

struct syslog_tls_options {
    char *ca; /* PEM file; NULL: the system's */
    char *certificate;
    char *key;
    bool verify;
    char *server_name; /* to verify in place of the address's host */
};

struct syslog_tls;

/* A client's session that reads `fd` and writes to `out`; both outlive it. */
int syslog_tls_new(const struct syslog_tls_options *options, const char *host,
                   int fd, struct buffer *out, struct syslog_tls **ret,
                   struct error *err);

/* NULL is accepted. */
void syslog_tls_free(struct syslog_tls *t);

/* One step: 0 done, -EAGAIN write `out` and wait, else failed with a text. */
int syslog_tls_handshake(struct syslog_tls *t, struct error *err);

/* Adds the text to `out`, encrypted. */
int syslog_tls_encrypt(struct syslog_tls *t, const char *data, size_t len,
                       struct error *err);

/* Reads what is there and forgets it; negative if the peer has closed. */
int syslog_tls_read(struct syslog_tls *t, struct error *err);

/* Adds close_notify to `out`. */
void syslog_tls_bye(struct syslog_tls *t);
