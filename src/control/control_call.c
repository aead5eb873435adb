/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked and answered on one connection; see control_call.h. */
#include "control/control_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "util/alloc.h"

#define TURNS_MAX                                               \
    1024 /* a stream that finds nothing lets others have a turn \
          */

static const struct json_value *member(const struct control_call *call,
                                       const char *key)
{
    return call->request ? json_in_find(json_in_root(call->request), key)
                         : NULL;
}

static const char *text_of(const struct json_value *v, enum json_type type)
{
    size_t len;

    return v && json_in_type(v) == type ? json_in_text(v, &len) : NULL;
}

const char *control_call_text(const struct control_call *call, const char *key)
{
    return text_of(member(call, key), JSON_IN_TEXT);
}

bool control_call_flag(const struct control_call *call, const char *key)
{
    const char *text = text_of(member(call, key), JSON_IN_BOOL);

    return text && strcmp(text, "true") == 0;
}

bool control_call_number(const struct control_call *call, const char *key,
                         uint64_t *ret)
{
    const char *text = text_of(member(call, key), JSON_IN_NUMBER);
    unsigned long long value;
    char *end;

    if (!text || *text == '-')
        return false;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (errno != 0 || *end)
        return false;
    *ret = value;
    return true;
}

const char *control_call_item(const struct control_call *call, const char *key,
                              size_t index)
{
    const struct json_value *list = member(call, key), *v = NULL;
    struct json_walk walk;

    if (!list || json_in_type(list) != JSON_IN_ARRAY)
        return NULL;
    walk = json_in_walk(list);
    for (size_t i = 0; i <= index; i++)
        v = json_in_next(&walk, NULL, NULL);
    return text_of(v, JSON_IN_TEXT);
}

struct buffer *control_call_out(struct control_call *call)
{
    return &call->out;
}

void control_call_wait(struct control_call *call)
{
    bool has_more = call->more && !call->is_over && !call->is_paused;
    bool sends = call->sent < call->out.len || call->is_over || has_more;

    /* With no event asked for, epoll still tells that the client hung up. */
    sd_event_source_set_io_events(call->source, sends            ? EPOLLOUT
                                                : call->is_begun ? 0
                                                                 : EPOLLIN);
}

void control_call_flush(struct control_call *call)
{
    call->is_paused = false;
    /* Who asks for much and does not read it is not waited for. */
    if (call->out.len - call->sent > CONTROL_OUT_MAX)
        shutdown(call->fd, SHUT_RDWR); /* it ends on its next turn */
    control_call_wait(call);
}

void control_call_stream(struct control_call *call, control_more_fn *more,
                         void *state)
{
    call->more = more;
    call->more_state = state;
    control_call_flush(call);
}

void control_call_fill(struct control_call *call)
{
    for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
        if (!call->more || call->is_over || call->is_paused ||
            call->out.len >= CONTROL_PIECE)
            return;
        call->is_paused = true; /* unless it flushes, or goes on */
        if (call->more(call, call->more_state))
            call->is_paused = false;
    }
}

void control_call_keep(struct control_call *call, void *state,
                       void (*free_state)(void *state))
{
    call->state = state;
    call->free_state = free_state;
}

void control_call_on_gone(struct control_call *call,
                          void (*on_gone)(void *userdata), void *userdata)
{
    call->on_gone = on_gone;
    call->gone_userdata = userdata;
}

void control_call_done(struct control_call *call, uint64_t count)
{
    buffer_printf(&call->out, "{\"done\":%llu}\n", (unsigned long long)count);
    call->is_over = true;
    control_call_flush(call);
}

void control_call_fail(struct control_call *call, const char *format, ...)
{
    _cleanup_free_ char *text = NULL;
    struct json_writer w;
    va_list args;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    json_writer_init(&w, &call->out);
    json_writer_open_object(&w);
    json_writer_member(&w, "error", text);
    json_writer_close_object(&w);
    buffer_add_char(&call->out, '\n');
    call->is_over = true;
    control_call_flush(call);
}

void control_call_release(struct control_call *call)
{
    if (call->is_begun && !call->is_over && call->on_gone)
        call->on_gone(call->gone_userdata);
    if (call->free_state)
        call->free_state(call->state);
    json_in_free(call->request);
    buffer_done(&call->in);
    buffer_done(&call->out);
}
