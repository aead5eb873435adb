/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether all is well: how many BMCs are in which state, what each sink does,
 * how full the spool is and how long it lasts if nothing is delivered any
 * more, what is wrong in the fleet, and in sentences what somebody should see
 * to. No sentence: all is well.
 */
#include "control/control_rooms.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/control_call.h"
#include "control/control_fleet.h"
#include "formats/text.h"
#include "inventory.h"
#include "subscribe/leftover.h"
#include "util/alloc.h"
#include "util/json_writer.h"

#define NAMES_SHOWN 3    /* of the BMCs in a bad state */
#define SPOOL_FULL_AT 80 /* percent of undelivered events that worry */
#define LASTS_MAX (365 * USEC_PER_DAY)

struct report {
    const struct control_view *view;
    const struct metrics_view *figures;
    struct json_writer w;
    struct buffer attention; /* sentences, each as JSON with a comma behind */
};

static void number(struct report *r, const char *key, uint64_t n)
{
    json_writer_key(&r->w, key);
    json_writer_u64(&r->w, n);
}

static void open_member(struct report *r, const char *key)
{
    json_writer_key(&r->w, key);
    json_writer_open_object(&r->w);
}

/* Something for somebody to see to. */
static void _printf_(2, 3) attend(struct report *r, const char *format, ...)
{
    _cleanup_free_ char *text = NULL;
    struct json_writer w;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    if (!text)
        return;
    if (r->attention.len)
        buffer_add_char(&r->attention, ',');
    json_writer_init(&w, &r->attention);
    json_writer_text(&w, text, strlen(text));
}

/* "r1-n01, r1-n02, r1-n03 and 9 more" */
static char *name_some(const struct metrics_view *v, enum inventory_state state,
                       size_t count)
{
    struct control_fleet *f = control_fleet_new(v->fleet);
    struct buffer names = {0};
    struct inventory_row row;
    const struct bmc *bmc;
    size_t shown = 0;

    control_fleet_add(f, "*");
    while (shown < NAMES_SHOWN && (bmc = control_fleet_next(f))) {
        inventory_describe(inventory_keep(v->host), bmc, &row);
        if (row.state != state)
            continue;
        buffer_printf(&names, "%s%s", shown ? ", " : "", bmc->name);
        shown++;
    }
    control_fleet_free(f);
    if (count > shown)
        buffer_printf(&names, " and %zu more", count - shown);
    return buffer_take_text(&names);
}

static const char *const bad_states[INVENTORY_STATES] = {
    [INVENTORY_REFUSED] = "refuses what Trawl needs of it",
    [INVENTORY_LOCKED] = "refused the password, and is left alone for a while",
    [INVENTORY_SILENT] = "does not answer",
};

static void report_ways(struct report *r, const struct inventory_sums *sums)
{
    open_member(r, "ways");
    for (int w = INVENTORY_NO_WAY + 1; w < INVENTORY_WAYS; w++)
        number(r, inventory_way_name((enum inventory_way)w), sums->ways[w]);
    number(r, "degraded", sums->degraded);
    json_writer_close_object(&r->w);
}

static void report_bmcs(struct report *r)
{
    struct inventory_sums sums;

    inventory_sum(inventory_keep(r->figures->host), r->figures->fleet, &sums);
    open_member(r, "bmcs");
    number(r, "all", sums.bmcs);
    for (int s = 0; s < INVENTORY_STATES; s++) {
        const char *name = inventory_state_name((enum inventory_state)s);
        _cleanup_free_ char *some = NULL;

        number(r, name, sums.states[s]);
        if (sums.states[s] == 0 || !bad_states[s])
            continue;
        some = name_some(r->figures, (enum inventory_state)s, sums.states[s]);
        attend(r, "%zu BMC%s: %s (%s)", sums.states[s],
               sums.states[s] == 1 ? "" : "s", some, bad_states[s]);
    }
    json_writer_close_object(&r->w);
    report_ways(r, &sums);
}

/* What is left at BMCs that are not configured any more. */
static void report_leftovers(struct report *r)
{
    const struct subscriber *subscriber = r->figures->host->subscriber;
    _cleanup_(buffer_done) struct buffer names = {0};
    struct leftover l;
    size_t count = 0, cursor = 0;

    while (leftover_next(subscriber, &cursor, &l)) {
        if (count++ < NAMES_SHOWN)
            buffer_printf(&names, "%s%s", names.len ? ", " : "", l.bmc);
        free(l.uri);
    }
    number(r, "leftovers", count);
    if (count > NAMES_SHOWN)
        buffer_printf(&names, " and %zu more", count - NAMES_SHOWN);
    if (count > 0)
        attend(r,
               "%zu BMC%s not configured any more may still have our "
               "subscription: %s (trawlctl subscriptions says where; settled: "
               "trawlctl unsubscribe --forget NAME)",
               count, count == 1 ? "" : "s", names.data);
}

static const char *sink_state(enum deliver_state state)
{
    switch (state) {
    case DELIVER_STARTING:
        return "starting";
    case DELIVER_UP:
        return "up";
    case DELIVER_DOWN:
        break;
    }
    return "down";
}

static void report_sink(struct report *r, const char *name,
                        const struct deliver_stats *s)
{
    uint64_t routed = ledger_routed(r->figures->ledger, name);
    uint64_t settled = s->delivered + s->refused + s->skipped;
    uint64_t backlog = routed > settled ? routed - settled : 0;
    const char *trouble = *s->trouble.text ? s->trouble.text : NULL;

    json_writer_open_object(&r->w);
    json_writer_member(&r->w, "name", name);
    json_writer_member(&r->w, "state", sink_state(s->state));
    number(r, "backlog", backlog);
    number(r, "delivered", s->delivered);
    number(r, "refused", s->refused);
    number(r, "skipped", s->skipped);
    if (s->last_success)
        text_json_time(&r->w, "last_success", s->last_success, 3);
    json_writer_member(&r->w, "error", trouble);
    json_writer_close_object(&r->w);
    if (s->state == DELIVER_DOWN)
        attend(r, "sink %s is down, %" PRIu64 " records wait: %s", name,
               backlog, trouble ? trouble : "no word why");
}

/* Returns what all sinks are through with. */
static uint64_t report_sinks(struct report *r)
{
    uint64_t least = spool_appended(r->figures->spool);
    struct deliver_stats stats;
    const char *name;
    size_t cursor = 0;

    json_writer_key(&r->w, "sinks");
    json_writer_open_array(&r->w);
    while (outlets_next(r->figures->outlets, &cursor, &name, &stats)) {
        report_sink(r, name, &stats);
        least = MIN_OF(least, stats.seq);
    }
    json_writer_close_array(&r->w);
    return least;
}

static const char *spool_state_name(enum spool_state state)
{
    switch (state) {
    case SPOOL_OK:
        return "ok";
    case SPOOL_FULL:
        return "full";
    case SPOOL_SICK:
        break;
    }
    return "sick";
}

/* How long `room` bytes last at `per_second`; USEC_INFINITY: for ever. */
static usec_t lasting(double room, double per_second)
{
    double seconds = per_second > 0 ? room / per_second : 0;

    if (per_second <= 0 || seconds > (double)(LASTS_MAX / USEC_PER_SEC))
        return USEC_INFINITY;
    return (usec_t)seconds * USEC_PER_SEC;
}

/*
 * Delivered history goes first when room is needed, so only what a sink still
 * waits for counts. A record is as large as those since the start are.
 */
static void report_room(struct report *r, uint64_t done)
{
    struct spool *spool = r->figures->spool;
    uint64_t end = spool_appended(spool);
    uint64_t since = end - r->figures->recovery->last_seq;
    double max = (double)r->view->config->spool.max_size;
    double size = since ? (double)spool_added(spool) / (double)since : 0;
    double waiting = size * (double)(end - MIN_OF(done, end));
    double rate = rate_per_second(r->view->rate);
    unsigned percent = (unsigned)(100 * waiting / max);
    usec_t lasts = lasting(max - waiting, rate * size);

    number(r, "waiting_bytes", (uint64_t)waiting);
    number(r, "percent", percent);
    number(r, "records_per_minute", (uint64_t)(60 * rate));
    if (lasts != USEC_INFINITY)
        number(r, "lasts_seconds", lasts / USEC_PER_SEC);
    if (percent >= SPOOL_FULL_AT)
        attend(r, "the spool is %u %% full of undelivered events", percent);
}

static void report_spool(struct report *r, uint64_t done)
{
    struct spool *spool = r->figures->spool;
    enum spool_state state = spool_state(spool);
    struct error trouble = {""};

    open_member(r, "spool");
    json_writer_member(&r->w, "state", spool_state_name(state));
    number(r, "records", spool_appended(spool));
    number(r, "bytes", spool_size(spool, NULL));
    number(r, "max_bytes", r->view->config->spool.max_size);
    report_room(r, done);
    json_writer_close_object(&r->w);
    spool_trouble(spool, &trouble);
    if (state == SPOOL_FULL)
        attend(r, "the spool is full: BMCs are asked to wait");
    if (state == SPOOL_SICK)
        attend(r, "the spool cannot be written: %s", trouble.text);
}

static void report_conditions(struct report *r)
{
    const struct conditions *t = r->figures->conditions;
    size_t critical = conditions_open(t, SEVERITY_CRITICAL);

    open_member(r, "conditions");
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--)
        if (s != SEVERITY_OK)
            number(r, event_severity_name((enum severity)s),
                   conditions_open(t, (enum severity)s));
    json_writer_close_object(&r->w);
    if (critical)
        attend(r,
               "%zu critical condition%s open (trawlctl conditions "
               "--severity Critical)",
               critical, critical == 1 ? " is" : "s are");
}

static void report_self(struct report *r)
{
    json_writer_member(&r->w, "version", PACKAGE_VERSION);
    json_writer_member(&r->w, "collector", r->view->config->collector);
    text_json_time(&r->w, "started", r->figures->started, 0);
    number(r, "reloads", r->figures->reloads);
    number(r, "reload_errors", r->figures->reload_errors);
    number(r, "quarantined", quarantine_count(r->figures->quarantine));
    if (*r->figures->reload_error.text)
        attend(r,
               "the last reload was refused, the configuration before is in "
               "force: %s (mend it and reload; trawld --check-config and the "
               "log say all)",
               r->figures->reload_error.text);
}

static void tell_status(struct control_call *call, void *userdata)
{
    const struct control_view *view = userdata;
    struct report r = {.view = view, .figures = view->figures};
    struct buffer *out = control_call_out(call);

    json_writer_init(&r.w, out);
    json_writer_open_object(&r.w);
    report_self(&r);
    report_bmcs(&r);
    report_leftovers(&r);
    report_spool(&r, report_sinks(&r));
    report_conditions(&r);
    json_writer_key(&r.w, "well");
    json_writer_bool(&r.w, r.attention.len == 0);
    json_writer_key(&r.w, "attention");
    json_writer_open_array(&r.w);
    if (r.attention.len)
        json_writer_raw(&r.w, r.attention.data, r.attention.len);
    json_writer_close_array(&r.w);
    json_writer_close_object(&r.w);
    buffer_add_char(out, '\n');
    buffer_done(&r.attention);
    control_call_done(call, 1);
}

static const struct control_command commands[] = {
    {"status", tell_status},
};

void control_status_add(struct control *c, struct control_view *view)
{
    control_add(c, commands, ARRAY_LEN(commands), view);
}
