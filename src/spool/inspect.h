/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a spool's folder, and whether it is sound: every segment read
 * from its first byte to its last. Nothing is written and no lock taken; the
 * newest segment may be in use by a daemon.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spool/survey.h"

struct inspect_segment {
    struct survey_segment file;
    uint8_t uuid[SEGMENT_UUID_LEN]; /* of a VALID one */
    uint64_t checkpoint_seq;        /* 0: its header has no sums */
    uint64_t records;               /* that can be read */
    uint64_t missing;               /* sequences that cannot */
    uint64_t first_seq, last_seq;   /* of those read; 0: none */
    usec_t first_time, last_time;
    bool newest;
    bool sealed;        /* closed cleanly */
    uint64_t end;       /* one past the last record that a start would keep */
    uint64_t torn;      /* bytes behind it that a start would cut */
    uint64_t unvouched; /* whole records among them */
};

struct inspect {
    struct inspect_segment *segments; /* those that are there, by number */
    size_t count;
};

/* -ENOENT if there is no folder. What vanishes meanwhile is left out. */
int inspect_run(const char *directory, struct inspect *ret, struct error *err);
void inspect_done(struct inspect *in);
