/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the HTTP client share, and the only place that includes
 * libcurl: http_client.c runs its multi handle on the loop, http_transfer.c
 * sets one transfer up and takes what it receives, http_origin.c compares
 * URLs. Nobody else includes this.
 */
#pragma once

#include <curl/curl.h>

#include "http_client.h"
#include "util/buffer.h"

struct http_client {
    sd_event *loop;
    CURLM *multi;
    CURLSH *share; /* of TLS sessions; a table in each transfer is dearer */
    sd_event_source *timer;
    sd_event_source *later; /* what must not be done inside libcurl */
    struct http_transfer *first;
    size_t count;    /* of those */
    unsigned depth;  /* inside a call of libcurl that may call us back */
    unsigned doomed; /* transfers cancelled there, to be removed after it */
    bool starting;   /* transfers were started there, to be added after it */
};

/* Owned by the client until on_done was called or it was cancelled. */
struct http_transfer {
    struct http_client *client;
    struct http_transfer *prev, *next;
    CURL *easy;
    struct curl_slist *headers;
    char *what;                         /* "GET https://…", for messages */
    struct http_client_request request; /* callbacks and limits, no texts */
    uint8_t *fingerprint; /* SHA-256 that the certificate must have, or NULL */
    struct buffer body;
    size_t head_bytes; /* received so far */

    char curl_text[CURL_ERROR_SIZE];
    char *reason; /* why we ended it ourselves, or NULL */
    bool added, head, paused, held, cancelled, over;
};

/* Makes the easy handle of a transfer as the request wants it. */
int http_transfer_new(const struct http_client_request *request,
                      struct http_transfer **ret, struct error *err);

/* Frees it; it must not be in a multi handle any more. */
void http_transfer_free(struct http_transfer *t);
