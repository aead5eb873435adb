/* SPDX-License-Identifier: Apache-2.0 */
/* The logs as LogServices: their documents, entries and queries. */
#ifndef BMCSIM_LOG_SERVICE_H
#define BMCSIM_LOG_SERVICE_H

#include "http.h"

/* Requests at a LogService's URI or below; false when the path is none. */
bool log_service_handle(struct request *r, struct reply *ret);

/* The LogServices in the collection at uri, as links. New reference. */
json_t *log_service_members(struct bmc *b, const char *uri);

#endif
