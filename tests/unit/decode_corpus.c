/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every real payload of the corpus, against the number of events that a reader
 * counts in it. Only names and numbers stand here; without TRAWL_CORPUS the
 * test is skipped. Those that hold no event say why:
 *
 *   entry     one LogEntry         entries   a LogEntryCollection
 *   task      a Task               answer    an answer or error body
 *   resource  another resource     broken    no JSON in the source already
 *   lines     a stream whose lines lost their "data:" in a manual
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "decode.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define FILE_MAX (1u << 20)

struct expected {
    const char *name;
    int events;
    int metric_reports;
    int unreadable;
    const char *why; /* of what is unreadable */
};

static const struct expected table[] = {
    {"accton-01.json", 0, 0, 1, "broken"}, /* annotated by hand */
    {"cray-01.json", 1, 0, 0, NULL},
    {"cray-02.json", 1, 0, 0, NULL},
    {"cray-04.json", 1, 0, 0, NULL},
    {"cray-05.json", 1, 0, 0, NULL},
    {"cray-07.json", 1, 0, 0, NULL},
    {"dell-01.json", 1, 0, 0, NULL},
    {"dell-02.json", 2, 0, 0, NULL},
    {"dell-04.json", 1, 0, 0, NULL},
    {"dell-05.json", 1, 0, 0, NULL},
    {"dell-07.json", 1, 0, 0, NULL},
    {"dell-08.json", 1, 0, 0, NULL},
    {"dell-10.json", 1, 0, 0, NULL},
    {"dell-11.json", 1, 0, 0, NULL},
    {"dell-13.json", 0, 0, 1, "entry"},
    {"dell-14.sse", 0, 0, 2, "lines"},
    {"dell-16.json", 0, 0, 1, "entries"},
    {"dell-17.json", 0, 0, 1, "entries"},
    {"dell-19.json", 0, 0, 1, "entries"},
    {"dell-20.json", 0, 0, 1, "entries"},
    {"dell-22.json", 0, 0, 1, "answer"},
    {"dmtf-01.json", 1, 0, 0, NULL},
    {"dmtf-02.json", 1, 0, 0, NULL},
    {"dmtf-04.json", 3, 0, 0, NULL},
    {"dmtf-05.json", 1, 0, 0, NULL},
    {"dmtf-07.json", 0, 0, 1, "task"},
    {"dmtf-08.json", 0, 0, 1, "entry"},
    {"dmtf-10.json", 0, 0, 1, "resource"},
    {"dmtf-11.json", 0, 0, 1, "resource"},
    {"dmtf-13.sse", 0, 1, 0, NULL},
    {"foxconn-01.json", 1, 0, 0, NULL},
    {"gigabyte-01.json", 1, 0, 0, NULL},
    {"google-01.json", 2, 0, 0, NULL},
    {"hpe-01.json", 1, 0, 0, NULL},
    {"hpe-02.json", 1, 0, 0, NULL},
    {"hpe-04.json", 1, 0, 0, NULL},
    {"hpe-05.json", 0, 0, 1, "entry"},
    {"hpe-07.json", 0, 0, 1, "resource"},
    {"hpe-08.json", 0, 0, 1, "entry"},
    {"hpe-10.json", 0, 0, 1, "broken"}, /* cut off by a log */
    {"hpe-11.json", 0, 0, 1, "entries"},
    {"hpe-13.json", 0, 0, 1, "entry"},
    {"hpe-14.json", 0, 0, 1, "entry"},
    {"hpe-16.json", 1, 0, 0, NULL},
    {"hpe-17.json", 1, 0, 0, NULL},
    {"huawei-01.json", 1, 0, 0, NULL},
    {"ibm-01.json", 0, 0, 1, "broken"}, /* and a LogEntry */
    {"intel-01.json", 1, 0, 0, NULL},
    {"intel-02.json", 1, 0, 0, NULL},
    {"lenovo-01.json", 1, 0, 0, NULL},
    {"lenovo-02.json", 1, 0, 0, NULL},
    {"lenovo-04.json", 0, 0, 1, "entries"},
    {"lenovo-05.json", 0, 0, 1, "entry"},
    {"nvidia-01.json", 1, 0, 0, NULL},
    {"nvidia-02.json", 2, 0, 0, NULL},
    {"nvidia-04.json", 0, 1, 0, NULL},
    {"nvidia-05.json", 0, 0, 1, "entries"},
    {"nvidia-07.json", 0, 0, 1, "entries"},
    {"odim-01.json", 1, 0, 0, NULL},
    {"odim-02.json", 1, 0, 0, NULL},
    {"odim-04.json", 0, 0, 1, "answer"},
    {"openbmc-01.sse", 1, 0, 0, NULL}, /* lacks a comma, which is mended */
    {"openbmc-02.json", 0, 0, 1, "entries"},
    {"supermicro-01.json", 0, 1, 0, NULL},
    {"supermicro-02.json", 0, 0, 1, "entries"},
    {"supermicro-04.json", 0, 0, 1, "answer"},
    {"supermicro-05.json", 0, 0, 1, "answer"},
    {"supermicro-07.json", 0, 0, 1, "task"},
    {"sushy-01.json", 0, 0, 1, "answer"},
    {"sushy-02.json", 0, 0, 1, "answer"},
    {"sushy-04.json", 0, 0, 1, "task"},
    {"sushy-05.json", 0, 0, 1, "task"},
    {"swordfish-01.json", 1, 0, 0, NULL},
    {"zt-01.json", 1, 0, 0, NULL},
};

static void count(const char *bytes, size_t len, int counts[4])
{
    struct decode_options options = {.received = 1795160068104000};
    struct decode_result result;

    decode_payload(bytes, len, &options, &result);
    for (size_t i = 0; i < result.count; i++)
        counts[result.items[i].kind]++;
    decode_result_done(&result);
}

/* Just enough of an event stream: data lines, a blank line ends a frame. */
static void count_stream(const char *bytes, int counts[4])
{
    _cleanup_(buffer_done) struct buffer data = {0};
    size_t len;

    for (const char *at = bytes; *at; at += len + (at[len] == '\n')) {
        len = strcspn(at, "\n");
        if (strncmp(at, "data:", 5) == 0) {
            buffer_add(&data, at + 5, len - 5);
            buffer_add_char(&data, '\n');
        } else if (len == 0 && data.len > 0) {
            count(data.data, data.len, counts);
            buffer_clear(&data);
        }
    }
    if (data.len > 0)
        count(data.data, data.len, counts);
}

static void check_file(const char *folder, const struct expected *want)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, want->name);
    _cleanup_(buffer_done) struct buffer bytes = {0};
    int counts[4] = {0};
    struct error err;
    bool right;

    if (file_read(path, FILE_MAX, &bytes, &err) < 0) {
        ok(false, "%s is readable: %s", want->name, err.text);
        return;
    }
    if (strstr(want->name, ".sse"))
        count_stream(bytes.data, counts);
    else
        count(bytes.data, bytes.len, counts);
    right = counts[DECODE_EVENT] == want->events &&
            counts[DECODE_METRIC_REPORT] == want->metric_reports &&
            counts[DECODE_UNREADABLE] == want->unreadable &&
            counts[DECODE_BUFFER_EXCEEDED] == 0;
    ok(right, "%s: %d events, %d metric reports, %d unreadable%s%s", want->name,
       want->events, want->metric_reports, want->unreadable,
       want->why ? ": " : "", want->why ? want->why : "");
    if (!right)
        diag("got %d, %d, %d", counts[DECODE_EVENT],
             counts[DECODE_METRIC_REPORT], counts[DECODE_UNREADABLE]);
}

/* A payload that joins the corpus must join the table. */
static size_t count_payloads(const char *folder)
{
    struct dirent *entry;
    size_t found = 0;
    DIR *dir = opendir(folder);

    while (dir && (entry = readdir(dir)))
        found +=
            strstr(entry->d_name, ".json") || strstr(entry->d_name, ".sse");
    if (dir)
        closedir(dir);
    return found;
}

int main(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");
    _cleanup_free_ char *folder = NULL;

    if (!corpus)
        skip_all("TRAWL_CORPUS names no corpus");
    folder = xasprintf("%s/events", corpus);
    is_int(count_payloads(folder), ARRAY_LEN(table),
           "every payload of the corpus is in the table");
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        check_file(folder, &table[i]);
    return done_testing();
}
