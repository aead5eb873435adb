/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof of flow at a service in the same process: the event that is asked for
 * arrives, or does not; whoever waits is told once, and the event itself goes
 * no further.
 */
#include "proof.h"

#include "redfish_fixture.h"
#include "service.h"
#include "vendors.h"
#include "voice.h"

#define TEST "/redfish/v1/EventService/Actions/EventService.SubmitTestEvent"
#define POSTS(t) redfish_count(&(t)->scene.service, "POST " TEST " ")

struct stage {
    struct scene scene;
    struct vendor vendor;
    struct proof *proof;
    unsigned results;
    enum proof_end end; /* of the last result */
    usec_t took;
    char why[512];
};

static void on_result(void *userdata, const struct proof_result *result)
{
    struct stage *t = userdata;

    t->results++;
    t->end = result->end;
    t->took = result->took;
    snprintf(t->why, sizeof(t->why), "%s", result->err->text);
}

static void begin(struct stage *t, unsigned status)
{
    struct service *service = XNEW(struct service);

    *t = (struct stage){.vendor = {.name = "plain"}};
    scene_init(&t->scene);
    t->scene.flow.bmcs[0].receive = RECEIVE_WEBHOOK;
    scene_start(&t->scene);
    service->test_url = xasprintf("%s" TEST, t->scene.service.url);
    service->vendor_row = &t->vendor;
    t->scene.flow.bmc->service = service;
    redfish_set(&t->scene.service, "POST", TEST, status,
                status < 300 ? "" : "{\"error\":{\"message\":\"no\"}}");
    t->proof = t->scene.host.proof;
}

static void end(struct stage *t)
{
    flow_law(&t->scene.flow);
    scene_done(&t->scene);
}

static struct proof_run *start(struct stage *t)
{
    return proof_start(t->proof, t->scene.flow.bmc, on_result, t);
}

/* The mark that stands in the newest question. */
static void newest_mark(const struct stage *t, char *ret, size_t size)
{
    const char *at = NULL;

    for (const char *next = t->scene.service.log.data;
         next && (next = strstr(next, "trawl-test-")); next++)
        at = next;
    snprintf(ret, size, "%.27s", at ? at : "none");
}

/* An event as the service would send it. */
static void deliver(struct stage *t, const char *id, const char *message)
{
    _cleanup_free_ char *body =
        xasprintf("{\"Events\":[{\"EventId\":\"%s\",\"MessageId\":\"X.1.0.Y\","
                  "\"Message\":\"%s\"}]}",
                  id, message);

    flow_take(&t->scene.flow, body, NULL);
}

static void turn(struct stage *t)
{
    for (int i = 0; i < 40; i++)
        sd_event_run(t->scene.loop, 1000);
}

static uint64_t dropped(const struct stage *t)
{
    return ledger_outcome(t->scene.flow.ledger, OUTCOME_DROPPED_TEST);
}

static void test_arrives(void)
{
    struct proof_view view;
    char mark[64];
    struct stage t;

    begin(&t, 204);
    start(&t);
    start(&t);
    is_int(t.results, 0, "nothing from inside");
    ok(wire_wait(t.scene.loop, POSTS(&t) == 1), "a test event is asked for");
    turn(&t);
    is_int(POSTS(&t), 1, "... one, for all who want to know");
    deliver(&t, "5", "not a test");
    is_int(t.results, 0, "another event is none");
    newest_mark(&t, mark, sizeof(mark));
    deliver(&t, mark, "a test");
    is_int(t.results, 2, "its arrival is told to both");
    ok(t.end == PROOF_ARRIVED && t.took > 0, "... with the time it took");
    is_int(dropped(&t), 1, "... and goes no further");
    deliver(&t, mark, "a test");
    is_int(dropped(&t), 2, "... nor if it is sent again");
    is_int(t.results, 2, "... which nobody waits for");
    proof_describe(t.proof, t.scene.flow.bmc, &view);
    ok(view.proved && view.took == t.took && !view.broken, "it can be seen");
    end(&t);
}

/* The event may be here before the answer. */
static void test_arrives_first(void)
{
    char mark[64];
    struct stage t;

    begin(&t, 204);
    redfish_go_away(&t.scene.service);
    redfish_come(&t.scene.service, t.scene.loop);
    start(&t);
    ok(wire_wait(t.scene.loop, POSTS(&t) == 1), "asked");
    newest_mark(&t, mark, sizeof(mark));
    deliver(&t, mark, "a test");
    ok(wire_wait(t.scene.loop, t.results == 1) && t.end == PROOF_ARRIVED,
       "an event that overtakes the answer counts");
    end(&t);
}

static void test_own_text(void)
{
    struct stage t;

    begin(&t, 204);
    start(&t);
    wire_wait(t.scene.loop, POSTS(&t) == 1);
    deliver(&t, "1", "Generated test event");
    turn(&t);
    is_int(t.results, 1, "a text of the service's own is taken for it");
    deliver(&t, "2", "Generated test event");
    is_int(dropped(&t), 1, "... the first one; the next is somebody else's");
    end(&t);
}

static void test_forwarded(void)
{
    char mark[64];
    struct stage t;

    begin(&t, 204);
    t.scene.flow.config.subscription.forward_tests = true;
    start(&t);
    wire_wait(t.scene.loop, POSTS(&t) == 1);
    newest_mark(&t, mark, sizeof(mark));
    deliver(&t, mark, "a test");
    turn(&t);
    is_int(t.results, 1, "with forward_tests it arrives");
    is_int(dropped(&t), 0, "... and goes on");
    end(&t);
}

static void test_refused(void)
{
    static const struct {
        unsigned status, posts;
        enum proof_end end;
    } rows[] = {
        {404, 1, PROOF_UNSUPPORTED}, {405, 1, PROOF_UNSUPPORTED},
        {429, 1, PROOF_TOO_SOON},    {400, 5, PROOF_REFUSED},
        {401, 1, PROOF_REFUSED},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct stage t;

        begin(&t, rows[i].status);
        start(&t);
        ok(wire_wait(t.scene.loop, t.results == 1), "%u", rows[i].status);
        is_int(t.end, rows[i].end, "... means that");
        is_int(POSTS(&t), rows[i].posts, "... after so many bodies");
        ok(*t.why, "... and says why");
        is_int(spool_appended(t.scene.flow.spool), 0,
               "... and is no word on the flow");
        end(&t);
    }
}

static void test_unsupported(void)
{
    struct stage t;

    begin(&t, 204);
    t.vendor.test = VENDOR_TEST_NONE;
    start(&t);
    ok(wire_wait(t.scene.loop, t.results == 1) && t.end == PROOF_UNSUPPORTED,
       "a kind that has no such action");
    is_int(POSTS(&t), 0, "... is not asked");
    end(&t);
}

static void test_too_soon(void)
{
    char mark[64];
    struct stage t;

    begin(&t, 204);
    t.vendor.test_interval = USEC_PER_HOUR;
    start(&t);
    wire_wait(t.scene.loop, POSTS(&t) == 1);
    newest_mark(&t, mark, sizeof(mark));
    deliver(&t, mark, "a test");
    wire_wait(t.scene.loop, t.results == 1);
    start(&t);
    ok(wire_wait(t.scene.loop, t.results == 2) && t.end == PROOF_TOO_SOON,
       "one that refuses repeats is not asked again");
    proof_after_change(t.proof, t.scene.flow.bmc);
    turn(&t);
    is_int(POSTS(&t), 1, "... also when its subscription changed: later");
    end(&t);
}

/* A condition of its own, that outlasts a restart. */
static void test_mended(void)
{
    char mark[64];
    struct stage t;

    begin(&t, 204);
    t.scene.flow.bmc->flow_broken = true;
    proof_after_change(t.proof, t.scene.flow.bmc);
    wire_wait(t.scene.loop, POSTS(&t) == 1);
    newest_mark(&t, mark, sizeof(mark));
    deliver(&t, mark, "a test");
    ok(scene_said(&t.scene, VOICE_FLOW_PROVEN, 1), "a flow that was broken");
    ok(!t.scene.flow.bmc->flow_broken, "... is whole again");
    end(&t);
}

static void test_gone(void)
{
    struct stage t;
    struct proof_run *run;

    begin(&t, 204);
    run = start(&t);
    start(&t);
    proof_cancel(run);
    proof_cancel(NULL);
    proof_remove(t.proof, t.scene.flow.bmc);
    is_int(t.results, 1, "who still waits is told that it is gone");
    is_int(t.end, PROOF_REFUSED, "... as no proof");
    start(&t);
    wire_wait(t.scene.loop, POSTS(&t) == 1);
    end(&t);
    proof_free(NULL);
}

int main(void)
{
    test_arrives();
    test_arrives_first();
    test_own_text();
    test_forwarded();
    test_refused();
    test_unsupported();
    test_too_soon();
    test_mended();
    test_gone();
    return done_testing();
}
