/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of talk share: talk.c (the life of an exchange), talk_peer.c
 * (a BMC as we talk to it), talk_answer.c (what an answer says). Nobody else
 * includes this.
 */
#pragma once

#include "talk.h"
#include "talk/gate.h"
#include "util/buffer.h"

#define TALK_PER_BMC 2       /* requests at a time */
#define TALK_REDIRECTS_MAX 3 /* of one exchange */

struct talk {
    struct talk_setup setup;
    struct gate gate;
    sd_event_source *later; /* looks what may begin, and tells failures */
    sd_event_source *rest;  /* when a BMC's pause is over */
    struct talk_peer *peers;
    struct talk_exchange *failed, **failed_end; /* not told yet */
};

/* A BMC as we talk to it: there while there is something to know. */
struct talk_peer {
    struct talk *talk;
    struct bmc *bmc; /* a reference */
    struct talk_peer *prev, *next;
    struct gate_lane lane;
    struct talk_exchange *exchanges;
    bool root_is_closed; /* it wants a login for its service root, too */
    bool proven;         /* it took our login; before, one request at a time:
                          * two must not be refused at once */
};

struct talk_exchange {
    struct gate_turn turn; /* first: the gate gives it back */
    struct talk_peer *peer;
    struct talk_exchange *prev, *next; /* of the peer */
    struct talk_request request;       /* without its texts, which are these: */
    char *method, *url, *body;
    char **headers;
    struct http_transfer *transfer;
    sd_event_source *head_timer; /* a stream's head is waited for so long */
    struct buffer refusal;       /* what came in place of a stream */
    usec_t asked;                /* real */
    unsigned redirects;
    bool with_login; /* credentials were sent */
    bool streaming;  /* its head is there */
    bool answering;  /* inside on_answer */
    /* Failed before it was asked: */
    struct talk_exchange *next_failed;
    unsigned failed_status;
    struct error failure;
    bool has_failed;
};

/* talk.c: has the queue looked at in the next turn of the loop. */
void talk_wake(struct talk *t);

/* The BMC's peer, made if there is none. */
struct talk_peer *talk_peer_of(struct talk *t, struct bmc *bmc);

/* Frees it if it left the fleet and nothing is to be asked any more. */
void talk_peer_settle(struct talk_peer *p);
void talk_peer_free(struct talk_peer *p);

/* A new configuration: its login may be another. */
void talk_peer_begin(struct talk_peer *p);

/* Whether it takes our login, as it was last seen. */
void talk_peer_prove(struct talk_peer *p, bool proven);

/* Fills in TLS and login; the strings of *ret_password are the caller's. */
int talk_peer_request(struct talk_peer *p, struct http_client_request *q,
                      bool with_login, char **ret_password, struct error *err);

/*
 * What an answer's body says: JSON, message id and error text, which it
 * points to until talk_answer_done().
 */
void talk_answer_read(struct talk_answer *a, bool raw, struct error *err);
void talk_answer_done(struct talk_answer *a);

/* The pause that a Retry-After asks for; 0: none that can be read. */
usec_t talk_answer_pause(const char *retry_after, usec_t now);
