/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A BMC's logs through to the spool: what is new and nothing else, in order,
 * each record with the cursor of its log; what is said of what is lost; who
 * is told of the end of a run.
 */
#include "backfill.h"

#include "redfish_fixture.h"
#include "vendors.h"
#include "voice.h"

#define MANAGER "/redfish/v1/Managers/1"
#define SERVICES MANAGER "/LogServices"
#define LINK(to) "{\"@odata.id\":\"" to "\"}"

struct told {
    unsigned count;
    struct backfill_result last;
    struct error err;
};

struct world {
    struct scene s;
    struct backfill *backfill;
    struct told told;
    usec_t base;
};

static void on_done(void *userdata, const struct backfill_result *result)
{
    struct told *t = userdata;

    t->count++;
    t->last = *result;
    t->err = *result->err;
}

/* A body whose %T30 is thirty seconds before the test began. */
static char *dated(const struct world *w, const char *text)
{
    struct buffer out = {0};
    char time[CLOCK_TEXT_MAX];
    const char *mark;
    char *end;

    for (; (mark = strstr(text, "%T")); text = end) {
        long ago = strtol(mark + 2, &end, 10);

        buffer_add(&out, text, (size_t)(mark - text));
        clock_format(w->base - (usec_t)(ago * 1000000), 0, time);
        buffer_add_text(&out, time);
    }
    buffer_add_text(&out, text);
    return buffer_take_text(&out);
}

static void set(struct world *w, const char *path, unsigned status,
                const char *text)
{
    _cleanup_free_ char *body = dated(w, text);

    redfish_set(&w->s.service, "GET", path, status, body);
}

#define ENTRY(id, ago, arg)                                              \
    "{\"@odata.id\":\"" SERVICES "/Sel/Entries/" id "\",\"Id\":\"" id    \
    "\",\"Created\":\"%T" ago "\",\"Severity\":\"Critical\","            \
    "\"MessageId\":\"StorageDevice.1.1.DriveFailure\",\"MessageArgs\":[" \
    "\"" arg "\"]}"

/* Made once, so that a log read twice has the same times. */
static void set_log(struct world *w, const char *name, const char *entries)
{
    _cleanup_free_ char *path = xasprintf(SERVICES "/%s/Entries", name);
    _cleanup_free_ char *body = xasprintf("{\"Members\":[%s]}", entries);

    set(w, path, 200, body);
}

static void set_service(struct world *w, const char *name)
{
    _cleanup_free_ char *path = xasprintf(SERVICES "/%s", name);
    _cleanup_free_ char *body = xasprintf(
        "{\"Entries\":{\"@odata.id\":\"" SERVICES "/%s/Entries\"}}", name);

    set(w, path, 200, body);
}

static void spool_changed(struct source *source, uint64_t durable _unused_,
                          enum spool_state state _unused_)
{
    backfill_spool_changed((struct backfill *)source);
}

static void destroy(struct source *source _unused_)
{
}

static const struct source_type stand_in = {.spool_changed = spool_changed,
                                            .destroy = destroy};

static void on_discovered(void *userdata, unsigned status _unused_,
                          const struct error *err _unused_)
{
    *(bool *)userdata = true;
}

static void open_backfill(struct world *w)
{
    struct backfill_setup setup = {
        .loop = w->s.loop,
        .talk = w->s.talk,
        .pipeline = w->s.flow.pipeline,
        .spool = w->s.flow.spool,
        .ledger = w->s.flow.ledger,
    };

    w->backfill = backfill_new(&setup);
    w->s.source = (struct source *)w->backfill;
    w->s.type = &stand_in;
}

/* A BMC with a log "Sel", one switched off and one of dumps. */
static void furnish(struct world *w)
{
    redfish_furnish(&w->s.service, NULL);
    set(w, ROOT, 200, "{\"Managers\":" LINK("/redfish/v1/Managers") "}");
    set(w, "/redfish/v1/Managers", 200, "{\"Members\":[" LINK(MANAGER) "]}");
    set(w, MANAGER, 200,
        "{\"DateTime\":\"%T0\",\"LogServices\":" LINK(SERVICES) "}");
    set(w, SERVICES, 200,
        "{\"Members\":[" LINK(SERVICES "/Sel") "," LINK(
            SERVICES
            "/Off") "," LINK(SERVICES "/CrashDump") "," LINK("http://elsewhere/"
                                                             "log") "]}");
    set_service(w, "Sel");
    set(w, SERVICES "/Off", 200,
        "{\"ServiceEnabled\":false,\"Entries\":" LINK(SERVICES
                                                      "/Off/Entries") "}");
    set_log(w, "Sel", ENTRY("1", "90", "A") "," ENTRY("2", "80", "B"));
}

static void begin(struct world *w)
{
    bool found = false;

    *w = (struct world){.base = clock_real()};
    scene_init(&w->s);
    w->s.flow.config.correlate.tolerance = 5 * USEC_PER_SEC;
    scene_start(&w->s);
    furnish(w);
    open_backfill(w);
    discover_start(w->s.host.discoverer, w->s.flow.bmc, on_discovered, &found);
    wire_wait(w->s.loop, found && w->s.flow.bmc->service->is_whole);
}

static void end(struct world *w)
{
    flow_law(&w->s.flow);
    backfill_free(w->backfill);
    scene_done(&w->s);
}

/* A run to its end. */
static void run(struct world *w, usec_t since)
{
    unsigned before = w->told.count;

    backfill_start(w->backfill, w->s.flow.bmc, since, "a test", on_done,
                   &w->told);
    is_int(w->told.count, before, "nothing is told inside");
    ok(wire_wait(w->s.loop, w->told.count > before), "a run ends");
}

static uint64_t records(struct world *w)
{
    return spool_appended(w->s.flow.spool);
}

static void test_first_contact(void)
{
    struct world w;
    struct flow_record *r;
    char *logs;

    begin(&w);
    run(&w, BACKFILL_ALL);
    ok(w.told.last.ok && w.told.last.missed == 0, "at first nothing is sent");
    is_int(flow_count(&w.s.flow, VOICE_LOGS_FOLLOWED), 1, "... which is said");
    logs = flow_last_arg(&w.s.flow, VOICE_LOGS_FOLLOWED);
    is_text(logs, "1", "... of the one log that is an event log");
    free(logs);
    r = flow_read(&w.s.flow, records(&w));
    ok(event_has(&r->event, EVENT_LOG_CURSOR), "... with where it goes on");
    flow_record_free(r);
    is_int(redfish_count(&w.s.service, "Off/Entries") +
               redfish_count(&w.s.service, "CrashDump"),
           0, "others are left alone");
    is_int(flow_count(&w.s.flow, VOICE_URI_REFUSED), 1,
           "one that is elsewhere is refused");
    run(&w, BACKFILL_ALL);
    is_int(records(&w), 2, "nothing new: no record");
    is_int(redfish_count(&w.s.service, "GET " SERVICES " "), 1,
           "where the logs are is known");
    end(&w);
}

static const char *arg_of(struct flow_record *r)
{
    size_t cursor = 0;

    return event_next(&r->event, EVENT_ARG, &cursor, NULL);
}

static void test_news(void)
{
    struct flow_record *c, *d;
    struct world w;
    uint64_t before;

    begin(&w);
    run(&w, BACKFILL_ALL);
    before = records(&w);
    set_log(&w, "Sel",
            ENTRY("4", "20", "D") "," ENTRY("3", "30", "C") "," ENTRY(
                "2", "80", "B") "," ENTRY("1", "90", "A"));
    set_log(&w, "Sel",
            ENTRY("2", "80", "B") "," ENTRY("3", "30", "C") "," ENTRY("4", "20",
                                                                      "D"));
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 2, "what is new is found");
    is_int(w.told.last.duplicates, 0, "... and is no duplicate");
    c = flow_read(&w.s.flow, before + 1);
    d = flow_read(&w.s.flow, before + 2);
    is_text(arg_of(c), "C", "... the oldest first");
    is_text(arg_of(d), "D", "... in their order");
    is_text(event_text(&c->event, EVENT_SOURCE, NULL), "log", "... as a log's");
    is_text(event_text(&c->event, EVENT_LOG_ENTRY, NULL),
            SERVICES "/Sel/Entries/3", "... with the entry");
    ok(event_has(&c->event, EVENT_LOG_CURSOR) &&
           strcmp(event_text(&c->event, EVENT_LOG_CURSOR, NULL),
                  event_text(&d->event, EVENT_LOG_CURSOR, NULL)) != 0,
       "... and each with its own cursor");
    bmc_heed_record(w.s.flow.bmc, &c->event);
    flow_record_free(c);
    flow_record_free(d);
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed + w.told.last.duplicates, 1,
           "a start after the first record reads the second again");
    is_int(w.told.last.duplicates, 1, "... which is known");
    end(&w);
}

/* A log of places: the newest entry is in the last, one was never filled. */
static void test_places(void)
{
#define VACANT(id)                                                      \
    "{\"Id\":\"" id "\",\"Created\":\"0000-00-00T00:00:00Z\","          \
    "\"EntryType\":\"Oem\",\"MessageId\":\"NULL\",\"Severity\":\"OK\"," \
    "\"EventId\":\"00000000-0000-0000-0000-000000000000\"}"
#define PLACED(id, guid, ago)                                             \
    "{\"Id\":\"" id "\",\"Created\":\"%T" ago "\",\"EntryType\":\"Oem\"," \
    "\"MessageId\":\"iLOEvents.2.1.ServerPoweredOn\","                    \
    "\"EventId\":\"a1b986e6-f78f-dfea-69a9-92132800000" guid "\"}"
    struct world w;

    begin(&w);
    set_log(&w, "Sel",
            VACANT("1") "," PLACED("2", "1", "50") "," PLACED("3", "2", "40"));
    run(&w, BACKFILL_ALL);
    set_log(&w, "Sel",
            PLACED("1", "1", "50") "," PLACED("2", "2",
                                              "40") "," PLACED("3", "3", "30"));
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 1, "an entry that moved is no other");
    set_log(&w, "Sel",
            PLACED("1", "2", "40") "," PLACED("2", "3",
                                              "30") "," PLACED("3", "4", "30"));
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 1, "... of the same second, too");
    is_int(flow_count(&w.s.flow, VOICE_EVENTS_MISSED), 0,
           "... and none was overwritten");
    set_log(&w, "Sel", VACANT("1") "," VACANT("2") "," PLACED("3", "5", "9"));
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 1, "places without an entry bring none");
    end(&w);
}

/* The event came by itself, and stands in the log a second apart. */
static void test_duplicate(void)
{
    _cleanup_free_ char *body = NULL;
    struct world w;

    begin(&w);
    body = dated(&w, "{\"MessageId\":\"StorageDevice.1.1.DriveFailure\","
                     "\"EventTimestamp\":\"%T30\",\"EventId\":\"e9\","
                     "\"MessageArgs\":[\"C\"]}");
    run(&w, BACKFILL_ALL);
    flow_take(&w.s.flow, body, NULL);
    set_log(&w, "Sel", ENTRY("2", "80", "B") "," ENTRY("3", "29", "C"));
    run(&w, BACKFILL_ALL);
    ok(w.told.last.missed == 0 && w.told.last.duplicates == 1,
       "what came by itself is a duplicate");
    is_int(ledger_outcome(w.s.flow.ledger, OUTCOME_SUPPRESSED_DUPLICATE), 1,
           "... and counted as one");
    end(&w);
}

static void test_window(void)
{
    struct world w;

    begin(&w);
    set_log(&w, "Sel",
            ENTRY("1", "9000", "A") "," ENTRY("2", "5000", "B") "," ENTRY(
                "3", "2000", "C") "," ENTRY("4", "10", "D"));
    run(&w, clock_real() - 4000 * USEC_PER_SEC);
    is_int(w.told.last.missed, 2, "a time that is asked for is read");
    is_int(flow_count(&w.s.flow, VOICE_LOGS_FOLLOWED), 0,
           "... also of logs that we never were in");
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 0, "... and then we are");
    end(&w);
}

/* What is pushed before a gap is closed does not move its beginning. */
static void test_gap(void)
{
    usec_t before = clock_real() - 1000 * USEC_PER_SEC;
    struct flow_record *r;
    struct world w;

    begin(&w);
    set_log(&w, "Sel", ENTRY("2", "5000", "B"));
    run(&w, BACKFILL_ALL);
    ok(!w.s.flow.bmc->gap, "who was just read misses nothing");
    w.s.flow.bmc->last_pushed = before;
    set_log(&w, "Sel",
            ENTRY("2", "5000", "B") "," ENTRY("3", "2000",
                                              "C") "," ENTRY("4", "700", "D"));
    redfish_go_away(&w.s.service);
    run(&w, BACKFILL_GAP);
    ok(w.s.flow.bmc->gap && !w.told.last.ok, "a gap stays until it is read");
    r = flow_read(&w.s.flow, flow_take(&w.s.flow,
                                       "{\"MessageId\":\"Acme.1.0.Boom\","
                                       "\"EventId\":\"1\"}",
                                       NULL));
    ok(event_has(&r->event, EVENT_IN_GAP), "what is pushed in it says so");
    bmc_heed_record(w.s.flow.bmc, &r->event);
    is_int(w.s.flow.bmc->last_pushed, before, "... and does not close it");
    flow_record_free(r);
    redfish_come(&w.s.service, w.s.loop);
    run(&w, BACKFILL_GAP);
    is_int(w.told.last.missed, 1, "what happened in it is read");
    ok(!w.s.flow.bmc->gap && w.s.flow.bmc->last_pushed > before,
       "... and it is over");
    end(&w);
}

static void test_lost(void)
{
    struct world w;

    begin(&w);
    run(&w, BACKFILL_ALL);
    set_log(&w, "Sel", ENTRY("1", "5", "Z"));
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 1, "of a log that was cleared all is new");
    is_int(flow_count(&w.s.flow, VOICE_EVENTS_MISSED), 1, "... and it is said");
    set_log(&w, "Sel", ENTRY("7", "4", "Y") "," ENTRY("8", "3", "X"));
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 2, "of one that wrapped, too");
    is_int(flow_count(&w.s.flow, VOICE_EVENTS_MISSED), 2, "... likewise");
    end(&w);
}

#define REPAIRABLE(repaired)                                            \
    "{\"Id\":\"9\",\"Created\":\"2026-01-01T00:00:00Z\",\"MessageId\":" \
    "\"2.113\",\"Severity\":\"Critical\",\"Message\":\"m\","            \
    "\"Oem\":{\"Hpe\":{\"Repaired\":" repaired "}}}"

static void test_repaired(void)
{
    struct flow_record *r;
    struct world w;

    begin(&w);
    set_log(&w, "Sel", "");
    run(&w, BACKFILL_ALL);
    set_log(&w, "Sel", REPAIRABLE("false"));
    run(&w, BACKFILL_ALL);
    r = flow_read(&w.s.flow, records(&w));
    is_text(event_text(&r->event, EVENT_CONDITION_STATE, NULL), "raised",
            "an entry raises");
    flow_record_free(r);
    set_log(&w, "Sel", REPAIRABLE("true"));
    run(&w, BACKFILL_ALL);
    r = flow_read(&w.s.flow, records(&w));
    is_text(event_text(&r->event, EVENT_CONDITION_STATE, NULL), "cleared",
            "... and clears when it is repaired");
    flow_record_free(r);
    run(&w, BACKFILL_ALL);
    is_int(w.told.last.missed, 0, "... once");
    end(&w);
}

static void test_failures(void)
{
    struct world w;

    begin(&w);
    set(&w, SERVICES, 200,
        "{\"Members\":[" LINK(SERVICES "/Bad") "," LINK(SERVICES "/Sel") "]}");
    set_service(&w, "Bad");
    set(&w, SERVICES "/Bad/Entries", 500, "{}");
    run(&w, BACKFILL_ALL);
    ok(!w.told.last.ok && w.told.last.status == 500, "a bad log is told");
    ok(strstr(w.told.err.text, "/Bad/"), "... by its name");
    is_int(flow_count(&w.s.flow, VOICE_LOGS_FOLLOWED), 1,
           "... and the other is read");
    set(&w, SERVICES "/Bad/Entries", 200, "<html>");
    set_log(&w, "Sel", ENTRY("2", "80", "B") "," ENTRY("3", "40", "C"));
    run(&w, BACKFILL_ALL);
    ok(!w.told.last.ok && w.told.last.status == 200 && w.told.last.missed == 1,
       "so it is with one that answers nonsense");
    set(&w, SERVICES "/Bad/Entries", 503, "{}");
    set_log(&w, "Sel", ENTRY("3", "40", "C") "," ENTRY("4", "30", "D"));
    run(&w, BACKFILL_ALL);
    ok(!w.told.last.ok && w.told.last.missed == 0,
       "one that asks for a pause ends it");
    set_log(&w, "Bad", "");
    run(&w, BACKFILL_ALL);
    ok(w.told.last.ok && w.told.last.missed == 1,
       "... and nothing was lost by that");
    redfish_go_away(&w.s.service);
    run(&w, BACKFILL_ALL);
    ok(!w.told.last.ok && w.told.last.status == 0, "no answer is told");
    end(&w);
}

static void test_runs(void)
{
    struct told first = {0}, second = {0}, late = {0};
    struct backfill_run *r;
    struct world w;

    begin(&w);
    r = backfill_start(w.backfill, w.s.flow.bmc, BACKFILL_ALL, "a", on_done,
                       &first);
    backfill_start(w.backfill, w.s.flow.bmc, BACKFILL_ALL, "b", on_done,
                   &second);
    is_int(backfill_waiting(w.backfill), 1, "one run per BMC");
    backfill_cancel(r);
    ok(wire_wait(w.s.loop, redfish_count(&w.s.service, "Sel/Entries") == 1),
       "it reads");
    is_int(backfill_running(w.backfill), 1, "... and counts as running");
    backfill_start(w.backfill, w.s.flow.bmc, BACKFILL_ALL, "c", on_done, &late);
    ok(wire_wait(w.s.loop, second.count == 1), "who joined is told");
    is_int(late.count, 0, "... but not who came too late");
    ok(wire_wait(w.s.loop, late.count == 1), "that one has its own run");
    is_int(redfish_count(&w.s.service, "Sel/Entries"), 2, "... of the log");
    is_int(first.count, 0, "who cancelled is not told");
    r = backfill_start(w.backfill, w.s.flow.bmc, BACKFILL_ALL, "d", on_done,
                       &first);
    backfill_cancel(r);
    is_int(backfill_waiting(w.backfill), 0, "nobody waits for nothing");
    backfill_start(w.backfill, w.s.flow.bmc, BACKFILL_ALL, "e", on_done,
                   &first);
    wire_wait(w.s.loop, backfill_running(w.backfill) == 1);
    backfill_remove(w.backfill, w.s.flow.bmc);
    is_int(backfill_running(w.backfill), 0, "a BMC that leaves ends its run");
    ok(first.count == 1 && !first.last.ok, "... which is told");
    backfill_cancel(NULL);
    end(&w);
}

static void test_clock(void)
{
    struct world w;

    begin(&w);
    run(&w, BACKFILL_ALL);
    is_int(flow_count(&w.s.flow, VOICE_CLOCK_WRONG), 0, "a clock is right");
    w.s.flow.bmc->skew = (struct skew){0};
    set(&w, MANAGER, 200,
        "{\"DateTime\":\"%T7200\",\"LogServices\":" LINK(SERVICES) "}");
    set_log(&w, "Sel",
            ENTRY("2", "80", "B") "," ENTRY("3", "9200",
                                            "C") "," ENTRY("4", "7210", "D"));
    run(&w, clock_real() - 1000 * USEC_PER_SEC);
    is_int(flow_count(&w.s.flow, VOICE_CLOCK_WRONG), 1, "a wrong one is told");
    is_int(w.told.last.missed, 1, "... and the time asked for is on it");
    end(&w);
}

/* More than the disk has taken is not handed on. */
static void test_pace(void)
{
    _cleanup_(buffer_done) struct buffer log = {0};
    struct world w;
    uint64_t most = 0;

    begin(&w);
    run(&w, BACKFILL_ALL);
    buffer_add_text(&log, ENTRY("2", "80", "B"));
    for (unsigned i = 3; i < 500; i++) {
        _cleanup_free_ char *e = xasprintf(
            ","
            "{\"Id\":\"%u\",\"Created\":\"%%T%u\",\"Message\":\"m%u\"}",
            i, 600 - i, i);

        buffer_add_text(&log, e);
    }
    set_log(&w, "Sel", log.data);
    backfill_start(w.backfill, w.s.flow.bmc, BACKFILL_ALL, "a test", on_done,
                   &w.told);
    wire_wait(w.s.loop, ({
                  most = MAX_OF(most, spool_appended(w.s.flow.spool) -
                                          spool_durable(w.s.flow.spool));
                  w.told.count == 2;
              }));
    is_int(w.told.last.missed, 497, "all of a long log come");
    ok(most < 128, "... in bursts, each on disk before the next: %u",
       (unsigned)most);
    end(&w);
}

int main(void)
{
    test_first_contact();
    test_news();
    test_places();
    test_duplicate();
    test_window();
    test_gap();
    test_lost();
    test_repaired();
    test_failures();
    test_runs();
    test_clock();
    test_pace();
    return done_testing();
}
