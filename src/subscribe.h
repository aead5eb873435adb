/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Webhook subscriptions at BMCs, a way of keep.h: looks whether ours is there
 * (by its Destination), else makes it with one plain POST.
 */
#pragma once

#include "sources/source.h"

struct subscriber;

struct subscriber *subscribe_new(struct source_host *host);
void subscribe_free(struct subscriber *s);

/* Adopts the configuration whose public_url is told to BMCs. */
void subscribe_adopt(struct subscriber *s, const struct config *config);
