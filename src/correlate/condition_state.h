/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditions and memories between the records of the spool, the state's
 * database and the table in memory. The projector writes, the start reads.
 */
#pragma once

#include "correlate.h"
#include "state.h"

/* What one record changes, into the database. Twice is as good as once. */
int condition_state_apply(struct state *s, const struct event *record,
                          struct error *err);

/* All that the database has, into the stage. */
int condition_state_load(struct state *s, struct correlator *c,
                         struct error *err);
