/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accounts of a BMC: there is one, and whoever tries. Wrong passwords are
 * counted for each name, and lock it where the dialect says so: then the right
 * one is refused too.
 */
#ifndef BMCSIM_ACCOUNTS_H
#define BMCSIM_ACCOUNTS_H

#include "sim.h"

/* Does nobody have to log in? */
bool accounts_open(const struct bmc *b);

/* Is it the user's password, and the account not locked? Counts. */
bool accounts_check(struct bmc *b, const char *user, const char *password);

/* The same for the value of an Authorization header. */
bool accounts_check_basic(struct bmc *b, const char *authorization);

/* Forgets who failed, and unlocks. */
void accounts_clear(struct bmc *b);

/* [{"user", "failures", "locked"}], new reference. */
json_t *accounts_describe(const struct bmc *b);

#endif
