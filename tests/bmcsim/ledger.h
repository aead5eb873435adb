/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: every event that ever happened at a BMC and what became of it.
 * It is the oracle that end-to-end tests compare Trawl's output with. Test
 * events are kept apart: nothing happened.
 */
#ifndef BMCSIM_LEDGER_H
#define BMCSIM_LEDGER_H

#include "event.h"

/* Takes a reference of its own; forgets the oldest beyond the limit. */
void ledger_add(struct bmc *b, struct event *e);
void ledger_clear(struct bmc *b);

/* One line of JSON for each event of the BMC, or for each test event. */
void ledger_format(struct bmc *b, bool tests, struct buf *ret);

#endif
