/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be mended in a spool that no daemon has: first a plan, which is
 * only read, then the doing. No good record is dropped: a header is written
 * anew, an unfinished end is cut, a file without any record is put aside; and
 * of every file that is changed the original stays beside it, under its name
 * and REPAIR_KEPT. What readers step over anyway (a record that is lost in the
 * middle) is left as it is.
 */
#pragma once

#include "spool/inspect.h"

#define REPAIR_KEPT ".before-repair"

struct repair_step {
    uint64_t number; /* of the segment */
    bool aside;      /* nothing in it can be read: it gets another name */
    bool new_header; /* it has good records and no good header */
    struct segment_header header;
    uint64_t cut; /* bytes behind `end` that are no whole record */
    uint64_t end;
};

struct repair {
    struct repair_step *steps;
    size_t count;
};

/* What is to be done, in this order; nothing is changed. */
int repair_plan(const char *directory, const struct inspect *in,
                struct repair *ret, struct error *err);
void repair_done(struct repair *r);

/*
 * Does one step, durably. The caller holds the spool's lock. -EEXIST if an
 * original of an earlier repair stands in the way.
 */
int repair_apply(const char *directory, const struct repair_step *step,
                 struct error *err);
