/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segments that there are, oldest first, and what they occupy. Bookkeeping
 * only: no I/O and no lock of its own (the spool's guards it).
 *
 * Segment i holds the records from its first sequence up to, not including,
 * the first of segment i + 1. That bound is what hides bytes which a failed
 * batch left in a segment and which were written again to the next one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/segment.h"
#include "util/clock.h"

struct chain_segment {
    uint64_t number;
    uint64_t first_seq;
    uint64_t end;  /* published up to this byte */
    uint64_t size; /* bytes that the file occupies */
    usec_t created;
};

struct chain {
    char *directory; /* owned */
    uint8_t uuid[SEGMENT_UUID_LEN];
    uint64_t segment_size;
    uint64_t max_size;
    uint64_t extra; /* bytes of others that count against max_size */
    usec_t keep;
    uint64_t released;       /* everything before this sequence is delivered */
    uint64_t checkpoint_seq; /* of the newest; 0: no checkpoints */
    uint64_t last_number;

    struct chain_segment *items;
    size_t count;
    size_t cap;

    bool has_spare; /* a prepared file that waits for its turn */
    uint64_t spare_number;
    bool is_opening; /* it was taken and has no published record yet */
};

void chain_done(struct chain *c);

void chain_add(struct chain *c, const struct chain_segment *item);

/* The segment in which `seq` is or would be; NULL if there is none at all. */
struct chain_segment *chain_find(struct chain *c, uint64_t seq);

/* The segment of this number, or NULL. */
struct chain_segment *chain_find_number(struct chain *c, uint64_t number);

/* The first segment with a higher number, or NULL. */
struct chain_segment *chain_after(struct chain *c, uint64_t number);

/* Bytes on disk of segments and spare, without the extra. */
uint64_t chain_size(const struct chain *c);

/* How many more segments the quota allows, once delivered history is gone. */
uint64_t chain_allowance(const struct chain *c);

/* Whether one more segment fits the quota as things are. */
bool chain_has_room(const struct chain *c);

/*
 * Takes out a segment that may go and gives its number: one without records
 * of its own, or the oldest, if delivered whole, older than `keep` and covered
 * by the checkpoint (with `need_room`: whatever they say). Never the last
 * one: it tells the sequence.
 */
bool chain_take_oldest(struct chain *c, usec_t now, bool need_room,
                       uint64_t *ret_number);

/* The path of a segment's file; the caller frees it. */
char *chain_path(const struct chain *c, uint64_t number);
