/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A play: a list of steps, each with a time and an action. The file is
 * {"loop": bool, "length": seconds, "steps": [{"at": s | "every": s, "bmc":
 * name or "*", "emit" | "behave" | "reboot" | ...: {...}}]}.
 */
#ifndef BMCSIM_SCENARIO_H
#define BMCSIM_SCENARIO_H

#include "sim.h"

struct scenario;

/* Reads the file and checks every step; NULL and err when one is wrong. */
struct scenario *scenario_open(struct sim *sim, const char *path,
                               struct error *err);
/* Sets the timers. Under the lock. */
void scenario_start(struct scenario *s);
/* Under the lock. */
void scenario_close(struct scenario *s);

#endif
