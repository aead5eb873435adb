/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where each record ends in the stream of one connection: turns "so many
 * bytes are acknowledged" into "records up to here are", and knows the record
 * to go back to when the last bytes may be lost all the same.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct syslog_mark {
    uint64_t seq;
    uint64_t end; /* bytes of the stream up to the record's end */
};

struct syslog_marks {
    struct syslog_mark *items;
    size_t cap;
    size_t first; /* from here on: acknowledged, but within reach */
    size_t open;  /* from here on: not acknowledged yet */
    size_t end;
};

/* Forgets all marks, keeps the memory; and frees that too. */
void syslog_marks_clear(struct syslog_marks *m);
void syslog_marks_done(struct syslog_marks *m);

void syslog_marks_add(struct syslog_marks *m, uint64_t seq, uint64_t end);

/*
 * So many bytes are acknowledged; forgets records that end `reach` bytes or
 * more before that. The last record newly acknowledged, or 0.
 */
uint64_t syslog_marks_pass(struct syslog_marks *m, uint64_t bytes,
                           uint64_t reach);

/* Whether some record is not acknowledged yet. */
bool syslog_marks_are_open(const struct syslog_marks *m);

/* The first record that is still remembered, or 0. */
uint64_t syslog_marks_first(const struct syslog_marks *m);
