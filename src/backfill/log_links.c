/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of entries, and links made entries; see log_links.h. A collection's
 * Members may be links only (DSP0266 allows both), and then each entry costs a
 * request of its own: hence from the newest back, and no further than needed.
 */
#include "backfill/log_links.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "util/alloc.h"

/*
 * So many old ones in a row, and none behind them is new. One is not enough:
 * entries of a BMC whose clock was set stand in no order of time.
 */
#define OLD_RUN 32
#define OLD_LINKS 8 /* of links, each of which is a question */

struct log_links {
    struct log_links_setup setup;
    void (*on_done)(void *userdata, unsigned status, const struct error *err,
                    bool dropped, bool beyond);
    void *userdata;
    struct talk_exchange *exchange;
    size_t left; /* those before this one are still to be looked at */
    unsigned asked, old_run;
    bool probing; /* what is asked for is old by its Id */
};

void log_list_done(struct log_list *l)
{
    for (size_t i = 0; i < l->count; i++)
        log_entry_done(&l->entries[i]);
    free(l->entries);
    *l = (struct log_list){0};
}

void log_list_take(struct log_list *l, struct log_page *page)
{
    l->entries =
        xgrow(l->entries, &l->cap, l->count + page->count, sizeof(*l->entries));
    for (size_t i = 0; i < page->count; i++) {
        l->bytes += page->entries[i].len;
        l->entries[l->count++] = TAKE_STRUCT(page->entries[i]);
    }
}

void log_list_drop(struct log_list *l, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        l->bytes -= l->entries[i].len;
        log_entry_done(&l->entries[i]);
    }
    l->count -= count;
    memmove(l->entries, l->entries + count, l->count * sizeof(*l->entries));
}

/* Closes the gaps of entries that were taken out one by one. */
static void pack(struct log_list *l)
{
    size_t kept = 0;

    for (size_t i = 0; i < l->count; i++)
        if (l->entries[i].bytes)
            l->entries[kept++] = l->entries[i];
    l->count = kept;
}

void log_list_reverse(struct log_list *l)
{
    for (size_t i = 0; i < l->count / 2; i++) {
        struct log_entry e = l->entries[i];

        l->entries[i] = l->entries[l->count - 1 - i];
        l->entries[l->count - 1 - i] = e;
    }
}

bool log_list_is_full(const struct log_list *l)
{
    return l->count > CONFIG_LOG_ENTRIES_MAX || l->bytes > CONFIG_LOG_BYTES_MAX;
}

/* Where we never were and nothing is asked for, the newest is enough. */
bool log_needs_end(const struct log_needs *n, const struct log_entry *e,
                   bool *ret_surely)
{
    *ret_surely = !n->cursor && n->since == 0;
    if (*ret_surely)
        return true;
    if (e->reference) /* of a link the number is all there is */
        return n->cursor && !n->renumbered && e->number &&
               e->number <= n->cursor->number;
    return log_cursor_reaches(n->cursor, n->since, e, ret_surely);
}

bool log_list_reaches_back(const struct log_list *l, const struct log_needs *n)
{
    unsigned run = 0;
    bool surely;

    for (size_t i = 0; i < l->count; i++) {
        bool old = log_needs_end(n, &l->entries[i], &surely);

        if (surely)
            return true;
        run += old && run == i;
    }
    return run >= OLD_RUN;
}

bool log_list_meets_known(const struct log_list *l, size_t from,
                          const struct log_needs *n, unsigned *old_run)
{
    bool surely;

    for (size_t i = from; i < l->count; i++) {
        bool old = log_needs_end(n, &l->entries[i], &surely);

        *old_run = old ? *old_run + 1 : 0;
        if (surely || *old_run >= OLD_RUN)
            return true;
    }
    return false;
}

void log_links_cancel(struct log_links *l)
{
    if (!l)
        return;
    talk_cancel(l->exchange);
    free(l);
}

static void finish(struct log_links *l, unsigned status,
                   const struct error *err, bool beyond)
{
    size_t drop = l->left;

    /* After a failure the list is thrown away as a whole by its owner. */
    if (!err) {
        log_list_drop(l->setup.list, drop);
        pack(l->setup.list);
    }
    l->on_done(l->userdata, status, err, drop > 0, beyond);
    log_links_cancel(l);
}

static void on_entry(void *userdata, const struct talk_answer *a);

/*
 * Takes the entry before `left` out, which is none. Its place stays until
 * pack(): a BMC that sends thousands of such must not have all that stands
 * behind moved for each.
 */
static void drop_one(struct log_links *l)
{
    struct log_entry *e = &l->setup.list->entries[--l->left];

    l->setup.list->bytes -= e->len;
    log_entry_done(e);
}

static void ask(struct log_links *l, const char *uri)
{
    struct talk_request request = {
        .bmc = l->setup.bmc,
        .uri = uri,
        .on_answer = on_entry,
        .userdata = l,
    };

    l->asked++;
    l->exchange = talk_start(l->setup.talk, &request);
}

/* The last that we had, or several old ones in a row. */
static bool is_far_enough(struct log_links *l, const struct log_entry *e)
{
    bool surely, old = log_needs_end(&l->setup.needs, e, &surely);

    l->old_run = old ? l->old_run + 1 : 0;
    return surely || l->old_run >= OLD_LINKS;
}

/* A link that leads elsewhere is told, and none of the log. */
static bool is_at_bmc(const struct log_links *l, const char *uri)
{
    _cleanup_free_ char *url = talk_url(l->setup.talk, l->setup.bmc, uri);

    return url != NULL;
}

/*
 * Whether the walk ends at the entry that was read. One that is old by its Id
 * is read all the same, and once: of a log that was cleared, and counts from 1
 * again, Ids say nothing.
 */
static bool ends_at(struct log_links *l, const struct log_entry *e)
{
    struct log_needs *needs = &l->setup.needs;
    bool surely, probe = l->probing;

    l->probing = false;
    if (is_far_enough(l, e))
        return true;
    if (!probe)
        return false;
    needs->renumbered = !log_needs_end(needs, e, &surely);
    return !needs->renumbered;
}

/* From the newest back: the next link, or the end. */
static void go_on(struct log_links *l)
{
    while (l->left > 0) {
        const struct log_entry *e = &l->setup.list->entries[l->left - 1];
        bool surely;

        if (!e->reference) {
            l->left--;
            if (!ends_at(l, e))
                continue;
            break;
        }
        if (log_needs_end(&l->setup.needs, e, &surely))
            l->probing = true;
        if (!is_at_bmc(l, e->uri)) {
            drop_one(l);
            continue;
        }
        if (l->asked < CONFIG_LOG_FETCHES_MAX)
            ask(l, e->uri);
        else
            finish(l, 0, NULL, true);
        return;
    }
    finish(l, 0, NULL, false);
}

/* The entry in its link's place, if the answer is one. */
static void put_in_place(struct log_links *l, const struct talk_answer *a)
{
    struct log_list *list = l->setup.list;
    struct log_entry *link = &list->entries[l->left - 1];
    struct log_page page;

    /* An entry by itself reads as a page of one. */
    if (log_page_read(a->body, a->len, &page, NULL) == 0 && page.count == 1 &&
        !page.entries[0].reference) {
        list->bytes += page.entries[0].len - link->len;
        log_entry_done(link);
        *link = TAKE_STRUCT(page.entries[0]);
    }
    log_page_done(&page);
}

/*
 * A link that leads to nothing is gone from the log; one that the BMC cannot
 * open stays a link, for an event that says so is better than none.
 */
static void on_entry(void *userdata, const struct talk_answer *a)
{
    struct log_links *l = userdata;
    struct log_list *list = l->setup.list;

    l->exchange = NULL;
    if (a->status == 0 || a->status == 401 || a->status == 503) {
        finish(l, a->status, a->err, false);
        return;
    }
    if (a->status == 200)
        put_in_place(l, a);
    if (a->status == 404 || a->status == 410)
        drop_one(l);
    else if (list->entries[l->left - 1].reference)
        l->left--;
    go_on(l);
}

/* The newest link that can be asked for; false if there is none. */
static bool find_newest(struct log_links *l)
{
    const struct log_entry *entries = l->setup.list->entries;

    while (l->left > 0)
        if (!entries[l->left - 1].reference)
            l->left--;
        else if (is_at_bmc(l, entries[l->left - 1].uri))
            return true;
        else
            drop_one(l);
    return false;
}

/* Whether the first that is asked for is old by its Id. */
static bool needs_probe(const struct log_links *l)
{
    bool surely;

    return log_needs_end(&l->setup.needs, &l->setup.list->entries[l->left - 1],
                         &surely);
}

struct log_links *log_links_start(const struct log_links_setup *setup,
                                  void (*on_done)(void *userdata,
                                                  unsigned status,
                                                  const struct error *err,
                                                  bool dropped, bool beyond),
                                  void *userdata)
{
    struct log_links *l = XNEW(struct log_links);

    l->setup = *setup;
    l->on_done = on_done;
    l->userdata = userdata;
    l->left = setup->list->count;
    if (!find_newest(l)) {
        pack(setup->list);
        free(l);
        return NULL;
    }
    l->probing = needs_probe(l);
    ask(l, setup->list->entries[l->left - 1].uri);
    return l;
}
