/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between backfill.c (who is read when, and who is told) and backfill_job.c
 * (the run of one BMC, from its clock to the pipeline).
 */
#pragma once

#include "backfill.h"
#include "backfill/log_feed.h"
#include "backfill/log_find.h"
#include "util/hashmap.h"

struct job {
    struct backfill *owner;
    struct bmc *bmc;
    struct backfill_run *runs;   /* that this round is for */
    struct backfill_run *later;  /* came when it was reading */
    struct backfill_run *ending; /* are being told */
    struct job *next;            /* that waits */
    bool waiting, running, reading;
    usec_t begun, window; /* real; 0: the window has no beginning */
    usec_t since;         /* that, by the BMC's clock and with some slack */
    struct talk_exchange *exchange;
    struct log_find *find;
    struct log_read *read;
    struct log_feed *feed;
    uint64_t ticket; /* of what was handed on last */
    bool feeding;
    char *logs[CONFIG_LOGS_MAX]; /* as found */
    size_t log_count, at;
    usec_t found;            /* monotonic; 0: not yet */
    bool no_skip, no_filter; /* as seen */
    unsigned status;         /* of the first log that could not be read */
    char *failure;           /* why, or NULL */
};

struct backfill_run {
    struct job *job;
    struct backfill_run *next;
    usec_t since;
    void (*on_done)(void *userdata, const struct backfill_result *result);
    void *userdata;
};

struct backfill {
    struct backfill_setup setup;
    struct hashmap *jobs; /* by BMC name */
    struct job *first, *last;
    size_t running, waiting;
    struct job *active[CONFIG_BACKFILLS_MAX]; /* that run, `running` of them */
    sd_event_source *pump;                    /* begins those that wait */
    bool quiet;
};

/* Begins the round of a job that is active now; it ends with job_end(). */
void job_begin(struct job *j);

/* Hands on what the disk is ready for. */
void job_feed(struct job *j);

/* Whatever is under way for this round is cancelled. */
void job_stop(struct job *j);
void job_forget_logs(struct job *j);

/* backfill.c: the round is over, well if `err` is empty. */
void job_end(struct job *j, unsigned status, const struct error *err);
