/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The far end of a connection in the tests of the network rooms: a raw socket
 * or a GnuTLS session over it, driven from the same loop as what is tested,
 * so that a test can send half a line and look at every byte that came back.
 * Certificates are made on the spot.
 */
#pragma once

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <systemd/sd-event.h>

#include "util/buffer.h"
#include "util/clock.h"

/* Turns the loop until `cond` holds; false after a time no test needs. */
#define wire_wait(loop, cond)                                \
    ({                                                       \
        usec_t _end = clock_monotonic() + 20 * USEC_PER_SEC; \
        bool _met;                                           \
        while (!(_met = (cond)) && clock_monotonic() < _end) \
            (void)sd_event_run((loop), 2 * USEC_PER_MSEC);   \
        _met;                                                \
    })

struct wire_identity {
    gnutls_x509_crt_t certificate;
    gnutls_x509_privkey_t key;
    char *certificate_pem, *key_pem;
};

struct wire {
    sd_event *loop;
    int fd;
    gnutls_session_t tls;
    gnutls_certificate_credentials_t credentials;
    struct buffer in; /* everything received */
    bool eof;
};

/* A certificate signed by `issuer`; NULL: a CA of its own. */
struct wire_identity *wire_identity_new(const char *name,
                                        const struct wire_identity *issuer);
void wire_identity_free(struct wire_identity *identity);

/* A listening socket on a free port of 127.0.0.1 (or ::1). */
int wire_listen(bool ipv6, uint16_t *ret_port);

/* Whether a program that we started now would hold a listening socket too. */
bool wire_listens_for_a_child(void);

void wire_connect(struct wire *w, sd_event *loop, int listener);

/* Takes the next connection of a listening socket; false if none comes. */
bool wire_accept(struct wire *w, sd_event *loop, int listener);

/* TLS over it, with a certificate of ours or NULL; true if it was set up. */
bool wire_handshake(struct wire *w, const struct wire_identity *identity);

/* The same as the server's side, with `identity`. */
bool wire_accept_tls(struct wire *w, const struct wire_identity *identity);

void wire_send(struct wire *w, const char *text);

/* Reads what is there; true if `text` is in what was received so far. */
bool wire_has(struct wire *w, const char *text);

/* Reads what is there; true once the far end closed. */
bool wire_is_over(struct wire *w);

/* How often `text` is in what was received. */
unsigned wire_count(const struct wire *w, const char *text);

/* Closes; `reset` with a RST. */
void wire_close(struct wire *w, bool reset);
