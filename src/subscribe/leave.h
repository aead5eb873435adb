/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes back what is ours at a BMC that is not listened to by a webhook any
 * more, or that leaves the fleet: then it goes on with the configuration that
 * the BMC had. What could not be taken back within a minute is told.
 */
#pragma once

#include "subscribe.h"

/* As subscribe_leave(). */
struct subscribe_leaving *leave_start(struct subscriber *s, struct bmc *bmc,
                                      void (*on_done)(void *userdata, bool ok,
                                                      const struct error *err),
                                      void *userdata);

/* It is subscribed after all: nothing more is removed, on_done is called. */
void leave_cancel(struct subscriber *s, const struct bmc *bmc);

/* Whether a BMC of that name is being left. */
bool leave_is_under_way(const struct subscriber *s, const char *name);

/* Without a word: the program ends. */
void leave_cancel_all(struct subscriber *s);
