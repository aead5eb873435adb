/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event-stream format: each case is read whole, byte by byte, and in
 * pieces of every length, always with the same result. Events are written
 * down as "id|type|data;", "~" before those with joined lines, "!" for one
 * that was too large.
 */
#include "sse_frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"

#define LIMIT 64

struct frame_case {
    const char *what, *stream, *events, *last_id;
    bool begun; /* ends inside an event */
};

static const struct frame_case cases[] = {
    {"one event", "data: a\n\n", "-||a;", NULL, false},
    {"no space after the colon", "id:2\ndata:{\"a\":1}\n\n", "2||{\"a\":1};",
     "2", false},
    {"only one space is taken", "data:  a\n\n", "-|| a;", NULL, false},
    {"several lines of data", "id: 1\ndata: {\ndata: }\n\n", "1||{\n};", "1",
     false},
    {"CR LF", "id: 1\r\ndata: a\r\ndata: b\r\n\r\n", "1||a\nb;", "1", false},
    {"CR", "data: a\rdata: b\r\rdata: c\r\r", "-||a\nb;-||c;", NULL, false},
    {"all three", "data: a\r\ndata: b\ndata: c\r\rdata: d\n\r\n",
     "-||a\nb\nc;-||d;", NULL, false},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "data: a\n\n",
     "-||a;", NULL, false},
    {"half a byte order mark is a field",
     "\xef\xbb"
     "data: a\ndata: b\n\n",
     "-||b;", NULL, false},
    {"a second byte order mark is a field",
     "\xef\xbb\xbf\xef\xbb\xbf"
     "data: a\n\n",
     "", NULL, false},
    {"a type", "event: alert\ndata: a\n\ndata: b\n\n", "-|alert|a;-||b;", NULL,
     false},
    {"comments", ": stream keep-alive\n\n:\n\ndata: a\n: b\ndata: c\n\n",
     "-||a\nc;", NULL, false},
    {"an id stays in force", "id: 7\ndata: a\n\ndata: b\n\n", "7||a;7||b;", "7",
     false},
    {"an id without data is remembered", "id: 7\n\n", "", "7", false},
    {"an empty id resets it", "id: 7\ndata: a\n\nid\ndata: b\n\n", "7||a;||b;",
     "", false},
    {"empty data", "data\n\ndata:\n\n", "-||;-||;", NULL, false},
    {"two empty lines of data", "data\ndata\n\n", "-||\n;", NULL, false},
    {"unknown fields", "foo: bar\ndata: a\nbar\n\n", "-||a;", NULL, false},
    {"an event without its end", "id: 1\ndata: a\n\nid: 2\ndata: b\n", "1||a;",
     "1", true},
    {"a line without its end", "data: a\n\nda", "-||a;", NULL, true},
    {"retry", "retry: 3000\ndata: a\n\n", "-||a;", NULL, false},
    {"data at the limit",
     "data: 0123456789012345678901234567890123456789012345678901234567890123"
     "\n\n",
     "-||0123456789012345678901234567890123456789012345678901234567890123;",
     NULL, false},
    {"data above the limit, in lines",
     "id: 1\ndata: 01234567890123456789012345678901234567890\n"
     "data: 01234567890123456789012345678901234567890\n\nid: 2\ndata: b\n\n",
     "!;2||b;", "2", false},
    {"data above the limit, in one line",
     "id: 1\ndata: 01234567890123456789012345678901234567890"
     "0123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890123456789012345678901234567890123456789"
     "\n\ndata: b\n\n",
     "!;1||b;", "1", false},
    {"a long comment",
     ":23456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890123456789012345678901234567890123456789"
     "0123456789012345678901234567890123456789012345678901234567890123456789"
     "\ndata: b\n\n",
     "-||b;", NULL, false},
    {"JSON of which one line says data",
     "id: 0\ndata: {\n\"Id\":\"9\",\n\"a\":[1,\n2]}\n\nid: 1\ndata: b\n\n",
     "~0||{\n\"Id\":\"9\",\n\"a\":[1,\n2]};1||b;", "1", false},
    {"a line break inside its string", "data: {\"a\":\"x \nusing y\"}\n\n",
     "~-||{\"a\":\"x \\nusing y\"};", NULL, false},
    {"braces and quotes inside strings do not count",
     "data: {\"a\":\"}\\\"}\",\n\"b\":1}\nfoo\n\n",
     "~-||{\"a\":\"}\\\"}\",\n\"b\":1};", NULL, false},
    {"after the JSON has ended nothing is joined", "data: {}\nfoo\n\n",
     "-||{};", NULL, false},
    {"nothing is joined to other data", "data: hello {\nfoo\n\n", "-||hello {;",
     NULL, false},
};

static void on_event(void *userdata, const struct sse_frame_event *e)
{
    buffer_printf(userdata, "%s%s|%s|%s;", e->continued ? "~" : "",
                  e->id ? e->id : "-", e->type, e->data);
}

static void on_oversize(void *userdata, size_t limit)
{
    buffer_add_text(userdata, limit == LIMIT ? "!;" : "?;");
}

static struct sse_frame *frame_new(struct buffer *out)
{
    struct sse_frame_callbacks callbacks = {on_event, on_oversize, out};

    buffer_add_text(out, "");
    return sse_frame_new(LIMIT, &callbacks);
}

static bool run_case(const struct frame_case *c, size_t piece)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    _cleanup_(sse_frame_freep) struct sse_frame *f = frame_new(&out);
    size_t len = strlen(c->stream);
    const char *id;
    bool fine;

    for (size_t i = 0; i < len; i += piece)
        sse_frame_feed(f, c->stream + i, MIN_OF(piece, len - i));
    id = sse_frame_last_id(f);
    fine =
        strcmp(out.data, c->events) == 0 &&
        (id && c->last_id ? strcmp(id, c->last_id) == 0 : id == c->last_id) &&
        sse_frame_end(f) == c->begun;
    if (!fine)
        diag("%s in pieces of %zu: got '%s', last id '%s'", c->what, piece,
             out.data, id ? id : "(none)");
    return fine;
}

static void test_case(const struct frame_case *c)
{
    size_t len = strlen(c->stream);
    bool fine = true;

    for (size_t piece = 1; fine && piece <= len; piece++)
        fine = run_case(c, piece);
    ok(fine, "%s", c->what);
}

static void test_nul(void)
{
    static const char stream[] = "id: 1\ndata: a\n\nid: 2\0x\ndata: b\0c\n\n";
    _cleanup_(buffer_done) struct buffer out = {0};
    _cleanup_(sse_frame_freep) struct sse_frame *f = frame_new(&out);

    sse_frame_feed(f, stream, sizeof(stream) - 1);
    is_text(out.data, "1||a;1||b;", "an id with a NUL is ignored");
}

/* Millions of lines at once: to be read in one go, not once for each. */
static void test_many_lines(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    _cleanup_(sse_frame_freep) struct sse_frame *f = frame_new(&out);
    size_t len = (size_t)8 << 20;
    _cleanup_free_ char *stream = xcalloc(1, len);

    memset(stream, '\r', len);
    sse_frame_feed(f, stream, len);
    sse_frame_feed(f, "data: a\r\r", 9);
    is_text(out.data, "-||a;", "millions of empty lines say nothing");
}

static void test_state(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    _cleanup_(sse_frame_freep) struct sse_frame *f = frame_new(&out);
    const char *text = ": a\n: b\nretry: 3000\nretry: x\nid: 1\ndata: a\n\nda";

    sse_frame_feed(f, text, strlen(text));
    is_int(sse_frame_comments(f), 2, "comments are counted");
    is_int(sse_frame_retry(f), 3 * USEC_PER_SEC, "retry is in milliseconds");
    sse_frame_reset(f);
    ok(!sse_frame_last_id(f), "a reset forgets the id");
    sse_frame_feed(f, "data: b\n\n", 9);
    is_text(out.data, "1||a;-||b;", "and what was begun");
}

static char *corpus_file(const char *name, size_t *ret_len)
{
    _cleanup_free_ char *path = NULL;
    char *text;
    FILE *file;

    path = xasprintf("%s/events/%s", getenv("TRAWL_CORPUS"), name);
    file = fopen(path, "r");
    if (!file)
        return NULL;
    text = xcalloc(1, 1 << 20);
    *ret_len = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    return text;
}

struct corpus {
    unsigned events, continued, strange;
};

static void on_corpus_event(void *userdata, const struct sse_frame_event *e)
{
    struct corpus *c = userdata;

    c->events++;
    c->continued += e->continued;
    c->strange += e->len > 0 && e->data[e->len - 1] != '}';
}

/* A stream as its maker documents it: `events` that are whole JSON objects. */
static void test_corpus(const char *name, unsigned events, unsigned continued)
{
    struct corpus c = {0};
    struct sse_frame_callbacks callbacks = {.on_event = on_corpus_event,
                                            .userdata = &c};
    _cleanup_(sse_frame_freep) struct sse_frame *f = NULL;
    _cleanup_free_ char *text = NULL;
    size_t len;

    if (!getenv("TRAWL_CORPUS") || !(text = corpus_file(name, &len))) {
        diag("%s is not tried: TRAWL_CORPUS does not name it", name);
        return;
    }
    f = sse_frame_new(1 << 20, &callbacks);
    sse_frame_feed(f, text, len);
    sse_frame_feed(f, "\n\n", 2);
    is_int(c.events, events, "%s: events", name);
    is_int(c.continued, continued, "%s: of these with joined lines", name);
    is_int(c.strange, 0, "%s: all end as an object does", name);
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        test_case(&cases[i]);
    test_nul();
    test_many_lines();
    test_state();
    test_corpus("dell-14.sse", 2, 2);
    test_corpus("openbmc-01.sse", 1, 0);
    test_corpus("dmtf-13.sse", 1, 0);
    return done_testing();
}
