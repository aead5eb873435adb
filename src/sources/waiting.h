/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The waiting room of the webhook: requests that are answered once their
 * ticket is durable, and those of a BMC that had more than its share of the
 * room while others waited too. The latter are answered 503 after a pause,
 * so that even a BMC which does not heed Retry-After is slowed down: each of
 * its connections gets one refusal in that time. What is refused was not
 * looked at, and the BMC still has it. Loop thread only.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "bmc.h"
#include "http_server.h"

struct waiting;

struct waiting *waiting_new(sd_event *loop);

/* Nobody may be in it any more: the servers are stopped before. */
void waiting_free(struct waiting *w);

/* How many requests of one BMC may wait while others wait too. */
void waiting_set_share(struct waiting *w, size_t share);

/*
 * Whether there is room for one more of this BMC. One that is alone may fill
 * it: then nobody is hurt, and the disk sets the pace.
 */
bool waiting_has_room(const struct waiting *w, const struct bmc *bmc);

/* Takes the request in, and its userdata. Tickets never go down. */
void waiting_add(struct waiting *w, struct http_request *r, struct bmc *bmc,
                 uint64_t ticket);

/* Refuses it with 503 in a while, and counts that with the BMC. */
void waiting_push_back(struct waiting *w, struct http_request *r,
                       struct bmc *bmc);

/* The client of a request that may be in the room went away. */
void waiting_gone(struct waiting *w, struct http_request *r);

/* Answers all up to this ticket. */
void waiting_answer(struct waiting *w, uint64_t durable);

/* A BMC leaves the fleet; what it has in the room is answered all the same. */
void waiting_forget(struct waiting *w, const struct bmc *bmc);
