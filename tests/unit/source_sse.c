/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event streams of a Redfish service in the same process. Its answers are
 * whole, so each stream ends after what it had and is opened again a second or
 * two later: tests wait for what that leads to.
 */
#include "redfish_fixture.h"
#include "voice.h"

#define STREAM "/sse"
#define STANDARD "/redfish/v1/EventService/SSE"
#define RECORD(id)                                                \
    "{\"@odata.type\":\"#Event.v1_7_0.Event\",\"Id\":\"" id "\"," \
    "\"Name\":\"E\",\"Events\":[{\"MessageId\":"                  \
    "\"ResourceEvent.1.4.ResourceCreated\",\"EventId\":\"" id "\"}]}"
#define OPENS(s) redfish_count(&(s)->service, "GET " STREAM " ")

static struct redfish_answer *set_stream(struct scene *s, const char *path,
                                         const char *body)
{
    struct redfish_answer *a = redfish_set(&s->service, "GET", path, 200, body);

    a->type = "text/event-stream; charset=utf-8";
    return a;
}

static void prepare(struct scene *s, enum receive_mode receive)
{
    scene_init(s);
    s->flow.bmcs[0].receive = receive;
    redfish_furnish(&s->service, STREAM);
}

static void begin(struct scene *s)
{
    scene_start(s);
    scene_open(s, &source_sse);
}

static void turn(struct scene *s)
{
    for (int i = 0; i < 50; i++)
        sd_event_run(s->loop, 1000);
}

static void test_stream(void)
{
    struct flow_record *r;
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    set_stream(
        &s, STREAM,
        ": hello\n\nid: 7\ndata: " RECORD("1") "\n\n"
                                               "id: 8\ndata: unfinished");
    begin(&s);
    ok(wire_wait(s.loop, spool_appended(s.flow.spool) == 1),
       "an event of a stream arrives");
    r = flow_read(&s.flow, 1);
    is_text(event_text(&r->event, EVENT_SOURCE, NULL), "sse", "... as such");
    is_text(event_text(&r->event, EVENT_SSE_ID, NULL), "7", "... with its id");
    flow_record_free(r);
    ok(wire_wait(s.loop, OPENS(&s) == 2), "a stream that ends is opened again");
    ok(strstr(s.service.log.data, "GET " STREAM " auth=Basic dTpnZWhlaW0= "
                                  "last=7 "),
       "... behind the last whole event");
    is_int(redfish_count(&s.service, "GET ") -
               redfish_count(&s.service, "GET " ROOT " auth=- "),
           redfish_count(&s.service, BASIC),
           "... each with the password, but for the public root");
    is_int(flow_count(&s.flow, VOICE_BMC_UNREACHABLE), 0,
           "... and its end is no failure");
    scene_done(&s);
}

static void test_resumes(void)
{
    struct scene s;

    prepare(&s, RECEIVE_AUTO);
    set_stream(&s, STREAM, "data: " RECORD("1") "\n\n");
    scene_start(&s);
    bmc_set_sse_id(s.flow.bmc, "41");
    scene_open(&s, &source_sse);
    ok(wire_wait(s.loop, redfish_count(&s.service, "last=41 ") == 1),
       "a start goes on where the last one was");
    wire_wait(s.loop, spool_appended(s.flow.spool) == 1);
    is_text(s.flow.bmc->sse_id, "41", "a stream without ids changes nothing");
    is_int(redfish_count(&s.service, "POST "), 0,
           "a BMC with a stream is not subscribed");
    scene_done(&s);
}

static void test_quirk(void)
{
    struct flow_record *r;
    size_t cursor = 0;
    bool noted = false;
    const char *quirk;
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    set_stream(&s, STREAM,
               "data: {\"Id\":\"1\",\n\"Events\":[{\"MessageId\":"
               "\"ResourceEvent.1.4.ResourceCreated\"}]\n}\n\n");
    begin(&s);
    ok(wire_wait(s.loop, spool_appended(s.flow.spool) > 0),
       "JSON of which only the first line says data: is read");
    r = flow_read(&s.flow, 1);
    while ((quirk = event_next(&r->event, EVENT_QUIRK, &cursor, NULL)))
        noted |= strcmp(quirk, "stream-lines") == 0;
    ok(noted, "... and noted in the event");
    flow_record_free(r);
    scene_done(&s);
}

static void test_no_stream(void)
{
    struct scene s;

    prepare(&s, RECEIVE_AUTO);
    redfish_furnish(&s.service, NULL);
    begin(&s);
    ok(wire_wait(s.loop, redfish_count(&s.service, "POST ") == 1),
       "a BMC without a stream is subscribed");
    keep_adopt(s.host.keep, &s.flow.config);
    turn(&s);
    is_int(redfish_count(&s.service, "POST "), 1, "... once");
    scene_done(&s);
    prepare(&s, RECEIVE_SSE);
    redfish_furnish(&s.service, NULL);
    set_stream(&s, STANDARD, "data: " RECORD("1") "\n\n");
    begin(&s);
    ok(wire_wait(s.loop, spool_appended(s.flow.spool) == 1),
       "where a stream is wanted the standard's path is tried");
    is_int(redfish_count(&s.service, "POST "), 0, "... and nothing posted");
    scene_done(&s);
}

static void test_elsewhere(void)
{
    struct redfish elsewhere = {0};
    _cleanup_free_ char *uri = NULL;
    struct scene s;

    prepare(&s, RECEIVE_AUTO);
    redfish_come(&elsewhere, s.loop);
    uri = xasprintf("%s" STREAM, elsewhere.url);
    redfish_furnish(&s.service, uri);
    begin(&s);
    ok(scene_said(&s, VOICE_URI_REFUSED, 1), "a stream elsewhere is refused");
    ok(wire_wait(s.loop, redfish_count(&s.service, "POST ") == 1),
       "... and a subscription made");
    is_int(elsewhere.log.len, 0, "... and nobody else asked");
    redfish_done(&elsewhere);
    scene_done(&s);
}

static void test_refused(void)
{
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    redfish_set(&s.service, "GET", STREAM, 503,
                "{\"error\":{\"message\":\"too many streams\"}}");
    begin(&s);
    ok(scene_said(&s, VOICE_SUBSCRIPTION_FAILED, 1), "a refusal is told");
    ok(wire_wait(s.loop, OPENS(&s) == 2), "... and tried again");
    turn(&s);
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1, "... told once");
    set_stream(&s, STREAM, "");
    ok(scene_said(&s, VOICE_SUBSCRIPTION_MADE, 1), "its end is told");
    scene_done(&s);
}

static void test_wrong_type(void)
{
    _cleanup_free_ char *why = NULL;
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    redfish_set(&s.service, "GET", STREAM, 200, RECORD("1"));
    begin(&s);
    ok(scene_said(&s, VOICE_SUBSCRIPTION_FAILED, 1), "what is no stream is "
                                                     "refused");
    why = flow_last_arg(&s.flow, VOICE_SUBSCRIPTION_FAILED);
    ok(why && strstr(why, "application/json"), "... by what it is");
    is_int(ledger_received(s.flow.ledger), 0, "... and not read");
    scene_done(&s);
}

static void test_away(void)
{
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    set_stream(&s, STREAM, "");
    redfish_go_away(&s.service);
    begin(&s);
    ok(scene_said(&s, VOICE_BMC_UNREACHABLE, 1), "a BMC that is away is told");
    redfish_come(&s.service, s.loop);
    ok(scene_said(&s, VOICE_BMC_REACHABLE, 1), "... and that it is back");
    scene_done(&s);
}

static void test_oversize(void)
{
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    s.flow.config.limits.sse_event = 200;
    set_stream(&s, STREAM,
               "data: 0123456789012345678901234567890123456789012345678901"
               "23456789012345678901234567890123456789012345678901234567890"
               "23456789012345678901234567890123456789012345678901234567890"
               "23456789012345678901234567890123456789012345678901234567890"
               "\n\nid: 2\ndata: " RECORD("2") "\n\n");
    begin(&s);
    ok(scene_said(&s, VOICE_EVENTS_MISSED, 1), "an event too large is told");
    ok(wire_wait(s.loop, ledger_received(s.flow.ledger) == 1),
       "... and the next one is read");
    scene_done(&s);
}

/* The spool is full when the stream opens, and has room later. */
static void test_full(void)
{
    static const char bytes[8000];
    const uint8_t id[SPOOL_ID_LEN] = {0};
    uint64_t before;
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    s.flow.options.max_size = 4 * FLOW_SEGMENT;
    s.flow.options.keep = 0;
    set_stream(&s, STREAM,
               "id: 1\ndata: " RECORD("1") "\n\n"
                                           "id: 2\ndata: " RECORD("2") "\n\n");
    scene_start(&s);
    while (spool_state(s.flow.spool) == SPOOL_OK) {
        spool_append(s.flow.spool, SPOOL_EVENT, 1, id, bytes, sizeof(bytes));
        flow_sync(&s.flow);
    }
    before = spool_appended(s.flow.spool);
    scene_open(&s, &source_sse);
    s.type->spool_changed(s.source, before, SPOOL_FULL);
    ok(wire_wait(s.loop, OPENS(&s) == 1), "a stream opens");
    turn(&s);
    is_int(spool_appended(s.flow.spool), before,
           "... but is not read while the spool is full");
    spool_release(s.flow.spool, before + 1);
    ok(wire_wait(s.loop, ledger_received(s.flow.ledger) == 2),
       "when there is room it is");
    scene_done(&s);
}

/* Taken out at each step, and at the end of the program. */
static void test_removed(void)
{
    static const char *const steps[] = {
        "GET " ROOT " ",
        "GET " SERVICE " ",
        "GET " STREAM " ",
    };

    for (size_t i = 0; i < 2 * ARRAY_LEN(steps); i++) {
        struct config none = {0};
        struct scene s;
        size_t asked;

        prepare(&s, RECEIVE_SSE);
        set_stream(&s, STREAM, "data: " RECORD("1") "\n\n");
        begin(&s);
        wire_wait(s.loop,
                  redfish_count(&s.service, steps[i % ARRAY_LEN(steps)]) == 1);
        if (i < ARRAY_LEN(steps)) {
            keep_remove(s.host.keep, s.flow.bmc);
            s.type->remove_bmc(s.source, s.flow.bmc);
            fleet_adopt(s.flow.fleet, &none, NULL, NULL);
        } else {
            keep_quiesce(s.host.keep);
            s.type->quiesce(s.source);
        }
        asked = s.service.log.len;
        turn(&s);
        is_int(s.service.log.len, asked, "%s after %s: all is quiet",
               i < ARRAY_LEN(steps) ? "taken out" : "ended",
               steps[i % ARRAY_LEN(steps)]);
        is_int(s.type->waiting(s.source), 0, "... and nobody waits");
        scene_done(&s);
    }
}

static void test_adopt(void)
{
    struct scene s;

    prepare(&s, RECEIVE_SSE);
    set_stream(&s, STREAM, "");
    begin(&s);
    wire_wait(s.loop, OPENS(&s) == 1);
    s.flow.bmcs[0].receive = RECEIVE_PASSIVE;
    keep_adopt(s.host.keep, &s.flow.config);
    buffer_clear(&s.service.log);
    turn(&s);
    is_int(s.service.log.len, 0, "a BMC that became passive is asked nothing");
    scene_done(&s);
}

/* What one stream may have ahead of the disk: 256 records and a buffer. */
static void test_flood(void)
{
    _cleanup_(buffer_done) struct buffer body = {0};
    struct scene s;

    for (int i = 0; i < 1500; i++)
        buffer_add_text(&body, "data: " RECORD("1") "\n\n");
    prepare(&s, RECEIVE_SSE);
    set_stream(&s, STREAM, body.data);
    scene_start(&s);
    sd_event_source_set_enabled(s.spool_event, SD_EVENT_OFF);
    scene_open(&s, &source_sse);
    ok(wire_wait(s.loop, s.flow.bmc->pushed_back == 1),
       "a stream that floods is pushed back");
    turn(&s);
    ok(spool_appended(s.flow.spool) >= 256 &&
           spool_appended(s.flow.spool) < 400,
       "... at %d records", (int)spool_appended(s.flow.spool));
    sd_event_source_set_enabled(s.spool_event, SD_EVENT_ON);
    ok(wire_wait(s.loop, spool_appended(s.flow.spool) >= 1500),
       "the disk has them: it is read to its end");
    scene_done(&s);
}

/*
 * Beside others it has its pace, but for what comes in one buffer. Fewer
 * records than it may have ahead of the disk: that one may be slow.
 */
static void test_pace(void)
{
    _cleanup_(buffer_done) struct buffer body = {0};
    struct bmc other = {0};
    struct scene s;
    usec_t delay;

    for (int i = 0; i < 250; i++)
        buffer_add_text(&body, "data: " RECORD("1") "\n\n");
    prepare(&s, RECEIVE_SSE);
    set_stream(&s, STREAM, body.data);
    scene_start(&s);
    s.host.pace.share = 8;
    pace_note(&s.host.pace, &other, clock_monotonic());
    scene_open(&s, &source_sse);
    ok(wire_wait(s.loop, spool_appended(s.flow.spool) >= 250),
       "a stream that floods beside others is read to its end");
    delay = pace_delay(&s.host.pace, s.flow.bmc, clock_monotonic());
    ok(delay < 125 * 2 * USEC_PER_MSEC / 8, "... no faster than its pace (%d)",
       (int)delay);
    is_int(s.flow.bmc->pushed_back, 0, "... for which it is not to blame");
    scene_done(&s);
}

int main(void)
{
    test_stream();
    test_resumes();
    test_quirk();
    test_no_stream();
    test_elsewhere();
    test_refused();
    test_wrong_type();
    test_away();
    test_oversize();
    test_full();
    test_flood();
    test_pace();
    test_removed();
    test_adopt();
    return done_testing();
}
