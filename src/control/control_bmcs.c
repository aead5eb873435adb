/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the BMCs: one line for each, in the order of their names.
 * Never a token, a password or a URL that holds one.
 */
#include "control/control_rooms.h"

#include <string.h>

#include "control/control_call.h"
#include "control/control_fleet.h"
#include "formats/text.h"
#include "inventory.h"
#include "resolve.h"
#include "service.h"
#include "util/alloc.h"
#include "util/json_writer.h"
#include "util/nearest.h"
#include "vendors.h"

struct listing {
    const struct control_view *view;
    struct control_fleet *fleet;
    const char *state; /* only those; NULL: all */
    uint64_t count;
};

static void write_time(struct json_writer *w, const char *key, usec_t time)
{
    if (time)
        text_json_time(w, key, time, 3);
}

static void write_number(struct json_writer *w, const char *key, uint64_t n)
{
    json_writer_key(w, key);
    json_writer_u64(w, n);
}

static void write_labels(struct json_writer *w, const struct config_bmc *c)
{
    if (c->labels.count == 0)
        return;
    json_writer_key(w, "labels");
    json_writer_open_object(w);
    for (size_t i = 0; i < c->labels.count; i++)
        json_writer_member(w, c->labels.items[i].name,
                           c->labels.items[i].value);
    json_writer_close_object(w);
}

static void on_quirk(void *userdata, const char *path, const char *value)
{
    _cleanup_free_ char *text = strcmp(value, "true") == 0
                                    ? xstrdup(path)
                                    : xasprintf("%s: %s", path, value);

    json_writer_text(userdata, text, strlen(text));
}

/* What it says of itself, and what is therefore known of it. */
static void write_service(struct json_writer *w, const struct bmc *bmc)
{
    const struct service *s = bmc->service;

    json_writer_member(w, "vendor", bmc->vendor);
    json_writer_member(w, "model", bmc->model);
    json_writer_member(w, "serial", bmc->serial);
    json_writer_member(w, "uuid", bmc->uuid);
    if (!s)
        return;
    json_writer_member(w, "product", s->product);
    json_writer_member(w, "firmware", s->firmware);
    json_writer_member(w, "redfish_version", s->redfish_version);
    json_writer_member(w, "event_service", s->event_version);
    json_writer_member(w, "no_events", s->no_events);
    if (!s->vendor_row)
        return;
    json_writer_member(w, "dialect", s->vendor_row->name);
    json_writer_key(w, "quirks");
    json_writer_open_array(w);
    vendors_show(s->vendor_row, on_quirk, w);
    json_writer_close_array(w);
}

static void write_clock(struct json_writer *w, const struct bmc *bmc)
{
    char text[SKEW_TEXT_MAX];

    if (!bmc->skew.measured)
        return;
    skew_describe(&bmc->skew, text);
    json_writer_key(w, "clock");
    json_writer_open_object(w);
    json_writer_key(w, "skew_seconds");
    json_writer_i64(w, bmc->skew.offset / (int64_t)USEC_PER_SEC);
    json_writer_member(w, "text", text);
    json_writer_key(w, "wrong");
    json_writer_bool(w, bmc->clock_wrong);
    write_time(w, "measured", bmc->skew.measured);
    json_writer_close_object(w);
}

/*
 * A refusal may end with a bare MessageId: then the registries have words for
 * it, and for what to do.
 */
static void write_meaning(struct json_writer *w, const struct listing *l,
                          const struct bmc *bmc, const char *error)
{
    struct registry_view view = {l->view->registries, bmc->registries};
    const char *id = strrchr(error, ' ');
    struct event *e;

    if (!id || !strchr(id, '.') || id[strlen(id) - 1] == '.')
        return;
    e = event_new();
    event_set_text(e, EVENT_MESSAGE_ID, id + 1, strlen(id + 1));
    resolve_event(&view, e);
    if (event_has(e, EVENT_MESSAGE)) {
        json_writer_member(w, "error_text", event_text(e, EVENT_MESSAGE, NULL));
        json_writer_member(w, "error_resolution",
                           event_text(e, EVENT_RESOLUTION, NULL));
    }
    event_free(e);
}

/* How it is listened to, or why it is not. */
static void write_row(struct json_writer *w, const struct inventory_row *row)
{
    if (row->way != INVENTORY_NO_WAY)
        json_writer_member(w, "way", inventory_way_name(row->way));
    if (row->degraded) {
        json_writer_key(w, "degraded");
        json_writer_bool(w, true);
    }
    if (row->flow_broken) {
        json_writer_key(w, "flow_broken");
        json_writer_bool(w, true);
    }
    write_time(w, "since", row->since);
    write_time(w, "next", row->next);
    json_writer_member(w, "error", row->error);
    if (row->error)
        write_time(w, "error_at", row->error_at);
}

static void write_bmc(const struct listing *l, const struct bmc *bmc,
                      const struct inventory_row *row, struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    json_writer_member(&w, "name", bmc->name);
    json_writer_member(&w, "url", bmc->config->url);
    json_writer_member(&w, "state", inventory_state_name(row->state));
    write_row(&w, row);
    if (row->error && l->view->registries)
        write_meaning(&w, l, bmc, row->error);
    json_writer_member(&w, "receive", config_receive_name(bmc->config));
    write_time(&w, "last_event", bmc->last_event);
    write_number(&w, "records", bmc->records);
    write_number(&w, "pushed_back", bmc->pushed_back);
    write_clock(&w, bmc);
    write_service(&w, bmc);
    write_labels(&w, bmc->config);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

static bool more_bmcs(struct control_call *call, void *state)
{
    struct listing *l = state;
    const struct bmc *bmc = control_fleet_next(l->fleet);
    struct inventory_row row;

    if (!bmc) {
        control_call_done(call, l->count);
        return false;
    }
    inventory_describe(inventory_keep(l->view->figures->host), bmc, &row);
    if (l->state && strcmp(l->state, inventory_state_name(row.state)) != 0)
        return true;
    write_bmc(l, bmc, &row, control_call_out(call));
    l->count++;
    return true;
}

static void listing_free(void *state)
{
    struct listing *l = state;

    control_fleet_free(l->fleet);
    free(l);
}

/* Whether it is a state; false after the call has failed. */
static bool check_state(struct control_call *call, const char *name)
{
    _cleanup_(buffer_done) struct buffer all = {0};
    struct nearest n = {.word = name};

    for (int s = 0; s < INVENTORY_STATES; s++) {
        const char *state = inventory_state_name((enum inventory_state)s);

        if (strcmp(name, state) == 0)
            return true;
        nearest_offer(&n, state);
        buffer_printf(&all, "%s%s", s ? ", " : "", state);
    }
    control_call_fail(call, "'%s' is no state: %s%s%s", name,
                      n.best ? "did you mean '" : "there is ",
                      n.best ? n.best : all.data, n.best ? "'?" : "");
    return false;
}

static void list_bmcs(struct control_call *call, void *userdata)
{
    const struct control_view *view = userdata;
    const char *glob = control_call_text(call, "bmc");
    const char *state = control_call_text(call, "state");
    struct control_fleet *fleet = control_fleet_new(view->figures->fleet);
    struct listing *l;

    if (state && !check_state(call, state)) {
        control_fleet_free(fleet);
        return;
    }
    if (control_fleet_add(fleet, glob ? glob : "*") == 0 && glob) {
        control_fleet_free(fleet);
        control_fleet_unknown(view->figures->fleet, call, glob);
        return;
    }
    l = XNEW(struct listing);
    l->view = view;
    l->fleet = fleet;
    l->state = state;
    control_call_keep(call, l, listing_free);
    control_call_stream(call, more_bmcs, l);
}

static const struct control_command commands[] = {
    {"bmcs", list_bmcs},
};

void control_bmcs_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
