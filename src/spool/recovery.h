/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a start finds in the spool's folder. All headers are looked at before
 * anything is changed; then the newest segment is scanned: a torn end is cut,
 * damage in the middle is stepped over and counted, and what the last run may
 * have written without syncing it is made durable. No segment is discarded:
 * one that cannot be understood is put aside as NNNNNNNNNN.seg.damaged.
 */
#pragma once

#include "spool.h"
#include "util/error.h"

/*
 * Fills the chain, the sequences and `ret` of a spool whose folder is locked.
 * -EPROTONOSUPPORT if a segment is of a newer program (nothing was changed).
 */
int recovery_run(struct spool *s, struct spool_recovery *ret,
                 struct error *err);
