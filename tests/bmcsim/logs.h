/* SPDX-License-Identifier: Apache-2.0 */
/* The BMC's log: a view of the ledger, in pages. */
#ifndef BMCSIM_LOGS_H
#define BMCSIM_LOGS_H

#include "http.h"

/* Requests at the LogService's URI and below; tail is what follows it. */
void logs_handle(struct request *r, const char *tail, struct reply *ret);

#endif
