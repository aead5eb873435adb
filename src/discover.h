/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a BMC says of itself, before a stream is opened or a subscription
 * made: the service root and the EventService, and beside them the first
 * Manager and System. Those two are waited for only if the vendor's row may
 * depend on them (vendors.h): else the caller goes on without them, and they
 * are filled in behind its back. What is missing or refused below the root
 * fails nothing; no answer and a refused login do.
 */
#pragma once

#include "bmc.h"
#include "service.h"
#include "talk.h"

struct discoverer;
struct notebook;
struct discovery;

/* What BMCs are is known over a restart by the notebook; NULL: it is not. */
struct discoverer *discover_new(struct talk *talk, struct pipeline *pipeline,
                                struct notebook *notebook);

/* NULL is accepted. */
void discover_free(struct discoverer *d);

/* A configuration: its rows of vendors hold from now on. */
void discover_adopt(struct discoverer *d, const struct config *config,
                    const struct fleet *fleet);

/* A BMC leaves the fleet: ends what still goes on behind the scenes. */
void discover_remove(struct discoverer *d, struct bmc *bmc);

/*
 * Starts. on_done is called once, never from inside: without `err`,
 * bmc->service is there and new, and the identity known (bmc_set_identity());
 * else it says why not, with the status (0: no answer), and nothing has
 * changed. The discovery is gone for the caller then.
 */
struct discovery *discover_start(struct discoverer *d, struct bmc *bmc,
                                 void (*on_done)(void *userdata,
                                                 unsigned status,
                                                 const struct error *err),
                                 void *userdata);

/* After it on_done is not called. NULL is accepted. */
void discover_cancel(struct discovery *d);
