/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done to a BMC, by name: the control port and scenarios share
 * these. */
#ifndef BMCSIM_ACTION_H
#define BMCSIM_ACTION_H

#include "sim.h"

bool action_exists(const char *verb);

/* Does it to one BMC, or to all (b NULL), under the lock. ret_result is a new
 * object, NULL on failure. body may be NULL. -EINVAL. */
int action_run(struct sim *sim, struct bmc *b, const char *verb, json_t *body,
               json_t **ret_result, struct error *err);

#endif
