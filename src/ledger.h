/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books of conservation: what came in, and what became of it. A record is
 * entered when it is appended to the spool, which never takes one back, so
 * that after a start, rebuilt from the spool, the sums describe the disk:
 *   received + generated = forwarded + suppressed + dropped + quarantined
 *                          + held
 * and for each sink routed = delivered + refused + skipped + backlog, of which
 * this file counts `routed`; deliver.c counts the rest with its cursor.
 *
 * `held` is a gauge: a record that lets held ones go (EVENT_SETTLED) or ends
 * them (EVENT_CANCELLED) takes them out of it again.
 *
 * The sums up to the start of a segment stand in its header, so that a start
 * reads one segment and not the history. Loop thread only.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "util/buffer.h"

/* What became of a record; numbers are part of the disk format. */
enum outcome {
    OUTCOME_FORWARDED = 1,
    OUTCOME_SUPPRESSED_REPEAT,
    OUTCOME_SUPPRESSED_DUPLICATE,
    OUTCOME_SUPPRESSED_BELOW_THRESHOLD,
    OUTCOME_SUPPRESSED_CANCELLED,
    OUTCOME_DROPPED_ROUTE,
    OUTCOME_DROPPED_UNROUTED,
    OUTCOME_DROPPED_METRIC_REPORT,
    OUTCOME_DROPPED_TEST,
    OUTCOME_DROPPED_IGNORED,
    OUTCOME_QUARANTINED,
    OUTCOME_HELD,
    OUTCOME_END
};

struct ledger;

struct ledger *ledger_new(void);
void ledger_free(struct ledger *l);

/* Enters a record, as its event says (EVENT_OUTCOME, EVENT_SINK). */
void ledger_enter(struct ledger *l, const struct event *e);

/* "forwarded", "suppressed" with reason "repeat", …; NULL reason if none. */
const char *ledger_outcome_kind(enum outcome o);
const char *ledger_outcome_reason(enum outcome o);

uint64_t ledger_received(const struct ledger *l);
uint64_t ledger_generated(const struct ledger *l);
uint64_t ledger_outcome(const struct ledger *l, enum outcome o);

/* How many records were routed to a sink; 0 for one never seen. */
uint64_t ledger_routed(const struct ledger *l, const char *sink);

/* The sums as bytes for a segment's header, and back (-EBADMSG if broken). */
void ledger_save(const struct ledger *l, struct buffer *out);
int ledger_load(struct ledger *l, const void *data, size_t len);
