/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what is open is still so. When a BMC is heard again (a start, an
 * outage), what it says of the places where conditions are open is read: a
 * Status that is well, or a place that has gone from its list, ends them by an
 * event of our own. What cannot be read, or says nothing, ends nothing. Cheap:
 * one question at a time, after a while and not often. Loop thread only.
 */
#pragma once

#include <systemd/sd-event.h>

#include "bmc.h"
#include "correlate.h"
#include "pipeline.h"
#include "talk.h"

struct recheck;

struct recheck_times {
    usec_t delay;  /* ten seconds: logs are read meanwhile */
    usec_t jitter; /* up to 20 more: BMCs come back together */
    usec_t pause;  /* ten minutes: a BMC is looked at no more often */
};

struct recheck_setup {
    sd_event *loop;
    struct talk *talk;
    struct pipeline *pipeline;
    const struct correlator *correlator;
    const struct recheck_times *times; /* NULL: those above */
};

struct recheck *recheck_new(const struct recheck_setup *setup);

/* Cancels what is left. NULL is accepted. */
void recheck_free(struct recheck *r);

/* The BMC is heard: looks at what is open of it, soon. `r` may be NULL. */
void recheck_bmc(struct recheck *r, struct bmc *bmc);

/* It leaves the fleet, or is listened to no more. */
void recheck_remove(struct recheck *r, struct bmc *bmc);
