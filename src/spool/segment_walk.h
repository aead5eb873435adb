/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goes through the records of one segment file in their order and past what
 * is damaged: after damage the next good record is looked for at every eighth
 * byte, and believed only if its sequence can stand there. Readers and
 * recovery both walk; neither repairs anything here.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spool/segment.h"
#include "util/buffer.h"
#include "util/error.h"

struct segment_walk {
    int fd;            /* the caller's */
    uint64_t offset;   /* where the next record should begin */
    uint64_t limit;    /* nothing at or beyond it is read; may be raised */
    uint64_t expected; /* its sequence; 0: not known, any will do */
    uint64_t wanted;   /* records before this sequence are passed over */
    bool tolerant;     /* blocks that the disk cannot read count as zeros */

    /* Of the record that was returned last. */
    uint64_t at;  /* where it begins */
    bool damaged; /* something unreadable stood before it */

    struct buffer window;
    uint64_t window_offset;
};

/* `first_seq` is what the segment begins with, 0 if that is not known. */
void segment_walk_init(struct segment_walk *w, int fd, uint64_t limit,
                       uint64_t first_seq);
void segment_walk_done(struct segment_walk *w);

/*
 * The next record: 1; 0 if there is no good one before the limit; a negative
 * errno if the disk did not give the bytes. `ret->data` is good until the
 * next call.
 */
int segment_walk_next(struct segment_walk *w, struct segment_record *ret,
                      struct error *err);

/* One past the last byte from `offset` on that is not zero, or `offset`. */
int segment_walk_used(struct segment_walk *w, uint64_t *ret_end,
                      struct error *err);
