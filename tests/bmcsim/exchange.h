/* SPDX-License-Identifier: Apache-2.0 */
/* A request and its answer, from the first line to the last byte: shared by
 * server.c, which takes the one, and answer.c, which gives the other. */
#ifndef BMCSIM_EXCHANGE_H
#define BMCSIM_EXCHANGE_H

#include "conn.h"
#include "http.h"

/* Owned by libmicrohttpd's request. */
struct exchange {
    struct request request;
    struct reply reply;
    struct timer delay;
    struct MHD_Connection *mhd;
    bool handled;
    bool told;    /* the head of an answer without a body */
};

/* Queues the answer; not under the lock: what frees a response takes it. */
enum MHD_Result answer_respond(struct exchange *x);

#endif
