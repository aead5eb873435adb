/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The identity of an event: what consumers deduplicate on. The same event sent
 * again (a webhook's retry, a replayed stream) has the same id; two events
 * never share one but for a collision of SHA-256. Frozen with trawl.event/1:
 * a change here makes every consumer see doubles.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"

#define IDENTITY_LEN 16

/*
 * The first IDENTITY_LEN bytes of SHA-256 over: schema, BMC name, registry
 * prefix and key without version (or the MessageId as sent, or without one
 * the message's text), origin, the
 * arguments, the BMC's time, EventId, MemberId; each with its length before
 * it. With neither a usable time of the BMC nor an EventId the arrival and
 * `place`, the record's place in its payload, are hashed in as well.
 * Also sets EVENT_ID to it in hexadecimal.
 */
void identity_set(struct event *e, uint32_t place,
                  uint8_t ret_id[IDENTITY_LEN]);

/*
 * The id of an event of ours that stands for several: of the condition's id,
 * its state and its count. Also sets EVENT_ID.
 */
void identity_set_summary(struct event *e,
                          const uint8_t condition[IDENTITY_LEN],
                          const char *state, uint64_t count);

/* EVENT_ID as bytes; false if there is none. */
bool identity_get(const struct event *e, uint8_t ret_id[IDENTITY_LEN]);
