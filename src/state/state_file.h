/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state's file as a database: that it can be opened, has our tables in our
 * version, and what happens to one that cannot be used. What is in the tables
 * is state.c's. Private to state.c; these two alone know sqlite3.
 */
#pragma once

#include <sqlite3.h>
#include <stdint.h>

#include "util/error.h"

/*
 * Opens or makes the file and brings its tables up to date. *ret is to be
 * closed with sqlite3_close(), after a failure as well. Fails with
 * -EPROTONOSUPPORT if a newer program has made it.
 */
int state_file_open(const char *path, sqlite3 **ret, uint64_t *ret_applied,
                    struct error *err);

/* Renames it to PATH.broken, in place of one that is called so already. */
void state_file_set_aside(const char *path);

/* As state_look(). */
int state_file_look(const char *path, int64_t *ret_version,
                    uint64_t *ret_applied, struct error *err);

/* Runs statements without arguments; `what` is the verb of the message. */
int state_file_run(sqlite3 *db, const char *sql, const char *what,
                   struct error *err);

/* -EIO, with SQLite's words for what went wrong last. */
int state_file_fail(sqlite3 *db, const char *what, struct error *err);
