/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request on the control socket, as the room sees it that answers it:
 * what was asked, and where the answer goes. No more is made than the client
 * takes: a long answer is a stream, asked for piece by piece; what is written
 * in spite of that is bounded by CONTROL_OUT_MAX. Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control.h"
#include "util/buffer.h"
#include "util/macro.h"

#define CONTROL_PIECE (64u << 10)  /* asked of a stream at one go, bytes */
#define CONTROL_OUT_MAX (8u << 20) /* beyond it the client does not read */

/* A text member of the request, or NULL; lives as long as the call. */
const char *control_call_text(const struct control_call *call, const char *key);

/* Whether that member is true. */
bool control_call_flag(const struct control_call *call, const char *key);

/* A member that is a whole number; false, and *ret as it was, for all else. */
bool control_call_number(const struct control_call *call, const char *key,
                         uint64_t *ret);

/* The text at `index` of a list of texts, or NULL after the last. */
const char *control_call_item(const struct control_call *call, const char *key,
                              size_t index);

/* Where whole lines of JSON are appended; they go out when the room returns. */
struct buffer *control_call_out(struct control_call *call);

/* Sends what was appended, and asks a stream that paused again. */
void control_call_flush(struct control_call *call);

/*
 * Adds the next line or lines. Returns whether there may be more now; false
 * after done or fail, or to pause until control_call_flush().
 */
typedef bool control_more_fn(struct control_call *call, void *state);

/* From now on `more` is asked whenever the client has room. */
void control_call_stream(struct control_call *call, control_more_fn *more,
                         void *state);

/* Keeps what the answer needs; freed when the call ends, however it does. */
void control_call_keep(struct control_call *call, void *state,
                       void (*free_state)(void *state));

/*
 * Calls on_gone once if the client leaves before the end, to cancel what was
 * begun for it; NULL takes that back. What is kept is freed after it.
 */
void control_call_on_gone(struct control_call *call,
                          void (*on_gone)(void *userdata), void *userdata);

/* The last line: {"done": count}. The room must not touch the call any more. */
void control_call_done(struct control_call *call, uint64_t count);

/* The last line: {"error": TEXT}. The same. */
void control_call_fail(struct control_call *call, const char *format, ...)
    _printf_(2, 3);
