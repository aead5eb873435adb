/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread per sink, from the spool to the far end. Here stands once what
 * all sinks share: which records are theirs, the order, the cursor that moves
 * over a contiguous run only, retry for ever with back-off, the quarantine for
 * what can never be taken. What there is to tell goes to the loop as notices.
 *
 * The loop starts and stops it, reads its figures, and releases the spool up
 * to the least `saved` of all sinks.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "config.h"
#include "deliver/replay.h"
#include "notice.h"
#include "quarantine.h"
#include "spool.h"
#include "util/clock.h"
#include "util/error.h"

struct deliver_options {
    struct spool *spool; /* this and the next four outlive the delivery */
    const struct config_sink *sink;
    const char *directory; /* of the cursors: the spool's */
    struct quarantine *quarantine;
    struct notice_queue *notices;
    /* A sink without a cursor begins with the record after this one. */
    uint64_t start_seq;
    bool was_down; /* and said to be: the first success is told */
};

enum deliver_state {
    DELIVER_STARTING, /* has not reached the far end yet */
    DELIVER_UP,
    DELIVER_DOWN, /* since a failure, until something is acknowledged */
};

struct deliver_stats {
    enum deliver_state state;
    uint64_t seq;   /* everything up to it is dealt with */
    uint64_t saved; /* ... and that is on disk: the spool may forget it */
    uint64_t delivered;
    uint64_t refused;
    uint64_t skipped;
    uint64_t replayed;    /* sent again as asked, since the start */
    bool replaying;       /* and there is more of it to send */
    usec_t last_success;  /* real; 0 before the first acknowledgement */
    struct error trouble; /* text of the last failure, "" once it is over */
};

struct deliver;

/*
 * Opens the cursor and starts the thread. A lost cursor is a notice and not
 * an error: then everything that the spool still has is sent again.
 */
int deliver_start(const struct deliver_options *options, struct deliver **ret,
                  struct error *err);

/*
 * Asks the thread to end and returns at once. `clean`: it waits for what is
 * in flight first, for DELIVER_STOP_TIME at most.
 */
#define DELIVER_STOP_TIME (5 * USEC_PER_SEC)
void deliver_stop(struct deliver *d, bool clean);

/* Whether the thread has ended, so that deliver_free() need not wait. */
bool deliver_is_over(struct deliver *d);

/* Waits for the thread's end (asking for it, if nobody has) and frees. */
void deliver_free(struct deliver *d);
DEFINE_FREEP(struct deliver, deliver_free);

/* SIGHUP: files are opened again, and a sink that is down is tried now. */
void deliver_reopen(struct deliver *d);

/*
 * Gives up everything before record `seq` that is not acknowledged yet; what
 * was meant for this sink counts as skipped (when_full: skip).
 */
void deliver_skip(struct deliver *d, uint64_t seq);

/*
 * Sends again what this sink has had: of the records that it has dealt with,
 * those that are meant, in their order and with their ids, before it goes on.
 * They count as replayed and as nothing else. Asked for once more meanwhile,
 * both hold. It ends with the delivery; what was not sent again by then is in
 * *ret_left, if that is asked for before deliver_free().
 */
void deliver_replay(struct deliver *d, const struct replay_window *window);
void deliver_take_replay(struct deliver *d, struct replay *ret_left);

void deliver_stats(struct deliver *d, struct deliver_stats *ret);
