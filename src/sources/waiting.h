/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The waiting room of the webhook. A request is let in, which hands its body
 * to the pipeline, and is answered once its ticket is durable. While others
 * send too, a BMC has a share of the room; a few more of its requests stand
 * in the lobby and are let in as there is room, at its pace. Beyond that it is
 * answered 503, after a pause, so that even a BMC that does not heed
 * Retry-After is slowed down. What is refused was not
 * looked at, and the BMC still has it. Loop thread only.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "bmc.h"
#include "http_server.h"
#include "sources/pace.h"

struct waiting;

struct waiting_setup {
    sd_event *loop;
    struct pace *pace; /* its share is also that of the room */

    /*
     * Takes a body into the pipeline, and counts its records in the pace;
     * false if the spool takes nothing now. Tickets never go down.
     */
    bool (*take)(void *userdata, struct bmc *bmc, const char *body, size_t len,
                 uint64_t *ret_ticket);
    void *userdata;
};

struct waiting *waiting_new(const struct waiting_setup *setup);

/* Nobody may be in it any more: the servers are stopped before. */
void waiting_free(struct waiting *w);

/* A request has come whole, at `now` (monotonic); takes it and its userdata. */
void waiting_enter(struct waiting *w, struct http_request *r, struct bmc *bmc,
                   const char *body, size_t len, usec_t now);

/* The client of a request that may be in the room went away. */
void waiting_gone(struct waiting *w, struct http_request *r);

/* Answers all up to this ticket, and lets in who now (monotonic) has room. */
void waiting_answer(struct waiting *w, uint64_t durable, usec_t now);

/* A BMC leaves the fleet; what was let in is answered all the same. */
void waiting_forget(struct waiting *w, const struct bmc *bmc);
