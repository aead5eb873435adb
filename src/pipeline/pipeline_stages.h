/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolve -> correlate -> route -> spool, for one event at a time; what it is
 * and where it came from is settled before. Private to the pipeline.
 */
#pragma once

#include "pipeline.h"
#include "registry/registry_view.h"

#define PIPELINE_DUE_MAX 256 /* of what is due, in one turn of the loop */

struct pipeline_stages {
    struct pipeline_setup setup;
    bool warned_unrouted; /* once for each configuration */
};

/* To the correlator, whose own events come back here. `s` stays in place. */
void pipeline_stages_connect(struct pipeline_stages *s);

/* The registries that explain what this BMC (NULL: Trawl) says. */
struct registry_view pipeline_stages_view(const struct pipeline_stages *s,
                                          const struct bmc *bmc);

/* Whose event it is: the collector and, unless NULL, the BMC. */
void pipeline_stages_set_bmc(const struct pipeline_stages *s, struct event *e,
                             const struct bmc *bmc);

/* All that an event says: frozen afterwards. False if it says nothing. */
bool pipeline_stages_complete(struct pipeline_stages *s, struct event *e,
                              const struct bmc *bmc);

/*
 * The rest of the way of an event that has its id. *ret_full (may be NULL):
 * no room for the condition that it raises. These return the sequence.
 */
uint64_t pipeline_stages_pass(struct pipeline_stages *s, struct event *e,
                              const struct registry_own *own, bool *ret_full);

/* Recorded and counted with that outcome, and nothing more. */
uint64_t pipeline_stages_drop(struct pipeline_stages *s, struct event *e,
                              enum outcome outcome);

/* The last stage: into the spool and the books. Its outcome is set. */
uint64_t pipeline_stages_append(struct pipeline_stages *s, struct event *e);
