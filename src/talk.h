/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One question to a BMC and its answer, as JSON. Here stands, once for all
 * rooms that ask: the origin that every URI is held to, how we log in, so
 * many requests at a time over the fleet and per BMC (talk/gate.h), the pause
 * after two refused passwords, and the text of a Redfish error. A stream of
 * events is a question too, whose answer does not end. Loop thread only.
 */
#pragma once

#include <jansson.h>

#include "bmc.h"
#include "http_client.h"
#include "pipeline.h"

struct notebook;
struct talk;
struct talk_exchange;

struct talk_answer {
    /*
     * 0: there was none, or its URI led elsewhere. 401 also without a
     * question, while a password that was refused is not tried again.
     */
    unsigned status;
    const json_t *json; /* the body; NULL if it is no JSON, or raw */
    const char *body;   /* as it came */
    size_t len;
    const char *location;    /* URL, held to the origin; NULL: none */
    const char *message_id;  /* of its first @Message.ExtendedInfo, or NULL */
    usec_t retry_after;      /* delay asked for; 0: none */
    usec_t asked, answered;  /* real: between them the BMC said it */
    const struct error *err; /* never NULL: what to tell if it is no success */
    struct http_transfer *transfer; /* its headers, or NULL */
};

struct talk_request {
    struct bmc *bmc;
    const char *method;         /* NULL: GET */
    const char *uri;            /* as the BMC supplied it, or a path of ours */
    const json_t *body;         /* or NULL */
    const char *const *headers; /* besides, ends with NULL; or NULL */
    usec_t timeout;             /* of the transfer; 0: 30 s */
    size_t response_max;        /* 0: 1 MiB */
    bool raw;                   /* no JSON: packed bytes stay as they came */
    /*
     * Both for a stream, which has no timeout. on_head is called for a status
     * of 200 only; all else, also its end, is an answer.
     */
    void (*on_head)(void *userdata, const char *content_type);
    void (*on_data)(void *userdata, const char *data, size_t len);
    void (*on_answer)(void *userdata, const struct talk_answer *answer);
    void *userdata;
};

struct talk_setup {
    sd_event *loop;
    struct http_client *client;
    struct pipeline *pipeline;
    struct notebook *notebook; /* sessions to be ended; NULL: none is kept */
};

struct talk *talk_new(const struct talk_setup *setup);

/* Cancels what is left. NULL is accepted. */
void talk_free(struct talk *t);

/*
 * Adopts a configuration, after the fleet did and while the one before is
 * still there. Passwords and certificates are read anew, refused ones tried
 * again; sessions with what has left or moved are ended.
 */
void talk_adopt(struct talk *t, const struct config *config);

/*
 * The program ends: nothing new is asked, and all sessions are ended. Those
 * that cannot be in time are remembered for the next start.
 */
void talk_close(struct talk *t);
bool talk_is_closed(const struct talk *t);

/*
 * Asks, when it is its turn. Strings and body are copied. on_answer is called
 * exactly once, never from inside talk_start(); the exchange is gone after it
 * and must not be cancelled inside. The BMC stays alive meanwhile. A URI that
 * leads elsewhere is told, and answered with status 0; redirects of a GET are
 * followed as far as they stay with the BMC. A stream is under way, and no
 * longer counted, once its head is there.
 */
struct talk_exchange *talk_start(struct talk *t, const struct talk_request *r);

/*
 * The URL of a URI that the BMC supplied, for what is not asked at once; the
 * caller frees it. NULL if it leads elsewhere, which is told, or is NULL.
 */
char *talk_url(struct talk *t, struct bmc *bmc, const char *uri);

/* After it no callback runs. NULL is accepted. */
void talk_cancel(struct talk_exchange *e);

/* Stops and goes on reading a stream; see http_client_pause(). */
void talk_pause(struct talk_exchange *e, bool paused);

struct talk_figures {
    size_t running;  /* requests under way; streams do not count */
    size_t waiting;  /* for their turn */
    size_t streams;  /* that are open */
    size_t sessions; /* that we have at BMCs */
};

/* Counts; walks all BMCs that there is something to know of. */
void talk_count(const struct talk *t, struct talk_figures *ret);
