/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of talk share. talk.c: the doors and the queue. exchange.c:
 * an exchange from its beginning to its being asked. exchange_answer.c: what
 * comes back. peer.c: a BMC as we talk to it. session.c: logging in.
 * farewell.c: ending sessions. answer.c: what an answer says. Nobody else
 * includes this.
 */
#pragma once

#include "talk.h"
#include "talk/gate.h"
#include "util/buffer.h"
#include "util/hashmap.h"

#define TALK_PER_BMC 2             /* requests at a time */
#define TALK_SESSION_KEY "session" /* its URI, in the notebook */

struct talk {
    struct talk_setup setup;
    struct gate gate;
    sd_event_source *later; /* looks what may begin, and tells failures */
    sd_event_source *rest;  /* when a BMC's pause is over */
    struct talk_peer *peers;
    struct talk_exchange *failed, **failed_end; /* not told yet */
    struct talk_farewell *farewells;
    struct hashmap *files; /* client certificates and keys, by path */
    unsigned logins;       /* under way */
    bool closing;
};

/* Where we stand with logging in to a BMC. */
struct talk_session {
    char *token;         /* a secret; NULL: there is no session */
    char *uri;           /* of the session, as a path; may be NULL */
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

/* A BMC as we talk to it: there while there is something to know. */
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

struct talk_exchange {
    struct gate_turn turn; /* first: the gate gives it back */
    struct talk_peer *peer;
    struct talk_exchange *prev, *next; /* of the peer */
    struct talk_request request;       /* without its texts, which are: */
    char *method, *url, *body;
    char **headers;
    struct http_transfer *transfer;
    sd_event_source *head_timer; /* a stream's head is waited for so long */
    struct buffer refusal;       /* what came in place of a stream */
    usec_t asked;                /* real */
    unsigned redirects;
    unsigned generation; /* of the session it was asked with; 0: none */
    bool with_login;     /* credentials were sent */
    bool renewed;        /* asked again with a new session */
    bool streaming;      /* its head is there */
    bool answering;      /* inside on_answer */
    /* Failed before it was asked: */
    struct talk_exchange *next_failed;
    unsigned failed_status;
    struct error *failure; /* why */
    bool has_failed;
};

/* talk.c: has the queue looked at in the next turn of the loop. */
void talk_wake(struct talk *t);

/* exchange.c */
struct talk_exchange *exchange_new(struct talk *t,
                                   const struct talk_request *r);
void exchange_drop(struct talk_exchange *e);  /* without an answer */
void exchange_begin(struct talk_exchange *e); /* its turn has come */
void exchange_yield(struct talk_exchange *e); /* its time is up, for now */
bool exchange_needs_login(const struct talk_exchange *e);
/* To be answered in the loop's next turn. */
void exchange_fail(struct talk_exchange *e, unsigned status,
                   const struct error *err);
void exchange_tell_failed(struct talk *t);
/* Answers, and frees it. */
void exchange_answer(struct talk_exchange *e, const struct talk_answer *a);

/* exchange_answer.c: the callbacks of a transfer. */
void exchange_set_callbacks(struct talk_exchange *e,
                            struct http_client_request *q);
/* The URL of what the BMC names; NULL (told) if it leads elsewhere. */
char *exchange_own_url(struct talk_exchange *e, const char *uri,
                       struct error *err);

/* peer.c: the BMC's peer, made if there is none. */
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

/* session.c: whether something must be done before anything can be asked. */
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

/* farewell.c: ends a peer's session, if it has one, in its own time. */
void farewell_begin(struct talk_peer *p);
void farewell_free_all(struct talk *t);

/*
 * answer.c: what an answer's body says: JSON, message id and error text, which
 * it points to until talk_answer_done().
 */
void talk_answer_read(struct talk_answer *a, bool raw, struct error *err);
void talk_answer_done(struct talk_answer *a);

/* The pause that a Retry-After asks for; 0: none that can be read. */
usec_t talk_answer_pause(const char *retry_after, usec_t now);
