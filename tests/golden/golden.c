/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Golden tests of decode: cases/NAME.in is a payload as a BMC sends it (of an
 * SSE stream: its data), cases/NAME.out what decode makes of it, one line for
 * each field; cases/logged-NAME.in is a page of a log, or an entry of one. A
 * new vendor quirk is two new files; this runner finds them.
 *
 *     golden [DIRECTORY]           default: $srcdir/tests/golden/cases
 *     GOLDEN_UPDATE=1 golden ...   writes the .out files; look at the diff
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define FILE_MAX (1u << 20)
#define RECEIVED ((usec_t)1795160068104000) /* 2026-11-20T07:34:28.104Z */

static void dump_text(struct buffer *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < 0x20 || c == 0x7f)
            buffer_printf(out, "\\x%02x", c);
        else
            buffer_add_char(out, text[i]);
    }
    buffer_add_char(out, '\n');
}

static void dump_value(struct buffer *out, const struct event *e,
                       enum event_field f)
{
    char time[CLOCK_TEXT_MAX];
    const char *text;
    size_t cursor = 0, len;

    switch (event_field_type(f)) {
    case EVENT_TYPE_INT:
        buffer_printf(out, "%s: %" PRId64 "\n", event_field_name(f),
                      event_int(e, f, 0));
        break;
    case EVENT_TYPE_TIME:
        clock_format((usec_t)event_int(e, f, 0), 6, time);
        buffer_printf(out, "%s: %s\n", event_field_name(f), time);
        break;
    case EVENT_TYPE_SEVERITY:
        buffer_printf(out, "%s: %s\n", event_field_name(f),
                      event_severity_name((enum severity)event_int(e, f, 0)));
        break;
    case EVENT_TYPE_TEXT:
    case EVENT_TYPE_LIST:
    case EVENT_TYPE_JSON:
        while ((text = event_next(e, f, &cursor, &len))) {
            buffer_printf(out, "%s: ", event_field_name(f));
            dump_text(out, text, len);
        }
        break;
    }
}

static void dump_event(struct buffer *out, const struct event *e)
{
    for (enum event_field f = EVENT_ID; f < EVENT_FIELD_END; f++)
        if (event_has(e, f) && f != EVENT_RECEIVED)
            dump_value(out, e, f);
}

static void dump_item(struct buffer *out, const struct decode_item *item)
{
    switch (item->kind) {
    case DECODE_EVENT:
        buffer_add_text(out, "[event]\n");
        dump_event(out, item->event);
        break;
    case DECODE_METRIC_REPORT:
        buffer_add_text(out, "[metric report]\n");
        break;
    case DECODE_UNREADABLE:
        buffer_printf(out, "[unreadable]\nwhy: %s\nbytes: ", item->why);
        dump_text(out, item->bytes, item->len);
        break;
    case DECODE_BUFFER_EXCEEDED:
        buffer_add_text(out, "[buffer exceeded]\n");
        dump_event(out, item->event);
        break;
    }
}

static void decode_file(const char *path, bool log, struct buffer *out)
{
    struct decode_options options = {.received = RECEIVED, .log = log};
    _cleanup_(buffer_done) struct buffer in = {0};
    struct decode_result result;
    struct error err;

    if (file_read(path, FILE_MAX, &in, &err) < 0) {
        diag("%s", err.text);
        return;
    }
    decode_payload(in.data ? in.data : "", in.len, &options, &result);
    for (size_t i = 0; i < result.count; i++)
        dump_item(out, &result.items[i]);
    decode_result_done(&result);
}

static void check_case(const char *directory, const char *name)
{
    int stem = (int)strlen(name) - 3;
    _cleanup_free_ char *in = xasprintf("%s/%s", directory, name);
    _cleanup_free_ char *out = xasprintf("%s/%.*s.out", directory, stem, name);
    _cleanup_(buffer_done) struct buffer got = {0}, want = {0};
    struct error err;

    decode_file(in, strncmp(name, "logged-", 7) == 0, &got);
    if (getenv("GOLDEN_UPDATE") &&
        file_write(out, got.data, got.len, 0644, &err) < 0)
        diag("%s", err.text);
    if (file_read(out, FILE_MAX, &want, &err) < 0)
        diag("%s", err.text);
    is_text(got.data, want.data, "%.*s decodes as written down", stem, name);
}

int main(int argc, char **argv)
{
    const char *srcdir = getenv("srcdir");
    _cleanup_free_ char *directory =
        argc > 1 ? xstrdup(argv[1])
                 : xasprintf("%s/tests/golden/cases", srcdir ? srcdir : ".");
    char **names = NULL;
    size_t count = 0;
    struct error err;

    if (file_list(directory, ".in", &names, &count, &err) < 0)
        diag("%s", err.text);
    ok(count > 0, "there are cases in %s", directory);
    for (size_t i = 0; i < count; i++) {
        check_case(directory, names[i]);
        free(names[i]);
    }
    free(names);
    return done_testing();
}
