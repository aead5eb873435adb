/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What proof.c (all BMCs) and prover.c (the proof of one) share. Nobody else
 * includes this.
 */
#pragma once

#include "proof.h"
#include "proof/test_event.h"

/* One who waits for a result. */
struct proof_run {
    struct proof_run *next;
    struct prover *prover;
    void (*on_result)(void *userdata, const struct proof_result *result);
    void *userdata;
};

/* What is known of one BMC. */
struct prover {
    struct proof *owner;
    struct bmc *bmc;
    struct proof_run *runs;
    struct talk_exchange *exchange;
    sd_event_source *timer; /* the event's time is over, or when to begin */
    char mark[TEST_EVENT_MARK_LEN];
    unsigned variant; /* the first body that was not refused */
    usec_t asked;     /* monotonic, of the last test; 0: never */
    usec_t due;       /* monotonic, of the next by itself; 0: not set */
    usec_t proved, took;
    enum proof_end last; /* of those that were asked; ARRIVED at first */
    char *last_id;       /* of the last event that was taken */
    bool open;           /* waiting for an event */
    bool arrived;        /* it is here, only the BMC's answer is not */
};

struct proof {
    struct source_host *host;
    const struct config *config;
    struct hashmap *provers; /* by BMC name */
    sd_event_source *tick;
};

/* Begins, after a delay (0: from the loop's next turn), unless it has. */
void prover_begin(struct prover *v, usec_t delay);

/* Tells all who wait; also what it means for the flow. `why` may be NULL. */
void prover_finish(struct prover *v, enum proof_end end,
                   const struct error *why);

/* The event that it waits for is here. */
void prover_arrived(struct prover *v, const struct event *e);

/* Without a word to anybody. */
void prover_free(struct prover *v);

/* Whether it has the action; known once it was discovered. */
bool prover_can_test(const struct bmc *bmc);

/* How long the BMC still wants to be left alone; `now` monotonic. */
usec_t prover_must_wait(const struct prover *v, usec_t now);
