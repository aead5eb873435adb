/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BMCs that a request is about, one after another in the order of their
 * names, over many turns of the loop: who leaves the fleet meanwhile is passed
 * over.
 */
#pragma once

#include "bmc.h"

struct control_fleet;

/* Those whose names fit the pattern; NULL: all. */
struct control_fleet *control_fleet_new(const struct fleet *fleet,
                                        const char *glob);
void control_fleet_free(struct control_fleet *f);

size_t control_fleet_count(const struct control_fleet *f);

/* The next one, or NULL. */
struct bmc *control_fleet_next(struct control_fleet *f);
