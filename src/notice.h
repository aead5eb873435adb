/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sinks' threads have to tell the loop: a queue of small notices with
 * a descriptor. The loop turns them into lines of the log and into events of
 * Trawl's own. A notice of the same kind and sink that still waits is merged
 * into the new one (counts are added, the newest text stays, the place is the
 * newest), so the queue is never longer than kinds times sinks and a "back"
 * never overtakes its "down".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/macro.h"

#define NOTICE_TEXT_MAX 512
#define NOTICE_SINK_MAX 128 /* longer names are cut */

enum notice_kind {
    NOTICE_SINK_DOWN, /* once per spell of failures */
    NOTICE_SINK_BACK,
    NOTICE_REFUSED,       /* an event was put into quarantine */
    NOTICE_QUARANTINE,    /* ... could not be, and is tried again */
    NOTICE_CURSOR_LOST,   /* starts again from the oldest record */
    NOTICE_CURSOR_SAVE,   /* could not be saved, and is tried again */
    NOTICE_RECORDS_LOST,  /* `count` records are not in the spool any more */
    NOTICE_RECORD_BROKEN, /* not a table of fields */
    NOTICE_SPOOL_READ,    /* an error, tried again */
    NOTICE_SKIPPED,       /* `count` events, by when_full: skip */
    NOTICE_REPLAYED,      /* what was asked for has been sent again */
};

struct notice {
    enum notice_kind kind;
    char sink[NOTICE_SINK_MAX]; /* "" for none */
    char text[NOTICE_TEXT_MAX]; /* one sentence for people */
    uint64_t seq;               /* of the record it is about, or 0 */
    uint64_t count;             /* how many were merged, or records */
};

struct notice_queue;

struct notice_queue *notice_queue_new(void);

/* NULL is accepted. */
void notice_queue_free(struct notice_queue *q);
DEFINE_FREEP(struct notice_queue, notice_queue_free);

/* Adds a copy, from any thread. */
void notice_add(struct notice_queue *q, const struct notice *notice);

/* Takes the oldest: true and the notice. Empty: false, and the fd is quiet. */
bool notice_take(struct notice_queue *q, struct notice *ret);

/* Readable while there is something to take. */
int notice_fd(const struct notice_queue *q);
