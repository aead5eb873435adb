/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a webhook subscription at BMCs: looks whether ours is there (by its
 * Destination), else makes it with one plain POST, and tries again for ever
 * with back-off. Ladder, mending and removal are a later issue's.
 */
#pragma once

#include "sources/source.h"

struct subscriber;

struct subscriber *subscribe_new(struct source_host *host);
void subscribe_free(struct subscriber *s);

/* Adopts the configuration whose public_url is told to BMCs. */
void subscribe_adopt(struct subscriber *s, const struct config *config);

/*
 * Sees to it that the BMC is subscribed, from now on. Asked again, it starts
 * anew if what the configuration says of the BMC has changed.
 */
void subscribe_bmc(struct subscriber *s, struct bmc *bmc);

/* Stops seeing to it. The subscription stays at the BMC. */
void subscribe_remove(struct subscriber *s, struct bmc *bmc);
