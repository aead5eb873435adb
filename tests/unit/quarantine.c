/* SPDX-License-Identifier: Apache-2.0 */
/* The quarantine: what an envelope holds, how it is named, what it adds up. */
#include "quarantine.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"
#include "util/buffer.h"
#include "util/file.h"

#define TIME 1795160068104000u /* 2026-11-20T07:34:28.104Z */

static char directory[] = "/tmp/trawl-quarantine-XXXXXX";

static const struct envelope {
    const char *what;
    struct quarantine_item item;
    const char *name;
    const char *text;
} envelopes[] = {
    {
        "a payload that is no JSON",
        {.time = TIME,
         .reason = "no JSON",
         .bmc = "r1-n01",
         .source = "webhook",
         .payload = "he said \"x\"\n",
         .len = 12},
        "20261120T073428.104000Z-payload-1.json",
        "{\"schema\":\"trawl.quarantine/1\","
        "\"time\":\"2026-11-20T07:34:28.104000Z\",\"bmc\":\"r1-n01\","
        "\"source\":\"webhook\",\"reason\":\"no JSON\","
        "\"payload\":\"he said \\\"x\\\"\\n\"}\n",
    },
    {
        "bytes that are no UTF-8",
        {.time = TIME + 1,
         .reason = "no text",
         .payload = "\xff\x00\x10\x80",
         .len = 4},
        "20261120T073428.104001Z-payload-2.json",
        "{\"schema\":\"trawl.quarantine/1\","
        "\"time\":\"2026-11-20T07:34:28.104001Z\",\"reason\":\"no text\","
        "\"payload_base64\":\"/wAQgA==\"}\n",
    },
    {
        "an event that a sink refused",
        {.time = TIME + 2,
         .reason = "too large",
         .bmc = "r1-n01",
         .sink = "../si em",
         .id = "abc",
         .seq = 42,
         .payload = "{}",
         .len = 2},
        "20261120T073428.104002Z-.._si_em-42.json",
        "{\"schema\":\"trawl.quarantine/1\","
        "\"time\":\"2026-11-20T07:34:28.104002Z\",\"bmc\":\"r1-n01\","
        "\"sink\":\"../si em\",\"reason\":\"too large\",\"seq\":42,"
        "\"id\":\"abc\",\"payload\":\"{}\"}\n",
    },
};

static uint64_t size_on_disk(size_t *ret_count)
{
    char **names;
    uint64_t size = 0;

    if (file_list(directory, "", &names, ret_count, NULL) < 0)
        return 0;
    for (size_t i = 0; i < *ret_count; i++) {
        char path[256];
        struct stat st;

        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        if (stat(path, &st) == 0)
            size += (uint64_t)st.st_size;
        free(names[i]);
    }
    free(names);
    return size;
}

static void test_envelopes(struct quarantine *q)
{
    for (size_t i = 0; i < ARRAY_LEN(envelopes); i++) {
        const struct envelope *e = &envelopes[i];
        _cleanup_(buffer_done) struct buffer text = {0};
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", directory, e->name);
        is_int(quarantine_put(q, &e->item, NULL), 0, "%s is kept", e->what);
        file_read(path, 4096, &text, NULL);
        is_text(text.data, e->text, "%s stands in %s", e->what, e->name);
    }
}

static void test_size(struct quarantine *q)
{
    _cleanup_(quarantine_closep) struct quarantine *again = NULL;
    size_t count;
    uint64_t size = size_on_disk(&count);

    is_int(quarantine_size(q), size, "the size is known");
    is_int(quarantine_count(q), count, "and the count");
    quarantine_put(q, &envelopes[2].item, NULL);
    is_int(quarantine_size(q), size, "the same thing twice is one file");
    is_int(quarantine_count(q), count, "in the count too");
    is_int(quarantine_open(directory, &again, NULL), 0, "it opens again");
    is_int(quarantine_size(again), size, "and adds up what is there");
    is_int(quarantine_count(again), count, "and counts it");
}

/* The folder goes away: root can write anywhere, so no permission would do. */
static void test_error(struct quarantine *q)
{
    struct error err = {0};
    uint64_t size = quarantine_size(q);
    char away[64];

    snprintf(away, sizeof(away), "%s-away", directory);
    rename(directory, away);
    ok(quarantine_put(q, &envelopes[0].item, &err) < 0, "an error is told");
    ok(err.text[0], "with a text: %s", err.text);
    is_int(quarantine_size(q), size, "and changes no sum");
    rename(away, directory);
    is_int(quarantine_put(q, &envelopes[0].item, &err), 0,
           "once the folder is back it works again");
}

static void clean_up(void)
{
    char **names;
    size_t count;

    file_list(directory, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        char path[256];

        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        unlink(path);
        free(names[i]);
    }
    free(names);
    rmdir(directory);
}

/* A kill between writing a file and giving it its name. */
static void test_leftover(void)
{
    static const char *const names[] = {
        "20261120T073428.104000Z-payload-9.json.Ab3dEf", "notes.txt"};
    _cleanup_(quarantine_closep) struct quarantine *q = NULL;
    char path[256];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        file_write(path, "{", 1, 0640, NULL);
    }
    quarantine_open(directory, &q, NULL);
    ok(access(path, F_OK) == 0, "a foreign file stays");
    snprintf(path, sizeof(path), "%s/%s", directory, names[0]);
    ok(access(path, F_OK) < 0, "half an envelope is removed at the start");
}

int main(void)
{
    _cleanup_(quarantine_closep) struct quarantine *q = NULL;

    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    if (!ok(quarantine_open(directory, &q, NULL) == 0, "the folder opens"))
        return done_testing();
    test_envelopes(q);
    test_size(q);
    test_error(q);
    test_leftover();
    clean_up();
    return done_testing();
}
