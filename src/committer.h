/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that writes what was appended and makes it durable. It takes all
 * that gathered while it wrote the last batch, writes, syncs once, publishes
 * the new end and wakes who waits. It never drops a batch: what could not be
 * written or synced is written again, the same bytes, to a new segment, until
 * that works. In between it prepares the next segment and removes history.
 */
#pragma once

#include "spool.h"
#include "util/error.h"

/* Starts the thread on a spool that has been recovered. */
int committer_start(struct spool *s, struct error *err);

/*
 * Lets it finish what is pending, seal the segment and end. A disk that does
 * not take the bytes gets one more try: then they are given up (nobody has
 * been told that they are safe).
 */
void committer_stop(struct spool *s);
