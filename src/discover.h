/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a BMC says of itself and of its event service: two cheap reads, of the
 * service root and of the EventService, before a stream is opened or a
 * subscription made.
 */
#pragma once

#include "bmc.h"
#include "http_client.h"

struct discover_result {
    char *sse_url;           /* whole URL, or NULL if there is no stream */
    char *subscriptions_url; /* whole URL, or NULL */
    char *registries_url;    /* likewise, of the message registries */
    char *managers_url;      /* likewise */
};

struct discovery;

struct discover_callbacks {
    /*
     * Over: the result, or NULL with the status (0: no answer at all) and a
     * text. The discovery is gone after it; the result is not kept.
     */
    void (*on_done)(void *userdata, const struct discover_result *result,
                    unsigned status, const struct error *err);
    /* A URI of the BMC that points elsewhere and was refused. */
    void (*on_refused)(void *userdata, const char *uri);
    void *userdata;
};

/* Starts; also fills the identity of the bmc (bmc_set_identity()). */
int discover_start(struct http_client *client, struct bmc *bmc,
                   const struct discover_callbacks *callbacks,
                   struct discovery **ret, struct error *err);

/* After it no callback runs. NULL is accepted. */
void discover_cancel(struct discovery *d);

/*
 * A request to the BMC at `url` with what its configuration says of TLS and
 * password; the strings that the request points to are *ret_password's and
 * the configuration's. The caller frees *ret_password.
 */
int discover_request(const struct bmc *bmc, const char *url,
                     struct http_client_request *ret, char **ret_password,
                     struct error *err);

/* The text of a BMC's extended error, or of the status, for a log line. */
void discover_explain(unsigned status, const char *body, size_t len,
                      struct error *ret);
