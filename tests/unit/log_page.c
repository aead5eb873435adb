/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of logs: what tells old from new, whatever a BMC writes. */
#include "decode/log_page.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "decode.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define ENTRY(rest) "{\"@odata.id\":\"/log/Entries/7/\"," rest "}"

static struct log_page read_page(const char *text)
{
    struct error err = {""};
    struct log_page page;

    if (log_page_read(text, strlen(text), &page, &err) < 0)
        diag("%s", err.text);
    return page;
}

static void test_page(void)
{
    struct log_page p = read_page("{\"Members\":[" ENTRY(
        "\"Id\":\"7\",\"Message\":\"a\"") ",{\"@odata.id\":\"/log/Entries/"
                                          "x\"},3],"
                                          "\"Members@odata.count\":90,"
                                          "\"Members@odata.nextLink\":\"/log/"
                                          "Entries?$skip=2\"}");

    is_int(p.count, 3, "a page has its members, whatever they are");
    is_int(p.total, 90, "... the log's whole count");
    is_text(p.next, "/log/Entries?$skip=2", "... and where it goes on");
    ok(!p.entries[0].reference && p.entries[1].reference, "a link is one");
    is_text(p.entries[1].id, "x", "... whose Id is in it");
    is_text(p.entries[2].bytes, "3", "what is no entry is there as it is");
    log_page_done(&p);
    p = read_page(ENTRY("\"Message\":\"alone\""));
    is_int(p.count, 1, "an entry alone is a page of one");
    is_int(p.entries[0].number, 7, "... with the Id of its link");
    is_int(p.total, -1, "... which says nothing of the whole");
    log_page_done(&p);
}

static void test_times(void)
{
    static const struct {
        const char *rest;
        usec_t created, changed;
        bool repaired;
    } table[] = {
        {"\"Created\":\"2026-11-20T07:34:27Z\"", 1795160067000000, 0, false},
        {"\"Created\":\"2026-11-20T07:34:20Z\","
         "\"EventTimestamp\":\"2026-11-20T07:34:27Z\"",
         1795160067000000, 0, false},
        {"\"Created\":\"1970-01-01T00:05:00Z\"", 300000000, 0, false},
        {"\"Created\":\"0000-00-00T00:00:00Z\"", 0, 0, false},
        {"\"Created\":\"\"", 0, 0, false},
        {"\"Created\":\"1970-01-01T00:05:00Z\","
         "\"Modified\":\"1970-01-01T00:06:00Z\",\"Resolved\":true",
         300000000, 360000000, true},
        {"\"Oem\":{\"Hpe\":{\"Updated\":\"1970-01-01T00:06:00Z\","
         "\"Repaired\":true}}",
         0, 360000000, true},
        {"\"Oem\":{\"Hp\":{\"Severity\":\"Repaired\"}}", 0, 0, true},
        {"\"Severity\":\"Repaired\"", 0, 0, true},
        {"\"Resolved\":false,\"Severity\":\"OK\"", 0, 0, false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        _cleanup_free_ char *text =
            xasprintf("{\"Members\":[{\"Id\":\"1\",%s}]}", table[i].rest);
        struct log_page p = read_page(text);

        ok(p.entries[0].created == table[i].created &&
               p.entries[0].changed == table[i].changed &&
               p.entries[0].repaired == table[i].repaired,
           "times of %s", table[i].rest);
        log_page_done(&p);
    }
}

static uint64_t print_of(const char *text)
{
    struct log_page p = read_page(text);
    uint64_t print = p.entries[0].print;

    log_page_done(&p);
    return print;
}

static void test_print(void)
{
    uint64_t print = print_of(
        ENTRY("\"Created\":\"2026-11-20T07:00:00Z\",\"Message\":\"m\""));

    ok(print == print_of(ENTRY(
                    "\"Created\":\"2026-11-20T07:00:00Z\",\"Message\":\"m\","
                    "\"Severity\":\"OK\",\"Resolved\":true")),
       "what firmware changes in an entry makes no other of it");
    ok(print == print_of(ENTRY("\"Created\":\"2026-11-20T09:00:00+0200\","
                               "\"Message\":\"m\"")),
       "... nor the zone of its time");
    ok(print !=
               print_of(ENTRY(
                   "\"Created\":\"2026-11-20T08:00:00Z\",\"Message\":\"m\"")) &&
           print !=
               print_of(ENTRY(
                   "\"Created\":\"2026-11-20T07:00:00Z\",\"Message\":\"n\"")) &&
           print !=
               print_of(ENTRY(
                   "\"Created\":\"2026-11-20T07:00:00Z\",\"Message\":\"m\","
                   "\"MessageArgs\":[null]")),
       "... what it says does");
    ok(print != print_of("{\"Id\":\"8\",\"Created\":\"2026-11-20T07:00:00Z\","
                         "\"Message\":\"m\"}"),
       "... and its Id");
}

/* Where Ids are places, an entry moves through them. */
static void test_moved(void)
{
    static const char number[] = "\"Oem\":{\"Hpe\":{\"EventNumber\":52}}";
    static const char guid[] =
        "\"EventId\":\"a1b986e6-f78f-dfea-69a9-9213280a7277\"";
    static const char zero[] =
        "\"EventId\":\"00000000-0000-0000-0000-000000000000\"";
    static const struct {
        const char *rest;
        bool moves;
    } table[] = {{number, true},
                 {guid, true},
                 {zero, false},
                 {"\"EventId\":\"2162\"", false}};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        _cleanup_free_ char *a =
            xasprintf("{\"Id\":\"1\",\"Message\":\"m\",%s}", table[i].rest);
        _cleanup_free_ char *b =
            xasprintf("{\"Id\":\"2\",\"Message\":\"m\",%s}", table[i].rest);

        ok((print_of(a) == print_of(b)) == table[i].moves,
           "%s is %sthe entry's own", table[i].rest,
           table[i].moves ? "" : "not ");
    }
}

static void test_vacant(void)
{
#define PLACE "\"EntryType\":\"Oem\",\"Created\":\"0000-00-00T00:00:00Z\","
    static const struct {
        const char *entry;
        bool vacant;
    } table[] = {
        {PLACE "\"MessageId\":\"NULL\",\"Severity\":\"OK\","
               "\"EventId\":\"00000000-0000-0000-0000-000000000000\"",
         true},
        {PLACE "\"MessageId\":\"NULL\",\"Oem\":{\"Hpe\":{}}", false},
        {PLACE "\"MessageId\":\"NULL\",\"Message\":\"m\"", false},
        {PLACE "\"MessageId\":\"iLOEvents.2.1.X\"", false},
        {"\"MessageId\":\"NULL\"", false},
        {"\"EntryType\":\"Oem\",\"Created\":\"2026-11-20T07:00:00Z\"", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        _cleanup_free_ char *text =
            xasprintf("{\"Members\":[{\"Id\":\"1\",%s}]}", table[i].entry);
        struct log_page p = read_page(text);

        is_int(p.entries[0].vacant, table[i].vacant, "a place: %s",
               table[i].entry);
        log_page_done(&p);
    }
}

static void test_broken(void)
{
    static const char *const none[] = {"", "[1]", "{\"error\":{}}", "<html>",
                                       "{\"Members\":{}}"};
    struct log_page p;

    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        is_int(log_page_read(none[i], strlen(none[i]), &p, NULL), -74,
               "'%s' is no page", none[i]);
        log_page_done(&p);
    }
    p = read_page(
        "\xef\xbb\xbf{\"Members\":[" ENTRY("\"Message\":\"Wei\xdf\"") "]}");
    is_int(p.count, 1, "a byte order mark and Latin-1 are mended");
    ok(strstr(p.entries[0].bytes, "Wei\xc3\x9f"), "... to UTF-8");
    log_page_done(&p);
}

/* Each takes a hundred times the room that "0," has on the page. */
static void test_many(void)
{
    for (unsigned more = 0; more <= 1; more++) {
        _cleanup_(buffer_done) struct buffer text = {0};
        struct log_page p;
        int r;

        buffer_add_text(&text, "{\"Members\":[0");
        for (unsigned i = 1; i < CONFIG_LOG_MEMBERS_MAX + more; i++)
            buffer_add_text(&text, ",0");
        buffer_add_text(&text, "]}");
        r = log_page_read(text.data, text.len, &p, NULL);
        ok(more ? r == -74 : r == 0 && p.count == CONFIG_LOG_MEMBERS_MAX,
           "%u entries are %s page", CONFIG_LOG_MEMBERS_MAX + more,
           more ? "no" : "a");
        log_page_done(&p);
    }
}

/* The logs of the corpus, read as such: one event for each entry. */
static void test_corpus(const char *corpus)
{
    static const struct {
        const char *name;
        size_t entries;
    } table[] = {
        {"dell-13", 1},       {"dell-16", 5},    {"dell-17", 5},
        {"dell-19", 2},       {"dell-20", 3},    {"dmtf-08", 1},
        {"hpe-05", 1},        {"hpe-08", 1},     {"hpe-11", 9},
        {"hpe-13", 1},        {"hpe-14", 1},     {"lenovo-04", 30},
        {"lenovo-05", 1},     {"nvidia-05", 5},  {"nvidia-07", 5},
        {"supermicro-02", 1}, {"openbmc-02", 1},
    };
    struct decode_options options = {.received = 1795160068104000, .log = true};

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        _cleanup_free_ char *path =
            xasprintf("%s/events/%s.json", corpus, table[i].name);
        _cleanup_(buffer_done) struct buffer bytes = {0};
        struct decode_result result;
        size_t events = 0;
        struct log_page p;

        file_read(path, 1u << 20, &bytes, NULL);
        log_page_read(bytes.data, bytes.len, &p, NULL);
        decode_payload(bytes.data, bytes.len, &options, &result);
        for (size_t k = 0; k < result.count; k++)
            events += result.items[k].kind == DECODE_EVENT;
        ok(events == table[i].entries && p.count == result.count,
           "%s: %zu entries", table[i].name, table[i].entries);
        if (events != table[i].entries)
            diag("got %zu events, %zu entries", events, p.count);
        decode_result_done(&result);
        log_page_done(&p);
    }
}

int main(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");

    test_page();
    test_times();
    test_print();
    test_moved();
    test_vacant();
    test_broken();
    test_many();
    if (corpus)
        test_corpus(corpus);
    else
        diag("TRAWL_CORPUS names no corpus: its logs are left out");
    return done_testing();
}
