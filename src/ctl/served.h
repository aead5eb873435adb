/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What BMCs serve as registries: asked of the daemon, or read from the cache
 * that the configuration names where no daemon runs. Problems go to standard
 * error.
 */
#pragma once

#include "ctl/ask.h"
#include "registry/registry_own.h"

struct served_place {
    const char *socket; /* of the daemon */
    const char *config; /* the configuration's file, for want of one */
};

/*
 * Hands on the lines of registry_report.h of one BMC, or (NULL) of all that
 * is known; of a daemon's the shared ones too. CTL_DONE or CTL_FAILED.
 */
int served_list(const struct served_place *place, const char *bmc,
                ask_line_fn *on_line, void *userdata);

struct served; /* the registries of one BMC, read */

/* Never NULL. *ret_status: CTL_FAILED if they are not to be had. */
struct served *served_open(const struct served_place *place, const char *bmc,
                           int *ret_status);
void served_close(struct served *s);

/* NULL if there are none. */
const struct registry_own *served_own(const struct served *s);
