/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries on their way from a BMC's log: a list of them, and the reading of
 * those that were given as links only, from the newest back until one is known.
 * Private to log_read.c.
 */
#pragma once

#include "backfill/log_cursor.h"
#include "talk.h"

struct log_list {
    struct log_entry *entries;
    size_t count, cap, bytes;
};

void log_list_done(struct log_list *l);

/* Takes the page's entries behind those that are there. */
void log_list_take(struct log_list *l, struct log_page *page);

/* Lets the first so many go. */
void log_list_drop(struct log_list *l, size_t count);

void log_list_reverse(struct log_list *l);
bool log_list_is_full(const struct log_list *l);

/* Whether nothing older than the entry can be new; see log_cursor_reaches(). */
struct log_needs {
    const struct log_cursor *cursor; /* NULL: we never were there */
    usec_t since;
    bool renumbered; /* Ids begin anew: that of a link says nothing */
};
bool log_needs_end(const struct log_needs *n, const struct log_entry *e,
                   bool *ret_surely);

/*
 * Whether a list that has its oldest first begins with what is old, or holds
 * the last that we had; and whether one that has its newest first leads to
 * that, from an entry on. *old_run counts old ones in a row from call to call.
 */
bool log_list_reaches_back(const struct log_list *l, const struct log_needs *n);
bool log_list_meets_known(const struct log_list *l, size_t from,
                          const struct log_needs *n, unsigned *old_run);

struct log_links;

struct log_links_setup {
    struct talk *talk;
    struct bmc *bmc;
    struct log_list *list; /* oldest first; lives longer */
    struct log_needs needs;
};

/*
 * Reads them. NULL if there is none to read. on_done is called once, not from
 * inside: `status` 0 and `err` if the BMC did not answer; what was too old or
 * over the limit (*beyond) is taken out of the list.
 */
struct log_links *log_links_start(const struct log_links_setup *setup,
                                  void (*on_done)(void *userdata,
                                                  unsigned status,
                                                  const struct error *err,
                                                  bool dropped, bool beyond),
                                  void *userdata);
void log_links_cancel(struct log_links *l);
