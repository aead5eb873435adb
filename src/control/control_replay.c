/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asked of a sink: to send again what it has had. Answered at once, with how
 * far back the spool reaches; how it gets on, the figures say.
 */
#include <string.h>

#include "control/control_call.h"
#include "control/control_rooms.h"
#include "util/json_writer.h"
#include "util/nearest.h"

static void tell(struct control_call *call, usec_t oldest, usec_t since)
{
    char text[CLOCK_TEXT_MAX];
    struct json_writer w;

    json_writer_init(&w, control_call_out(call));
    json_writer_open_object(&w);
    if (oldest > 0)
        json_writer_member(&w, "oldest", (clock_format(oldest, 0, text), text));
    json_writer_key(&w, "all");
    json_writer_bool(&w, oldest <= since);
    json_writer_close_object(&w);
    buffer_add_char(control_call_out(call), '\n');
}

/* Whether there is such a sink; false after the call has failed. */
static bool check_sink(struct control_call *call,
                       const struct control_view *view, const char *sink)
{
    struct nearest n = {.word = sink};
    struct deliver_stats stats;
    const char *name;
    size_t cursor = 0;

    while (outlets_next(view->outlets, &cursor, &name, &stats)) {
        if (strcmp(name, sink) == 0)
            return true;
        nearest_offer(&n, name);
    }
    control_call_fail(call, "there is no sink %s%s%s%s", sink,
                      n.best ? "; did you mean '" : "", n.best ? n.best : "",
                      n.best ? "'?" : "");
    return false;
}

static void replay(struct control_call *call, void *userdata)
{
    struct control_view *view = userdata;
    const char *sink = control_call_text(call, "sink");
    struct replay_window window = {.last = UINT64_MAX, .until = USEC_INFINITY};
    usec_t oldest;

    if (!sink || !control_call_number(call, "since", &window.since)) {
        control_call_fail(call, "replay needs a sink and a time since when");
        return;
    }
    if (!check_sink(call, view, sink))
        return;
    control_call_number(call, "until", &window.until);
    window.first = spool_since(view->figures->spool, window.since, &oldest);
    if (window.first == 0) {
        control_call_fail(call, "the spool has no records");
        return;
    }
    if (outlets_replay(view->outlets, sink, &window) < 0) {
        control_call_fail(call, "the sink %s is not configured any more", sink);
        return;
    }
    tell(call, oldest, window.since);
    control_call_done(call, 1);
}

static const struct control_command commands[] = {
    {"replay", replay},
};

void control_replay_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
