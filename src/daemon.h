/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of trawld: everything is started in order, runs on one loop,
 * adopts or refuses a new configuration on SIGHUP, and ends in order on
 * SIGTERM. Here the rooms are connected; none of them knows another.
 */
#pragma once

#include "config.h"
#include "util/error.h"

/*
 * Runs until a signal ends it. Takes the configuration over. Returns the exit
 * status of the process: 0, 1 for a failure to start, 78 (EX_CONFIG) when
 * starting again will not help before somebody acts.
 */
int daemon_run(struct config *config);
