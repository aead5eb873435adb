/* SPDX-License-Identifier: Apache-2.0 */
/* See control_each.h. */
#include "control/control_each.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "control/control_fleet.h"
#include "keep.h"
#include "util/alloc.h"
#include "util/json_writer.h"

struct each;

struct control_one {
    struct each *each; /* NULL: nothing is under way here */
    char *name;        /* of the BMC; owned */
    void *handle;
};

struct each {
    struct control_call *call;
    const struct control_view *view;
    const struct control_each_type *type;
    struct control_fleet *fleet;
    struct control_one ones[CONTROL_EACH_AT_ONCE];
    size_t running;
    uint64_t count; /* that are over */
};

static void one_done(struct control_one *one)
{
    free(one->name);
    *one = (struct control_one){0};
}

static struct control_one *free_place(struct each *e)
{
    for (size_t i = 0; i < CONTROL_EACH_AT_ONCE; i++)
        if (!e->ones[i].each)
            return &e->ones[i];
    return NULL;
}

static void add_line(struct each *e, const struct control_one *one, bool ok,
                     const char *text)
{
    struct buffer *out = control_call_out(e->call);
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "bmc", one->name);
    json_writer_key(&w, "ok");
    json_writer_bool(&w, ok);
    json_writer_member(&w, "text", text);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
    e->count++;
}

/* One that cannot even begin gets its line too, and takes up no place. */
static void start_one(struct each *e, struct control_one *one, struct bmc *bmc)
{
    struct error err = {""};

    *one = (struct control_one){.each = e, .name = xstrdup(bmc->name)};
    one->handle = e->type->start(e->view, bmc, one, &err);
    if (one->handle) {
        e->running++;
        return;
    }
    add_line(e, one, false, err.text);
    one_done(one);
}

/* Begins as many as may be under way; ends the call after the last. */
static void start_more(struct each *e)
{
    struct control_one *one;
    struct bmc *bmc;

    while ((one = free_place(e)) && (bmc = control_fleet_next(e->fleet)))
        start_one(e, one, bmc);
    if (e->running == 0)
        control_call_done(e->call, e->count);
    else
        control_call_flush(e->call);
}

void control_one_over(struct control_one *one, bool ok, const char *format, ...)
{
    struct each *e = one->each;
    _cleanup_free_ char *text = NULL;
    va_list args;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    add_line(e, one, ok, text);
    one_done(one);
    e->running--;
    start_more(e);
}

const struct control_view *control_one_view(const struct control_one *one)
{
    return one->each->view;
}

struct bmc *control_one_bmc(const struct control_one *one)
{
    return fleet_find(one->each->view->figures->fleet, one->name);
}

bool control_each_may_ask(const struct control_view *view,
                          const struct bmc *bmc, struct error *err)
{
    struct keep_view known = {0};

    if (view->host->keep)
        keep_describe(view->host->keep, bmc, &known);
    if (bmc->config->receive == RECEIVE_PASSIVE)
        error_set(err, -EPERM, "it is only listened to (receive: passive)");
    else if (!bmc->service && known.error)
        error_set(err, -EAGAIN, "it is not known yet: %s", known.error);
    else if (!bmc->service)
        error_set(err, -EAGAIN, "it has not answered yet");
    else
        return true;
    return false;
}

static void on_gone(void *userdata)
{
    struct each *e = userdata;

    for (size_t i = 0; i < CONTROL_EACH_AT_ONCE; i++)
        if (e->ones[i].each)
            e->type->cancel(e->ones[i].handle);
}

static void each_free(void *state)
{
    struct each *e = state;

    for (size_t i = 0; i < CONTROL_EACH_AT_ONCE; i++)
        one_done(&e->ones[i]);
    control_fleet_free(e->fleet);
    free(e);
}

void control_each(struct control_call *call, const struct control_view *view,
                  const struct control_each_type *type)
{
    struct control_fleet *fleet =
        control_fleet_asked(view->figures->fleet, call);
    struct each *e;

    if (!fleet)
        return;
    e = XNEW(struct each);
    e->call = call;
    e->view = view;
    e->type = type;
    e->fleet = fleet;
    control_call_keep(call, e, each_free);
    control_call_on_gone(call, on_gone, e);
    start_more(e);
}
