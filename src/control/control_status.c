/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether all is well: how many BMCs are in which state, what each sink does,
 * how full the spool is and how long it lasts if nothing is delivered any
 * more, what is wrong in the fleet, and in sentences what somebody should see
 * to. No sentence: all is well. A fleet of nobody is not.
 */
#include "control/control_status.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "control/control_call.h"
#include "formats/text.h"
#include "util/alloc.h"

#define SPOOL_FULL_AT 80 /* percent of undelivered events that worry */
#define MIB (1u << 20)
#define ROOM_LEAST (192 * MIB) /* that max_size must have */
#define RECORD_USUAL 1024
#define LASTS_MAX (365 * USEC_PER_DAY)

void control_status_number(struct report *r, const char *key, uint64_t n)
{
    json_writer_key(&r->w, key);
    json_writer_u64(&r->w, n);
}

void control_status_open(struct report *r, const char *key)
{
    json_writer_key(&r->w, key);
    json_writer_open_object(&r->w);
}

void control_status_attend(struct report *r, const char *format, ...)
{
    _cleanup_free_ char *text = NULL;
    struct json_writer w;
    va_list args;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    if (r->attention.len)
        buffer_add_char(&r->attention, ',');
    json_writer_init(&w, &r->attention);
    json_writer_text(&w, text, strlen(text));
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
    control_status_number(r, "backlog", backlog);
    control_status_number(r, "delivered", s->delivered);
    control_status_number(r, "refused", s->refused);
    control_status_number(r, "skipped", s->skipped);
    if (s->last_success)
        text_json_time(&r->w, "last_success", s->last_success, 3);
    json_writer_member(&r->w, "error", trouble);
    json_writer_close_object(&r->w);
    if (s->state == DELIVER_DOWN)
        control_status_attend(r, "sink %s is down, %" PRIu64 " record%s: %s",
                              name, backlog, backlog == 1 ? " waits" : "s wait",
                              trouble ? trouble : "no word why");
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
        if (stats.seq < least)
            r->holder = stats.state == DELIVER_DOWN ? name : NULL;
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

/* What the spool may hold in all: as configured, or what the disk has. */
static double room_of(const struct report *r)
{
    const struct config *c = r->view->config;
    double max = (double)c->spool.max_size, has;
    struct statvfs disk;

    if (statvfs(c->spool.directory, &disk) < 0)
        return max;
    has = (double)disk.f_bavail * (double)disk.f_frsize +
          (double)spool_size(r->figures->spool, NULL);
    return MIN_OF(max, has);
}

/*
 * Delivered history goes first when room is needed, so only what a sink still
 * waits for counts. A record is as large as those since the start are, or the
 * usual ones while there are none.
 */
static void report_room(struct report *r, uint64_t done)
{
    struct spool *spool = r->figures->spool;
    uint64_t end = spool_appended(spool);
    uint64_t since = end - r->figures->recovery->last_seq;
    double max = room_of(r);
    double size =
        since ? (double)spool_added(spool) / (double)since : RECORD_USUAL;
    double waiting = size * (double)(end - MIN_OF(done, end));
    double rate = rate_per_second(r->view->rate);
    unsigned percent = (unsigned)(100 * waiting / max);
    usec_t lasts = lasting(max - waiting, rate * size);

    control_status_number(r, "room_bytes", (uint64_t)max);
    control_status_number(r, "waiting_bytes", (uint64_t)waiting);
    control_status_number(r, "percent", percent);
    control_status_number(r, "records_per_minute", (uint64_t)(60 * rate));
    if (lasts != USEC_INFINITY)
        control_status_number(r, "lasts_seconds", lasts / USEC_PER_SEC);
    if (percent >= SPOOL_FULL_AT)
        control_status_attend(
            r, "the spool is %u %% full of undelivered events", percent);
    if (max < ROOM_LEAST)
        control_status_attend(
            r,
            "the disk has room for %u MiB of the spool, and spool.max_size "
            "is %u MiB",
            (unsigned)(max / MIB),
            (unsigned)(r->view->config->spool.max_size / MIB));
}

static void report_spool(struct report *r, uint64_t done)
{
    struct spool *spool = r->figures->spool;
    enum spool_state state = spool_state(spool);
    struct error trouble = {""};

    control_status_open(r, "spool");
    json_writer_member(&r->w, "state", spool_state_name(state));
    control_status_number(r, "records", spool_appended(spool));
    control_status_number(r, "bytes", spool_size(spool, NULL));
    control_status_number(r, "max_bytes", r->view->config->spool.max_size);
    report_room(r, done);
    json_writer_close_object(&r->w);
    spool_trouble(spool, &trouble);
    if (state == SPOOL_FULL)
        control_status_attend(
            r, "the spool is full, BMCs are asked to wait: %s%s%s",
            *trouble.text ? trouble.text : "spool.max_size is reached",
            r->holder ? "; it is held by what waits for sink " : "",
            r->holder ? r->holder : "");
    if (state == SPOOL_SICK)
        control_status_attend(r, "the spool cannot be written: %s",
                              trouble.text);
}

static void report_conditions(struct report *r)
{
    const struct conditions *t = r->figures->conditions;
    size_t critical = conditions_open(t, SEVERITY_CRITICAL);

    control_status_open(r, "conditions");
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--)
        if (s != SEVERITY_OK)
            control_status_number(r, event_severity_name((enum severity)s),
                                  conditions_open(t, (enum severity)s));
    json_writer_close_object(&r->w);
    if (critical)
        control_status_attend(
            r,
            "%zu critical condition%s open (trawlctl conditions "
            "--severity Critical)",
            critical, critical == 1 ? " is" : "s are");
}

static void report_self(struct report *r)
{
    json_writer_member(&r->w, "version", PACKAGE_VERSION);
    json_writer_member(&r->w, "collector", r->view->config->collector);
    text_json_time(&r->w, "started", r->figures->started, 0);
    control_status_number(r, "reloads", r->figures->reloads);
    control_status_number(r, "reload_errors", r->figures->reload_errors);
    control_status_number(r, "quarantined",
                          quarantine_count(r->figures->quarantine));
    if (r->view->registries && registry_set_count(r->view->registries) == 0)
        control_status_attend(
            r, "no message registry was found: events have no more text than "
               "BMCs send, and problems do not end (is the package whole?)");
    if (*r->figures->reload_error.text)
        control_status_attend(
            r,
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
    control_status_fleet(&r);
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
