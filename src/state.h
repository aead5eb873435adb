/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the projector remembers, in SQLite: a projection of the spool that
 * knows how far it has applied it. Every piece can be lost and made again from
 * the spool's history. The only file that knows sqlite3. One connection, one
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

/* The last sequence that was applied; 0 if none. */
uint64_t state_applied(const struct state *s);

/* Forgets how far it is, so that the spool is applied from its beginning. */
void state_reset(struct state *s);

/* A transaction; what happened in one that failed is forgotten. */
int state_begin(struct state *s, struct error *err);
int state_set_sse_id(struct state *s, const char *bmc, const char *id,
                     struct error *err);
int state_commit(struct state *s, uint64_t applied, struct error *err);
void state_rollback(struct state *s);

/* Calls `each` for every BMC with a Last-Event-ID. */
int state_each_sse_id(struct state *s,
                      void (*each)(void *userdata, const char *bmc,
                                   const char *id),
                      void *userdata, struct error *err);
