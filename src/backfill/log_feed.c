/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From readings to records; see log_feed.h. The order over all logs is by the
 * BMC's times, that of each log is its own: an entry never stands before one
 * that its log has in front of it.
 */
#include "backfill/log_feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "util/alloc.h"
#include "voice.h"

struct feed_log {
    char *uri;
    struct log_entry *entries;
    enum log_class *classes;
    struct log_view view;
    struct log_cursor cursor;
    uint64_t total;
};

/* One entry to be handed on. */
struct feed_item {
    usec_t when;
    size_t log, entry;
};

struct log_feed {
    struct log_feed_setup setup;
    struct feed_log logs[CONFIG_LOGS_MAX];
    size_t log_count;
    struct feed_item *items;
    size_t count, cap, at;
    bool sorted;
    usec_t last_received;
    struct log_feed_counts counts;
    struct event *followed; /* of logs that we never were in, or NULL */
    size_t followed_logs, followed_entries;
};

struct log_feed *log_feed_new(const struct log_feed_setup *setup)
{
    struct log_feed *f = XNEW(struct log_feed);

    f->setup = *setup;
    return f;
}

void log_feed_free(struct log_feed *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->log_count; i++) {
        for (size_t k = 0; k < f->logs[i].view.count; k++)
            log_entry_done(&f->logs[i].entries[k]);
        free(f->logs[i].entries);
        free(f->logs[i].classes);
        free(f->logs[i].uri);
    }
    event_free(f->followed);
    free(f->items);
    free(f);
}

/* Nothing of it is handed on; from here on it is followed. */
static void follow(struct log_feed *f, struct feed_log *l)
{
    struct buffer text = {0};

    log_cursor_settle(&l->cursor, &l->view, l->total);
    /*
     * One record for all of the BMC's logs that are new to us: their cursors
     * reach the disk together or not at all.
     */
    if (!f->followed)
        f->followed =
            voice_event(VOICE_LOGS_FOLLOWED, f->setup.bmc->config->url, NULL,
                        NULL, clock_real());
    log_marks_format(l->uri, &l->cursor, &text);
    event_add(f->followed, EVENT_LOG_CURSOR, text.data, text.len);
    buffer_done(&text);
    f->followed_logs++;
    f->followed_entries += l->total;
}

static void say_followed(struct log_feed *f)
{
    char logs[24], entries[24];

    if (!f->followed)
        return;
    snprintf(logs, sizeof(logs), "%zu", f->followed_logs);
    snprintf(entries, sizeof(entries), "%zu", f->followed_entries);
    event_add(f->followed, EVENT_ARG, logs, strlen(logs));
    event_add(f->followed, EVENT_ARG, entries, strlen(entries));
    log_info("%s: its logs (%s) are followed from here on; what they hold (%s "
             "entries) is older than Trawl",
             f->setup.bmc->name, logs, entries);
    pipeline_tell(f->setup.pipeline, f->setup.bmc, TAKE(f->followed));
}

/* Whether the log still has the time before that which is asked for. */
static bool reaches_since(const struct log_view *v)
{
    for (size_t i = 0; i < v->count; i++)
        if (v->entries[i].created)
            return v->since > 0 && v->entries[i].created < v->since;
    return false;
}

static void say_missed(struct log_feed *f, const struct feed_log *l,
                       const char *what)
{
    _cleanup_free_ char *why = xasprintf("its log %s %s", l->uri, what);

    pipeline_say(f->setup.pipeline, f->setup.bmc, VOICE_EVENTS_MISSED,
                 f->setup.bmc->config->url, why, NULL);
}

static void say_findings(struct log_feed *f, const struct feed_log *l,
                         const struct log_findings *found, bool beyond)
{
    if (beyond)
        say_missed(f, l,
                   "holds more than Trawl reads at once; the older part of "
                   "what is new was not read");
    /* What was asked for is there: that older entries are gone is no loss. */
    if (reaches_since(&l->view))
        return;
    if (found->cleared)
        say_missed(f, l, "was cleared since it was last read");
    if (found->wrapped)
        say_missed(f, l, "has overwritten entries since it was last read");
}

/* Where an entry stands among those of all logs. */
static usec_t when_of(const struct log_entry *e, enum log_class class,
                      usec_t before)
{
    /*
     * An old entry that is set to Repaired (iLO, wire facts 4.6) does not say
     * when. It comes last, behind whatever raises what it ends.
     */
    if (class == LOG_REPAIRED)
        return USEC_INFINITY;
    if (class == LOG_EDITED)
        return e->changed;
    return MAX_OF(e->created, before);
}

static void list_items(struct log_feed *f, size_t log)
{
    const struct feed_log *l = &f->logs[log];
    usec_t before = 0;

    for (size_t i = 0; i < l->view.count; i++) {
        struct feed_item item = {.log = log, .entry = i};

        if (l->classes[i] == LOG_OLD)
            continue;
        item.when = when_of(&l->entries[i], l->classes[i], before);
        if (l->classes[i] == LOG_NEW)
            before = item.when;
        f->items = xgrow(f->items, &f->cap, f->count + 1, sizeof(*f->items));
        f->items[f->count++] = item;
    }
}

/* Places without an entry are part of no log. */
static void drop_vacant(struct log_reading *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->count; i++)
        if (r->entries[i].vacant)
            log_entry_done(&r->entries[i]);
        else
            r->entries[kept++] = r->entries[i];
    r->count = kept;
}

void log_feed_add(struct log_feed *f, const char *uri,
                  struct log_reading *reading)
{
    struct feed_log *l = &f->logs[f->log_count++];
    const struct bmc *bmc = f->setup.bmc;
    const struct log_cursor *known = log_marks_find(&bmc->logs, uri);
    struct log_findings found;

    drop_vacant(reading);
    l->uri = xstrdup(uri);
    l->entries = TAKE(reading->entries);
    /* A log's own Members@odata.count is not believed against what was seen. */
    l->total = reading->whole ? reading->count : reading->total;
    l->view = (struct log_view){
        .entries = l->entries,
        .count = reading->count,
        .whole = reading->whole,
        .since = f->setup.since,
        .now = skew_to_bmc(&bmc->skew, clock_real()),
    };
    reading->count = 0;
    f->counts.logs++;
    f->counts.read += l->view.count;
    l->classes = xcalloc(l->view.count + 1, sizeof(*l->classes));
    /* First contact: years of old entries would all be news. */
    if (!known && f->setup.since == 0) {
        follow(f, l);
        return;
    }
    log_cursor_judge(known, &l->view, l->classes, &found);
    say_findings(f, l, &found, reading->beyond);
    if (known)
        l->cursor = *known;
    l->cursor.total = l->total;
    list_items(f, f->log_count - 1);
}

static int by_time(const void *a, const void *b)
{
    const struct feed_item *x = a, *y = b;

    if (x->when != y->when)
        return x->when < y->when ? -1 : 1;
    if (x->log != y->log)
        return x->log < y->log ? -1 : 1;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static void sort(struct log_feed *f)
{
    if (!f->sorted && f->count > 1)
        qsort(f->items, f->count, sizeof(*f->items), by_time);
    f->sorted = true;
}

/* Of receipt; no two are of the same, for ids of untimed entries rest on it. */
static usec_t next_received(struct log_feed *f)
{
    usec_t now = clock_real();

    f->last_received = MAX_OF(now, f->last_received + 1);
    return f->last_received;
}

static uint64_t count_duplicates(const struct log_feed *f)
{
    return ledger_outcome(f->setup.ledger, OUTCOME_SUPPRESSED_DUPLICATE);
}

/* The ticket; 0 if there is nothing to be said after all. */
static uint64_t hand_one(struct log_feed *f, const struct feed_item *item)
{
    struct feed_log *l = &f->logs[item->log];
    const struct log_entry *e = &l->entries[item->entry];
    enum log_class class = l->classes[item->entry];
    _cleanup_(buffer_done) struct buffer cursor = {0};
    /* The books tell whether it was known: the pipeline has no other answer. */
    uint64_t before = count_duplicates(f), ticket;
    struct pipeline_intake in = {
        .bmc = f->setup.bmc,
        .source = "log",
        .bytes = e->bytes,
        .len = e->len,
        .received = next_received(f),
    };

    /*
     * It says so at every reading: only the first time is there something to
     * end.
     */
    if (class == LOG_REPAIRED && !pipeline_is_raised(f->setup.pipeline, &in))
        return 0;
    /*
     * Before the record is made, for it bears the cursor that is behind it. A
     * crash between two records goes on with the second.
     */
    if (class == LOG_NEW)
        log_cursor_take(&l->cursor, e);
    else
        log_cursor_take_edit(&l->cursor, e);
    log_marks_format(l->uri, &l->cursor, &cursor);
    in.log_cursor = cursor.data;
    ticket = pipeline_take(f->setup.pipeline, &in);
    log_marks_set(&f->setup.bmc->logs, l->uri, &l->cursor);
    f->counts.handed++;
    f->counts.duplicates += count_duplicates(f) > before;
    return ticket;
}

bool log_feed_is_empty(const struct log_feed *f)
{
    return f->at == f->count;
}

uint64_t log_feed_hand(struct log_feed *f, unsigned max)
{
    uint64_t ticket = 0, its;

    sort(f);
    for (; max > 0 && !log_feed_is_empty(f); max--) {
        its = hand_one(f, &f->items[f->at++]);
        ticket = MAX_OF(ticket, its);
    }
    return ticket;
}

void log_feed_settle(struct log_feed *f, struct log_feed_counts *ret)
{
    for (size_t i = 0; i < f->log_count; i++) {
        struct feed_log *l = &f->logs[i];

        log_cursor_settle(&l->cursor, &l->view, l->total);
        log_marks_set(&f->setup.bmc->logs, l->uri, &l->cursor);
    }
    say_followed(f);
    *ret = f->counts;
}
