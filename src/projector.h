/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that reads the spool like a sink and keeps the state from it: the
 * Last-Event-IDs, the conditions and what is remembered of events, and the
 * files of the quarantine for what could not be read.
 * It remembers how far it is, and never holds the loop up.
 */
#pragma once

#include "notice.h"
#include "quarantine.h"
#include "spool.h"
#include "state.h"

struct projector;

struct projector_setup {
    struct spool *spool;
    struct state *state; /* taken over; closed by projector_stop() */
    struct quarantine *quarantine;
    struct notice_queue *notices;
    uint64_t memory; /* events remembered in all */
};

int projector_start(const struct projector_setup *setup, struct projector **ret,
                    struct error *err);

/* Applies what is durable, saves, ends the thread. */
void projector_stop(struct projector *p);

/* Everything up to this sequence is applied and saved; any thread. */
uint64_t projector_cursor(const struct projector *p);
