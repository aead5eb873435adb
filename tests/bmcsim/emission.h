/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The template of events to come: JSON text with holes, made of an order and
 * of what the dialect adds to each record.
 */
#ifndef BMCSIM_EMISSION_H
#define BMCSIM_EMISSION_H

#include "event.h"

struct emission {
    enum event_kind kind;
    char *text; /* with holes like {n}, {bmc}, {event_id} to be filled in */
    size_t len, records;
    char *log, *destination; /* where it is entered, who gets it; or NULL */
    bool substitute, log_only, test;
};

/* Reads {"event"|"events"|"payload"|"raw": ..., "substitute", "log_only",
 * "test", "log", "destination"}. */
int emission_parse(struct bmc *b, json_t *order, struct emission *ret,
                   struct error *err);
void emission_done(struct emission *e);

#endif
