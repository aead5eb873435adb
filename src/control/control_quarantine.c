/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asked of the quarantine: to try an item again, or to let it go. A payload
 * that could not be read takes the whole way once more, as if the BMC had sent
 * it now; what a sink refused, that sink gets once more. The file goes when
 * the new records are durable, or when the far end has acknowledged it: a
 * death in between leaves it, and costs a double with the same id.
 */
#include <string.h>

#include "control/control_call.h"
#include "control/control_rooms.h"
#include "decode.h"
#include "log.h"
#include "quarantine/envelope.h"
#include "util/alloc.h"

/* A payload that is on its way to the disk. */
struct control_retry {
    struct control_retry *next;
    uint64_t ticket;
    char *item;
    struct control_call *call; /* NULL: nobody waits any more */
};

/* It is taken in all the same; only nobody is told. */
static void on_gone(void *userdata)
{
    struct control_retry *r = userdata;

    r->call = NULL;
}

static void wait_for(struct control_view *view, struct control_call *call,
                     const char *item, uint64_t ticket)
{
    struct control_retry *r = XNEW(struct control_retry);

    r->ticket = ticket;
    r->item = xstrdup(item);
    r->call = call;
    r->next = view->retries;
    view->retries = r;
    control_call_on_gone(call, on_gone, r);
}

static void conclude(struct control_view *view, struct control_retry *r)
{
    struct error err = {""};
    int dropped = quarantine_drop(view->quarantine, r->item, &err);

    if (dropped < 0)
        log_warning("quarantine: %s was taken in again and stays: %s", r->item,
                    err.text);
    if (!r->call)
        return;
    control_call_on_gone(r->call, NULL, NULL);
    if (dropped < 0)
        control_call_fail(r->call, "it was taken in, but %s", err.text);
    else
        control_call_done(r->call, 1);
}

static void retry_free(struct control_retry *r)
{
    free(r->item);
    free(r);
}

void control_quarantine_settle(struct control_view *view)
{
    struct control_retry **at = &view->retries, *r;
    uint64_t durable;

    if (!*at)
        return;
    durable = spool_durable(view->figures->spool);
    while ((r = *at)) {
        if (r->ticket > durable) {
            at = &r->next;
            continue;
        }
        *at = r->next;
        conclude(view, r);
        retry_free(r);
    }
}

/*
 * Their files stay, though what was in them may be in the spool: the double
 * that the essay speaks of.
 */
void control_quarantine_done(struct control_view *view)
{
    struct control_retry *r;

    while ((r = view->retries)) {
        view->retries = r->next;
        retry_free(r);
    }
}

static const char *source_of(const struct envelope *e)
{
    return e->source ? e->source : "webhook";
}

/* What would still be unreadable would only come back. */
static bool is_readable(const struct envelope *e, char why[128])
{
    struct decode_options options = {.received = clock_real(),
                                     .log = strcmp(source_of(e), "log") == 0};
    struct decode_result result;
    bool good = true;

    decode_payload(e->payload.data ? e->payload.data : "", e->payload.len,
                   &options, &result);
    for (size_t i = 0; good && i < result.count; i++) {
        good = result.items[i].kind != DECODE_UNREADABLE;
        if (!good)
            memcpy(why, result.items[i].why, sizeof(result.items[i].why));
    }
    decode_result_done(&result);
    return good;
}

static void retry_payload(struct control_view *view, struct control_call *call,
                          const char *item, const struct envelope *e)
{
    struct pipeline_intake in = {
        .bmc = e->bmc ? fleet_find(view->fleet, e->bmc) : NULL,
        .source = source_of(e),
        .bytes = e->payload.data,
        .len = e->payload.len,
        .received = clock_real(),
    };
    char why[128];

    if (!in.bmc)
        control_call_fail(call, "its BMC %s is not in the configuration",
                          e->bmc ? e->bmc : "(none)");
    else if (!is_readable(e, why))
        control_call_fail(call, "it still cannot be read: %s", why);
    else if (spool_state(view->figures->spool) != SPOOL_OK)
        control_call_fail(call, "the spool takes nothing now; try later");
    else
        wait_for(view, call, item, pipeline_take(view->pipeline, &in));
}

/* By its number, as long as the spool has the record. */
static void retry_refused(struct control_view *view, struct control_call *call,
                          char *item, const struct envelope *e)
{
    uint64_t oldest = spool_oldest(view->figures->spool);
    struct replay_window window = {
        .first = e->seq, .last = e->seq, .until = USEC_INFINITY, .item = item};

    if (e->seq == 0 || oldest == 0 || e->seq < oldest)
        control_call_fail(call,
                          "record %llu is not in the spool any more; "
                          "quarantine show has its text",
                          (unsigned long long)e->seq);
    else if (outlets_replay(view->outlets, e->sink, &window) < 0)
        control_call_fail(call, "there is no sink %s any more", e->sink);
    else
        control_call_done(call, 1);
}

static void retry(struct control_call *call, void *userdata)
{
    struct control_view *view = userdata;
    const char *id = control_call_text(call, "id");
    _cleanup_(envelope_done) struct envelope e = {0};
    _cleanup_free_ char *path = NULL, *item = xstrdup(id);
    struct error err = {"which? an id is needed"};

    if (id)
        path = envelope_path(quarantine_directory(view->quarantine), id, &err);
    if (!path || envelope_read(path, &e, &err) < 0)
        control_call_fail(call, "%s", err.text);
    else if (e.sink)
        retry_refused(view, call, item, &e);
    else
        retry_payload(view, call, item, &e);
}

static void drop(struct control_call *call, void *userdata)
{
    struct control_view *view = userdata;
    const char *id = control_call_text(call, "id");
    struct error err = {"which? an id is needed"};

    if (!id || quarantine_drop(view->quarantine, id, &err) < 0)
        control_call_fail(call, "%s", err.text);
    else
        control_call_done(call, 1);
}

static const struct control_command commands[] = {
    {"quarantine-retry", retry},
    {"quarantine-drop", drop},
};

void control_quarantine_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
