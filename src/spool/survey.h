/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The segment files of a spool's folder, looked at and left as they are: by
 * recovery at a start, by the tools at any time. No lock is needed; what a
 * running daemon removes meanwhile is -ENOENT, and what it prepares is BLANK.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/segment.h"
#include "util/clock.h"
#include "util/error.h"

struct survey_segment {
    uint64_t number;
    uint64_t first_seq; /* of the header, else of its records; 0: neither */
    uint64_t size;
    uint64_t used; /* up to the last byte that is not zero; if not VALID */
    usec_t created;
    bool marked;    /* some batch of it is known to have become durable */
    bool allocated; /* all its blocks are there */
    enum segment_kind kind;
};

/* The path of a segment's file; the caller frees it. */
char *survey_path(const char *directory, uint64_t number);

/*
 * The segments of the folder by number, nothing but their numbers filled in;
 * other files are left out. The caller frees the array.
 */
int survey_list(const char *directory, struct survey_segment **ret,
                size_t *ret_count, struct error *err);

/*
 * Fills in what file `s->number` says of itself; `ret` only if it is VALID.
 * Records are looked for where there is no good header, and not at all where
 * a newer program or a machine of another byte order wrote one.
 */
int survey_look(const char *directory, struct survey_segment *s,
                struct segment_header *ret, struct error *err);
