/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Delivery reports arrive out of order, the cursor moves over a contiguous
 * run only: this list keeps what has been handed to the producer until all
 * before it is delivered too. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kafka_frontier {
    struct kafka_slot *ring;
    size_t cap;     /* a power of two */
    uint64_t first; /* tickets of the oldest record and of the next one */
    uint64_t next;
    uint64_t acked; /* sequence */
};

/* Forgets all; tickets given out before are not known any more. */
void kafka_frontier_clear(struct kafka_frontier *f);
void kafka_frontier_done(struct kafka_frontier *f);

/* Adds a record; the ticket that names it from now on, never 0. */
uint64_t kafka_frontier_add(struct kafka_frontier *f, uint64_t seq);

/* The record was not taken after all: takes the last one added away. */
void kafka_frontier_take_back(struct kafka_frontier *f);

/* It is delivered (or refused for good); an unknown ticket does nothing. */
void kafka_frontier_settle(struct kafka_frontier *f, uint64_t ticket);

/* The sequence of an unsettled ticket, or 0. */
uint64_t kafka_frontier_seq(const struct kafka_frontier *f, uint64_t ticket);

/* How many records stand between the first one not delivered and the last. */
size_t kafka_frontier_count(const struct kafka_frontier *f);
