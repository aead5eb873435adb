/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records that a sink has been handed and that are not dealt with yet, in
 * the order of the spool. deliver.c moves its cursor to just before the first
 * of them, so this list is what makes the cursor contiguous: a record that is
 * refused, skipped or acknowledged early waits here for those before it.
 * Pure: no clock, no file. Of one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum inflight_fate {
    INFLIGHT_SENT,    /* until the sink's acknowledgement covers it */
    INFLIGHT_REFUSED, /* must be put into quarantine */
    INFLIGHT_KEPT,    /* refused, and in quarantine */
    INFLIGHT_SKIPPED, /* by when_full: skip */
};

struct inflight_record {
    uint64_t seq;
    enum inflight_fate fate;
    char *why; /* of a refusal; owned by the list */
};

struct inflight {
    struct inflight_record *ring;
    size_t cap, head, count;
    size_t refused; /* records of fate REFUSED */
};

/* Forgets all records. A zeroed structure is an empty list. */
void inflight_clear(struct inflight *f);
void inflight_done(struct inflight *f);

/* Adds the next record; `seq` is larger than all before. */
void inflight_add(struct inflight *f, uint64_t seq, enum inflight_fate fate,
                  const char *why);

/* A record that was sent is refused after all; false if it is not here. */
bool inflight_refuse(struct inflight *f, uint64_t seq, const char *why);

/* Those sent before `seq` count as skipped from now on. */
void inflight_skip(struct inflight *f, uint64_t seq);

/* The oldest that must be put into quarantine, or NULL. */
struct inflight_record *inflight_find_refused(struct inflight *f);

/* It is in quarantine. */
void inflight_keep(struct inflight *f, struct inflight_record *record);

/*
 * Takes the oldest away if it is dealt with, all up to `acked` being
 * acknowledged: true and its sequence and fate.
 */
bool inflight_pop(struct inflight *f, uint64_t acked, uint64_t *ret_seq,
                  enum inflight_fate *ret_fate);

/* The sequence of the oldest, 0 if the list is empty. */
uint64_t inflight_first(const struct inflight *f);
