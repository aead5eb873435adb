/* SPDX-License-Identifier: Apache-2.0 */
/* What is put into quarantine is read back as it was, and can be taken out. */
#include "quarantine/envelope.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "quarantine.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define TIME 1795160068104000u

static char directory[] = "/tmp/trawl-envelope-XXXXXX";

/* The only item's id; the caller frees it. */
static char *only_id(void)
{
    char **names, *id = NULL;
    size_t count;

    if (file_list(directory, ENVELOPE_SUFFIX, &names, &count, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        if (count == 1)
            id = xstrndup(names[i], strlen(names[i]) - strlen(ENVELOPE_SUFFIX));
        free(names[i]);
    }
    free(names);
    return id;
}

static void read_only(struct envelope *e)
{
    _cleanup_free_ char *id = only_id();
    _cleanup_free_ char *path = id ? envelope_path(directory, id, NULL) : NULL;
    struct error err = {"not just one item"};

    if (!path || envelope_read(path, e, &err) < 0)
        diag("%s", err.text);
}

static void drop_only(struct quarantine *q)
{
    _cleanup_free_ char *id = only_id();

    is_int(quarantine_drop(q, id, NULL), 0, "and goes");
    is_int(quarantine_drop(q, id, NULL), -ENOENT, "once");
    is_int(quarantine_count(q), 0, "then nothing is counted");
    is_int(quarantine_size(q), 0, "nor its size");
}

static void test_round(struct quarantine *q, const void *payload, size_t len)
{
    struct quarantine_item item = {.time = TIME,
                                   .reason = "why",
                                   .bmc = "n1",
                                   .source = "sse",
                                   .sink = "siem",
                                   .id = "abc",
                                   .seq = 42,
                                   .payload = payload,
                                   .len = len};
    struct envelope e = {0};

    quarantine_put(q, &item, NULL);
    read_only(&e);
    ok(e.payload.len == len &&
           (len == 0 || memcmp(e.payload.data, payload, len) == 0),
       "%zu bytes come back", len);
    is_text(e.reason, "why", "with the reason");
    ok(strcmp(e.bmc, "n1") == 0 && strcmp(e.source, "sse") == 0 &&
           strcmp(e.sink, "siem") == 0 && strcmp(e.id, "abc") == 0 &&
           e.seq == 42,
       "and whose they are");
    envelope_done(&e);
    drop_only(q);
}

static void test_wrong(struct quarantine *q)
{
    _cleanup_free_ char *path = envelope_path(directory, "x", NULL);
    static const char *const ids[] = {"", ".x", "../x", "a/b"};
    struct envelope e;
    struct error err;

    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        is_text(envelope_path(directory, ids[i], &err), NULL,
                "'%s' is no id: %s", ids[i], err.text);
        is_int(quarantine_drop(q, ids[i], NULL), -EINVAL, "nor dropped");
    }
    is_int(envelope_read(path, &e, &err), -ENOENT, "none of that name: %s",
           err.text);
    file_write(path, "[1]", 3, 0600, NULL);
    is_int(envelope_read(path, &e, &err), -EBADMSG, "no envelope: %s",
           err.text);
    file_write(path, "{}", 2, 0600, NULL);
    is_int(envelope_read(path, &e, &err), 0, "one with nothing in it");
    ok(!e.sink && e.payload.len == 0 && e.seq == 0, "has nothing");
    envelope_done(&e);
    quarantine_drop(q, "x", NULL);
    is_int(quarantine_count(q), 0, "what was laid there is not counted twice");
}

int main(void)
{
    static const char bytes[] = "\xff\x00\x10\x80\xfe\x01";
    _cleanup_(quarantine_closep) struct quarantine *q = NULL;

    if (!mkdtemp(directory) || quarantine_open(directory, &q, NULL) < 0)
        skip_all("no temporary folder");
    test_round(q, "he said \"x\"\n", 12);
    test_round(q, "a\0b", 3);
    for (size_t len = 1; len <= 6; len++)
        test_round(q, bytes, len);
    test_wrong(q);
    rmdir(directory);
    return done_testing();
}
