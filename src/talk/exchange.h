/* SPDX-License-Identifier: Apache-2.0 */
/* One question to a BMC: from its beginning to its answer. */
#pragma once

#include "talk/peer.h"
#include "util/buffer.h"

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
