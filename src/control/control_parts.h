/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between control.c, which has the socket and the connections, and
 * control_call.c, which has what is asked and answered on one of them.
 */
#pragma once

#include "control/control_call.h"
#include "decode/json_in.h"

/* A connection. The control object owns it; it ends on the loop only. */
struct control_call {
    struct control *control;
    int fd;
    sd_event_source *source;
    struct buffer in, out;
    size_t sent;             /* of out */
    bool is_begun;           /* the request was read */
    struct json_in *request; /* NULL until then, or when it is no JSON */
    bool is_over;            /* the last line was written */
    bool is_paused;          /* the stream has nothing to say now */

    control_more_fn *more;
    void *more_state;
    void *state;
    void (*free_state)(void *state);
    void (*on_gone)(void *userdata);
    void *gone_userdata;
};

/* Waits for the client to read or to ask, whatever is next. */
void control_call_wait(struct control_call *call);

/* Lets the stream fill up the output. */
void control_call_fill(struct control_call *call);

/* Tells the room, if the client left too early, and frees all but the fd. */
void control_call_release(struct control_call *call);
