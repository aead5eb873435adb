/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See log_plan.h. A log may have hundreds of thousands of entries, so one that
 * has its oldest first cannot be read through for what came in the last ten
 * minutes. But neither $skip nor $filter is a duty of a service, and one that
 * lacks it should answer 501 (DSP0266, query parameters); some answer 200 with
 * the first page instead. Hence a try, and a look at what came of it.
 */
#include "backfill/log_plan.h"

#include "backfill/log_query.h"
#include "config.h"
#include "util/macro.h"

/* Of the end of a log, before it is known to be more: some pages. */
#define WANT_FIRST 200
#define WANT_MORE 4 /* times what was not enough: 200, 800, 3200 */

void log_plan_init(struct log_plan *p, const struct log_read_request *request)
{
    usec_t newest = request->cursor ? request->cursor->newest : 0;

    /* The second is asked for as a whole: its other entries may be new. */
    *p = (struct log_plan){
        .all = request->all,
        .order = request->newest_first ? 1 : -1,
        .bound = MAX_OF(newest, request->since) / USEC_PER_SEC * USEC_PER_SEC,
        .had = request->cursor ? request->cursor->total : 0,
        .was_there = request->cursor != NULL,
        .total = -1,
        .no_skip = request->no_skip,
        .no_filter = request->no_filter,
    };
}

void log_plan_take_first(struct log_plan *p, const struct log_page *page)
{
    int order = log_cursor_order(page->entries, page->count);

    p->total = page->total;
    if (order != 0)
        p->order = order;
    if (page->count > 0)
        p->first_print = page->entries[0].print;
}

/* So many of an oldest-first log's end: what came since, and some more. */
static uint64_t first_want(const struct log_plan *p)
{
    uint64_t total = (uint64_t)p->total;

    /* Fewer than before: it was cleared, and the difference tells nothing. */
    if (!p->was_there || total < p->had)
        return WANT_FIRST;
    return total - p->had + WANT_FIRST / 4;
}

bool log_plan_skips_to_end(struct log_plan *p, uint64_t count)
{
    if (p->order > 0 || p->pages > 1 || p->no_skip || p->all)
        return false;
    p->want = first_want(p);
    return p->total > 0 && (uint64_t)p->total > count + p->want;
}

bool log_plan_filters(const struct log_plan *p)
{
    /* After the first page, or after the second that showed $skip is vain. */
    return p->order < 0 && p->pages <= 2 && p->no_skip && !p->no_filter &&
           !p->all && p->bound > 0;
}

bool log_plan_skips_on(const struct log_plan *p, uint64_t have)
{
    return p->total > 0 && have < (uint64_t)p->total && !p->no_skip &&
           !p->filtered && !p->dropped && p->pages < CONFIG_LOG_PAGES_MAX;
}

bool log_plan_goes_back(struct log_plan *p)
{
    p->want *= WANT_MORE;
    return !p->filtered && (uint64_t)p->total > p->want;
}

bool log_plan_was_heeded(const struct log_plan *p, const struct log_page *page)
{
    usec_t since = p->trying == LOG_TRY_FILTER ? p->bound : 0;

    return log_query_was_heeded(page, p->first_print, since);
}
