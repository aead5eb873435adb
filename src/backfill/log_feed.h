/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read of a BMC's logs, on its way into the pipeline: judged log by
 * log, put in one order over all of them, and handed on in bursts, each record
 * with the cursor of its log. What is known to be lost is said.
 */
#pragma once

#include "backfill/log_read.h"
#include "ledger.h"
#include "pipeline.h"

struct log_feed;

struct log_feed_setup {
    struct pipeline *pipeline;
    const struct ledger *ledger;
    struct bmc *bmc;
    usec_t since; /* by the BMC's clock; 0: from where we last were */
};

struct log_feed_counts {
    size_t logs;       /* that were read */
    size_t read;       /* entries that were looked at */
    size_t handed;     /* into the pipeline */
    size_t duplicates; /* of these, that had come another way */
};

struct log_feed *log_feed_new(const struct log_feed_setup *setup);

/* NULL is accepted; what was not handed on will be read again. */
void log_feed_free(struct log_feed *f);

/* Takes what was read of one log. */
void log_feed_add(struct log_feed *f, const char *uri,
                  struct log_reading *reading);

/*
 * Hands up to `max` entries on; the ticket of the last one, 0 if there was
 * none left. To be called only while the spool takes events.
 */
uint64_t log_feed_hand(struct log_feed *f, unsigned max);
bool log_feed_is_empty(const struct log_feed *f);

/* All is handed on: the cursors are where the logs end. */
void log_feed_settle(struct log_feed *f, struct log_feed_counts *ret);
