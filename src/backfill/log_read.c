/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of one log; see log_read.h. Newest first is read until something
 * known is met; oldest first is read at its end, further back each time that
 * this was not enough. What a BMC says of its paging is believed only as far
 * as its answers show it.
 */
#include "backfill/log_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/log_links.h"
#include "backfill/log_query.h"
#include "config.h"
#include "util/alloc.h"

#define WANT_FIRST                                            \
    200 /* of the end of a log, before it is known to be more \
         */
#define WANT_MORE 4

enum skip {
    SKIP_NONE,
    SKIP_END,    /* to the end of a log that has its oldest first */
    SKIP_ON,     /* to what is missing although there is no next page */
    SKIP_FILTER, /* to what is new, by $filter: where $skip does not work */
};

struct log_read {
    struct log_read_request request;
    char *uri;
    struct log_cursor cursor;
    void (*on_done)(void *userdata, struct log_reading *reading);
    void *userdata;
    struct talk_exchange *exchange;
    struct log_links *links;
    struct log_list list; /* as the log has them */
    int order;            /* 1: newest first, -1: oldest */
    unsigned pages;
    int64_t total;
    enum skip trying;
    char *next;           /* of the first page, while $skip is tried */
    uint64_t first_print; /* of the first page's first */
    uint64_t skipped;     /* entries before the list, oldest first */
    uint64_t want;        /* of the end */
    unsigned old_run;
    bool reached, dropped, no_skip, no_filter, filtered, beyond;
};

static void on_page(void *userdata, const struct talk_answer *a);

void log_read_cancel(struct log_read *r)
{
    if (!r)
        return;
    talk_cancel(r->exchange);
    log_links_cancel(r->links);
    log_list_done(&r->list);
    free(r->next);
    free(r->uri);
    free(r);
}

static void finish(struct log_read *r, unsigned status, const struct error *err)
{
    struct log_reading reading = {
        .status = status,
        .err = err,
        .entries = r->list.entries,
        .count = r->list.count,
        .total = r->total >= 0 ? (uint64_t)r->total : r->list.count,
        .whole = r->skipped == 0 && !r->dropped && !r->filtered && r->reached,
        .beyond = r->beyond,
        .no_skip = r->no_skip,
        .no_filter = r->no_filter,
    };

    r->on_done(r->userdata, &reading);
    r->list.entries = reading.entries; /* unless they were taken out */
    r->list.count = reading.count;
    log_read_cancel(r);
}

static void ask(struct log_read *r, const char *uri)
{
    struct talk_request request = {
        .bmc = r->request.bmc,
        .uri = uri,
        .response_max = CONFIG_LOG_PAGE_MAX,
        .on_answer = on_page,
        .userdata = r,
    };

    r->exchange = talk_start(r->request.talk, &request);
}

static void ask_from(struct log_read *r, enum skip why, uint64_t from)
{
    _cleanup_free_ char *uri = log_query_skip(r->uri, from);

    r->trying = why;
    if (why == SKIP_END)
        r->skipped = from;
    ask(r, uri);
}

/* From there on everything may be new. */
static usec_t filter_bound(const struct log_read *r)
{
    usec_t newest = r->request.cursor ? r->cursor.newest : 0;

    return MAX_OF(newest, r->request.since) / USEC_PER_SEC * USEC_PER_SEC;
}

static void ask_filtered(struct log_read *r)
{
    _cleanup_free_ char *uri = log_query_since(r->uri, filter_bound(r));

    r->trying = SKIP_FILTER;
    ask(r, uri);
}

/* From its first page on, without any query. */
static void ask_all(struct log_read *r)
{
    log_list_done(&r->list);
    r->skipped = r->first_print = 0;
    r->filtered = false;
    r->no_skip = r->no_filter = true;
    ask(r, r->uri);
}

static void on_links(void *userdata, unsigned status, const struct error *err,
                     bool dropped, bool beyond)
{
    struct log_read *r = userdata;

    r->links = NULL;
    r->dropped |= dropped;
    r->beyond |= beyond;
    finish(r, status, err);
}

static struct log_needs needs_of(const struct log_read *r)
{
    return (struct log_needs){
        .cursor = r->request.cursor ? &r->cursor : NULL,
        .since = r->request.since,
    };
}

/* Oldest first: whether the list reaches back far enough. */
static bool reaches_back(const struct log_read *r)
{
    struct log_needs needs = needs_of(r);

    return log_list_reaches_back(&r->list, &needs);
}

/* Newest first: whether the entries from `from` on lead to what is known. */
static bool meets_known(struct log_read *r, size_t from)
{
    struct log_needs needs = needs_of(r);

    return log_list_meets_known(&r->list, from, &needs, &r->old_run);
}

/* All pages are here: what is only links is read next. */
static void end_pages(struct log_read *r)
{
    struct log_links_setup setup = {
        .talk = r->request.talk,
        .bmc = r->request.bmc,
        .list = &r->list,
        .needs = needs_of(r),
    };

    if (r->order > 0)
        log_list_reverse(&r->list);
    r->links = log_links_start(&setup, on_links, r);
    if (!r->links)
        finish(r, 0, NULL);
}

/* Its end was not enough: more of it, or all. */
static void go_back(struct log_read *r)
{
    uint64_t total = (uint64_t)r->total;

    r->want *= WANT_MORE;
    if (r->filtered || total <= r->want) {
        ask_all(r);
        return;
    }
    log_list_done(&r->list);
    ask_from(r, SKIP_END, total - r->want);
}

/* An oldest-first log was read to its end: further back, if need be. */
static void end_oldest_first(struct log_read *r)
{
    r->reached = true; /* its end */
    if ((r->skipped > 0 || r->filtered || r->dropped) && !reaches_back(r)) {
        if (!r->dropped && r->pages < CONFIG_LOG_PAGES_MAX) {
            go_back(r);
            return;
        }
        r->beyond = true;
    }
    end_pages(r);
}

/* There is no next page, but there may be more entries than pages showed. */
static void end_or_skip_on(struct log_read *r)
{
    uint64_t have = r->skipped + r->list.count;

    if (r->total > 0 && have < (uint64_t)r->total && !r->no_skip &&
        !r->filtered && !r->dropped && r->list.count > 0 &&
        r->pages < CONFIG_LOG_PAGES_MAX) {
        ask_from(r, SKIP_ON, have);
    } else if (r->order > 0) {
        r->reached = true;
        end_pages(r);
    } else {
        end_oldest_first(r);
    }
}

/* So many of an oldest-first log's end: what came since, and some more. */
static uint64_t first_want(const struct log_read *r)
{
    uint64_t total = (uint64_t)r->total;

    if (!r->request.cursor || total < r->cursor.total)
        return WANT_FIRST;
    return total - r->cursor.total + WANT_FIRST / 4;
}

static bool may_skip_to_end(struct log_read *r)
{
    if (r->order > 0 || r->pages > 1 || r->no_skip || r->request.all)
        return false;
    r->want = first_want(r);
    return r->total > 0 && (uint64_t)r->total > r->list.count + r->want;
}

static bool may_filter(const struct log_read *r)
{
    return r->order < 0 && r->pages <= 2 && r->no_skip && !r->no_filter &&
           !r->request.all && filter_bound(r) > 0;
}

/* A page's entries are in the list; `next` is the page behind it, or NULL. */
static void step(struct log_read *r, size_t from, const char *next)
{
    if (r->order > 0 && !r->request.all && meets_known(r, from)) {
        r->reached = !next;
        end_pages(r);
    } else if (next && r->order < 0 && log_list_is_full(&r->list)) {
        log_list_drop(&r->list, r->list.count / 2);
        r->dropped = true;
        step(r, 0, next);
    } else if (!next) {
        end_or_skip_on(r);
    } else if (r->pages >= CONFIG_LOG_PAGES_MAX || log_list_is_full(&r->list)) {
        r->beyond = !r->request.all || !meets_known(r, 0);
        end_pages(r);
    } else if (may_skip_to_end(r)) {
        free(r->next);
        r->next = xstrdup(next);
        ask_from(r, SKIP_END, (uint64_t)r->total - r->want);
    } else if (r->pages == 1 && may_filter(r)) {
        free(r->next);
        r->next = xstrdup(next);
        ask_filtered(r);
    } else {
        ask(r, next);
    }
}

/* A query does not work here: on as if it had not been tried. */
static void query_failed(struct log_read *r)
{
    enum skip tried = r->trying;
    _cleanup_free_ char *next = NULL;

    r->no_skip = true;
    r->no_filter |= tried == SKIP_FILTER;
    r->trying = SKIP_NONE;
    if (tried == SKIP_END)
        r->skipped = 0;
    if (tried == SKIP_END && may_filter(r)) {
        ask_filtered(r);
        return;
    }
    next = TAKE(r->next);
    if (tried != SKIP_ON && next)
        ask(r, next);
    else
        end_or_skip_on(r);
}

static void take_first(struct log_read *r, const struct log_page *page)
{
    r->total = page->total;
    r->order = log_cursor_order(page->entries, page->count);
    if (r->order == 0)
        r->order = r->request.newest_first ? 1 : -1;
    if (page->count > 0)
        r->first_print = page->entries[0].print;
}

/* The next page, if it is the BMC's; else that is told, and we go without. */
static const char *next_of(struct log_read *r, const struct log_page *page)
{
    _cleanup_free_ char *url =
        page->next ? talk_url(r->request.talk, r->request.bmc, page->next)
                   : NULL;

    r->beyond |= page->next && !url;
    return url ? page->next : NULL;
}

static bool was_heeded(const struct log_read *r, const struct log_page *page)
{
    usec_t since = r->trying == SKIP_FILTER ? filter_bound(r) : 0;

    return log_query_was_heeded(page, r->first_print, since);
}

static void take_page(struct log_read *r, struct log_page *page)
{
    size_t from = r->list.count;

    if (r->pages++ == 0) {
        take_first(r, page);
    } else if (r->trying != SKIP_NONE && !was_heeded(r, page)) {
        query_failed(r);
        return;
    } else if (page->count > 0 && page->entries[0].print == r->first_print) {
        r->no_skip = true; /* its next page is its first: it is confused */
        end_or_skip_on(r);
        return;
    }
    if (r->trying == SKIP_END || r->trying == SKIP_FILTER) {
        log_list_done(&r->list);
        from = 0;
    }
    r->filtered |= r->trying == SKIP_FILTER;
    r->trying = SKIP_NONE;
    log_list_take(&r->list, page);
    step(r, from, next_of(r, page));
}

static void on_page(void *userdata, const struct talk_answer *a)
{
    struct log_read *r = userdata;
    struct error err = *a->err;
    struct log_page page = {0};
    int bad;

    r->exchange = NULL;
    bad = a->status == 200 ? log_page_read(a->body, a->len, &page, &err) : -1;
    if (bad < 0 && r->trying != SKIP_NONE && a->status >= 200 &&
        a->status != 401 && a->status != 503)
        query_failed(r);
    else if (bad < 0)
        finish(r, a->status == 200 ? 0 : a->status, &err);
    else
        take_page(r, &page);
    log_page_done(&page);
}

struct log_read *log_read_start(const struct log_read_request *request,
                                void (*on_done)(void *userdata,
                                                struct log_reading *reading),
                                void *userdata)
{
    struct log_read *r = XNEW(struct log_read);

    r->request = *request;
    r->uri = xstrdup(request->uri);
    if (request->cursor)
        r->cursor = *request->cursor;
    r->no_skip = request->no_skip;
    r->no_filter = request->no_filter;
    r->on_done = on_done;
    r->userdata = userdata;
    r->total = -1;
    ask(r, r->uri);
    return r;
}
