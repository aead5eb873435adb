/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event-stream format (WHATWG HTML, "Server-sent events"), read piece by
 * piece as it arrives: pure, without clock or socket. Also takes what some
 * BMCs send in place of it: JSON of which only the first line says "data:".
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"
#include "util/macro.h"

struct sse_frame;

/* Valid during on_event only. */
struct sse_frame_event {
    const char *data; /* NUL-terminated, never NULL */
    size_t len;
    const char *id;   /* in force at this event; NULL: this stream named none */
    const char *type; /* "" if none was given */
    bool continued;   /* lines without "data:" were joined to it: a quirk */
};

struct sse_frame_callbacks {
    /* An event is complete. Must not free or reset the frame. */
    void (*on_event)(void *userdata, const struct sse_frame_event *event);

    /* An event larger than `limit` bytes was dropped; may be NULL. */
    void (*on_oversize)(void *userdata, size_t limit);
    void *userdata;
};

/* `limit`: bytes of one event's data. */
struct sse_frame *sse_frame_new(size_t limit,
                                const struct sse_frame_callbacks *callbacks);
void sse_frame_free(struct sse_frame *f);
DEFINE_FREEP(struct sse_frame, sse_frame_free);

/* Reads the next bytes of the stream, cut anywhere. */
void sse_frame_feed(struct sse_frame *f, const char *data, size_t len);

/*
 * The stream ended: true if an event was begun and not completed; it is
 * discarded, and its id does not count.
 */
bool sse_frame_end(struct sse_frame *f);

/* Forgets everything: another stream begins. */
void sse_frame_reset(struct sse_frame *f);

/*
 * What to send as Last-Event-ID: of the last completed event (also one without
 * data), NULL if this stream named none. Valid until the next call.
 */
const char *sse_frame_last_id(const struct sse_frame *f);

/* The delay that the stream asked for, 0 if it did not. */
usec_t sse_frame_retry(const struct sse_frame *f);

/* Comments so far: they keep a stream alive and say nothing. */
uint64_t sse_frame_comments(const struct sse_frame *f);
