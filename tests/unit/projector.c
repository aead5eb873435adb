/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The projector's thread over a real spool, state and quarantine: what it
 * keeps, how far it says it is, and that a failure loses nothing. Waits for
 * conditions; how long they take decides nothing.
 */
#include "projector.h"

#include <fcntl.h>
#include <time.h>

#include "flow_fixture.h"

#define EVENT(id)                                                           \
    "{\"@odata.type\":\"#Event.v1_7_0.Event\",\"Id\":\"1\",\"Name\":\"E\"," \
    "\"Events\":[{\"MessageId\":\"ResourceEvent.1.4.ResourceCreated\","     \
    "\"EventId\":\"" id "\"}]}"

/* True once the condition holds; false after a time no test needs. */
#define eventually(cond)                                             \
    ({                                                               \
        usec_t _end = clock_monotonic() + USEC_PER_MINUTE;           \
        bool _met;                                                   \
        while (!(_met = (cond)) && clock_monotonic() < _end)         \
            nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); \
        _met;                                                        \
    })

struct world {
    struct flow flow;
    char state_path[96], quarantine_path[96];
    struct quarantine *quarantine;
    struct notice_queue *notices;
    struct projector *projector;
    char ids[256]; /* "n1=7 …" */
};

static void start(struct world *w)
{
    struct projector_setup setup = {
        .spool = w->flow.spool,
        .quarantine = w->quarantine,
        .notices = w->notices,
    };
    struct error err = {""};
    bool lost;

    if (state_open(w->state_path, &setup.state, &lost, &err) < 0 ||
        projector_start(&setup, &w->projector, &err) < 0)
        diag("%s", err.text);
}

static void world_init(struct world *w)
{
    struct error err = {""};

    *w = (struct world){.notices = notice_queue_new()};
    flow_init(&w->flow);
    snprintf(w->state_path, sizeof(w->state_path), "%s/state.db",
             w->flow.directory);
    snprintf(w->quarantine_path, sizeof(w->quarantine_path), "%s/quarantine",
             w->flow.directory);
    flow_start(&w->flow);
    if (quarantine_open(w->quarantine_path, &w->quarantine, &err) < 0)
        diag("%s", err.text);
}

static void stop(struct world *w)
{
    projector_stop(TAKE(w->projector));
}

static void world_done(struct world *w)
{
    projector_stop(w->projector);
    quarantine_close(w->quarantine);
    notice_queue_free(w->notices);
    flow_done(&w->flow);
}

static void add_id(void *userdata, const char *bmc, const char *name,
                   const char *id)
{
    struct world *w = userdata;
    size_t len = strlen(w->ids);

    if (strcmp(name, "sse") == 0)
        snprintf(w->ids + len, sizeof(w->ids) - len, "%s=%s ", bmc, id);
}

/* The Last-Event-IDs as they are on disk; the projector is stopped. */
static const char *ids(struct world *w, uint64_t *ret_applied)
{
    struct state *state = NULL;
    bool lost;

    w->ids[0] = '\0';
    if (state_open(w->state_path, &state, &lost, NULL) < 0)
        return "no state";
    state_each_mark(state, add_id, w, NULL);
    *ret_applied = state_applied(state);
    state_close(state);
    return w->ids;
}

static bool is_at_end(struct world *w)
{
    return projector_cursor(w->projector) == spool_appended(w->flow.spool);
}

static void test_keeps(void)
{
    uint64_t applied = 0;
    struct world w;

    world_init(&w);
    start(&w);
    is_int(projector_cursor(w.projector), 0, "it begins at the beginning");
    flow_take(&w.flow, EVENT("1"), "6");
    flow_take(&w.flow, EVENT("2"), "7");
    flow_take(&w.flow, "no json", "8");
    ok(eventually(is_at_end(&w)), "it follows the spool");
    is_int(quarantine_count(w.quarantine), 1,
           "what could not be read is in the quarantine by then");
    stop(&w);
    is_text(ids(&w, &applied), "n1=8 ", "the Last-Event-ID is kept");
    is_int(applied, spool_appended(w.flow.spool), "... and how far it is");
    world_done(&w);
}

static void test_goes_on(void)
{
    uint64_t applied = 0;
    struct world w;

    world_init(&w);
    start(&w);
    flow_take(&w.flow, "no json", "1");
    ok(eventually(is_at_end(&w)), "a part is applied");
    stop(&w);
    flow_take(&w.flow, "none either", "2");
    flow_sync(&w.flow);
    start(&w);
    ok(projector_cursor(w.projector) >= 2, "it goes on where it was");
    stop(&w);
    is_text(ids(&w, &applied), "n1=2 ", "a stop applies what is durable first");
    is_int(quarantine_count(w.quarantine), 2, "... all of it");
    unlink(w.state_path);
    start(&w);
    ok(eventually(is_at_end(&w)), "without a state it applies all again");
    is_int(quarantine_count(w.quarantine), 2, "... which changes nothing");
    world_done(&w);
}

static void test_many(void)
{
    uint64_t applied = 0;
    struct world w;

    world_init(&w);
    start(&w);
    for (int i = 1; i <= 3000; i++) {
        _cleanup_free_ char *id = xasprintf("%d", i);

        flow_take(&w.flow, EVENT("1"), id);
    }
    flow_sync(&w.flow);
    stop(&w);
    is_text(ids(&w, &applied), "n1=3000 ", "more than a batch is applied");
    is_int(applied, 3000, "... to the last");
    world_done(&w);
}

/* A quarantine that cannot be written: its folder is away. */
static void test_failure(void)
{
    _cleanup_free_ char *away = NULL;
    struct notice notice = {0};
    struct world w;

    world_init(&w);
    away = xasprintf("%s.away", w.quarantine_path);
    rename(w.quarantine_path, away);
    start(&w);
    flow_take(&w.flow, "no json", "5");
    flow_sync(&w.flow);
    ok(eventually(notice_take(w.notices, &notice)), "a failure is told");
    ok(strstr(notice.text, "tried again"), "... with what comes next: %s",
       notice.text);
    is_int(projector_cursor(w.projector), 0, "nothing counts as applied");
    rename(away, w.quarantine_path);
    ok(eventually(is_at_end(&w)), "when it works it is applied");
    is_int(quarantine_count(w.quarantine), 1, "... and kept");
    ok(!notice_take(w.notices, &notice), "... and told once");
    world_done(&w);
}

static void test_stop_in_failure(void)
{
    _cleanup_free_ char *away = NULL;
    uint64_t applied = 99;
    struct world w;

    world_init(&w);
    away = xasprintf("%s.away", w.quarantine_path);
    rename(w.quarantine_path, away);
    start(&w);
    flow_take(&w.flow, "no json", "5");
    flow_sync(&w.flow);
    stop(&w);
    is_text(ids(&w, &applied), "", "a stop does not wait for a failure's end");
    is_int(applied, 0, "... and claims nothing");
    rename(away, w.quarantine_path);
    start(&w);
    ok(eventually(is_at_end(&w)), "the next start does it");
    world_done(&w);
}

/* Bytes that are no event must not stop the rest. */
static void test_no_event(void)
{
    const uint8_t id[SPOOL_ID_LEN] = {0};
    struct world w;

    world_init(&w);
    spool_append(w.flow.spool, SPOOL_EVENT, 1, id, "nonsense", 8);
    flow_take(&w.flow, EVENT("1"), "3");
    flow_sync(&w.flow);
    start(&w);
    ok(eventually(is_at_end(&w)), "a record that is no event is passed over");
    world_done(&w);
    projector_stop(NULL);
}

int main(void)
{
    test_keeps();
    test_goes_on();
    test_many();
    test_failure();
    test_stop_in_failure();
    test_no_event();
    return done_testing();
}
