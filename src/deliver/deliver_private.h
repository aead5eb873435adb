/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the two files of delivery share: deliver.c has the thread, its wishes
 * and its waits; deliver_turn.c has what it does in between. Nobody else
 * includes this.
 */
#pragma once

#include <pthread.h>

#include "deliver/cursor.h"
#include "deliver.h"
#include "event.h"
#include "deliver/inflight.h"
#include "sinks/sink.h"
#include "util/backoff.h"
#include "util/buffer.h"

/* What others ask of the thread. */
struct deliver_wish {
    bool stop;
    bool clean;
    bool reopen;
    uint64_t skip_before;
    struct replay replay; /* windows only */
};

struct deliver {
    struct deliver_options o;
    const struct sink_type *type;
    struct sink_setup setup;
    struct format_options format_options;
    struct sink *sink;
    struct cursor *cursor;
    pthread_t thread;
    int wake; /* eventfd: there is a wish */

    pthread_mutex_t lock; /* of the next three; all below is the thread's */
    struct deliver_wish wish;
    struct deliver_stats shared;
    bool over;

    /* How far it is. The cursor stands just before the first in flight. */
    struct cursor_state state;
    uint64_t saved;   /* state.seq as it is on disk */
    usec_t save_at;   /* monotonic; not before */
    uint64_t unsaved; /* records since the last save */
    bool dirty;       /* state differs from the disk */
    bool save_failing;

    /* What is read. */
    struct spool_reader *reader;
    uint64_t read_seq; /* the last record taken off the reader */
    uint64_t seen_seq; /* the last ever read: what is told is told once */
    struct spool_record record;
    struct event event; /* a view of the record */
    struct buffer text; /* the event in the sink's format */
    bool has_record;    /* read and not handed over yet */
    bool ours;          /* it is for this sink */
    bool formatted;
    bool drained; /* there was nothing more to read */
    struct backoff read_backoff;
    usec_t read_at; /* after an error: not before; else 0 */

    /* What is on its way. */
    struct inflight inflight;
    bool connected;
    usec_t connected_at;
    usec_t start_at; /* not connected: not before */
    struct backoff backoff;
    bool failing; /* and told; or options.was_down */
    struct error trouble;
    usec_t last_success;
    bool busy; /* the sink, or the list of what is in flight, is full */
    bool more; /* a turn ended with more to do */

    struct replay replay; /* what is sent once more */
    uint64_t replayed;

    uint64_t skip_before;
    uint64_t skipping; /* skipped and not told yet */
    usec_t keep_at;    /* refused events: to quarantine not before */
    bool keep_failing;
};

/* One round: reach the sink, hand over, let it work, move the cursor. */
void deliver_turn(struct deliver *d, usec_t now);

/* Goes back to what is to be sent again. */
void deliver_begin_replay(struct deliver *d, const struct replay *wish);

/*
 * A record was sent once more, and has arrived. What stood in quarantine for
 * it goes; if that fails it only stays there.
 */
void deliver_count_replayed(struct deliver *d, uint64_t seq);

/* Leaves the far end; the cursor goes back by what it is not sure of. */
void deliver_break_off(struct deliver *d, bool clean);

/* Ends a change of `wish`: lets the thread look at it. */
void deliver_unlock_and_wake(struct deliver *d);

/* The part of a round that ends things and begins none. */
void deliver_settle(struct deliver *d, usec_t now);

/* Puts refused events into quarantine; those that fail are tried again. */
void deliver_keep_refused(struct deliver *d, usec_t now);

/* Begins to read after the cursor, with nothing in flight. */
void deliver_seek(struct deliver *d);

/* The cursor goes back so that record `seq` is sent again; 0: it does not. */
void deliver_go_back(struct deliver *d, uint64_t seq);

/* Saves the cursor, when it is time to or at once. */
void deliver_save(struct deliver *d, usec_t now, bool at_once);

/* Hands a notice about this sink to the loop. */
void deliver_note(struct deliver *d, enum notice_kind kind, uint64_t seq,
                  uint64_t count, const char *text);
