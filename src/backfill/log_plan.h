/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one log can be read, as far as its pages have shown it: its order, its
 * length, which queries it heeds; and what is worth a try next. What a BMC
 * says of its paging is believed only as far as its answers bear it out. Pure;
 * of log_read.c.
 */
#pragma once

#include "backfill/log_read.h"

/* The query under way, whose answer may show that it is not heeded. */
enum log_try {
    LOG_TRY_NONE,
    LOG_TRY_END, /* $skip to the end of a log that has its oldest first */
    LOG_TRY_ON,  /* $skip to what is missing although there is no next page */
    LOG_TRY_FILTER, /* $filter for what is new: where $skip does not work */
};

struct log_plan {
    bool all;       /* of the request */
    int order;      /* 1: newest first, -1: oldest; before: if not seen */
    usec_t bound;   /* for $filter: a whole second by the BMC's clock; 0: no */
    uint64_t had;   /* entries at our last visit */
    bool was_there; /* there was one */
    unsigned pages; /* read so far */
    int64_t total;  /* that the log says it has; negative: not known */
    uint64_t skipped;     /* entries before the list, oldest first */
    uint64_t want;        /* entries of the end */
    uint64_t first_print; /* of the first page's first entry */
    enum log_try trying;
    bool filtered; /* the list is what $filter left */
    bool dropped;  /* the list's oldest were let go */
    bool no_skip, no_filter;
};

void log_plan_init(struct log_plan *p, const struct log_read_request *request);

/* The first page, which is asked without any query. */
void log_plan_take_first(struct log_plan *p, const struct log_page *page);

/*
 * What may be tried, with so many entries in the list: $skip to the end (so
 * many as `want` then says), $filter, $skip to what is behind `have`.
 */
bool log_plan_skips_to_end(struct log_plan *p, uint64_t count);
bool log_plan_filters(const struct log_plan *p);
bool log_plan_skips_on(const struct log_plan *p, uint64_t have);

/* The end was not enough: `want` is more now. False: all must be read. */
bool log_plan_goes_back(struct log_plan *p);

/* Whether the page can be the answer to what is being tried. */
bool log_plan_was_heeded(const struct log_plan *p, const struct log_page *page);
