/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading from time to time: that there is one reading at a time, and none of
 * a BMC that is not listened to any more.
 */
#include "backfill.h"

#include "redfish_fixture.h"

#define MANAGER "/redfish/v1/Managers/1"
#define LOGS MANAGER "/LogServices"
#define ENTRIES LOGS "/Sel/Entries"
#define LINK(to) "{\"@odata.id\":\"" to "\"}"

static void set(struct scene *s, const char *path, const char *body)
{
    redfish_set(&s->service, "GET", path, 200, body);
}

static void furnish(struct scene *s)
{
    redfish_furnish(&s->service, NULL);
    set(s, ROOT,
        "{\"Managers\":" LINK("/redfish/v1/Managers") ",\"EventService\":" LINK(
            SERVICE) "}");
    set(s, "/redfish/v1/Managers", "{\"Members\":[" LINK(MANAGER) "]}");
    set(s, MANAGER, "{\"LogServices\":" LINK(LOGS) "}");
    set(s, LOGS, "{\"Members\":[" LINK(LOGS "/Sel") "]}");
    set(s, LOGS "/Sel", "{\"Entries\":" LINK(ENTRIES) "}");
    set(s, ENTRIES, "{\"Members\":[]}");
}

static void begin(struct scene *s, usec_t interval)
{
    scene_init(s);
    s->flow.bmcs[0].receive = RECEIVE_POLL;
    s->flow.bmcs[0].poll_interval = interval;
    furnish(s);
    scene_start(s);
    s->host.backfill = backfill_new(&(struct backfill_setup){
        .loop = s->loop,
        .talk = s->talk,
        .pipeline = s->flow.pipeline,
        .spool = s->flow.spool,
        .ledger = s->flow.ledger,
    });
    scene_open(s, &source_poll);
}

static bool is_listening(struct scene *s)
{
    struct keep_view view;

    keep_describe(s->host.keep, s->flow.bmc, &view);
    return strcmp(view.state, "listening") == 0;
}

static size_t readings(const struct scene *s)
{
    return backfill_running(s->host.backfill) +
           backfill_waiting(s->host.backfill);
}

/* Those who ask go before the one who is asked. */
static void end(struct scene *s)
{
    keep_free(TAKE(s->host.keep));
    source_poll.destroy(TAKE(s->source));
    backfill_free(s->host.backfill);
    scene_done(s);
}

static void test_again(void)
{
    struct scene s;

    begin(&s, 10);
    ok(wire_wait(s.loop, redfish_count(&s.service, ENTRIES) >= 3),
       "a log is read again and again");
    ok(is_listening(&s), "... which is listening");
    end(&s);
}

/* The interval is over while a suspicion is looked into. */
static void test_one_at_a_time(void)
{
    struct scene s;

    begin(&s, 10);
    ok(wire_wait(s.loop, is_listening(&s)), "a log is read");
    redfish_set(&s.service, "GET", ENTRIES, 0, "");
    keep_suspect(s.host.keep, s.flow.bmc, "a sign");
    for (int i = 0; i < 50; i++)
        sd_event_run(s.loop, 1000);
    is_int(readings(&s), 1, "a sign has it read out of turn");
    source_poll.remove_bmc(s.source, s.flow.bmc);
    is_int(readings(&s), 0, "who leaves is not read any more");
    end(&s);
}

int main(void)
{
    test_again();
    test_one_at_a_time();
    return done_testing();
}
