/* SPDX-License-Identifier: Apache-2.0 */
/* What a dialect takes of a subscription, and how it says no. */
#ifndef BMCSIM_SUBSCRIPTION_CHECK_H
#define BMCSIM_SUBSCRIPTION_CHECK_H

#include "http.h"

/* The names of enum retry_policy. */
extern const char *const retry_policies[];

/* May the body of a POST become a subscription? If not, ret says why. */
bool check_subscription(struct bmc *b, json_t *body, struct reply *ret);

/* May the body of a PATCH be taken over by one that is there? */
bool check_change(struct bmc *b, json_t *body, struct reply *ret);

/* The body's DeliveryRetryPolicy, otherwise when it has none, -1 when it is
 * unknown. */
int check_policy(json_t *body, int otherwise);

#endif
