/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an event stream, whole and cut in pieces (the first byte says
 * how long): both must give the same events, ids and limits. Seeds: event
 * streams, each with one byte before it. Built with
 * -fsanitize=fuzzer,address,undefined.
 */
#include <stdlib.h>
#include <string.h>

#include "sse_frame.h"
#include "util/buffer.h"

#define LIMIT 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static void on_event(void *userdata, const struct sse_frame_event *e)
{
    REQUIRE(e->len <= LIMIT && e->data[e->len] == '\0');
    buffer_printf(userdata, "%s|%s|%d|%zu|", e->id ? e->id : "-", e->type,
                  e->continued, e->len);
    buffer_add(userdata, e->data, e->len);
}

static void on_oversize(void *userdata, size_t limit)
{
    buffer_printf(userdata, "!%zu", limit);
}

static void read_stream(const char *data, size_t len, size_t piece,
                        struct buffer *out)
{
    struct sse_frame_callbacks callbacks = {on_event, on_oversize, out};
    _cleanup_(sse_frame_freep) struct sse_frame *f = NULL;

    f = sse_frame_new(LIMIT, &callbacks);
    for (size_t i = 0; i < len; i += piece)
        sse_frame_feed(f, data + i, MIN_OF(piece, len - i));
    buffer_printf(out, "%s|%llu|%llu",
                  sse_frame_last_id(f) ? sse_frame_last_id(f) : "-",
                  (unsigned long long)sse_frame_comments(f),
                  (unsigned long long)sse_frame_retry(f));
    buffer_printf(out, "|%d", sse_frame_end(f));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    _cleanup_(buffer_done) struct buffer whole = {0};
    _cleanup_(buffer_done) struct buffer pieces = {0};

    if (size < 2)
        return 0;
    read_stream((const char *)data + 1, size - 1, size, &whole);
    read_stream((const char *)data + 1, size - 1, 1u + data[0] % 64, &pieces);
    REQUIRE(whole.len == pieces.len);
    REQUIRE(memcmp(whole.data, pieces.data, whole.len) == 0);
    return 0;
}
