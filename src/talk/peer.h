/* SPDX-License-Identifier: Apache-2.0 */
/* A BMC as we talk to it: its lane, its login, what a reload changes. */
#pragma once

#include "talk/session.h"

/* There while there is something to know. */
struct talk_peer {
    struct talk *talk;
    struct bmc *bmc; /* a reference */
    struct talk_peer *prev, *next;
    const struct config_bmc *config; /* the BMC's as of the last adoption */
    char *password;                  /* a secret, read when it is needed */
    bool password_read;
    struct gate_lane lane;
    struct talk_exchange *exchanges;
    struct talk_session session;
    bool root_is_closed; /* it wants a login for its service root, too */
    bool proven;         /* it took our login; before, one request at a time:
                          * two must not be refused at once */
};

/* The BMC's peer, made if there is none. */
struct talk_peer *peer_of(struct talk *t, struct bmc *bmc);
void peer_free(struct talk_peer *p);
/* Ends it if it left the fleet and nothing is to be asked any more. */
void peer_settle(struct talk_peer *p);
/* A new configuration: its login may be another. */
void peer_adopt(struct talk_peer *p);
/* Whether it takes our login, as it was last seen: how many may ask at once. */
void peer_prove(struct talk_peer *p, bool proven);
/* The pause that an answer asks for (0: none): whatever is for it waits. */
usec_t peer_take_pause(struct talk_peer *p, struct http_transfer *answer,
                       unsigned status);
/* Reads the password if it was not yet; 0 or negative with a text. */
int peer_password(struct talk_peer *p, struct error *err);
/* Certificates are read again after a reload; -errno with a text. */
int talk_set_tls(struct talk *t, const struct config_bmc *c,
                 struct http_client_request *q, struct error *err);
