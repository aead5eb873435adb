/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a lane, shared by poster.c, which moves the bytes, and
 * lane.c, which keeps the queue and decides what an answer means.
 */
#ifndef BMCSIM_LANE_H
#define BMCSIM_LANE_H

#include <curl/curl.h>

#include "poster.h"

/* Queue and flags are under the lock; easy, share and body are the poster
 * thread's alone. */
struct lane {
    struct poster *poster;
    struct bmc *bmc;
    struct subscription *subscription; /* NULL once closed */

    struct event **queue; /* ring; the head may be on its way */
    size_t head, n, cap;
    unsigned attempts; /* at the head */
    bool in_flight, ready, retrying;
    struct timer retry;
    struct lane *next_ready;

    CURL *easy;
    CURLSH *share;
    struct curl_slist *headers;
    struct buf body;
    size_t sent, cut;
};

/* Tells the poster that the lane has something to do. */
void poster_ready(struct poster *p, struct lane *lane);

/* The poster got this answer (0: none) to the head. Decides about retries and
 * the subscription's fate. */
void lane_answered(struct lane *lane, long status);

/* Gives up all that is queued. */
void lane_drain(struct lane *lane);

#endif
