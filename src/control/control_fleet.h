/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BMCs that a request is about, one after another in the order of their
 * names, over many turns of the loop: who leaves the fleet meanwhile is passed
 * over.
 */
#pragma once

#include "bmc.h"
#include "control/control_call.h"

struct control_fleet;

struct control_fleet *control_fleet_new(const struct fleet *fleet);
void control_fleet_free(struct control_fleet *f);

/* Adds those whose names fit the pattern; returns how many there are. */
size_t control_fleet_add(struct control_fleet *f, const char *glob);

/*
 * Those of the list "bmcs" of a request, or all if it says "all". NULL after
 * the call has failed: a name that nobody has, or none at all.
 */
struct control_fleet *control_fleet_asked(const struct fleet *fleet,
                                          struct control_call *call);

/* Fails the call: nobody has that name, but perhaps one that is like it. */
void control_fleet_unknown(const struct fleet *fleet, struct control_call *call,
                           const char *name);

/* The next one, each once, or NULL; nothing may be added any more. */
struct bmc *control_fleet_next(struct control_fleet *f);
