/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that a test has put at a URI of a BMC, in place of or beside what is
 * there; they take any method, and can keep what they were sent. So a BMC can
 * also stand in for a collector.
 */
#ifndef BMCSIM_OVERRIDES_H
#define BMCSIM_OVERRIDES_H

#include "http.h"

/* {"uri", "body" or "file" (and "gzip"), "status", "location", "etag",
 * "record"};
 * with the URI alone the answer is taken away. -EINVAL. */
int overrides_set(struct bmc *b, json_t *order, struct error *err);

/* False when nothing was put at the request's path. */
bool overrides_handle(struct request *r, struct reply *ret);

/* What was kept, as JSON lines of method, uri, headers and body. */
void overrides_format(const struct bmc *b, struct buf *ret);

#endif
