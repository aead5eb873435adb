/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading one log from BMCs that page in every way there is. The BMC is a few
 * lines below, in place of talk.c: what it is asked is answered when the test
 * turns.
 */
#include "backfill/log_read.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"

#define BASE 1795160000 /* 2026-11-20T07:33:20Z */
#define LOG "/log/Entries"

/* A log of entries 1…count, one each second, and how its service answers. */
static struct {
    const char *name;
    unsigned count, page; /* page 0: all at once */
    unsigned later;       /* all happened so many seconds later */
    unsigned wide;        /* the entry that alone is more than we hold */
    unsigned strange;     /* each so many-th link leads elsewhere; 0: none */
    bool newest_first;
    bool next, skip, links, no_total, no_numbers;
    unsigned status; /* of what has $skip, if it is refused */
    enum { IGNORED, WORKS, REFUSED, EMPTY } filter;
} bmc;

struct talk_exchange {
    struct talk_request request;
    char *uri;
};

static struct talk_exchange *asked;
static unsigned questions, fail_at;

struct talk_exchange *talk_start(struct talk *t _unused_,
                                 const struct talk_request *r)
{
    if (asked)
        ok(false, "one question at a time");
    asked = XNEW(struct talk_exchange);
    asked->request = *r;
    asked->uri = xstrdup(r->uri);
    return asked;
}

void talk_cancel(struct talk_exchange *e)
{
    if (!e)
        return;
    free(e->uri);
    free(e);
    asked = NULL;
}

char *talk_url(struct talk *t _unused_, struct bmc *b _unused_, const char *uri)
{
    return strncmp(uri, "http://elsewhere", 16) ? xstrdup(uri) : NULL;
}

static void write_entry(struct buffer *out, unsigned number, bool link)
{
    char time[CLOCK_TEXT_MAX];
    const char *id = bmc.no_numbers ? "n" : "";
    bool strange = link && bmc.strange && number % bmc.strange == 0;

    buffer_printf(out, "{\"@odata.id\":\"%s" LOG "/%s%u\"",
                  strange ? "http://elsewhere" : "", id, number);
    if (!link) {
        clock_format((usec_t)(BASE + bmc.later + number) * USEC_PER_SEC, 0,
                     time);
        buffer_printf(out,
                      ",\"Id\":\"%s%u\",\"Created\":\"%s\","
                      "\"Message\":\"m",
                      id, number, time);
        for (size_t i = 0; number == bmc.wide && i <= CONFIG_LOG_BYTES_MAX; i++)
            buffer_add_char(out, 'm');
        buffer_add_char(out, '"');
    }
    buffer_add_char(out, '}');
}

static unsigned number_at(unsigned place)
{
    return bmc.newest_first ? bmc.count - place : place + 1;
}

static void write_page(struct buffer *out, unsigned skip)
{
    unsigned size = bmc.page ? bmc.page : bmc.count;
    unsigned end = MIN_OF(skip + size, bmc.count);

    buffer_add_text(out, "{\"Members\":[");
    for (unsigned i = skip; i < end; i++) {
        buffer_add_text(out, i > skip ? "," : "");
        write_entry(out, number_at(i), bmc.links);
    }
    buffer_add_char(out, ']');
    if (!bmc.no_total)
        buffer_printf(out, ",\"Members@odata.count\":%u", bmc.count);
    if (bmc.next && end < bmc.count)
        buffer_printf(out, ",\"Members@odata.nextLink\":\"" LOG "?page=%u\"",
                      end);
    buffer_add_char(out, '}');
}

/* The place of the first entry that is not older. */
static unsigned first_of(const char *filter)
{
    const char *quote = strchr(filter, '\'');
    usec_t time = 0;

    if (!quote || !clock_parse(quote + 1, strlen(quote + 1) - 1, &time, NULL))
        ok(false, "a filter that can be read: %s", filter);
    return (unsigned)(time / USEC_PER_SEC - BASE) - 1;
}

static unsigned answer_filter(const char *filter, struct buffer *out)
{
    switch (bmc.filter) {
    case WORKS:
        write_page(out, first_of(filter));
        return 200;
    case REFUSED:
        return 501;
    case EMPTY:
        buffer_add_text(out, "{\"Members\":[],\"Members@odata.count\":0}");
        return 200;
    case IGNORED:
        break;
    }
    write_page(out, 0);
    return 200;
}

/* What the BMC says to that URI; the status. */
static unsigned answer(const char *uri, struct buffer *out)
{
    const char *skip = strstr(uri, "$skip="), *page = strstr(uri, "?page=");
    unsigned number;

    if (sscanf(uri, LOG "/%u", &number) == 1 ||
        sscanf(uri, LOG "/n%u", &number) == 1) {
        write_entry(out, number, false);
        return 200;
    }
    if (skip && bmc.status)
        return bmc.status;
    if (strstr(uri, "$filter="))
        return answer_filter(strstr(uri, "$filter="), out);
    if (page)
        write_page(out, (unsigned)atoi(page + 6));
    else
        write_page(out, skip && bmc.skip ? (unsigned)atoi(skip + 6) : 0);
    return 200;
}

/* Until nothing is asked any more. */
static void turn(void)
{
    while (asked) {
        struct talk_exchange *e = TAKE(asked);
        _cleanup_(buffer_done) struct buffer body = {0};
        struct error err = {""};
        struct talk_answer a = {.err = &err};

        a.status = ++questions == fail_at ? 0 : answer(e->uri, &body);
        if (a.status == 0)
            error_set(&err, -1, "no answer");
        a.body = body.data ? body.data : "";
        a.len = body.len;
        e->request.on_answer(e->request.userdata, &a);
        free(e->uri);
        free(e);
    }
}

struct got {
    unsigned done;
    bool failed, whole, beyond, no_skip;
    unsigned oldest, newest, count, links;
    uint64_t total;
    bool ordered;
};

static unsigned number_of(const struct log_entry *e)
{
    return e->created ? (unsigned)(e->created / USEC_PER_SEC - BASE - bmc.later)
                      : 0;
}

static void on_done(void *userdata, struct log_reading *r)
{
    struct got *g = userdata;

    g->done++;
    g->failed = r->err != NULL;
    g->whole = r->whole;
    g->beyond = r->beyond;
    g->no_skip = r->no_skip;
    g->total = r->total;
    g->count = (unsigned)r->count;
    g->ordered = true;
    for (size_t i = 0; i < r->count; i++) {
        g->links += r->entries[i].reference;
        g->ordered &= i == 0 || number_of(&r->entries[i]) ==
                                    number_of(&r->entries[i - 1]) + 1;
    }
    if (r->count > 0) {
        g->oldest = number_of(&r->entries[0]);
        g->newest = number_of(&r->entries[r->count - 1]);
    }
}

/* The cursor of who had all up to that entry, at that time. */
static void had(unsigned number, struct log_cursor *ret)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    unsigned later = bmc.later;
    struct log_page page;

    bmc.later = 0;
    *ret = (struct log_cursor){0};
    write_entry(&text, number, false);
    log_page_read(text.data, text.len, &page, NULL);
    log_cursor_take(ret, &page.entries[0]);
    ret->total = number;
    bmc.later = later;
    log_page_done(&page);
}

static struct got read_log(unsigned known, unsigned since, bool all)
{
    struct log_cursor cursor;
    struct log_read_request request = {.uri = LOG, .all = all};
    struct got got = {0};

    if (known) {
        had(known, &cursor);
        request.cursor = &cursor;
    }
    if (since)
        request.since = (usec_t)(BASE + since) * USEC_PER_SEC;
    request.newest_first = bmc.newest_first;
    questions = 0;
    log_read_start(&request, on_done, &got);
    turn();
    return got;
}

static const struct {
    const char *name;
    unsigned count, page;
    bool newest_first, next, skip, links, no_total, no_numbers;
    unsigned status;
    int filter;
    unsigned most; /* questions for 10 new of 3,000, having had the others */
} services[] = {
    {"all at once", 3000, 0, false, .most = 1},
    {"all at once, newest first", 3000, 0, true, .most = 1},
    {"pages, newest first", 3000, 50, true, .next = true, .most = 1},
    {"pages, oldest first, $skip", 3000, 50, .next = true, .skip = true,
     .most = 4},
    {"pages, oldest first, $skip ignored", 3000, 50, .next = true, .most = 63},
    {"pages, oldest first, $skip refused", 3000, 50, .next = true,
     .status = 400, .most = 63},
    {"pages, oldest first, $filter", 3000, 50, .next = true, .filter = WORKS,
     .most = 3},
    {"pages, oldest first, $filter, $skip refused", 3000, 50, .next = true,
     .status = 501, .filter = WORKS, .most = 3},
    {"pages, oldest first, $filter refused", 3000, 50, .next = true,
     .filter = REFUSED, .most = 63},
    {"pages, oldest first, $filter finds nothing", 3000, 50, .next = true,
     .filter = EMPTY, .most = 63},
    {"pages, oldest first, no count", 3000, 50, .next = true, .skip = true,
     .no_total = true, .most = 60},
    {"pages without a next, $skip", 3000, 50, true, .skip = true, .most = 1},
    {"no next, oldest first, $skip", 3000, 50, .skip = true, .most = 61},
    {"links, newest first", 3000, 50, true, .next = true, .links = true,
     .most = 13},
    {"links, oldest first, $skip", 3000, 50, .next = true, .skip = true,
     .links = true, .most = 16},
    {"links at once", 3000, 0, false, .links = true, .most = 13},
    {"Ids that are no numbers", 3000, 50, true, .next = true,
     .no_numbers = true, .most = 1},
    {"links with such Ids", 3000, 50, true, .next = true, .links = true,
     .no_numbers = true, .most = 75},
};

static void set_service(size_t i)
{
    bmc.name = services[i].name;
    bmc.count = services[i].count;
    bmc.page = services[i].page;
    bmc.newest_first = services[i].newest_first;
    bmc.next = services[i].next;
    bmc.skip = services[i].skip;
    bmc.links = services[i].links;
    bmc.no_total = services[i].no_total;
    bmc.no_numbers = services[i].no_numbers;
    bmc.status = services[i].status;
    bmc.filter = services[i].filter;
}

static void test_news(size_t i)
{
    struct got g = read_log(2990, 0, false);

    ok(g.done == 1 && !g.failed && g.ordered && g.newest == 3000 &&
           g.oldest <= 2991 && !g.beyond && g.links == 0,
       "%s: what is new is read", bmc.name);
    ok(questions <= services[i].most, "... with few questions");
    if (!g.ordered || g.newest != 3000 || g.oldest > 2991 || g.links ||
        questions > services[i].most)
        diag("entries %u to %u, %u questions, %u links%s", g.oldest, g.newest,
             questions, g.links, g.beyond ? ", beyond" : "");
}

static void test_window(void)
{
    struct got g = read_log(2, 2900, false);

    ok(g.done == 1 && !g.failed && g.ordered && g.newest == 3000 &&
           g.oldest <= 2900 && !g.beyond,
       "%s: what is in the time asked for is read", bmc.name);
    if (g.newest != 3000 || g.oldest > 2900)
        diag("entries %u to %u, %u questions", g.oldest, g.newest, questions);
}

/*
 * A log that was cleared counts from 1 again: it has fewer entries than the
 * last Id that we had, or as many.
 */
static void test_cleared(size_t i)
{
    static const unsigned known[] = {2990, 25};

    for (size_t k = 0; k < ARRAY_LEN(known); k++) {
        struct got g;

        set_service(i);
        bmc.count = 40;
        bmc.page = MIN_OF(bmc.page, 10u);
        bmc.later = 5000;
        g = read_log(known[k], 0, false);
        ok(g.done == 1 && !g.failed && g.newest == 40 && g.oldest == 1 &&
               g.ordered && g.links == 0,
           "%s: one that was cleared after %u is read whole", bmc.name,
           known[k]);
        if (g.newest != 40 || g.oldest != 1)
            diag("entries %u to %u, %u questions, %u links", g.oldest, g.newest,
                 questions, g.links);
        bmc.later = 0;
    }
}

/* So far back that the end of the log is all of it. */
static void test_far(void)
{
    struct got g = read_log(0, 10, false);

    ok(g.done == 1 && !g.failed && g.ordered && g.newest == 3000 &&
           (g.oldest <= 10 || g.beyond),
       "%s: what is far back is read, or told", bmc.name);
    if (g.newest != 3000 || g.oldest > 10)
        diag("entries %u to %u, %u questions%s", g.oldest, g.newest, questions,
             g.beyond ? ", beyond" : "");
}

static void test_first(void)
{
    struct got g = read_log(0, 0, false);

    ok(g.done == 1 && !g.failed && g.newest == 3000 && !g.beyond,
       "%s: at first the newest is enough", bmc.name);
    if (g.newest != 3000)
        diag("entries %u to %u, %u questions", g.oldest, g.newest, questions);
}

static void test_nothing(void)
{
    struct got g = read_log(3000, 0, false);

    ok(g.done == 1 && !g.failed && g.newest == 3000 && !g.beyond,
       "%s: nothing is new", bmc.name);
}

static void test_small(void)
{
    struct got g;

    for (unsigned i = 0; i < 4; i++) {
        memset(&bmc, 0, sizeof(bmc));
        bmc.count = i / 2 * 3;
        bmc.newest_first = i % 2;
        g = read_log(0, 1, false);
        ok(g.done == 1 && !g.failed && g.whole && g.count == bmc.count,
           "a log of %u is read whole", bmc.count);
    }
}

static void test_edited(void)
{
    struct got g;

    set_service(2);
    bmc.count = 400;
    g = read_log(399, 0, true);
    ok(g.whole && g.oldest == 1 && g.newest == 400,
       "a log whose entries change is read whole");
}

/* More than we take: what is nearest to now is there, and it is told. */
static void test_beyond(void)
{
    static const size_t some[] = {2, 3, 4, 9};

    for (size_t i = 0; i < ARRAY_LEN(some); i++) {
        struct got g;

        set_service(some[i]);
        bmc.count = 11000;
        g = read_log(1, 0, false);
        ok(g.beyond && g.newest == 11000 && g.count > 200 &&
               g.count <= CONFIG_LOG_ENTRIES_MAX + bmc.page,
           "%s: a limit is told", bmc.name);
        if (!g.beyond || g.newest != 11000)
            diag("entries %u to %u, %u questions", g.oldest, g.newest,
                 questions);
    }
    for (size_t i = 0; i < 2; i++) {
        set_service(i);
        bmc.count = 11000;
        ok(!read_log(1, 0, false).beyond, "%s: what came is taken", bmc.name);
    }
}

/* Oldest first and page by page, with one entry that has no room. */
static void test_wide(void)
{
    for (unsigned wide = 1; wide <= 3; wide++) {
        struct got g;

        memset(&bmc, 0, sizeof(bmc));
        bmc.count = 4;
        bmc.page = wide;
        bmc.next = true;
        bmc.wide = wide;
        g = read_log(0, 1, false);
        ok(g.done == 1 && !g.failed && g.beyond && g.newest == 4 &&
               g.oldest == wide + 1,
           "page %u alone is too much: it is let go, and told", wide);
    }
}

/* What leads elsewhere is none of the log, and the others stay in order. */
static void test_strange(void)
{
    for (unsigned every = 1; every <= 3; every++) {
        struct got g;

        memset(&bmc, 0, sizeof(bmc));
        bmc.count = 12;
        bmc.links = true;
        bmc.strange = every;
        g = read_log(0, 1, false);
        ok(g.done == 1 && !g.failed && g.links == 0 &&
               g.count == 12 - 12 / every &&
               (every < 3 || (g.oldest == 1 && g.newest == 11)),
           "of each %u links one leads elsewhere", every);
    }
}

static void test_failures(void)
{
    for (size_t i = 0; i < ARRAY_LEN(services); i++)
        for (unsigned at = 1; at <= MIN_OF(services[i].most, 3u); at++) {
            struct got g;

            set_service(i);
            fail_at = at;
            g = read_log(2000, 0, false);
            ok(g.done == 1 && (g.failed || questions < at),
               "%s: question %u without an answer ends it", bmc.name, at);
            fail_at = 0;
        }
}

static void test_cancel(void)
{
    struct log_read_request request = {.uri = LOG};
    struct got g = {0};

    set_service(0);
    log_read_cancel(log_read_start(&request, on_done, &g));
    turn();
    is_int(g.done, 0, "one that is cancelled says nothing");
    log_read_cancel(NULL);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        set_service(i);
        test_news(i);
        test_window();
        test_far();
        test_first();
        test_nothing();
        test_cleared(i);
    }
    test_small();
    test_edited();
    test_beyond();
    test_wide();
    test_strange();
    test_failures();
    test_cancel();
    return done_testing();
}
