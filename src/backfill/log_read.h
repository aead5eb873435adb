/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads one log of a BMC as far back as there can be something new: page by
 * page, newest or oldest first as it is found to be, the end of a long one by
 * $skip, or else $filter, where that is seen to work, and entries that are
 * only links one by one. Bounded in entries, pages, bytes and questions
 * (config.h).
 */
#pragma once

#include "backfill/log_cursor.h"
#include "talk.h"

struct log_read;

struct log_read_request {
    struct talk *talk;
    struct bmc *bmc;
    const char *uri;                 /* of the entries */
    const struct log_cursor *cursor; /* NULL: we never were there; copied */
    usec_t since; /* by the BMC's clock: older ones are not needed; 0: none */
    bool all;     /* old entries change: read also these */
    bool newest_first; /* if it cannot be seen */
    bool no_skip;      /* $skip is known not to work */
    bool no_filter;    /* nor $filter */
};

struct log_reading {
    /* Of what failed; 200: the answer made no sense, 0: there was none. */
    unsigned status;
    const struct error *err;   /* NULL: it worked */
    struct log_entry *entries; /* oldest first; may be taken out */
    size_t count;
    uint64_t total; /* that the log has, as far as it is known */
    bool whole;     /* nothing older is in the log */
    bool beyond;    /* older ones would be needed, and are over a limit */
    bool no_skip;   /* $skip was tried and does not work */
    bool no_filter; /* nor did $filter */
};

/*
 * Starts. on_done is called once, not from inside; the reading and what is
 * left in it are gone after it.
 */
struct log_read *log_read_start(const struct log_read_request *request,
                                void (*on_done)(void *userdata,
                                                struct log_reading *reading),
                                void *userdata);

/* After it on_done is not called. NULL is accepted. */
void log_read_cancel(struct log_read *r);
