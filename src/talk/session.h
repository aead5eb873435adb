/* SPDX-License-Identifier: Apache-2.0 */
/* Logging in to a BMC, and out; part of what is known of it (peer.h). */
#pragma once

#include "talk/talk_private.h"

struct talk_exchange;
struct talk_peer;

/* Where we stand with logging in to a BMC. */
struct talk_session {
    char *token;         /* a secret; NULL: there is no session */
    char *uri;           /* of the session, whole; may be NULL */
    char *leftover;      /* of one that should not be there any more */
    bool leftover_tried; /* with the password, in vain */
    unsigned generation; /* sessions so far */
    bool used;           /* the token was good for something */
    bool basic;          /* none can be had, for now */
    usec_t again;        /* monotonic: then it is tried again */
    bool limit_told;     /* that it has no room for one */
    bool opening;        /* a request of session.c is under way */
    struct gate_turn turn;
    struct http_transfer *transfer;
};

/* Whether something must be done before anything can be asked. */
bool session_is_wanted(const struct talk_peer *p, usec_t now);
/* Does it in the place of `e`, which goes back to the queue. */
void session_begin(struct talk_peer *p, struct talk_exchange *e);
/* The token was refused: it is over. */
void session_lose(struct talk_peer *p);
/* The password with a request was refused: next is a session. */
void session_refuse_basic(struct talk_peer *p);
/* Takes over what may be left from before a crash. */
void session_init(struct talk_peer *p);
void session_done(struct talk_peer *p);

/* Ends a peer's session, if it has one, in its own time. */
void farewell_begin(struct talk_peer *p);
void farewell_free_all(struct talk *t);
