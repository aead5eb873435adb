/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes as files; see quarantine.h. */
#include "quarantine.h"

#include <ctype.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quarantine/envelope.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/crash.h"
#include "util/file.h"
#include "util/json_writer.h"
#include "util/utf8.h"

#define NAME_SINK_MAX 64 /* of a sink's name in a file's name */

struct quarantine {
    char *directory;
    pthread_mutex_t lock; /* of the folder and the next three */
    bool dirty;           /* something went: count again when asked */
    uint64_t size;
    uint64_t count;
    _Atomic uint64_t serial; /* tells items without a sequence apart */
};

/* The size of a file, 0 if there is none. */
static uint64_t file_size(const char *path)
{
    struct stat st;

    return stat(path, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

/* Counts what is there, also what somebody laid there or took away. */
static void recount(struct quarantine *q)
{
    uint64_t size = 0;
    char **names;
    size_t count;

    q->dirty = false;
    if (file_list(q->directory, ENVELOPE_SUFFIX, &names, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", q->directory, names[i]);

        size += file_size(path);
        free(names[i]);
    }
    free(names);
    q->size = size;
    q->count = count;
}

/*
 * Removes what a kill has left of an envelope that was not yet renamed
 * ("….json.XXXXXX"): it is put again. Nothing else is touched.
 */
static int remove_unfinished(struct quarantine *q, struct error *err)
{
    char **names;
    size_t count;
    int r = file_list(q->directory, "", &names, &count, err);

    if (r < 0)
        return r;
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", q->directory, names[i]);
        const char *end = strstr(names[i], ".json.");

        if (end && strlen(end) == strlen(".json.XXXXXX"))
            unlink(path);
        free(names[i]);
    }
    free(names);
    return 0;
}

int quarantine_open(const char *directory, struct quarantine **ret,
                    struct error *err)
{
    _cleanup_(quarantine_closep) struct quarantine *q = XNEW(struct quarantine);
    int r;

    pthread_mutex_init(&q->lock, NULL);
    q->directory = xstrdup(directory);
    r = file_make_directory(directory, 0750, err);
    if (r == 0)
        r = remove_unfinished(q, err);
    if (r < 0)
        return r;
    recount(q);
    *ret = TAKE(q);
    return 0;
}

void quarantine_close(struct quarantine *q)
{
    if (!q)
        return;
    pthread_mutex_destroy(&q->lock);
    free(q->directory);
    free(q);
}

static void add_base64(struct buffer *out, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        size_t n = MIN_OF(len - i, (size_t)3);
        uint32_t bits = (uint32_t)bytes[i] << 16 |
                        (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                        (n > 2 ? bytes[i + 2] : 0);

        for (size_t k = 0; k < 4; k++)
            buffer_add_char(out,
                            k > n ? '=' : digits[bits >> (18 - 6 * k) & 63]);
    }
}

/* Text stays readable; only what is not UTF-8 is encoded. */
static void add_payload(struct json_writer *w, const char *bytes, size_t len)
{
    _cleanup_(buffer_done) struct buffer encoded = {0};

    if (utf8_is_valid(bytes, len)) {
        json_writer_key(w, "payload");
        json_writer_text(w, bytes, len);
        return;
    }
    add_base64(&encoded, (const uint8_t *)bytes, len);
    json_writer_key(w, "payload_base64");
    json_writer_text(w, encoded.data, encoded.len);
}

static void write_envelope(const struct quarantine_item *item,
                           struct buffer *out)
{
    char time[CLOCK_TEXT_MAX];
    struct json_writer w;

    clock_format(item->time, 6, time);
    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "schema", "trawl.quarantine/1");
    json_writer_member(&w, "time", time);
    json_writer_member(&w, "bmc", item->bmc);
    json_writer_member(&w, "source", item->source);
    json_writer_member(&w, "sink", item->sink);
    json_writer_member(&w, "reason", item->reason);
    if (item->seq > 0) {
        json_writer_key(&w, "seq");
        json_writer_u64(&w, item->seq);
    }
    json_writer_member(&w, "id", item->id);
    if (item->payload)
        add_payload(&w, item->payload, item->len);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

/* "…/20261120T073428.104000Z-SINK-SEQ.json": the colons and dashes go. */
static char *make_path(struct quarantine *q, const struct quarantine_item *item)
{
    char time[CLOCK_TEXT_MAX], who[NAME_SINK_MAX + 1];
    uint64_t number = item->seq > 0 ? item->seq : ++q->serial;
    size_t len = 0;

    clock_format(item->time, 6, time);
    for (const char *c = time; *c; c++)
        if (*c != ':' && *c != '-')
            time[len++] = *c;
    time[len] = '\0';
    snprintf(who, sizeof(who), "%s",
             item->sink      ? item->sink
             : item->seq > 0 ? "record"
                             : "payload");
    for (char *c = who; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
            *c = '_';
    return xasprintf("%s/%s-%s-%llu.json", q->directory, time, who,
                     (unsigned long long)number);
}

int quarantine_put(struct quarantine *q, const struct quarantine_item *item,
                   struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    _cleanup_free_ char *path = make_path(q, item);
    uint64_t before;
    int r;

    write_envelope(item, &text);
    crash_point("quarantine-begin");
    pthread_mutex_lock(&q->lock);
    before = file_size(path);
    r = file_write(path, text.data, text.len, 0640, err);
    crash_point("quarantine-written");
    if (r == 0) {
        q->size += text.len - before;
        q->count += before == 0;
    }
    pthread_mutex_unlock(&q->lock);
    return r;
}

int quarantine_drop(struct quarantine *q, const char *id, struct error *err)
{
    _cleanup_free_ char *path = envelope_path(q->directory, id, err);
    int r;

    if (!path)
        return -EINVAL;
    pthread_mutex_lock(&q->lock);
    r = unlink(path) < 0 ? error_set(err, -errno, "cannot remove %s: %s", path,
                                     strerror(errno))
                         : 0;
    q->dirty = true;
    pthread_mutex_unlock(&q->lock);
    return r < 0 ? r : file_sync_directory(q->directory, err);
}

const char *quarantine_directory(const struct quarantine *q)
{
    return q->directory;
}

uint64_t quarantine_size(struct quarantine *q)
{
    uint64_t size;

    pthread_mutex_lock(&q->lock);
    if (q->dirty)
        recount(q);
    size = q->size;
    pthread_mutex_unlock(&q->lock);
    return size;
}

uint64_t quarantine_count(struct quarantine *q)
{
    uint64_t count;

    pthread_mutex_lock(&q->lock);
    if (q->dirty)
        recount(q);
    count = q->count;
    pthread_mutex_unlock(&q->lock);
    return count;
}
