/* SPDX-License-Identifier: Apache-2.0 */
/* The last events of a stream, by their ids: what Last-Event-ID can ask for. */
#ifndef BMCSIM_RING_H
#define BMCSIM_RING_H

#include "event.h"

/* Takes a reference of its own, and forgets who had the place. */
void ring_put(struct bmc *b, struct event *e);
/* NULL when it is not there (any more). */
struct event *ring_find(const struct bmc *b, uint64_t id);
void ring_forget(struct bmc *b);

#endif
