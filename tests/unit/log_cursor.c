/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is new in a log, in a table: what was had of it, what it holds now,
 * and what becomes of each entry. An entry is ID@SECOND: "7@30", "7@-" with no
 * time, "7@70y5" five seconds into 1970; "/40" behind it: changed at 40; "r":
 * says that it is over; "x": another text than before. Seconds count from a
 * day in 2026 and may be negative; now is at 1000.
 */
#include "backfill/log_cursor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "util/alloc.h"

#define BASE ((usec_t)1795160000 * USEC_PER_SEC)
#define ENTRIES_MAX 64

struct log {
    struct log_entry entries[ENTRIES_MAX];
    char ids[ENTRIES_MAX][16];
    size_t count;
};

static usec_t read_time(const char *text, char **ret_end)
{
    if (*text == '-' && (text[1] == ' ' || !text[1])) {
        *ret_end = (char *)text + 1;
        return 0;
    }
    if (strncmp(text, "70y", 3) == 0)
        return (usec_t)strtoll(text + 3, ret_end, 10) * USEC_PER_SEC;
    return BASE + (usec_t)(strtoll(text, ret_end, 10) * 1000000);
}

static uint64_t hash(const char *text, size_t len, uint64_t h)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)text[i]) * 1099511628211u;
    return h ? h : 1;
}

static void read_log(const char *text, struct log *l)
{
    *l = (struct log){0};
    while (*(text += strspn(text, " "))) {
        struct log_entry *e = &l->entries[l->count];
        size_t id = strcspn(text, "@");
        char *end;

        snprintf(l->ids[l->count], sizeof(l->ids[0]), "%.*s", (int)id, text);
        e->id = l->ids[l->count++];
        e->number =
            strspn(e->id, "0123456789") == id ? strtoull(e->id, NULL, 10) : 0;
        e->created = read_time(text + id + 1, &end);
        e->print = hash(text, (size_t)(end - text), 14695981039346656037u);
        e->about = 1;
        if (*end == 'x')
            e->print = hash(end++, 1, e->print);
        if (*end == '/')
            e->changed = read_time(end + 1, &end);
        if (*end == 'r') {
            e->repaired = true;
            end++;
        }
        text = end;
    }
}

/* What was had: the entries before, taken one after another. */
static void make_cursor(const char *had, struct log_cursor *ret)
{
    struct log log;

    *ret = (struct log_cursor){0};
    read_log(had, &log);
    for (size_t i = 0; i < log.count; i++)
        log_cursor_take(ret, &log.entries[i]);
    ret->total = log.count;
}

static const struct {
    const char *name;
    const char *had;  /* NULL: we never were there */
    const char *log;  /* oldest first */
    const char *want; /* n new, o old, e edited, r repaired */
    const char *findings;
    int64_t since; /* 0: none */
    bool part;     /* the log has older ones */
} table[] = {
    {"nothing is new", "1@10 2@20", "1@10 2@20", "oo", "", 0, false},
    {"what stands behind is", "1@10 2@20", "1@10 2@20 3@30 4@40", "oonn", "", 0,
     false},
    {"of the same second, too", "1@10 2@20", "1@10 2@20 3@20 4@20", "oonn", "",
     0, false},
    {"with the same Id, too", "1@10 1@20", "1@10 1@20 1@20x 1@30", "oonn", "",
     0, false},
    {"of an empty log all is", "", "1@10 2@20", "nn", "", 0, false},
    {"the oldest are gone by themselves", "1@10 2@20 3@30", "3@30 4@40", "on",
     "", 0, false},

    {"first contact: nothing", NULL, "1@10 2@20", "oo", "", 0, false},
    {"first contact, but events are known", NULL, "1@10 2@20 3@30", "onn", "",
     20, false},

    {"what came by another way is not new", "1@10", "1@10 2@20 3@30 4@40 5@50",
     "ooonn", "", 40, false},
    {"but all that stands behind us, if nothing did", "1@10", "1@10 2@20 3@30",
     "onn", "", 5, false},

    {"cleared: fewer", "1@10 2@20 3@30", "1@40", "n", "cleared", 0, false},
    {"cleared, and counted on", "1@10 2@20 3@30", "4@40 5@50", "nn", "cleared",
     0, false},
    {"cleared and grown beyond what it was: lower Ids", "7@10 8@20",
     "1@40 2@50 3@60", "nnn", "cleared", 0, false},
    {"cleared, no numbers", "a@10 b@20 c@30", "d@40", "n", "cleared", 0, false},
    {"cleared while the clock went back", "1@10 2@20 3@30", "1@-100 2@-90",
     "nn", "cleared", 0, false},
    {"cleared and empty", "1@10 2@20", "", "", "cleared", 0, false},

    {"wrapped", "1@10 2@20", "8@80 9@90", "nn", "wrapped", 0, false},
    {"wrapped while the clock went back", "1@10 2@20", "8@-80 9@-70", "nn",
     "wrapped", 0, false},
    {"wrapped, no numbers: by time", "a@10 b@20", "x@20 y@15 z@30", "non",
     "wrapped", 0, false},
    {"the last one's text was changed", "1@10 2@20", "1@10 2@20x 3@30", "oon",
     "", 0, false},
    {"only a part was read: by time", "1@10 2@20", "7@15 8@20 9@90", "onn", "",
     0, true},
    {"only a part, of the same second: by print", "1@10 a@20 b@20", "a@20 c@20",
     "on", "", 0, true},

    {"the clock went back", "1@10 2@20", "1@10 2@20 3@-500 4@-490", "oonn",
     "clock", 0, false},
    {"... and was set again", "1@10 2@20", "1@10 2@20 3@-500 4@40", "oonn",
     "clock", 0, false},
    {"... in a gap", "1@10", "1@10 2@20 3@-500 4@40", "oonn", "clock", 30,
     false},
    {"... long before the gap", "1@10", "1@10 2@-500 3@20 4@40", "ooon",
     "clock", 30, false},
    {"1970 before the clock is set, in a gap", "1@10",
     "1@10 2@20 3@70y5 4@70y9 5@50", "oonnn", "", 30, false},
    {"1970 at the end", "1@10", "1@10 2@20 3@70y5", "oon", "", 30, false},
    {"1970 long before the gap", "1@10", "1@10 2@70y5 3@20 4@50", "ooon", "",
     30, false},
    {"no time at all: by place", "1@- 2@-", "1@- 2@- 3@- 4@-", "oonn", "", 0,
     false},
    {"no time, place unknown, after what is new", NULL, "1@10 2@40 3@-", "onn",
     "", 30, false},
    {"no time, place unknown, after what is old", NULL, "1@10 2@20 3@-", "ooo",
     "", 30, false},
    {"a time to come says nothing", "1@10", "1@10 2@90000 3@20 4@50", "ooon",
     "", 30, false},
    {"a little disorder is no jump", "1@10 2@20", "1@10 2@20 3@35 4@31", "oonn",
     "", 0, false},

    {"a repeat is counted in an old one", "1@10 2@20", "1@10/40 2@20", "eo", "",
     0, false},
    {"... before we were there", "1@10 2@20", "1@10/15 2@20", "oo", "", 0,
     false},
    {"... and came by another way", "1@10 2@20", "1@10/40 2@20", "oo", "", 50,
     false},
    {"an old one says that it is over", "1@10 2@20", "1@10r 2@20r", "rr", "", 0,
     false},
    {"... but it came again", "1@10 2@20", "1@10r 2@20", "oo", "", 0, false},
    {"a new one that is over already is new", "1@10", "1@10r 2@20r", "rn", "",
     0, false},
};

static void check_classes(size_t at)
{
    static const char letters[] = "oner";
    enum log_class classes[ENTRIES_MAX];
    struct log_findings findings;
    char got[ENTRIES_MAX + 1] = "", found[32];
    struct log_cursor cursor;
    struct log log;
    struct log_view view = {.entries = log.entries,
                            .whole = !table[at].part,
                            .now = BASE + 1000 * USEC_PER_SEC};

    read_log(table[at].log, &log);
    view.count = log.count;
    if (table[at].since)
        view.since = BASE + (usec_t)(table[at].since * 1000000);
    if (table[at].had)
        make_cursor(table[at].had, &cursor);
    log_cursor_judge(table[at].had ? &cursor : NULL, &view, classes, &findings);
    for (size_t i = 0; i < log.count; i++)
        got[i] = letters[classes[i]];
    is_text(got, table[at].want, "%s", table[at].name);
    snprintf(found, sizeof(found), "%s%s%s", findings.cleared ? "cleared" : "",
             findings.wrapped ? "wrapped" : "",
             findings.clock_back ? "clock" : "");
    if (strstr(table[at].findings, "cleared"))
        found[strcspn(found, "w") < 7 ? 0 : strlen("cleared")] = '\0';
    if (strstr(table[at].findings, "wrapped"))
        found[strlen("wrapped")] = '\0';
    is_text(found, table[at].findings, "... and what was found");
}

/* What was changed before the first contact is no news at the next reading. */
static void test_first_contact(void)
{
    static const char text[] = "1@10/45 2@20/45 3@30/40";
    enum log_class classes[ENTRIES_MAX];
    struct log_findings findings;
    struct log_cursor cursor = {0};
    struct log log;
    struct log_view view = {.entries = log.entries,
                            .count = 3,
                            .whole = true,
                            .now = BASE + 1000 * USEC_PER_SEC};

    read_log(text, &log);
    log_cursor_settle(&cursor, &view, log.count);
    log_cursor_judge(&cursor, &view, classes, &findings);
    ok(classes[0] == LOG_OLD && classes[1] == LOG_OLD && classes[2] == LOG_OLD,
       "what was changed before the first contact is old");
    read_log("1@10/50 2@20/45 3@30/40", &log);
    log_cursor_judge(&cursor, &view, classes, &findings);
    ok(classes[0] == LOG_EDITED && classes[1] == LOG_OLD,
       "... but what is changed later is not");
}

/* Read again after all that was new was taken: nothing is new any more. */
static void check_settles(size_t at)
{
    enum log_class classes[ENTRIES_MAX];
    struct log_findings findings;
    struct log_cursor cursor;
    struct log log;
    struct log_view view = {.entries = log.entries,
                            .whole = true,
                            .now = BASE + 1000 * USEC_PER_SEC};
    size_t news = 0;

    make_cursor(table[at].had ?: "", &cursor);
    read_log(table[at].log, &log);
    view.count = log.count;
    for (size_t i = 0; i < log.count; i++)
        log_cursor_take(&cursor, &log.entries[i]);
    log_cursor_settle(&cursor, &view, log.count);
    log_cursor_judge(&cursor, &view, classes, &findings);
    for (size_t i = 0; i < log.count; i++)
        news += classes[i] == LOG_NEW || classes[i] == LOG_EDITED;
    ok(news == 0 && !findings.wrapped && !findings.cleared,
       "%s: and then nothing is", table[at].name);
}

static void test_text(void)
{
    static const char *const bad[] = {
        "", "1", "2;1;1;1;1;1", "1;1;1;1;1", "1;1;1;1;1;1;", "1;1;1;1;1;1;zz"};
    _cleanup_(buffer_done) struct buffer text = {0}, again = {0};
    struct log_cursor c, back;

    make_cursor("1@10 2@20 3@20 4@20/50", &c);
    log_cursor_format(&c, &text);
    ok(log_cursor_parse(text.data, &back) && memcmp(&c, &back, sizeof(c)) == 0,
       "a cursor survives as text");
    ok(!strchr(text.data, ' '), "... without blanks");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        ok(!log_cursor_parse(bad[i], &back), "'%s' is none", bad[i]);
    for (int i = 0; i < 3 * LOG_CURSOR_PRINTS; i++) {
        struct log_entry e = {.created = BASE, .print = (uint64_t)i + 1};

        log_cursor_take(&c, &e);
    }
    is_int(c.count, LOG_CURSOR_PRINTS, "it is bounded");
    log_cursor_format(&c, &again);
    ok(again.len < 700, "... also as text: %zu bytes", again.len);
}

static void test_reaches(void)
{
    struct log_cursor c;
    struct log log;
    bool surely;

    make_cursor("1@10 2@20", &c);
    read_log("2@20 3@30 1@10 4@- 5@70y1", &log);
    ok(log_cursor_reaches(&c, 0, &log.entries[0], &surely) && surely,
       "the last that we had ends the reading");
    ok(!log_cursor_reaches(&c, 0, &log.entries[1], &surely),
       "a newer one does not");
    ok(log_cursor_reaches(&c, 0, &log.entries[2], &surely) && !surely,
       "an older one may");
    ok(log_cursor_reaches(&c, BASE + 60 * USEC_PER_SEC, &log.entries[1],
                          &surely) &&
           !surely,
       "... also older than what is asked for");
    ok(!log_cursor_reaches(NULL, BASE, &log.entries[3], &surely) &&
           !log_cursor_reaches(&c, 0, &log.entries[4], &surely),
       "one without a time says nothing");
}

static void test_order(void)
{
    static const struct {
        const char *log;
        int order;
    } orders[] = {
        {"1@10 2@20 3@30", -1}, {"3@30 2@20 1@10", 1}, {"1@10", 0},
        {"a@10 b@20", -1},      {"b@20 a@10", 1},      {"a@10 b@10", 0},
        {"5@50 6@-9 7@-8", -1}, {"1@10 1@20", -1},     {"a@- b@-", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(orders); i++) {
        struct log log;

        read_log(orders[i].log, &log);
        is_int(log_cursor_order(log.entries, log.count), orders[i].order,
               "the order of %s", orders[i].log);
    }
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        check_classes(i);
        check_settles(i);
    }
    test_first_contact();
    test_text();
    test_reaches();
    test_order();
    return done_testing();
}
