/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams that have ended and still count: some BMCs notice late that a reader
 * has gone, and refuse him when he comes again at once.
 */
#ifndef BMCSIM_LINGERS_H
#define BMCSIM_LINGERS_H

#include "base.h"

#define LINGER_MAX 32

/* In struct bmc; zeroed: none. */
struct lingers {
    usec_t until[LINGER_MAX]; /* monotonic; 0: free */
};

/* A stream ended now and counts for a while longer. */
void lingers_add(struct lingers *l, usec_t now, usec_t how_long);
size_t lingers_count(const struct lingers *l, usec_t now);
void lingers_clear(struct lingers *l);

#endif
