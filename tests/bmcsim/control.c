/* SPDX-License-Identifier: Apache-2.0 */
/* See control.h; the requests are described in --help. */
#include "control.h"

#include <string.h>

#include "action.h"
#include "emit.h"
#include "ledger.h"
#include "overrides.h"

static void fail(struct reply *ret, unsigned status, const char *text)
{
    reply_json(ret, status, json_pack("{ss}", "error", text));
}

static void add_totals(json_t *totals, json_t *counters)
{
    const char *name;
    json_t *value;

    json_object_foreach (counters, name, value) {
        json_t *sum = json_object_get(totals, name);

        if (json_is_integer(value))
            json_object_set_new(totals, name,
                                json_integer(json_integer_value(sum) +
                                             json_integer_value(value)));
    }
}

static void show_status(struct sim *sim, struct reply *ret)
{
    json_t *bmcs = json_array(), *totals = json_object();
    json_int_t clients = 0, subscriptions = 0;

    for (size_t i = 0; i < sim->n_bmcs; i++) {
        json_t *doc = bmc_describe(sim->bmcs[i], false);

        add_totals(totals, json_object_get(doc, "counters"));
        clients += json_integer_value(json_object_get(doc, "sse_clients"));
        subscriptions +=
            json_integer_value(json_object_get(doc, "subscriptions"));
        json_array_append_new(bmcs, doc);
    }
    reply_json(ret, 200,
               json_pack("{sf sI sI sI so so so}", "uptime_s",
                         (double)(time_now() - sim->started) / (double)USEC_SEC,
                         "sse_clients", clients, "subscriptions", subscriptions,
                         "emitting", (json_int_t)emit_pending(sim, NULL),
                         "load", load_describe(&sim->load), "totals", totals,
                         "bmcs", bmcs));
}

/* Lines of JSON from one BMC, or from all. */
static void show_lines(struct sim *sim, struct bmc *b, const char *what,
                       struct reply *ret)
{
    bool records = strcmp(what, "records") == 0;
    bool tests = strcmp(what, "tests") == 0;
    struct buf text = {0};

    for (size_t i = 0; i < sim->n_bmcs; i++)
        if (b && sim->bmcs[i] != b)
            continue;
        else if (records)
            overrides_format(sim->bmcs[i], &text);
        else
            ledger_format(sim->bmcs[i], tests, &text);
    ret->status = 200;
    ret->type = "application/x-ndjson";
    ret->body = text.data;
    ret->len = text.len;
}

static void show(struct sim *sim, struct bmc *b, const char *what,
                 struct reply *ret)
{
    if (list_has("ledger,records,tests", what))
        show_lines(sim, b, what, ret);
    else if (b && !*what)
        reply_json(ret, 200, bmc_describe(b, true));
    else if (!b && (strcmp(what, "status") == 0 || strcmp(what, "bmcs") == 0))
        show_status(sim, ret);
    else
        fail(ret, 404,
             "nothing to see here: GET /status, /ledger, /bmcs/NAME, "
             "/bmcs/NAME/ledger, /bmcs/NAME/records");
}

static void run(struct request *r, struct bmc *b, const char *verb,
                struct reply *ret)
{
    struct error err = {""};
    json_t *body = NULL, *result;

    if (strcmp(verb, "quit") == 0) {
        sim_quit(r->sim);
        reply_json(ret, 200, json_pack("{sb}", "quitting", 1));
        return;
    }
    if (!action_exists(verb)) {
        fail(ret, 404,
             "there is no such action: emit, behave, set, reboot, reset, stop, "
             "resource, log, subscribe, logout, update, recount, quit");
        return;
    }
    if (r->body.len && !(body = request_json(r, &err))) {
        fail(ret, 400, err.text);
        return;
    }
    if (action_run(r->sim, b, verb, body, &result, &err) < 0)
        fail(ret, 400, err.text);
    else
        reply_json(ret, 200, result);
    json_decref(body);
}

void control_handle(struct request *r, struct reply *ret)
{
    const char *what = r->path + 1;
    struct bmc *b = NULL;

    if (is_prefix(r->path, "/bmcs/")) {
        const char *name = r->path + 6;
        char *end = strchr(name, '/');

        what = end ? end + 1 : "";
        if (end)
            *end = 0;
        b = sim_find_bmc(r->sim, name);
        if (!b) {
            fail(ret, 404, "there is no BMC of that name: see GET /status");
            return;
        }
    }
    if (request_is(r, "GET"))
        show(r->sim, b, what, ret);
    else if (request_is(r, "POST"))
        run(r, b, what, ret);
    else
        fail(ret, 405, "use GET or POST");
}
