/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of one log; see log_read.h. Newest first (Dell) is read until
 * something known is met; oldest first (Lenovo, Supermicro) is read at its end,
 * further back each time that this was not enough. Which query is worth a try
 * is log_plan.c's to say; here it is asked, and its answer taken or not.
 *
 * A query that is not heeded costs one page and no entries: reading goes on at
 * the page that would have been next without it, which is kept meanwhile.
 */
#include "backfill/log_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "backfill/log_links.h"
#include "backfill/log_plan.h"
#include "backfill/log_query.h"
#include "config.h"
#include "util/alloc.h"

struct log_read {
    struct log_read_request request;
    char *uri;
    struct log_cursor cursor;
    void (*on_done)(void *userdata, struct log_reading *reading);
    void *userdata;
    struct talk_exchange *exchange;
    struct log_links *links;
    struct log_list list; /* as the log has them */
    struct log_plan plan;
    char *next; /* of the first page, while a query is tried */
    unsigned old_run;
    bool reached; /* the end of the log */
    bool beyond;  /* see log_reading */
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
        .total = r->plan.total >= 0 ? (uint64_t)r->plan.total : r->list.count,
        .whole = r->plan.skipped == 0 && !r->plan.dropped &&
                 !r->plan.filtered && r->reached,
        .beyond = r->beyond,
        .no_skip = r->plan.no_skip,
        .no_filter = r->plan.no_filter,
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

static void ask_from(struct log_read *r, enum log_try why, uint64_t from)
{
    _cleanup_free_ char *uri = log_query_skip(r->uri, from);

    r->plan.trying = why;
    ask(r, uri);
}

/* The last entries of a log that has its oldest first. */
static void ask_end(struct log_read *r)
{
    r->plan.skipped = (uint64_t)r->plan.total - r->plan.want;
    ask_from(r, LOG_TRY_END, r->plan.skipped);
}

static void ask_filtered(struct log_read *r)
{
    _cleanup_free_ char *uri = log_query_since(r->uri, r->plan.bound);

    r->plan.trying = LOG_TRY_FILTER;
    ask(r, uri);
}

/* From its first page on, without any query. */
static void ask_all(struct log_read *r)
{
    log_list_done(&r->list);
    r->plan.skipped = r->plan.first_print = 0;
    r->plan.filtered = false;
    r->plan.no_skip = r->plan.no_filter = true;
    ask(r, r->uri);
}

static void on_links(void *userdata, unsigned status, const struct error *err,
                     bool dropped, bool beyond)
{
    struct log_read *r = userdata;

    r->links = NULL;
    r->plan.dropped |= dropped;
    r->beyond |= beyond;
    finish(r, status, err);
}

/* Its newest entry has a lower Id than the last we had: it was cleared. */
static bool is_renumbered(const struct log_read *r)
{
    const struct log_list *l = &r->list;
    uint64_t newest = 0;

    if (l->count > 0)
        newest = l->entries[r->plan.order > 0 ? 0 : l->count - 1].number;
    return newest && newest < r->cursor.number;
}

static struct log_needs needs_of(const struct log_read *r)
{
    return (struct log_needs){
        .cursor = r->request.cursor ? &r->cursor : NULL,
        .since = r->request.since,
        .renumbered = is_renumbered(r),
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

    if (r->plan.order > 0)
        log_list_reverse(&r->list);
    r->links = log_links_start(&setup, on_links, r);
    if (!r->links)
        finish(r, 0, NULL);
}

/* Its end was not enough: more of it, or all. */
static void go_back(struct log_read *r)
{
    if (log_plan_goes_back(&r->plan)) {
        log_list_done(&r->list);
        ask_end(r);
    } else {
        ask_all(r);
    }
}

/* An oldest-first log was read to its end: further back, if need be. */
static void end_oldest_first(struct log_read *r)
{
    r->reached = true; /* its end */
    if ((r->plan.skipped > 0 || r->plan.filtered || r->plan.dropped) &&
        !reaches_back(r)) {
        if (!r->plan.dropped && r->plan.pages < CONFIG_LOG_PAGES_MAX) {
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
    uint64_t have = r->plan.skipped + r->list.count;

    if (r->list.count > 0 && log_plan_skips_on(&r->plan, have)) {
        ask_from(r, LOG_TRY_ON, have);
    } else if (r->plan.order > 0) {
        r->reached = true;
        end_pages(r);
    } else {
        end_oldest_first(r);
    }
}

/* A page's entries are in the list; `next` is the page behind it, or NULL. */
static void step(struct log_read *r, size_t from, const char *next)
{
    if (r->plan.order > 0 && !r->request.all && meets_known(r, from)) {
        r->reached = !next;
        end_pages(r);
        /*
         * Oldest first without a way to skip: what is wanted stands at the end,
         * so the older half is let go and reading goes on. Half of one is one:
         * a single entry may be all that there is room for.
         */
    } else if (next && r->plan.order < 0 && log_list_is_full(&r->list)) {
        log_list_drop(&r->list, (r->list.count + 1) / 2);
        r->plan.dropped = true;
        step(r, 0, next);
    } else if (!next) {
        end_or_skip_on(r);
    } else if (r->plan.pages >= CONFIG_LOG_PAGES_MAX ||
               log_list_is_full(&r->list)) {
        r->beyond = !r->request.all || !meets_known(r, 0);
        end_pages(r);
    } else if (log_plan_skips_to_end(&r->plan, r->list.count)) {
        free(r->next);
        r->next = xstrdup(next);
        ask_end(r);
    } else if (r->plan.pages == 1 && log_plan_filters(&r->plan)) {
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
    enum log_try tried = r->plan.trying;
    _cleanup_free_ char *next = NULL;

    r->plan.no_skip = true;
    r->plan.no_filter |= tried == LOG_TRY_FILTER;
    r->plan.trying = LOG_TRY_NONE;
    if (tried == LOG_TRY_END)
        r->plan.skipped = 0;
    if (tried == LOG_TRY_END && log_plan_filters(&r->plan)) {
        ask_filtered(r);
        return;
    }
    next = TAKE(r->next);
    if (tried != LOG_TRY_ON && next)
        ask(r, next);
    else
        end_or_skip_on(r);
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

static void take_page(struct log_read *r, struct log_page *page)
{
    size_t from = r->list.count;

    if (r->plan.pages++ == 0) {
        log_plan_take_first(&r->plan, page);
    } else if (r->plan.trying != LOG_TRY_NONE &&
               !log_plan_was_heeded(&r->plan, page)) {
        query_failed(r);
        return;
    } else if (page->count > 0 &&
               page->entries[0].print == r->plan.first_print) {
        r->plan.no_skip = true; /* its next page is its first: it is confused */
        end_or_skip_on(r);
        return;
    }
    if (r->plan.trying == LOG_TRY_END || r->plan.trying == LOG_TRY_FILTER) {
        log_list_done(&r->list);
        from = 0;
    }
    r->plan.filtered |= r->plan.trying == LOG_TRY_FILTER;
    r->plan.trying = LOG_TRY_NONE;
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
    /*
     * A refusal of a query (400, 501, even 500) tells of the query alone. Not
     * so 401 and 503, which any request would have met.
     */
    if (bad < 0 && r->plan.trying != LOG_TRY_NONE && a->status >= 200 &&
        a->status != 401 && a->status != 503)
        query_failed(r);
    else if (bad < 0)
        finish(r, a->status, &err); /* 200 too: it answered, with nonsense */
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
    r->on_done = on_done;
    r->userdata = userdata;
    log_plan_init(&r->plan, request);
    ask(r, r->uri);
    return r;
}
