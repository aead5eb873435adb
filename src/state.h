/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the projector remembers, in SQLite: a projection of the spool that
 * knows how far it has applied it. Every piece can be lost and made again from
 * the spool's history. Nobody else knows sqlite3. One connection, one
 * thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/error.h"

struct state;

/*
 * Opens or makes the file. One that is damaged, or newer than this program,
 * is moved aside to PATH.broken and a new one begun; *ret_lost then says so.
 */
int state_open(const char *path, struct state **ret, bool *ret_lost,
               struct error *err);
void state_close(struct state *s);

/*
 * What a file that no program has open says of itself, without touching it:
 * its version, and the last sequence that was applied.
 */
int state_look(const char *path, int64_t *ret_version, uint64_t *ret_applied,
               struct error *err);

/* The last sequence that was applied; 0 if none. */
uint64_t state_applied(const struct state *s);

/* Forgets how far it is, so that the spool is applied from its beginning. */
void state_reset(struct state *s);

/* A transaction; what happened in one that failed is forgotten. */
int state_begin(struct state *s, struct error *err);
int state_commit(struct state *s, uint64_t applied, struct error *err);
void state_rollback(struct state *s);

/*
 * A text that is known of a BMC by a name, in place of the one before: where a
 * stream and each log go on, when its last event came (state_marks.h).
 */
int state_set_mark(struct state *s, const char *bmc, const char *name,
                   const char *value, struct error *err);
int state_each_mark(struct state *s,
                    void (*each)(void *userdata, const char *bmc,
                                 const char *name, const char *value),
                    void *userdata, struct error *err);

/*
 * A condition: its row, and what it is about. `event` NULL: only the row of
 * one that is there; else it is made if it is not there, or with `renew` made
 * anew.
 */
struct state_bytes {
    const void *data;
    size_t len;
};
int state_put_condition(struct state *s, struct state_bytes key,
                        struct state_bytes row, struct state_bytes event,
                        bool renew, struct error *err);
int state_end_condition(struct state *s, struct state_bytes key,
                        struct error *err);

/*
 * What is remembered of a BMC for a time. Beyond `keep` in all, those who have
 * the most give up their oldest; each may have `least`.
 */
int state_add_memory(struct state *s, const char *bmc, struct state_bytes item,
                     struct error *err);
int state_trim_memory(struct state *s, uint64_t keep, uint64_t least,
                      struct error *err);

/* Calls `each` for all: (row, event), and (BMC's name, item), oldest first. */
int state_each_condition(struct state *s,
                         void (*each)(void *userdata, struct state_bytes row,
                                      struct state_bytes event),
                         void *userdata, struct error *err);
int state_each_memory(struct state *s,
                      void (*each)(void *userdata, struct state_bytes bmc,
                                   struct state_bytes item),
                      void *userdata, struct error *err);
