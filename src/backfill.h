/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the logs of BMCs for what was missed: after an outage of ours or
 * theirs, a gap in a stream, a subscription made anew, or because nothing else
 * is to be had (poll). What is found goes through the pipeline as source
 * "log", oldest first. One run per BMC at a time, and so many over the fleet
 * (CONFIG_BACKFILLS_MAX); the pace is that of the disk. Loop thread only.
 *
 * The logs of a BMC that was never read are not sent on: its time begins now,
 * which the log says and a record (LogsFollowed) that goes to no sink.
 */
#pragma once

#include "ledger.h"
#include "spool.h"
#include "talk.h"

struct backfill;
struct backfill_run;

struct backfill_setup {
    sd_event *loop;
    struct talk *talk;
    struct pipeline *pipeline;
    struct spool *spool;
    const struct ledger *ledger;
};

struct backfill_result {
    bool ok;                 /* all that could be read was */
    unsigned status;         /* else what the BMC answered; 0: nothing */
    const struct error *err; /* never NULL */
    size_t logs;             /* that were read */
    size_t entries;          /* looked at */
    size_t missed;           /* of them new to us */
    size_t duplicates;       /* of them sent again, and known */
};

struct backfill *backfill_new(const struct backfill_setup *setup);

/* Ends all runs, without a word. NULL is accepted. */
void backfill_free(struct backfill *b);

/*
 * Reads the logs of a BMC whose service is known, for what came after `since`
 * (real), or of these: what is missing since its last event before there was a
 * gap (bmc->gap; a run that ends well closes it), or all that we did not read
 * of each log. `why` goes to the log. A second call
 * joins the run that has not begun to read, else follows it. on_done (may be
 * NULL) is called once, not from inside; the handle is gone after it.
 */
#define BACKFILL_GAP 0
#define BACKFILL_ALL 1
struct backfill_run *backfill_start(
    struct backfill *b, struct bmc *bmc, usec_t since, const char *why,
    void (*on_done)(void *userdata, const struct backfill_result *result),
    void *userdata);

/* After it on_done is not called. NULL is accepted. */
void backfill_cancel(struct backfill_run *r);

/* A BMC leaves the fleet: its runs end, and are told so. */
void backfill_remove(struct backfill *b, struct bmc *bmc);

/* spool_durable() or spool_state() changed. */
void backfill_spool_changed(struct backfill *b);

/* The program ends: nothing more is handed on. */
void backfill_quiesce(struct backfill *b);

/* How many BMCs are read now, and how many wait for that. */
size_t backfill_running(const struct backfill *b);
size_t backfill_waiting(const struct backfill *b);
