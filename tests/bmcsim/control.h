/* SPDX-License-Identifier: Apache-2.0 */
/* The control port: how tests and people tell the BMCs what to do. */
#ifndef BMCSIM_CONTROL_H
#define BMCSIM_CONTROL_H

#include "http.h"

/* Under the lock. */
void control_handle(struct request *r, struct reply *ret);

#endif
