/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a spool's folder for a program that is not its daemon: read
 * only, without a lock, whether a daemon runs or not. Segments that vanish
 * meanwhile are normal, and so is one that is being written: of a record only
 * half there nothing is seen until it is whole. Of one thread.
 *
 * At the end of the newest segment the rule of a start holds: what stands
 * behind a gap counts only if a later mark says that it was durable.
 */
#pragma once

#include <stdint.h>

#include "spool.h"
#include "util/error.h"
#include "util/macro.h"

struct history;

/* -ENOENT if there is no such folder, -EACCES if it may not be read. */
int history_open(const char *directory, struct history **ret,
                 struct error *err);

/* NULL is accepted. */
void history_free(struct history *h);
DEFINE_FREEP(struct history, history_free);

/* Begins with the segment that may hold what was appended at `since`. */
int history_seek(struct history *h, usec_t since, struct error *err);

/* Begins so many segments before the end: 1, or 0 if these are all. */
int history_seek_last(struct history *h, size_t segments, struct error *err);

/*
 * The next record: 1, and its bytes until the next call; 0 if there is none
 * yet. -EPROTONOSUPPORT for a segment of a newer program.
 */
int history_next(struct history *h, struct spool_record *ret,
                 struct error *err);

/* Records between the first and the last read that could not be. */
uint64_t history_lost(const struct history *h);
