/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the newest segment. At most one batch was under way when the
 * last run ended, and every batch begins with a mark that says "all before me
 * is durable". So damage before such a mark is damage to what was safe: it is
 * stepped over and counted. Damage behind the last mark is a batch that never
 * got whole, and nobody was told it was safe: it is cut at the first gap, for
 * a record may only stand when all earlier ones do.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "spool/chain.h"
#include "util/error.h"

struct tail {
    uint64_t last_seq; /* of the last good record; first - 1 if none */
    uint64_t end;      /* one past it */
    uint64_t torn_bytes;
    uint64_t bad_records;
    uint64_t batch; /* where the last batch begins */
    bool sealed;    /* closed cleanly: nothing to mend */
};

/* Reads only. */
int tail_read(const struct chain *c, const struct chain_segment *segment,
              struct tail *ret, struct error *err);

/*
 * Cuts what is torn, and writes and syncs the last batch once more: it may
 * have been read from memory only. If the disk will not, the records stand
 * nevertheless; `trouble` tells.
 */
void tail_mend(const struct chain *c, struct chain_segment *segment,
               const struct tail *tail, struct error *trouble);
