/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: how trawlctl talks to the daemon. A Unix stream socket
 * of mode 0660; one JSON object in a line asks, JSON objects in lines answer,
 * the last of them with a single member, {"done": N} or {"error": TEXT}, then
 * the connection ends.
 * What can be asked, the rooms in control/ know: each adds its commands, and
 * answers through control/control_call.h. Loop thread only.
 */
#pragma once

#include <stddef.h>
#include <systemd/sd-event.h>

#include "util/error.h"

struct control;
struct control_call; /* one request that is being answered */

/*
 * Begins to answer. It may be done at once or much later: the call stays until
 * control_call_done(), control_call_fail() or until the client leaves.
 */
typedef void control_command_fn(struct control_call *call, void *userdata);

struct control_command {
    const char *name; /* what "command" of the request says */
    control_command_fn *run;
};

struct control *control_new(sd_event *loop);

/* Ends all calls as if their clients had left; NULL is accepted. */
void control_free(struct control *c);

/* Adds commands; the table lives as long as `c`. No name twice. */
void control_add(struct control *c, const struct control_command *commands,
                 size_t count, void *userdata);

/*
 * Listens at that path (NULL: nowhere). A stale socket there is replaced, any
 * other file is not (-EEXIST); a failure leaves it not listening.
 */
int control_adopt(struct control *c, const char *path, struct error *err);

/* Takes over a connected stream socket, and answers what comes from it. */
void control_serve(struct control *c, int fd);
