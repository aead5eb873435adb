/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask: basic authentication, and sessions with their tokens. */
#ifndef BMCSIM_SESSIONS_H
#define BMCSIM_SESSIONS_H

#include "http.h"

/* Does the request carry the user's name and password or a live token, or need
 * neither? */
bool sessions_allow(struct request *r);

/* Requests at the collection of sessions; tail is "" or "/id". */
void sessions_handle(struct request *r, const char *tail, struct reply *ret);
void sessions_clear(struct bmc *b);
size_t sessions_count(struct bmc *b);
/* [{"id", "user", "context"}], new reference. */
json_t *sessions_describe(struct bmc *b);

#endif
