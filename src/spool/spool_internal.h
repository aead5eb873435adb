/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What spool.c, spool_reader.c, committer.c, room.c and recovery.c share. One
 * lock guards all of it but what is said to belong to one thread. No I/O is
 * done under the lock, so the loop never waits for the disk.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "spool/chain.h"
#include "spool/segment.h"
#include "spool/segment_walk.h"
#include "spool.h"

/* Records of one segment on their way to the disk. */
struct spool_chunk {
    struct spool_chunk *next;
    struct buffer bytes;
    uint64_t first_seq;
    uint64_t last_seq;
    bool opens;               /* begins a new segment … */
    bool counted;             /* … and no longer stands in plan_opens */
    struct buffer checkpoint; /* for its header; empty: none was given */
};

/* The file that is being written: of the committer alone. */
struct spool_current {
    int fd; /* -1: none */
    uint64_t offset;
    bool published; /* stands in the chain */
    bool no_room;   /* the last failure: there was no segment to be had */
    struct segment_header header;
};

struct spool {
    pthread_mutex_t lock;
    pthread_cond_t work; /* the committer waits for it */
    pthread_t thread;
    bool has_thread;
    int lock_fd;
    int event_fd;
    void (*checkpoint)(void *userdata, uint64_t seq, struct buffer *out);
    void *userdata;

    struct spool_chunk *pending; /* appended, oldest first */
    struct spool_chunk *pending_last;
    struct spool_chunk *recycled; /* one, to spare an allocation */
    uint64_t appended;
    uint64_t added; /* bytes; the appending thread's own */
    uint64_t durable;
    bool flushed; /* pending is for the committer to take */

    /*
     * The appending thread plans which record begins a segment, for only it
     * can ask for a checkpoint there. What the committer does on its own (a
     * new segment after a failure) only ever leaves more room than planned.
     */
    uint64_t plan_free;  /* bytes left in the segment that is being filled */
    uint64_t plan_opens; /* segments that pending chunks will begin */

    struct chain chain;
    int refused; /* why the last try to get a segment failed; 0: it did not */
    bool sick;   /* a write failed and none has worked since */
    bool tidy;   /* what may go, or the room, has changed */
    bool stopping;
    usec_t busy_since; /* monotonic; 0: the committer is idle */
    struct error trouble;
    enum spool_state told; /* the state that the loop knows */
    struct spool_reader *readers;

    struct spool_current current;
};

struct spool_reader {
    struct spool *s;
    struct spool_reader *next; /* of s->readers */
    int event_fd;
    bool waiting; /* under the lock: wants to be woken */

    uint64_t seq; /* of the next record */
    uint64_t skipped;
    int fd;          /* of the segment, -1: none open */
    uint64_t number; /* its number; 0: to be found by seq */
    uint64_t bound;  /* records from here on are in the next segment */
    struct segment_walk walk;
};

/* Bytes for records in one segment. */
static inline uint64_t spool_capacity(const struct spool *s)
{
    return s->chain.segment_size - SEGMENT_HEADER_SIZE;
}

/* Makes the loop's descriptor readable if the state is news. Locked. */
void spool_tell(struct spool *s);

/* Makes the loop's descriptor and those of waiting readers readable. Locked. */
void spool_wake(struct spool *s);

/* Keeps the text of a failure. Takes the lock. */
void spool_set_trouble(struct spool *s, const struct error *err);
