/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table for people: columns as wide as what stands in them, the last one
 * free, and nothing in a cell can move the cursor. Filled cell by cell, row
 * after row.
 */
#pragma once

#include <stddef.h>

#include "util/buffer.h"
#include "util/clock.h"
#include "util/macro.h"

struct table;

/* A NULL ends the headings, which are not copied. The caller frees it. */
struct table *table_new(const char *const *headings);
void table_free(struct table *t);
DEFINE_FREEP(struct table, table_free);

/* The next cell; copied. NULL and "" show as "-". */
void table_add(struct table *t, const char *text);

/* Adds all rows with their heading; nothing if there is no row. */
void table_write(const struct table *t, struct buffer *out);

#define TABLE_AGE_MAX 24

/*
 * How long ago, as people say it: "12 s", "3 min", "5 h", "9 d"; "never" for
 * the time 0 and "now" for what is to come. Returns `text`.
 */
const char *table_age(usec_t now, usec_t time, char text[TABLE_AGE_MAX]);

/* The same with "ago" where it belongs. */
const char *table_ago(usec_t now, usec_t time, char text[TABLE_AGE_MAX]);

#define TABLE_SIZE_MAX 24

/* A size as people say it: "812 B", "1.5 MiB", "12 GiB". Returns `text`. */
const char *table_size(uint64_t bytes, char text[TABLE_SIZE_MAX]);
