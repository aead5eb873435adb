/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events happen here: once, a number of times, or at a rate; each is recorded
 * and handed to the streams and subscriptions, unless the BMC misbehaves.
 */
#ifndef BMCSIM_EMIT_H
#define BMCSIM_EMIT_H

#include "event.h"

/* Follows an order {"event"|"events"|"payload"|"raw", "count", "rate",
 * "first"}. At a rate, or when there are many, the clock goes on with the
 * work and ret_pending says how many are still to come. Returns how many
 * happened at once, or -EINVAL. */
long emit_order(struct bmc *b, json_t *order, uint64_t *ret_pending,
                struct error *err);

/* How many ordered events are still to come at the BMC (NULL: at all). */
uint64_t emit_pending(struct sim *sim, const struct bmc *b);

/*
 * No more events happen, of that BMC or (NULL) of all. What happened and is
 * delayed is on its way all the same.
 */
void emit_stop(struct sim *sim, const struct bmc *b);

/* Nothing is on its way any more, either; before the BMCs are freed. */
void emit_end(struct sim *sim);

#endif
