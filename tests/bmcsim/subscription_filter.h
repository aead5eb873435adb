/* SPDX-License-Identifier: Apache-2.0 */
/* Which events a subscription is for, and which a stream. */
#ifndef BMCSIM_SUBSCRIPTION_FILTER_H
#define BMCSIM_SUBSCRIPTION_FILTER_H

#include "event.h"

/* Does the body ask for anything less than all? */
bool filter_is_set(json_t *body);

/* Is a record (NULL: none that can be read) what the body asks for? */
bool filter_passes(json_t *body, json_t *record);

/* Does the MessageId belong to one of the registries? */
bool filter_has_prefix(const char *list, const char *message_id);

/* Is the event one that this BMC streams? */
bool filter_streams(const struct bmc *b, const struct event *e);

#endif
