/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is new in a log; see log_cursor.h.
 *
 * An entry's time is believed if it lies between 2015 and now (or the BMC's
 * clock is itself before 2015) and the entry is not dated before others that
 * stand in front of it. One that is not believed is as new as the next that
 * is: for clocks are lost at a reboot and set again soon after.
 */
#include "backfill/log_cursor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

#define TIME_FIRST ((usec_t)1420070400 * USEC_PER_SEC) /* 2015-01-01 */
#define AHEAD USEC_PER_HOUR  /* entries may be a little ahead of the answer */
#define JUMP USEC_PER_MINUTE /* disorder of a log that is no jump */
#define FORMAT "1;%" PRIx64 ";%" PRIx64 ";%" PRIx64 ";%" PRIx64 ";%" PRIx64

void log_cursor_format(const struct log_cursor *c, struct buffer *out)
{
    buffer_printf(out, FORMAT, c->last, c->newest, c->changed, c->number,
                  c->total);
    for (size_t i = 0; i < c->count; i++)
        buffer_printf(out, ";%" PRIx64, c->prints[i]);
}

bool log_cursor_parse(const char *text, struct log_cursor *ret)
{
    static const char format[] =
        "1;%" SCNx64 ";%" SCNx64 ";%" SCNx64 ";%" SCNx64 ";%" SCNx64 "%n";
    int len = 0;

    *ret = (struct log_cursor){0};
    if (sscanf(text, format, &ret->last, &ret->newest, &ret->changed,
               &ret->number, &ret->total, &len) < 5)
        return false;
    text += len;
    while (*text == ';' && ret->count < LOG_CURSOR_PRINTS &&
           sscanf(text + 1, "%" SCNx64 "%n", &ret->prints[ret->count], &len) ==
               1) {
        ret->count++;
        text += 1 + len;
    }
    return *text == '\0';
}

static bool has_print(const struct log_cursor *c, uint64_t print)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->prints[i] == print)
            return true;
    return false;
}

/* A clock that was lost says nothing, once it was set. */
static bool is_dated(const struct log_cursor *c, const struct log_entry *e)
{
    return e->created >= TIME_FIRST || (e->created && c->newest < TIME_FIRST);
}

void log_cursor_take(struct log_cursor *c, const struct log_entry *e)
{
    if (is_dated(c, e) && e->created != c->newest)
        c->count = 0;
    if (is_dated(c, e))
        c->newest = e->created;
    if (!has_print(c, e->print)) {
        /*
         * More in one second than there is room for: the oldest of them may
         * come twice, which the duplicate window then takes.
         */
        if (c->count == LOG_CURSOR_PRINTS)
            memmove(c->prints, c->prints + 1,
                    --c->count * sizeof(c->prints[0]));
        c->prints[c->count++] = e->print;
    }
    c->last = e->print;
    c->number = e->number;
    if (e->changed > c->changed)
        c->changed = e->changed;
}

void log_cursor_take_edit(struct log_cursor *c, const struct log_entry *e)
{
    if (e->changed > c->changed)
        c->changed = e->changed;
}

static bool is_plausible(const struct log_view *v, usec_t time)
{
    /* A BMC that lives in 1970 dates its entries so, and they agree with it. */
    bool set = v->now >= TIME_FIRST;

    return time && (time >= TIME_FIRST || !set) && time <= v->now + AHEAD;
}

void log_cursor_settle(struct log_cursor *c, const struct log_view *view,
                       uint64_t total)
{
    c->total = total;
    /*
     * What was changed before we first were here is no news, nor what was
     * changed and is handed on by now.
     */
    for (size_t i = 0; i < view->count; i++)
        if (view->entries[i].changed > c->changed &&
            is_plausible(view, view->entries[i].changed))
            c->changed = view->entries[i].changed;
    if (view->count > 0)
        log_cursor_take(c, &view->entries[view->count - 1]);
    /* Empty: whatever stands in it next is new. */
    else if (view->whole)
        c->last = c->number = 0;
}

bool log_cursor_reaches(const struct log_cursor *c, usec_t since,
                        const struct log_entry *e, bool *ret_surely)
{
    usec_t bound = c && c->newest > since ? c->newest : since;

    *ret_surely = c && c->last == e->print;
    return *ret_surely || (e->created >= TIME_FIRST && e->created < bound);
}

static int compare(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0 || a == b)
        return 0;
    return a > b ? 1 : -1;
}

int log_cursor_order(const struct log_entry *entries, size_t count)
{
    int numbers = 0, times = 0;

    for (size_t i = 1; i < count; i++) {
        /*
         * By majority: Ids stand twice (Lenovo), and OpenBMC's follow a clock
         * that may be set back.
         */
        numbers += compare(entries[i - 1].number, entries[i].number);
        times += compare(entries[i - 1].created, entries[i].created);
    }
    if (numbers == 0)
        numbers = times;
    return numbers > 0 ? 1 : numbers < 0 ? -1 : 0;
}

/* What one judgement is made of. */
struct judge {
    const struct log_cursor *c;
    const struct log_view *view;
    size_t first;    /* the first that stands behind the last we had */
    bool anchored;   /* what stands from there on was never had */
    bool believed[]; /* each entry's time */
};

static bool is_last(const struct log_cursor *c, const struct log_entry *e)
{
    return e->print == c->last;
}

/* Its text was changed since, by whomever. */
static bool is_last_changed(const struct log_cursor *c,
                            const struct log_entry *e)
{
    return c->number && e->number == c->number && e->created == c->newest;
}

/* Sets the anchor behind the newest entry of which that is true. */
static bool anchor_behind(struct judge *j,
                          bool (*is)(const struct log_cursor *c,
                                     const struct log_entry *e))
{
    for (size_t i = j->view->count; i > 0; i--)
        if (is(j->c, &j->view->entries[i - 1])) {
            j->first = i;
            j->anchored = true;
            return true;
        }
    return false;
}

/* The lowest and the highest Id of the log; 0 if some are no numbers. */
static void number_range(const struct log_view *v, uint64_t *ret_min,
                         uint64_t *ret_max)
{
    *ret_min = UINT64_MAX;
    *ret_max = 0;
    for (size_t i = 0; i < v->count; i++) {
        uint64_t number = v->entries[i].number;

        *ret_min = number < *ret_min ? number : *ret_min;
        *ret_max = number > *ret_max ? number : *ret_max;
    }
    if (*ret_min == 0 || v->count == 0)
        *ret_min = *ret_max = 0;
}

/* The last we had is gone from a log that was read whole. */
static void judge_gone(struct judge *j, struct log_findings *ret)
{
    uint64_t min, max;

    number_range(j->view, &min, &max);
    /*
     * Fewer entries, or lower numbers, than there were. A log that was cleared
     * and has filled up beyond both since looks as if it had wrapped, which is
     * told just as well: either way some were never seen.
     */
    ret->cleared = j->view->count < j->c->total ||
                   (j->c->number && max && max < j->c->number);
    ret->wrapped = !ret->cleared;
    j->anchored = ret->cleared || (j->c->number && min > j->c->number);
}

static void find_anchor(struct judge *j, struct log_findings *ret)
{
    if (!j->c)
        return;
    if (!j->c->last) /* it was empty: all of it is new */
        j->anchored = j->view->whole;
    else if (!anchor_behind(j, is_last) && !anchor_behind(j, is_last_changed) &&
             j->view->whole)
        judge_gone(j, ret);
}

static void believe_times(struct judge *j, struct log_findings *ret)
{
    const struct log_view *v = j->view;
    usec_t highest = 0;

    for (size_t i = 0; i < v->count; i++) {
        usec_t time = v->entries[i].created;

        if (i == j->first && j->anchored && j->c && !ret->cleared &&
            is_plausible(v, j->c->newest) && j->c->newest > highest)
            highest = j->c->newest;
        j->believed[i] = is_plausible(v, time) && time + JUMP >= highest;
        if (is_plausible(v, time) && !j->believed[i] && i >= j->first)
            ret->clock_back = true;
        if (j->believed[i] && time > highest)
            highest = time;
    }
}

/* By its time alone. */
static bool is_in_time(const struct judge *j, const struct log_entry *e)
{
    if (e->created < j->view->since)
        return false;
    if (j->anchored || !j->c)
        return j->anchored || j->view->since > 0;
    return e->created > j->c->newest ||
           (e->created == j->c->newest && !has_print(j->c, e->print));
}

/* From the newest to the oldest; one not believed is as the next that is. */
static void judge_new(const struct judge *j, enum log_class *classes)
{
    enum log_class next = LOG_OLD;
    bool met = false;

    for (size_t i = j->view->count; i > j->first; i--) {
        if (j->believed[i - 1]) {
            met = true;
            next = is_in_time(j, &j->view->entries[i - 1]) ? LOG_NEW : LOG_OLD;
            classes[i - 1] = next;
        } else {
            classes[i - 1] = met || !j->anchored ? next : LOG_NEW;
        }
    }
}

/*
 * Those behind the newest that is believed, where no place helps: they are
 * newer than it.
 */
static void judge_tail(const struct judge *j, enum log_class *classes)
{
    size_t i = j->view->count;

    while (i > j->first && !j->believed[i - 1])
        i--;
    if (j->anchored || i == j->first || classes[i - 1] != LOG_NEW)
        return;
    for (; i < j->view->count; i++)
        classes[i] = LOG_NEW;
}

static bool is_edited(const struct judge *j, const struct log_entry *e)
{
    usec_t known = j->c->changed > j->c->newest ? j->c->changed : j->c->newest;

    return e->changed > e->created && e->changed > known &&
           e->changed >= j->view->since && is_plausible(j->view, e->changed);
}

/* An entry of a fault that is not over: what it is about, and its place. */
struct standing {
    uint64_t about;
    size_t at;
};

static int by_about(const void *a, const void *b)
{
    const struct standing *x = a, *y = b;

    if (x->about != y->about)
        return x->about < y->about ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

/* Sorted once, for a log may be repaired all over; the caller frees them. */
static struct standing *list_standing(const struct log_view *v,
                                      size_t *ret_count)
{
    struct standing *all = xcalloc(v->count, sizeof(*all));

    *ret_count = 0;
    for (size_t i = 0; i < v->count; i++)
        if (!v->entries[i].repaired)
            all[(*ret_count)++] = (struct standing){v->entries[i].about, i};
    if (*ret_count > 1)
        qsort(all, *ret_count, sizeof(*all), by_about);
    return all;
}

/* Whether a later entry says that the same is not over. */
static bool came_again(const struct standing *all, size_t count, uint64_t about,
                       size_t at)
{
    struct standing after = {about, at};
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (by_about(&all[middle], &after) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && all[low].about == about;
}

static void judge_edits(const struct judge *j, enum log_class *classes)
{
    const struct log_view *v = j->view;
    size_t count;
    _cleanup_free_ struct standing *all = list_standing(v, &count);

    for (size_t i = 0; i < v->count && j->c; i++) {
        const struct log_entry *e = &v->entries[i];

        if (classes[i] != LOG_OLD)
            continue;
        if (is_edited(j, e))
            classes[i] = LOG_EDITED;
        else if (e->repaired && !came_again(all, count, e->about, i))
            classes[i] = LOG_REPAIRED;
    }
}

void log_cursor_judge(const struct log_cursor *c, const struct log_view *view,
                      enum log_class *ret_classes, struct log_findings *ret)
{
    _cleanup_free_ struct judge *j =
        xcalloc(1, sizeof(*j) + view->count * sizeof(j->believed[0]));

    j->c = c;
    j->view = view;
    *ret = (struct log_findings){0};
    for (size_t i = 0; i < view->count; i++)
        ret_classes[i] = LOG_OLD;
    find_anchor(j, ret);
    believe_times(j, ret);
    judge_new(j, ret_classes);
    judge_tail(j, ret_classes);
    judge_edits(j, ret_classes);
}
