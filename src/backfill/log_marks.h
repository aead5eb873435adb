/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursors of a BMC's logs, by the URI of each. They live with the BMC, are
 * written into the records of what was read, and come back from there after a
 * start.
 */
#pragma once

#include "backfill/log_cursor.h"

#define LOG_MARKS_MAX 32 /* a BMC that names ever new logs loses the oldest */

struct log_mark {
    char *uri;
    struct log_cursor cursor;
};

struct log_marks {
    struct log_mark *items; /* the one set last stands last */
    size_t count;
};

void log_marks_done(struct log_marks *m);

/* The cursor of a log, or NULL; until the next set. */
const struct log_cursor *log_marks_find(const struct log_marks *m,
                                        const char *uri);

void log_marks_set(struct log_marks *m, const char *uri,
                   const struct log_cursor *cursor);

/* As one text, a value of EVENT_LOG_CURSOR: cursor, blank, URI. */
void log_marks_format(const char *uri, const struct log_cursor *cursor,
                      struct buffer *out);

/* The URI in such a text, and the cursor; NULL if it is none of ours. */
const char *log_marks_parse(const char *text, struct log_cursor *ret);
