/* SPDX-License-Identifier: Apache-2.0 */
/* What a BMC answers to a request: who may ask, and which room knows. */
#ifndef BMCSIM_REDFISH_H
#define BMCSIM_REDFISH_H

#include "http.h"

/* Under the lock. */
void redfish_handle(struct request *r, struct reply *ret);

#endif
