/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands at the BMCs: our subscription and how many of others, what may be
 * left at those that are gone; and taking ours back. Never a Destination, which
 * holds a token.
 */
#include "control/control_each.h"

#include <string.h>

#include "control/control_fleet.h"
#include "formats/text.h"
#include "keep.h"
#include "proof.h"
#include "subscribe.h"
#include "subscribe/leftover.h"
#include "util/alloc.h"
#include "util/glob.h"
#include "util/json_writer.h"

struct listing {
    const struct control_view *view;
    struct control_fleet *fleet;
    char *glob;
    uint64_t count;
};

static void write_proof(struct json_writer *w, const struct control_view *view,
                        const struct bmc *bmc)
{
    struct proof_view proof;

    proof_describe(view->host->proof, bmc, &proof);
    if (proof.proved) {
        text_json_time(w, "proved", proof.proved, 0);
        json_writer_key(w, "proof_ms");
        json_writer_u64(w, proof.took / USEC_PER_MSEC);
    }
    json_writer_key(w, "proof_broken");
    json_writer_bool(w, proof.broken);
}

static void write_subscription(const struct listing *l, const struct bmc *bmc,
                               const struct subscribe_view *s,
                               struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "bmc", bmc->name);
    json_writer_member(&w, "uri", s->uri);
    json_writer_member(&w, "body", s->body);
    if (s->checked)
        text_json_time(&w, "checked", s->checked, 0);
    json_writer_key(&w, "strangers");
    json_writer_u64(&w, s->strangers);
    json_writer_key(&w, "streams");
    json_writer_u64(&w, s->streams);
    write_proof(&w, l->view, bmc);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

/* What is left at BMCs that are not configured any more: few, or none. */
static void write_leftovers(struct listing *l, struct buffer *out)
{
    struct leftover left;
    size_t cursor = 0;

    while (leftover_next(l->view->host->subscriber, &cursor, &left)) {
        struct json_writer w;
        _cleanup_free_ char *uri = left.uri;

        if (!glob_match(l->glob, left.bmc, strlen(left.bmc), false))
            continue;
        json_writer_init(&w, out);
        json_writer_open_object(&w);
        json_writer_member(&w, "bmc", left.bmc);
        json_writer_member(&w, "uri", uri);
        json_writer_key(&w, "leftover");
        json_writer_bool(&w, true);
        json_writer_member(&w, "url", left.url);
        json_writer_close_object(&w);
        buffer_add_char(out, '\n');
        l->count++;
    }
}

static bool is_leftover(const struct listing *l, const char *glob)
{
    struct leftover left;
    size_t cursor = 0;

    while (leftover_next(l->view->host->subscriber, &cursor, &left)) {
        free(left.uri);
        if (glob_match(glob, left.bmc, strlen(left.bmc), false))
            return true;
    }
    return false;
}

static bool more_subscriptions(struct control_call *call, void *state)
{
    struct listing *l = state;
    const struct bmc *bmc = control_fleet_next(l->fleet);
    struct subscribe_view s;

    if (!bmc) {
        write_leftovers(l, control_call_out(call));
        control_call_done(call, l->count);
        return false;
    }
    if (subscribe_describe(l->view->host->subscriber, bmc, &s)) {
        write_subscription(l, bmc, &s, control_call_out(call));
        l->count++;
    }
    return true;
}

static void listing_free(void *state)
{
    struct listing *l = state;

    control_fleet_free(l->fleet);
    free(l->glob);
    free(l);
}

static void list_subscriptions(struct control_call *call, void *userdata)
{
    const struct control_view *view = userdata;
    const char *glob = control_call_text(call, "bmc");
    struct listing *l = XNEW(struct listing);

    l->view = view;
    l->glob = xstrdup(glob ? glob : "*");
    l->fleet = control_fleet_new(view->figures->fleet);
    control_call_keep(call, l, listing_free);
    if (control_fleet_add(l->fleet, l->glob) == 0 && glob &&
        !is_leftover(l, glob)) {
        control_fleet_unknown(view->figures->fleet, call, glob);
        return;
    }
    control_call_stream(call, more_subscriptions, l);
}

static void on_left(void *userdata, bool ok, const struct error *err)
{
    if (ok)
        control_one_over(userdata, true, "our subscription is removed");
    else
        control_one_over(userdata, false, "%s", err->text);
}

static void *start_leaving(const struct control_view *view, struct bmc *bmc,
                           struct control_one *one, struct error *err)
{
    if (!control_each_may_ask(view, bmc, err))
        return NULL;
    keep_remove(view->host->keep, bmc); /* a reload brings it back */
    return subscribe_leave(view->host->subscriber, bmc, on_left, one);
}

/* What was begun goes on; only nobody is told. */
static void cancel_leaving(void *handle)
{
    subscribe_leave_forget(handle);
}

static void unsubscribe(struct control_call *call, void *userdata)
{
    static const struct control_each_type type = {start_leaving,
                                                  cancel_leaving};

    control_each(call, userdata, &type);
}

/* Of one name; false after the call has failed. */
static bool forget_one(struct control_call *call,
                       const struct control_view *view, const char *name)
{
    struct buffer *out = control_call_out(call);
    struct json_writer w;

    if (!leftover_forget(view->host->subscriber, name)) {
        control_call_fail(call,
                          "nothing is known to be left at a BMC %s that is not "
                          "configured any more",
                          name);
        return false;
    }
    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "bmc", name);
    json_writer_key(&w, "ok");
    json_writer_bool(&w, true);
    json_writer_member(&w, "text", "what was left there is forgotten");
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
    return true;
}

/* The name of any, or NULL: to begin the walk again after each change. */
static const char *any_leftover(const struct control_view *view)
{
    struct leftover left;
    size_t cursor = 0;

    if (!leftover_next(view->host->subscriber, &cursor, &left))
        return NULL;
    free(left.uri);
    return left.bmc;
}

static void forget(struct control_call *call, void *userdata)
{
    const struct control_view *view = userdata;
    uint64_t count = 0;
    const char *name;

    for (size_t i = 0; (name = control_call_item(call, "bmcs", i));
         i++, count++)
        if (!forget_one(call, view, name))
            return;
    while (control_call_flag(call, "all") && (name = any_leftover(view))) {
        _cleanup_free_ char *copy = xstrdup(name);

        forget_one(call, view, copy);
        count++;
    }
    control_call_done(call, count);
}

static const struct control_command commands[] = {
    {"subscriptions", list_subscriptions},
    {"forget", forget},
    {"unsubscribe", unsubscribe},
};

void control_subscriptions_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
