/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to BMCs on the loop, through libcurl's multi interface: one io
 * source per socket, one timer, completions drained to the end. The only file
 * that knows libcurl. Credentials go to the configured origin and nowhere
 * else: http_client_same_origin() decides for every URI that a BMC supplies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "util/clock.h"
#include "util/error.h"

struct http_client;
struct http_transfer;

struct http_client_tls {
    bool verify;
    const char *ca;          /* PEM file, or NULL for the system's */
    const char *fingerprint; /* "sha256:…" of the certificate, or NULL */
    const char *certificate, *key; /* ours, in PEM itself; or NULL */
};

struct http_client_request {
    const char *method; /* "GET" … */
    const char *url;
    const char *username, *password; /* Basic, or NULL */
    const char *const *headers; /* "Name: value", NULL-terminated; or NULL */
    const char *body;           /* JSON, or NULL */
    size_t body_len;
    struct http_client_tls tls;
    usec_t timeout;      /* of the whole transfer; USEC_INFINITY for a stream */
    bool packed;         /* gzip is welcome, and left as it came */
    size_t response_max; /* bytes kept for on_done; 0 for a stream */

    /* The answer's head is there (status known); may be NULL. */
    void (*on_head)(void *userdata, unsigned status, const char *content_type);

    /* A piece of the body of a stream; NULL: it is collected for on_done. */
    void (*on_data)(void *userdata, const char *data, size_t len);

    /*
     * Over: status, or 0 with a text when there was none (`err` is never
     * NULL). The transfer is gone after it; it may start new ones and cancel
     * others. A redirect is an answer: its Location is for the caller to check.
     */
    void (*on_done)(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *err);
    void *userdata;
};

int http_client_new(sd_event *loop, struct http_client **ret,
                    struct error *err);

/*
 * Cancels all transfers (no on_done is called) and frees. Not from inside a
 * callback. NULL is accepted.
 */
void http_client_free(struct http_client *c);

/*
 * Strings and body of the request are copied; `ret` may be NULL. With a
 * fingerprint the certificate is compared with it in place of any CA, before a
 * byte is sent. -EINVAL for a URL or fingerprint that cannot be read.
 */
int http_client_start(struct http_client *c,
                      const struct http_client_request *request,
                      struct http_transfer **ret, struct error *err);

/* After it no callback runs; safe inside all callbacks. NULL is accepted. */
void http_client_cancel(struct http_transfer *t);

/* Stops and goes on reading a stream (push-back, pitfall 13). */
void http_client_pause(struct http_transfer *t, bool paused);

/* A response header of a transfer inside on_head or on_done, or NULL. */
const char *http_client_response_header(struct http_transfer *t,
                                        const char *name);

/*
 * Joins a URI that the BMC supplied to the configured URL of the BMC. -EXDEV
 * with a text if scheme, host or port differ (design section 6), -EINVAL if it
 * is no URI; else the caller frees *ret_url, which has no fragment.
 */
int http_client_same_origin(const char *bmc_url, const char *uri,
                            char **ret_url, struct error *err);
