/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where we are in one log of a BMC, and what of it is new. Clocks of BMCs are
 * set, lost and set back; Ids begin anew, stand twice or are no numbers; logs
 * are cleared and wrap. So the place in the log comes first (what stands
 * behind the last entry that was had is new), then the time, then the Id. A
 * cursor moves with the entries that are handed on, and stands in the record
 * of each (EVENT_LOG_CURSOR), so that it is never ahead of them. Pure.
 */
#pragma once

#include "decode/log_page.h"
#include "util/buffer.h"

#define LOG_CURSOR_PRINTS 32 /* of entries of one and the same time */

struct log_cursor {
    uint64_t last;   /* print of the newest entry by place; 0: there was none */
    usec_t newest;   /* its time by the BMC's clock, or that of one before it */
    usec_t changed;  /* of the latest change of an entry; 0: none */
    uint64_t number; /* the last entry's Id, if it is a number; else 0 */
    uint64_t total;  /* how many entries the log had */
    uint64_t prints[LOG_CURSOR_PRINTS]; /* of those of the time `newest` */
    size_t count;
};

/* As text without blanks, and back; false if it is none of ours. */
void log_cursor_format(const struct log_cursor *c, struct buffer *out);
bool log_cursor_parse(const char *text, struct log_cursor *ret);

enum log_class {
    LOG_OLD,      /* was had before, or came by another way */
    LOG_NEW,      /* to be handed on */
    LOG_EDITED,   /* an old one that was changed since: likewise */
    LOG_REPAIRED, /* an old one that says it is over: if that is not known */
};

/* What was read of a log. Times by the BMC's clock. */
struct log_view {
    const struct log_entry *entries; /* in the order of the log, oldest first */
    size_t count;
    bool whole;   /* nothing older is in the log */
    usec_t since; /* older ones came by another way; 0: none did */
    usec_t now;
};

struct log_findings {
    bool cleared;    /* emptied since we were there */
    bool wrapped;    /* some that we never saw were overwritten */
    bool clock_back; /* new ones are dated before those that we had */
};

/* The class of each entry. `c` NULL: we never were in this log. */
void log_cursor_judge(const struct log_cursor *c, const struct log_view *view,
                      enum log_class *ret_classes, struct log_findings *ret);

/* Moves on to the entry, which is handed on now. */
void log_cursor_take(struct log_cursor *c, const struct log_entry *e);

/* The same for an old entry that was changed: the place stays where it is. */
void log_cursor_take_edit(struct log_cursor *c, const struct log_entry *e);

/* All that was new is handed on: the log was read, and has so many entries. */
void log_cursor_settle(struct log_cursor *c, const struct log_view *view,
                       uint64_t total);

/*
 * Whether the entry is older than what can be new: reading newest first stops
 * at one that is the very last we had (*ret_surely), or after several.
 */
bool log_cursor_reaches(const struct log_cursor *c, usec_t since,
                        const struct log_entry *e, bool *ret_surely);

/* 1: the log has its newest first, -1: its oldest, 0: that cannot be seen. */
int log_cursor_order(const struct log_entry *entries, size_t count);
