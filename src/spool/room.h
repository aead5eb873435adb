/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for the spool to grow into: the next segment is prepared before it is
 * needed, so that a full disk is noticed while there is still space to take
 * what is under way; history goes when it is old or in the way. On the
 * committer's thread (or at start, before there is one).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spool.h"
#include "util/error.h"

/*
 * Prepares the next segment if it is not there yet: preallocated, its name
 * safe. -ENOSPC if quota or disk have no room for it even without delivered
 * history.
 */
int room_prepare(struct spool *s, struct error *err);

/*
 * Hands out the prepared segment (preparing it first, if need be): the
 * descriptor is the caller's. `counts` if a planned opening is hereby done.
 */
int room_take(struct spool *s, bool counts, int *ret_fd, uint64_t *ret_number,
              struct error *err);

/* Removes what is delivered and older than `keep`. */
int room_prune(struct spool *s, struct error *err);

/* What spool_state() says. Locked. */
enum spool_state room_state(const struct spool *s);
