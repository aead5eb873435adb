/* SPDX-License-Identifier: Apache-2.0 */
/* A subscription as a client sees it, and as a test does. */
#ifndef BMCSIM_SUBSCRIPTION_SHOW_H
#define BMCSIM_SUBSCRIPTION_SHOW_H

#include "subscriptions.h"

/* Freed by the caller. */
char *subscription_uri(const struct subscription *s);

/* The resource in the dialect's way: without HttpHeaders, and without what the
 * firmware hides. New reference. */
json_t *subscription_show(const struct subscription *s);

/* For the control port: with the headers and what is queued. New reference. */
json_t *subscription_describe(const struct subscription *s);

#endif
