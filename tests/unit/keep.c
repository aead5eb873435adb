/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a BMC, with ways that the test plays itself: which one is taken,
 * what becomes of it when it fails or is not there, and that a way which is
 * gone is told nothing more.
 */
#include "keep.h"

#include <stdlib.h>

#include "keep/keep_private.h"

#include "redfish_fixture.h"
#include "voice.h"

struct play {
    unsigned starts, stops, checks, leaves;
    bool on;
};

static struct play plays[WAY_COUNT];

static void play_start(void *way, struct bmc *bmc)
{
    struct play *p = way;

    ok(bmc->service, "a way begins when the service is known");
    p->starts++;
    p->on = true;
}

static void play_stop(void *way, struct bmc *bmc _unused_)
{
    struct play *p = way;

    p->stops++;
    p->on = false;
}

static void play_check(void *way, struct bmc *bmc _unused_)
{
    ((struct play *)way)->checks++;
}

static void play_leave(void *way, struct bmc *bmc _unused_)
{
    ((struct play *)way)->leaves++;
}

static const struct way_type play_way = {
    .name = "play",
    .verb = "play",
    .start = play_start,
    .stop = play_stop,
    .check = play_check,
    .leave = play_leave,
};

static void begin(struct scene *s, enum receive_mode receive)
{
    memset(plays, 0, sizeof(plays));
    scene_init(s);
    s->flow.bmcs[0].receive = receive;
    redfish_furnish(&s->service, "/sse");
    scene_start(s);
    for (enum way way = WAY_SSE; way < WAY_COUNT; way++)
        keep_add_way(s->host.keep, way, &play_way, &plays[way]);
    keep_adopt(s->host.keep, &s->flow.config);
}

#define STARTED(s, way, times) \
    wire_wait((s)->loop, plays[way].starts == (times))

static void down(struct scene *s, enum way way, unsigned status, bool brought)
{
    struct error err = {"so it goes"};
    struct keep_end end = {.status = status, .brought = brought, .err = &err};

    keep_down(s->host.keep, s->flow.bmc, way, &end);
}

static void up(struct scene *s, enum way way)
{
    keep_up(s->host.keep, s->flow.bmc, way, "plays", false);
}

static bool state_is(struct scene *s, const char *state, const char *way)
{
    struct keep_view view;

    keep_describe(s->host.keep, s->flow.bmc, &view);
    diag("%s, %s", view.state, view.way ?: "-");
    return strcmp(view.state, state) == 0 &&
           (way ? view.way && strcmp(view.way, way) == 0 : !view.way);
}

static void test_best(void)
{
    struct scene s;

    begin(&s, RECEIVE_AUTO);
    ok(state_is(&s, "waiting", NULL), "at first nothing is known");
    ok(STARTED(&s, WAY_SSE, 1), "the stream is the best way");
    ok(state_is(&s, "starting", "sse"), "... and known to be tried");
    up(&s, WAY_SSE);
    ok(state_is(&s, "listening", "sse"), "... and to be up");
    is_int(plays[WAY_WEBHOOK].starts + plays[WAY_POLL].starts, 0,
           "... and no other");
    up(&s, WAY_WEBHOOK);
    down(&s, WAY_POLL, 0, false);
    ok(state_is(&s, "listening", "sse"), "another's word changes nothing");
    keep_suspect(s.host.keep, s.flow.bmc, "a sign");
    is_int(plays[WAY_SSE].checks, 1, "a suspicion is looked into");
    down(&s, WAY_SSE, 200, true);
    ok(!plays[WAY_SSE].on && STARTED(&s, WAY_SSE, 2),
       "what ended is started again");
    is_int(flow_count(&s.flow, VOICE_BMC_UNREACHABLE), 0,
           "... and that it ended is no event");
    scene_done(&s);
}

static void test_next(void)
{
    struct scene s;

    begin(&s, RECEIVE_AUTO);
    for (unsigned i = 1; i <= 3; i++) {
        STARTED(&s, WAY_SSE, i);
        down(&s, WAY_SSE, 503, false);
    }
    ok(STARTED(&s, WAY_WEBHOOK, 1), "after three refusals the next is taken");
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1, "... told once");
    up(&s, WAY_WEBHOOK);
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_MADE), 1, "... and its end");
    ok(state_is(&s, "listening", "webhook"), "it is listened to that way");
    down(&s, WAY_WEBHOOK, 0, false);
    ok(STARTED(&s, WAY_WEBHOOK, 2),
       "a BMC that was away is taken up where it was");
    scene_done(&s);
}

static void test_absent(void)
{
    struct error why = {"it has none"};
    struct scene s;
    char *told;

    begin(&s, RECEIVE_AUTO);
    STARTED(&s, WAY_SSE, 1);
    keep_absent(s.host.keep, s.flow.bmc, WAY_SSE, &why);
    is_int(plays[WAY_WEBHOOK].starts, 1, "what is not there is not waited for");
    keep_absent(s.host.keep, s.flow.bmc, WAY_WEBHOOK, &why);
    is_int(plays[WAY_POLL].starts, 1, "... to the last resort");
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 0, "... in silence");
    keep_absent(s.host.keep, s.flow.bmc, WAY_POLL, &why);
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1,
           "if nothing is there, it is told");
    told = flow_last_arg(&s.flow, VOICE_SUBSCRIPTION_FAILED);
    is_text(told,
            "cannot listen to it: no play: it has none; no play: it has none; "
            "no play: it has none",
            "... with what is missing of each way");
    free(told);
    scene_done(&s);
}

/* The only way is refused: there is no other, so the waits go on growing. */
static void test_refused(void)
{
    struct life *life;
    struct scene s;

    begin(&s, RECEIVE_SSE);
    STARTED(&s, WAY_SSE, 1);
    life = keep_find_life(s.host.keep, s.flow.bmc);
    life->backoff.first = USEC_PER_MSEC;
    for (unsigned i = 1; i <= 7; i++) {
        down(&s, WAY_SSE, 404, false);
        is_int(life->backoff.failures, i, "refusal %u makes it wait longer", i);
        STARTED(&s, WAY_SSE, i + 1);
    }
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1, "... told once");
    scene_done(&s);
}

/* Nothing to listen to: asked ever more rarely, and told when there is. */
static void test_nothing(void)
{
    struct error why = {"it has none"};
    struct keep_view view;
    struct life *life;
    struct scene s;

    begin(&s, RECEIVE_POLL);
    STARTED(&s, WAY_POLL, 1);
    life = keep_find_life(s.host.keep, s.flow.bmc);
    for (unsigned i = 2; i <= 4; i++) {
        keep_absent(s.host.keep, s.flow.bmc, WAY_POLL, &why);
        is_int(life->backoff.failures, i - 1, "... each time a longer wait");
        life->backoff.first = USEC_PER_MSEC; /* no need to sit through it */
        STARTED(&s, WAY_POLL, i);
    }
    life->backoff = (struct backoff){.first = 2 * USEC_PER_SEC, .failures = 20};
    keep_absent(s.host.keep, s.flow.bmc, WAY_POLL, &why);
    keep_describe(s.host.keep, s.flow.bmc, &view);
    ok(view.next > clock_real() + USEC_PER_MINUTE,
       "... of minutes, in the end");
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1, "... told once");
    keep_adopt(s.host.keep, &s.flow.config);
    life->backoff = (struct backoff){.first = USEC_PER_MSEC};
    life_restart(life, 0);
    STARTED(&s, WAY_POLL, 5);
    up(&s, WAY_POLL);
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_MADE), 1, "... and its end");
    scene_done(&s);
}

static void test_only(void)
{
    struct error why = {"it has none"};
    struct scene s;

    begin(&s, RECEIVE_WEBHOOK);
    ok(STARTED(&s, WAY_WEBHOOK, 1), "the way that is configured");
    keep_absent(s.host.keep, s.flow.bmc, WAY_WEBHOOK, &why);
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1,
           "is told if it "
           "is not there");
    ok(STARTED(&s, WAY_WEBHOOK, 2), "... and tried again all the same");
    is_int(plays[WAY_SSE].starts + plays[WAY_POLL].starts, 0,
           "... and no "
           "other");
    scene_done(&s);
}

static void test_removed(void)
{
    struct config none = {0};
    struct scene s;

    begin(&s, RECEIVE_SSE);
    STARTED(&s, WAY_SSE, 1);
    up(&s, WAY_SSE);
    keep_remove(s.host.keep, s.flow.bmc);
    ok(!plays[WAY_SSE].on, "who leaves is not listened to");
    up(&s, WAY_SSE);
    down(&s, WAY_SSE, 0, false);
    keep_suspect(s.host.keep, s.flow.bmc, "a sign");
    is_int(plays[WAY_SSE].checks, 0, "... and nothing more is made of it");
    fleet_adopt(s.flow.fleet, &none, NULL, NULL);
    scene_done(&s);
}

static void test_away(void)
{
    struct scene s;

    begin(&s, RECEIVE_SSE);
    STARTED(&s, WAY_SSE, 1);
    up(&s, WAY_SSE);
    redfish_go_away(&s.service);
    down(&s, WAY_SSE, 0, true);
    ok(scene_said(&s, VOICE_BMC_UNREACHABLE, 1), "who does not answer is told");
    ok(state_is(&s, "silent", NULL), "... and known as silent");
    redfish_come(&s.service, s.loop);
    ok(scene_said(&s, VOICE_BMC_REACHABLE, 1), "... and who does again");
    ok(STARTED(&s, WAY_SSE, 2), "... and listened to");
    scene_done(&s);
}

/* It comes back, and refuses: whoever refuses is there. */
static void test_refuses(void)
{
    struct scene s;

    begin(&s, RECEIVE_SSE);
    STARTED(&s, WAY_SSE, 1);
    up(&s, WAY_SSE);
    redfish_go_away(&s.service);
    down(&s, WAY_SSE, 0, true);
    ok(scene_said(&s, VOICE_BMC_UNREACHABLE, 1), "one does not answer");
    redfish_set(&s.service, "GET", ROOT, 404, "");
    redfish_come(&s.service, s.loop);
    ok(scene_said(&s, VOICE_SUBSCRIPTION_FAILED, 1), "it refuses, then");
    is_int(flow_count(&s.flow, VOICE_BMC_REACHABLE), 1, "... so it answers");
    ok(state_is(&s, "waiting", NULL), "... and is not silent any more");
    scene_done(&s);
}

/* Its root, and then its EventService. */
static void test_garbage(void)
{
    struct scene s;

    begin(&s, RECEIVE_SSE);
    redfish_set(&s.service, "GET", ROOT, 200, "no JSON at all");
    ok(scene_said(&s, VOICE_SUBSCRIPTION_FAILED, 1), "garbage is told");
    ok(!s.flow.bmc->service && plays[WAY_SSE].starts == 0,
       "... and nothing is begun with it");
    redfish_furnish(&s.service, "/sse");
    redfish_set(&s.service, "GET", SERVICE, 200, "{");
    keep_adopt(s.host.keep, &s.flow.config);
    ok(wire_wait(s.loop, strstr(s.service.log.data, SERVICE)),
       "the next document is asked for");
    redfish_furnish(&s.service, "/sse");
    ok(STARTED(&s, WAY_SSE, 1), "what is whole again is listened to");
    scene_done(&s);
}

int main(void)
{
    test_best();
    test_next();
    test_absent();
    test_refused();
    test_nothing();
    test_only();
    test_removed();
    test_away();
    test_refuses();
    test_garbage();
    return done_testing();
}
