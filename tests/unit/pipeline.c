/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A payload's way through all stages into a real spool: what the records say,
 * what Trawl says of itself, and that the books agree with the disk.
 */
#include "pipeline.h"

#include "flow_fixture.h"
#include "catalogue.h"
#include "voice.h"

#define TIME "\"EventTimestamp\":\"2026-11-20T07:34:27Z\""
#define RECORD                                                \
    "{\"MessageId\":\"StorageDevice.1.1.DriveFailure\"," TIME \
    ",\"EventId\":\"1\",\"MemberId\":\"0\",\"MessageArgs\":[\"Bay 3\"]}"
#define OTHER                                                 \
    "{\"MessageId\":\"StorageDevice.1.1.DriveFailure\"," TIME \
    ",\"EventId\":\"2\",\"MessageArgs\":[\"Bay 4\"]}"
#define EVENT(records)                                       \
    "{\"@odata.type\":\"#Event.v1_7_0.Event\",\"Id\":\"1\"," \
    "\"Name\":\"Events\",\"Events\":[" records "]}"
#define REPORT                                                \
    "{\"@odata.type\":\"#MetricReport.v1_0_0.MetricReport\"," \
    "\"Id\":\"r\",\"MetricValues\":[{\"MetricId\":\"a\"}]}"

/* A story from the first record on. */
static void begin(struct flow *f)
{
    flow_init(f);
    flow_start(f);
}

static const char *text_at(struct flow_record *r, enum event_field field)
{
    return event_text(&r->event, field, NULL);
}

static bool has(struct flow_record *r, enum event_field field,
                const char *wanted)
{
    size_t cursor = 0;
    const char *text;

    while ((text = event_next(&r->event, field, &cursor, NULL)))
        if (strcmp(text, wanted) == 0)
            return true;
    return false;
}

static void test_event(void)
{
    struct option_pair label = {.name = "rack", .value = "r1"};
    struct flow_record *r;
    struct flow f;

    flow_init(&f);
    f.bmcs[0].labels = (struct option_pairs){.items = &label, .count = 1};
    flow_start(&f);
    bmc_set_identity(f.bmc, &(struct bmc_identity){.vendor = "HPE",
                                                   .model = "DL380",
                                                   .uuid = "u-1",
                                                   .host = "web-1"});
    is_int(flow_take(&f, EVENT(RECORD), NULL), 1, "the ticket is the record");
    r = flow_read(&f, 1);
    is_text(text_at(r, EVENT_COLLECTOR), "c1", "a record has its collector");
    is_text(text_at(r, EVENT_BMC_NAME), "n1", "... and its BMC");
    is_text(text_at(r, EVENT_BMC_URL), "http://127.0.0.1", "... where it is");
    is_text(text_at(r, EVENT_BMC_VENDOR), "HPE", "... whose it is");
    ok(has(r, EVENT_BMC_LABEL, "rack=r1"), "... and its labels");
    is_text(text_at(r, EVENT_BMC_HOST), "web-1", "... what it calls itself");
    is_text(text_at(r, EVENT_SOURCE), "webhook", "... and its way");
    is_text(text_at(r, EVENT_KEY), "DriveFailure", "it is resolved");
    is_text(text_at(r, EVENT_RESOLVED_FROM), "bundled", "... by a registry");
    ok(has(r, EVENT_SINK, "one") && has(r, EVENT_SINK, "two"), "it is routed");
    is_int(event_int(&r->event, EVENT_OUTCOME, 0), OUTCOME_FORWARDED,
           "... and says so");
    is_int(strlen(text_at(r, EVENT_ID)), 32, "it has an id");
    ok(!event_has(&r->event, EVENT_GENERATED), "it is not ours");
    is_int(f.bmc->records, 1, "the BMC's records are counted");
    ok(f.bmc->last_event > 0, "... and its last one is dated");
    ok(!memmem(r->record.data, r->record.len, f.bmc->token, 40),
       "the token is not in the record");
    is_int(ledger_routed(f.ledger, "two"), 1, "the books have the sink");
    flow_record_free(r);
    flow_law(&f);
    flow_done(&f);
}

static void test_same_id(void)
{
    struct flow_record *a, *b, *c;
    struct flow f;

    begin(&f);
    flow_take(&f, EVENT(RECORD), NULL);
    flow_take(&f, EVENT(RECORD), "77");
    flow_take(&f, EVENT(OTHER), NULL);
    a = flow_read(&f, 1);
    b = flow_read(&f, 2);
    c = flow_read(&f, 3);
    is_text(text_at(a, EVENT_ID), text_at(b, EVENT_ID),
            "an event that comes again has the same id");
    ok(memcmp(a->record.id, b->record.id, SPOOL_ID_LEN) == 0,
       "... also in the spool's record");
    ok(strcmp(text_at(a, EVENT_ID), text_at(c, EVENT_ID)) != 0,
       "another event has another");
    flow_record_free(a);
    flow_record_free(b);
    flow_record_free(c);
    flow_done(&f);
}

static void test_stream(void)
{
    struct pipeline_intake in = {.source = "sse",
                                 .bytes = EVENT(RECORD),
                                 .len = strlen(EVENT(RECORD)),
                                 .received = clock_real(),
                                 .stream_lines = true};
    struct flow_record *first, *last;
    struct flow f;

    begin(&f);
    flow_take(&f, EVENT(RECORD "," OTHER), "42");
    first = flow_read(&f, 1);
    last = flow_read(&f, 2);
    ok(!event_has(&first->event, EVENT_SSE_ID) &&
           strcmp(text_at(last, EVENT_SSE_ID), "42") == 0,
       "only a payload's last record says where the stream goes on");
    ok(!has(last, EVENT_QUIRK, "stream-lines"), "a clean stream has no quirk");
    flow_record_free(first);
    flow_record_free(last);
    in.bmc = f.bmc;
    last = flow_read(&f, pipeline_take(f.pipeline, &in));
    ok(has(last, EVENT_QUIRK, "stream-lines"), "a broken frame has one");
    flow_record_free(last);
    flow_done(&f);
}

static void test_unreadable(void)
{
    struct flow_record *r;
    struct flow f;

    begin(&f);
    is_int(flow_take(&f, "no json at all", "9"), 1, "anything is kept");
    r = flow_read(&f, 1);
    is_int(event_int(&r->event, EVENT_OUTCOME, 0), OUTCOME_QUARANTINED,
           "... for the quarantine");
    is_text(text_at(r, EVENT_RAW), "no json at all", "... with its bytes");
    ok(event_has(&r->event, EVENT_QUARANTINE_REASON), "... and a reason");
    is_text(text_at(r, EVENT_BMC_NAME), "n1", "... and whose it is");
    is_text(text_at(r, EVENT_SSE_ID), "9", "... and where a stream goes on");
    ok(!event_has(&r->event, EVENT_SINK), "no sink gets it");
    flow_record_free(r);
    is_int(flow_count(&f, VOICE_PAYLOAD_UNREADABLE), 1, "an event tells");
    ok(f.bmc->gap && f.bmc->gaps == 1, "... and its logs have to be read");
    flow_take(&f, EVENT("1," RECORD ",2"), NULL);
    is_int(ledger_outcome(f.ledger, OUTCOME_QUARANTINED), 3,
           "a bad record costs itself and no other");
    is_int(flow_count(&f, "DriveFailure"), 1, "... the good one went on");
    is_int(ledger_received(f.ledger), 4, "all are counted");
    flow_law(&f);
    flow_done(&f);
}

static void test_uneventful(void)
{
    struct flow f;

    flow_init(&f);
    f.config.route_count = 0;
    flow_start(&f);
    flow_take(&f, REPORT, NULL);
    is_int(ledger_outcome(f.ledger, OUTCOME_DROPPED_METRIC_REPORT), 1,
           "a metric report is counted and no event");
    flow_take(&f, EVENT(RECORD), NULL);
    is_int(ledger_outcome(f.ledger, OUTCOME_DROPPED_UNROUTED), 1,
           "an event without a route is counted");
    f.routes[0].drop = true;
    f.config.route_count = 1;
    pipeline_adopt(f.pipeline, &f.config, f.registries);
    flow_take(&f, EVENT(OTHER), NULL);
    is_int(ledger_outcome(f.ledger, OUTCOME_DROPPED_ROUTE), 1,
           "... and one that a route drops");
    is_int(spool_appended(f.spool), 3, "each is in the spool all the same");
    flow_law(&f);
    flow_done(&f);
}

/* A code that only says "initial value" is kept, counted and goes nowhere. */
static void test_ignored(void)
{
    struct catalogue *codes = catalogue_new();
    struct flow f;

    begin(&f);
    catalogue_load(codes, TEST_SRCDIR "/registries", REGISTRY_BUNDLED, NULL,
                   NULL);
    registry_set_take(f.registries, codes, NULL);
    flow_take(&f, EVENT("{\"MessageId\":\"UPD4_OK_M1\"," TIME "}"), NULL);
    flow_take(&f, EVENT("{\"Message\":\"UPD4_OK_M1\"," TIME "}"), NULL);
    flow_take(&f, EVENT("{\"MessageId\":\"UPD4_OK_100\"," TIME "}"), NULL);
    flow_take(&f,
              EVENT("{\"MessageId\":\"HeartbeatEvent.1.0."
                    "RedfishServiceFunctional\"," TIME "}"),
              NULL);
    is_int(ledger_outcome(f.ledger, OUTCOME_DROPPED_IGNORED), 3,
           "what a catalogue ignores, and a heartbeat, is dropped as ignored");
    is_int(ledger_outcome(f.ledger, OUTCOME_FORWARDED), 1,
           "... and another code is forwarded");
    is_int(flow_count(&f, VOICE_REGISTRY_MISSING), 0,
           "... and its catalogue is no missing registry");
    flow_law(&f);
    flow_done(&f);
}

static void test_clock(void)
{
    static const char *const times[] = {
        "1999-01-01T00:00:00Z",
        "1999-01-01T00:00:01Z",
        "2026-11-20T07:34:27Z",
        "2026-11-20T07:34:28Z",
    };
    char *arg;
    struct flow f;

    begin(&f);
    for (size_t i = 0; i < ARRAY_LEN(times); i++) {
        _cleanup_free_ char *body =
            xasprintf(EVENT("{\"MessageId\":\"StorageDevice.1.1.DriveFailure\","
                            "\"EventTimestamp\":\"%s\"}"),
                      times[i]);

        flow_take(&f, body, NULL);
    }
    is_int(flow_count(&f, VOICE_CLOCK_WRONG), 1, "a wrong clock is told once");
    arg = flow_last_arg(&f, VOICE_CLOCK_WRONG);
    is_text(arg, times[0], "... with what it said");
    is_int(flow_count(&f, VOICE_CLOCK_RIGHT), 1, "... and its end once");
    free(arg);
    flow_done(&f);
}

static void test_registry(void)
{
    static const char body[] = EVENT("{\"MessageId\":\"Acme.1.0.Boom\"," TIME
                                     "},{\"MessageId\":\"Acme.2.0.Bang\"}");
    char *arg;
    struct flow f;

    begin(&f);
    flow_take(&f, body, NULL);
    is_int(flow_count(&f, VOICE_REGISTRY_MISSING), 1,
           "a registry that nobody has is told once");
    arg = flow_last_arg(&f, VOICE_REGISTRY_MISSING);
    is_text(arg, "Acme", "... by its name");
    pipeline_adopt(f.pipeline, &f.config, f.registries);
    flow_take(&f, body, NULL);
    is_int(flow_count(&f, VOICE_REGISTRY_MISSING), 2,
           "... and again after a reload");
    free(arg);
    flow_law(&f);
    flow_done(&f);
}

static void test_buffer_exceeded(void)
{
    struct flow f;

    begin(&f);
    flow_take(&f,
              EVENT("{\"MessageId\":"
                    "\"Base.1.0.EventBufferExceeded\"," TIME "}"),
              NULL);
    is_int(flow_count(&f, VOICE_EVENTS_MISSED), 1,
           "a BMC that lost events is told of");
    is_int(ledger_received(f.ledger), 1, "... besides its own record");
    flow_done(&f);
}

/* Bytes that nobody delivers, until the spool pushes back. */
static void fill(struct flow *f)
{
    static const char bytes[8000];
    const uint8_t id[SPOOL_ID_LEN] = {0};

    while (spool_state(f->spool) == SPOOL_OK) {
        spool_append(f->spool, SPOOL_EVENT, 1, id, bytes, sizeof(bytes));
        flow_sync(f);
    }
}

static uint64_t fail_drive(struct flow *f, int bay)
{
    _cleanup_free_ char *body = xasprintf(
        "{\"Events\":[{\"MessageId\":\"StorageDevice.1.5.DriveFailure\","
        "\"MessageArgs\":[\"Bay %d\"]}]}",
        bay);

    return flow_take(f, body, NULL);
}

/* One that fails everywhere: told once that not all of it is tracked. */
static void test_conditions_full(void)
{
    _cleanup_free_ char *count = NULL;
    struct flow f;

    flow_init(&f);
    f.config.correlate.conditions_per_bmc = 2;
    flow_start(&f);
    fail_drive(&f, 1);
    fail_drive(&f, 2);
    is_int(flow_count(&f, VOICE_CONDITIONS_FULL), 0,
           "as many conditions as may be are nothing to tell");
    fail_drive(&f, 3);
    fail_drive(&f, 4);
    is_int(flow_count(&f, VOICE_CONDITIONS_FULL), 1, "one more is, once");
    count = flow_last_arg(&f, VOICE_CONDITIONS_FULL);
    is_text(count, "2", "... with how many there are");
    is_int(flow_count(&f, "DriveFailure"), 4, "... and all are forwarded");
    is_int(correlate_count(f.correlator, "n1"), 2, "... two are tracked");
    f.bmc = fleet_find(f.fleet, "n2");
    fail_drive(&f, 1);
    is_int(correlate_count(f.correlator, "n2"), 1, "another BMC has its own");
    flow_law(&f);
    flow_done(&f);
}

static void test_full(void)
{
    struct flow_record *a, *b;
    uint64_t before;
    struct flow f;

    flow_init(&f);
    f.options.max_size = 4 * FLOW_SEGMENT;
    f.options.keep = 0;
    flow_start(&f);
    fill(&f);
    before = spool_appended(f.spool);
    pipeline_say(f.pipeline, f.bmc, VOICE_BMC_UNREACHABLE, "o", "why", NULL);
    pipeline_resume(f.pipeline);
    is_int(spool_appended(f.spool), before,
           "what we have to say waits while the spool is full");
    spool_release(f.spool, before + 1);
    flow_wait_state(&f, SPOOL_OK);
    pipeline_say(f.pipeline, f.bmc, VOICE_BMC_REACHABLE, "o", NULL, NULL);
    is_int(spool_appended(f.spool), before + 2, "... and is said then");
    a = flow_read(&f, before + 1);
    b = flow_read(&f, before + 2);
    is_text(text_at(a, EVENT_KEY), VOICE_BMC_UNREACHABLE, "... in its order");
    is_text(text_at(b, EVENT_KEY), VOICE_BMC_REACHABLE, "... before the rest");
    is_text(text_at(a, EVENT_BMC_NAME), "n1", "... and about its BMC");
    is_int(event_int(&a->event, EVENT_GENERATED, 0), 1, "... as our own");
    flow_record_free(a);
    flow_record_free(b);
    is_int(ledger_generated(f.ledger), 2, "both are counted");
    flow_done(&f);
}

static void test_full_for_long(void)
{
    uint64_t before;
    struct flow f;

    flow_init(&f);
    f.options.max_size = 4 * FLOW_SEGMENT;
    f.options.keep = 0;
    flow_start(&f);
    fill(&f);
    before = spool_appended(f.spool);
    for (int i = 0; i < 1000; i++)
        pipeline_say(f.pipeline, NULL, VOICE_SPOOL_WELL, "o", NULL, NULL);
    spool_release(f.spool, before + 1);
    flow_wait_state(&f, SPOOL_OK);
    pipeline_resume(f.pipeline);
    is_int(spool_appended(f.spool) - before, 256,
           "what waits in memory is bounded");
    flow_law(&f);
    flow_done(&f);
}

/* What a start makes of the segment's header and the records behind it. */
static void test_books(void)
{
    struct ledger *rebuilt = ledger_new();
    uint64_t from = 0;
    struct flow f;

    begin(&f);
    while (spool_appended(f.spool) < 400)
        flow_take(&f, EVENT(RECORD "," OTHER), NULL);
    spool_close(f.spool);
    flow_open_spool(&f);
    ok(f.recovery.checkpoint_seq > 1, "a segment was begun on the way");
    is_int(ledger_load(rebuilt, f.recovery.checkpoint.data,
                       f.recovery.checkpoint.len),
           0, "its header has the sums");
    from = f.recovery.checkpoint_seq;
    is_int(ledger_received(rebuilt), from - 1,
           "... of the records before it, and not of its first");
    for (uint64_t seq = from; seq <= f.recovery.last_seq; seq++) {
        _cleanup_(flow_record_freep) struct flow_record *r = flow_read(&f, seq);

        ledger_enter(rebuilt, &r->event);
    }
    is_int(ledger_received(rebuilt), ledger_received(f.ledger),
           "with those behind it the books are as before");
    is_int(ledger_routed(rebuilt, "one"), ledger_routed(f.ledger, "one"),
           "... for each sink too");
    ledger_free(rebuilt);
    flow_done(&f);
}

int main(void)
{
    test_event();
    test_same_id();
    test_stream();
    test_unreadable();
    test_uneventful();
    test_ignored();
    test_clock();
    test_registry();
    test_buffer_exceeded();
    test_conditions_full();
    test_full();
    test_full_for_long();
    test_books();
    return done_testing();
}
