/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wrong now, and ending it by hand. A list goes out BMC by BMC, so
 * what it shows of one BMC is of one moment; those that come to be while it
 * is read may be missing.
 */
#include "control/control_rooms.h"

#include <string.h>
#include <strings.h>

#include "control/control_call.h"
#include "registry/registry_view.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "util/glob.h"
#include "util/json_writer.h"

struct listing {
    const struct control_view *view;
    const struct condition_bmc **bmcs; /* they live as long as the table */
    size_t bmc_count, next;
    bool of_severity;
    enum severity severity;
    uint64_t count;
};

static const char *state_name(const struct condition_row *row)
{
    return row->phase == CONDITION_RAISED ? "raised" : "flapping";
}

static void write_time(struct json_writer *w, const char *key, usec_t time)
{
    char text[CLOCK_TEXT_MAX];

    json_writer_key(w, key);
    json_writer_text(w, text, clock_format(time, 0, text));
}

static void write_facts(struct json_writer *w, const struct condition *c)
{
    uint8_t id[CONDITION_KEY_LEN];
    char hex[2 * CONDITION_KEY_LEN + 1];

    condition_id(&c->row, id);
    digest_hex(id, sizeof(id), hex);
    json_writer_member(w, "id", hex);
    json_writer_member(w, "state", state_name(&c->row));
    json_writer_member(w, "severity",
                       event_severity_name((enum severity)c->row.severity));
    json_writer_key(w, "count");
    json_writer_u64(w, c->row.count);
    write_time(w, "first", c->row.first);
    write_time(w, "last", c->row.last);
}

/*
 * The resolution is looked up now: a condition keeps its text only, and the
 * registry may have come later than the event.
 */
static void write_condition(const struct control_view *view,
                            const struct condition *c, struct buffer *out)
{
    static const struct registry_version any = {
        REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY, REGISTRY_VERSION_ANY};
    const char *id = c->message->parts[0], *key = c->message->parts[2];
    const char *text = c->text + c->origin_len + 1 + c->args_len;
    const struct bmc *bmc =
        view->fleet ? fleet_find(view->fleet, c->bmc->name) : NULL;
    const struct registry_view known = {view->registries,
                                        bmc ? bmc->registries : NULL};
    struct json_writer w;
    struct registry_hit hit;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    write_facts(&w, c);
    json_writer_member(&w, "bmc", c->bmc->name);
    json_writer_member(&w, "message_id", id);
    json_writer_member(&w, "origin", c->origin_len ? c->text : NULL);
    json_writer_member(&w, "message", text);
    if (view->registries &&
        registry_view_find(&known, c->message->parts[1], &any, key, &hit))
        json_writer_member(&w, "resolution", hit.message->resolution);
    json_writer_close_object(&w);
    buffer_add_char(out, '\n');
}

/* The conditions of the next BMC. */
static bool more_conditions(struct control_call *call, void *state)
{
    struct listing *l = state;

    if (l->next == l->bmc_count) {
        control_call_done(call, l->count);
        return false;
    }
    for (const struct condition *c = l->bmcs[l->next]->list; c; c = c->next) {
        if (!condition_is_open(&c->row) ||
            (l->of_severity && c->row.severity != l->severity))
            continue;
        write_condition(l->view, c, control_call_out(call));
        l->count++;
    }
    l->next++;
    return true;
}

static void find_bmcs(struct listing *l, const char *glob)
{
    const struct conditions *t = correlate_conditions(l->view->correlator);
    const struct condition_bmc *bmc;
    size_t cursor = 0, cap = 0;

    while ((bmc = conditions_next_bmc(t, &cursor))) {
        if (bmc->count == 0 ||
            (glob && !glob_match(glob, bmc->name, strlen(bmc->name), false)))
            continue;
        l->bmcs = xgrow(l->bmcs, &cap, l->bmc_count + 1, sizeof(*l->bmcs));
        l->bmcs[l->bmc_count++] = bmc;
    }
}

static void listing_free(void *state)
{
    struct listing *l = state;

    free(l->bmcs);
    free(l);
}

/* A problem is not OK, and a word that nobody knows is no severity. */
static bool is_severity(const char *name)
{
    enum severity s = event_severity_parse(name, strlen(name));

    return s == SEVERITY_UNKNOWN
               ? strcasecmp(name, event_severity_name(SEVERITY_UNKNOWN)) == 0
               : s != SEVERITY_OK;
}

static void list_conditions(struct control_call *call, void *userdata)
{
    const char *name = control_call_text(call, "severity");
    struct listing *l;

    if (name && !is_severity(name)) {
        control_call_fail(call,
                          "'%s' is no severity of a problem: there is "
                          "Critical, Warning and unknown",
                          name);
        return;
    }
    l = XNEW(struct listing);
    l->view = userdata;
    l->of_severity = name != NULL;
    if (name)
        l->severity = event_severity_parse(name, strlen(name));
    find_bmcs(l, control_call_text(call, "bmc"));
    control_call_keep(call, l, listing_free);
    control_call_stream(call, more_conditions, l);
}

static void clear_condition(struct control_call *call, void *userdata)
{
    const struct control_view *view = userdata;
    const char *id = control_call_text(call, "id");
    const char *why = control_call_text(call, "why");

    if (!id || !why)
        control_call_fail(call, "clear needs an id and the reason why");
    else if (!pipeline_clear_condition(view->pipeline, id, why))
        control_call_fail(call, "no open condition has that id, or the spool "
                                "takes nothing now");
    else
        control_call_done(call, 1);
}

static const struct control_command commands[] = {
    {"conditions", list_conditions},
    {"clear", clear_condition},
};

void control_conditions_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
