/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heartbeats: events that only say that the service lives. They come from
 * subscriptions that asked with SendHeartbeat, and on streams of dialects that
 * send them there. They are in no ledger and in no log.
 */
#ifndef BMCSIM_HEARTBEAT_H
#define BMCSIM_HEARTBEAT_H

#include "subscriptions.h"

/* A new event, reference for the caller. */
struct event *heartbeat_new(struct bmc *b);

/* Starts, changes or ends the subscription's beats as it says now. */
void heartbeat_set(struct subscription *s);

#endif
