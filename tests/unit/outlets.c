/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sinks that come, go and change with the configuration, over a real spool:
 * none loses or doubles a record in the hand-over, the spool is released by
 * the slowest, what they have to tell becomes events and ends with the sink,
 * and one that may skip does when it holds the spool up, which is told when
 * there is room again.
 */
#include "outlets.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include "flow_fixture.h"
#include "sinks/sink.h"
#include "voice.h"
#include "wire.h"

#define RECORD "{\"MessageId\":\"ResourceEvent.1.4.ResourceCreated\"}"

/* A sink under the test's hands, which lives through its deliveries. */
struct puppet {
    pthread_mutex_t lock;
    int kick;
    bool away;    /* starts fail */
    bool stopped; /* nothing is acknowledged */
    bool refuse;  /* everything is refused */
    unsigned starts, reopens, count;
    uint64_t taken, acked, last;
    bool disorder;
};

struct puppet_options {
    struct puppet *puppet;
};

static struct puppet *puppet_of(const struct sink *s)
{
    return (struct puppet *)s;
}

static struct sink *puppet_create(const struct sink_setup *setup)
{
    const struct puppet_options *o = setup->options;

    return (struct sink *)o->puppet;
}

static int puppet_start(struct sink *s, struct error *err)
{
    struct puppet *p = puppet_of(s);
    bool away;

    pthread_mutex_lock(&p->lock);
    p->starts++;
    p->taken = p->acked = 0;
    away = p->away;
    pthread_mutex_unlock(&p->lock);
    return away ? error_set(err, -ECONNREFUSED, "nobody is there") : 0;
}

static enum sink_result puppet_send(struct sink *s, const struct sink_record *r,
                                    struct error *err)
{
    struct puppet *p = puppet_of(s);
    bool refuse;

    pthread_mutex_lock(&p->lock);
    refuse = p->refuse;
    p->taken = refuse ? p->taken : r->seq;
    p->count += !refuse;
    p->disorder |= r->seq <= p->last;
    p->last = r->seq;
    pthread_mutex_unlock(&p->lock);
    if (refuse)
        error_set(err, -EMSGSIZE, "too large");
    return refuse ? SINK_REFUSED : SINK_TAKEN;
}

static int puppet_work(struct sink *s, usec_t now _unused_,
                       struct error *err _unused_)
{
    struct puppet *p = puppet_of(s);
    eventfd_t unused;

    pthread_mutex_lock(&p->lock);
    eventfd_read(p->kick, &unused);
    if (!p->stopped)
        p->acked = p->taken;
    pthread_mutex_unlock(&p->lock);
    return 0;
}

static uint64_t puppet_acked(const struct sink *s)
{
    return puppet_of(s)->acked;
}

static void puppet_wait(const struct sink *s, struct pollfd *ret_fd,
                        usec_t *ret_deadline)
{
    *ret_fd = (struct pollfd){.fd = puppet_of(s)->kick, .events = POLLIN};
    *ret_deadline = USEC_INFINITY;
}

static uint64_t puppet_stop(struct sink *s _unused_, bool clean _unused_)
{
    return 0;
}

static void puppet_reopen(struct sink *s)
{
    struct puppet *p = puppet_of(s);

    pthread_mutex_lock(&p->lock);
    p->reopens++;
    pthread_mutex_unlock(&p->lock);
}

static void puppet_destroy(struct sink *s _unused_)
{
}

static const struct sink_type puppet_type = {
    .name = "puppet",
    .create = puppet_create,
    .start = puppet_start,
    .send = puppet_send,
    .work = puppet_work,
    .acked = puppet_acked,
    .wait = puppet_wait,
    .stop = puppet_stop,
    .reopen = puppet_reopen,
    .destroy = puppet_destroy,
};

struct world {
    struct flow flow;
    sd_event *loop;
    char quarantine_path[96];
    struct puppet puppets[2];
    struct puppet_options puppet_options[2];
    struct quarantine *quarantine;
    struct notice_queue *notices;
    struct projector *projector;
    struct outlets *outlets;
    unsigned adopted;
};

static void on_adopted(void *userdata)
{
    struct world *w = userdata;

    w->adopted++;
}

static void start_projector(struct world *w)
{
    _cleanup_free_ char *path = xasprintf("%s/state.db", w->flow.directory);
    struct projector_setup setup = {.spool = w->flow.spool,
                                    .quarantine = w->quarantine,
                                    .notices = w->notices};
    struct error err = {""};
    bool lost;

    if (state_open(path, &setup.state, &lost, &err) < 0 ||
        projector_start(&setup, &w->projector, &err) < 0)
        diag("%s", err.text);
}

static void start_outlets(struct world *w)
{
    struct outlets_setup setup = {
        .loop = w->loop,
        .spool = w->flow.spool,
        .pipeline = w->flow.pipeline,
        .quarantine = w->quarantine,
        .notices = w->notices,
        .projector = w->projector,
        .correlator = w->flow.correlator,
        .directory = w->flow.spool_directory,
        .on_adopted = on_adopted,
        .userdata = w,
    };
    struct error err = {""};

    if (outlets_new(&setup, &w->outlets, &err) < 0)
        diag("%s", err.text);
    outlets_adopt(w->outlets, &w->flow.config);
    ok(wire_wait(w->loop, w->adopted == 1), "the sinks are started");
}

static void world_init(struct world *w)
{
    struct error err = {""};

    *w = (struct world){.notices = notice_queue_new()};
    flow_init(&w->flow);
    w->flow.options.max_size = 4 * FLOW_SEGMENT;
    w->flow.options.keep = 0;
    for (int i = 0; i < 2; i++) {
        pthread_mutex_init(&w->puppets[i].lock, NULL);
        w->puppets[i].kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        w->puppet_options[i].puppet = &w->puppets[i];
        w->flow.sinks[i].type = &puppet_type;
        w->flow.sinks[i].options = &w->puppet_options[i];
        w->flow.sinks[i].format = &format_json;
    }
    flow_start(&w->flow);
    sd_event_new(&w->loop);
    snprintf(w->quarantine_path, sizeof(w->quarantine_path), "%s/quarantine",
             w->flow.directory);
    if (quarantine_open(w->quarantine_path, &w->quarantine, &err) < 0)
        diag("%s", err.text);
    start_projector(w);
}

static void world_done(struct world *w)
{
    outlets_free(w->outlets);
    projector_stop(w->projector);
    quarantine_close(w->quarantine);
    notice_queue_free(w->notices);
    flow_done(&w->flow);
    for (int i = 0; i < 2; i++) {
        ok(!w->puppets[i].disorder, "sink %d got nothing twice or late", i);
        close(w->puppets[i].kick);
        pthread_mutex_destroy(&w->puppets[i].lock);
    }
    sd_event_unref(w->loop);
}

static bool stats_of(struct world *w, const char *sink,
                     struct deliver_stats *ret)
{
    size_t cursor = 0;
    const char *name;

    while (outlets_next(w->outlets, &cursor, &name, ret))
        if (strcmp(name, sink) == 0)
            return true;
    return false;
}

static bool is_saved(struct world *w, const char *sink, uint64_t seq)
{
    struct deliver_stats stats;

    return stats_of(w, sink, &stats) && stats.saved >= seq;
}

/* The second law, for one sink. */
static void law(struct world *w, const char *sink, uint64_t backlog)
{
    struct deliver_stats s = {0};

    stats_of(w, sink, &s);
    is_int(s.delivered + s.refused + s.skipped + backlog,
           ledger_routed(w->flow.ledger, sink),
           "conservation: what was routed to %s is accounted for", sink);
}

static void wish(struct world *w, int i, bool *order, bool value)
{
    pthread_mutex_lock(&w->puppets[i].lock);
    *order = value;
    pthread_mutex_unlock(&w->puppets[i].lock);
    eventfd_write(w->puppets[i].kick, 1);
}

static unsigned figure(struct world *w, int i, const unsigned *what)
{
    unsigned value;

    pthread_mutex_lock(&w->puppets[i].lock);
    value = *what;
    pthread_mutex_unlock(&w->puppets[i].lock);
    return value;
}

static void take(struct world *w, unsigned count)
{
    while (count-- > 0)
        flow_take(&w->flow, RECORD, NULL);
}

static void test_reload(void)
{
    struct config_sink only;
    struct deliver_stats stats;
    struct config next;
    struct world w;

    world_init(&w);
    start_outlets(&w);
    take(&w, 20);
    outlets_adopt(w.outlets, &w.flow.config);
    take(&w, 20);
    ok(wire_wait(w.loop, w.adopted == 2), "a reload is handed over");
    ok(wire_wait(w.loop, is_saved(&w, "one", 40) && is_saved(&w, "two", 40)),
       "both go on");
    is_int(figure(&w, 0, &w.puppets[0].count), 40, "... with each record once");
    outlets_reopen(w.outlets);
    ok(wire_wait(w.loop, figure(&w, 0, &w.puppets[0].reopens) > 0 &&
                             figure(&w, 1, &w.puppets[1].reopens) > 0),
       "both open again when asked");
    only = w.flow.sinks[1];
    next = w.flow.config;
    next.sinks = &only;
    next.sink_count = 1;
    outlets_adopt(w.outlets, &next);
    ok(wire_wait(w.loop, w.adopted == 3), "one is taken out");
    ok(!stats_of(&w, "one", &stats), "... and is not there any more");
    outlets_adopt(w.outlets, &w.flow.config);
    take(&w, 1);
    ok(wire_wait(w.loop, is_saved(&w, "one", 41) && is_saved(&w, "two", 41)),
       "it comes back");
    is_int(figure(&w, 0, &w.puppets[0].count), 41,
           "... and goes on where it was");
    law(&w, "one", 0);
    law(&w, "two", 0);
    world_done(&w);
}

static void test_voice(void)
{
    struct world w;

    world_init(&w);
    w.puppets[1].away = true;
    start_outlets(&w);
    take(&w, 1);
    ok(wire_wait(w.loop, ledger_generated(w.flow.ledger) == 1),
       "a sink that is away is told");
    is_int(flow_count(&w.flow, VOICE_SINK_UNREACHABLE), 1, "... by an event");
    wish(&w, 1, &w.puppets[1].away, false);
    outlets_reopen(w.outlets);
    ok(wire_wait(w.loop, ledger_generated(w.flow.ledger) == 2),
       "... and that it is back");
    is_int(flow_count(&w.flow, VOICE_SINK_REACHABLE), 1, "... by another");
    wish(&w, 1, &w.puppets[1].refuse, true);
    take(&w, 3);
    ok(wire_wait(w.loop, is_saved(&w, "two", spool_appended(w.flow.spool))),
       "a refusal does not hold it up");
    is_int(flow_count(&w.flow, VOICE_EVENT_REFUSED), 1,
           "many refusals are one event");
    ok(quarantine_count(w.quarantine) >= 3, "... and all in the quarantine");
    law(&w, "two", 0);
    flow_law(&w.flow);
    world_done(&w);
}

static bool is_down(struct world *w, const char *origin)
{
    return correlate_has_own(w->flow.correlator, "", VOICE_SINK_UNREACHABLE,
                             origin);
}

/* Both away, and the second is taken out: by a reload or before a start. */
static void test_removed(bool by_restart)
{
    struct config with;
    struct world w;

    world_init(&w);
    w.puppets[0].away = w.puppets[1].away = true;
    start_outlets(&w);
    ok(wire_wait(w.loop, is_down(&w, VOICE_ORIGIN_SINK "one") &&
                             is_down(&w, VOICE_ORIGIN_SINK "two")),
       "two sinks are away");
    with = w.flow.config;
    w.flow.config.sink_count = 1;
    w.adopted = 0;
    if (by_restart) {
        outlets_free(w.outlets);
        start_outlets(&w);
    } else {
        outlets_adopt(w.outlets, &w.flow.config);
        ok(wire_wait(w.loop, w.adopted == 1), "a reload takes one out");
    }
    is_int(flow_count(&w.flow, VOICE_SINK_REMOVED), 1, "... which is told");
    ok(!is_down(&w, VOICE_ORIGIN_SINK "two"), "... and ends its condition");
    ok(is_down(&w, VOICE_ORIGIN_SINK "one"), "... and not the other's");
    outlets_adopt(w.outlets, &with);
    ok(wire_wait(w.loop, is_down(&w, VOICE_ORIGIN_SINK "two")),
       "it comes back, and is told to be away anew");
    is_int(flow_count(&w.flow, VOICE_SINK_REMOVED), 1, "... nothing else is");
    world_done(&w);
}

/* Fills the spool; both sinks are to be in the way or not. */
static void fill(struct world *w)
{
    while (spool_state(w->flow.spool) == SPOOL_OK) {
        take(w, 10);
        flow_sync(&w->flow);
    }
}

static bool tended(struct world *w, enum spool_state wanted)
{
    outlets_tend(w->outlets);
    return spool_state(w->flow.spool) == wanted;
}

static void test_hold(void)
{
    uint64_t end;
    struct world w;

    world_init(&w);
    w.puppets[0].stopped = true;
    start_outlets(&w);
    fill(&w);
    end = spool_appended(w.flow.spool);
    ok(wire_wait(w.loop, is_saved(&w, "two", end)), "one sink has it all");
    for (int i = 0; i < 20; i++)
        outlets_tend(w.outlets);
    is_int(spool_state(w.flow.spool), SPOOL_FULL,
           "the other, which must not skip, holds the spool");
    is_int(spool_oldest(w.flow.spool), 1, "... from the first record on");
    wish(&w, 0, &w.puppets[0].stopped, false);
    ok(wire_wait(w.loop, tended(&w, SPOOL_OK)), "... until it has it too");
    ok(wire_wait(w.loop, is_saved(&w, "one", end)), "... wholly");
    law(&w, "one", 0);
    is_int(flow_count(&w.flow, VOICE_EVENTS_SKIPPED), 0, "none was skipped");
    world_done(&w);
}

static void test_skip(void)
{
    struct deliver_stats stats = {0};
    char *sink;
    struct world w;

    world_init(&w);
    w.flow.sinks[0].when_full = WHEN_FULL_SKIP;
    w.puppets[0].away = true;
    start_outlets(&w);
    fill(&w);
    ok(wire_wait(w.loop, tended(&w, SPOOL_OK)),
       "a sink that may skip makes room");
    ok(wire_wait(w.loop, ({
                     outlets_tend(w.outlets);
                     ledger_generated(w.flow.ledger) >= 2;
                 })),
       "which is told though the spool was full");
    is_int(flow_count(&w.flow, VOICE_EVENTS_SKIPPED), 1, "... by one event");
    sink = flow_last_arg(&w.flow, VOICE_EVENTS_SKIPPED);
    is_text(sink, "one", "... that names the sink");
    stats_of(&w, "one", &stats);
    ok(stats.skipped > 0 && stats.skipped < ledger_received(w.flow.ledger),
       "... of its oldest only: %llu", (unsigned long long)stats.skipped);
    wish(&w, 0, &w.puppets[0].away, false);
    outlets_reopen(w.outlets);
    ok(wire_wait(w.loop, ({
                     outlets_tend(w.outlets);
                     is_saved(&w, "one", spool_appended(w.flow.spool));
                 })),
       "the rest is delivered");
    law(&w, "one", 0);
    law(&w, "two", 0);
    free(sink);
    world_done(&w);
}

/* A cursor that cannot be opened: a folder of its name is in the way. */
static void test_cannot_start(void)
{
    char path[192];
    struct deliver_stats stats;
    struct world w;

    world_init(&w);
    snprintf(path, sizeof(path), "%s/cursor-one", w.flow.spool_directory);
    mkdir(path, 0755);
    start_outlets(&w);
    ok(!stats_of(&w, "one", &stats), "a sink without a cursor cannot start");
    fill(&w);
    ok(wire_wait(w.loop, is_saved(&w, "two", spool_appended(w.flow.spool))),
       "the other goes on");
    for (int i = 0; i < 20; i++)
        outlets_tend(w.outlets);
    is_int(spool_oldest(w.flow.spool), 1, "... but the spool keeps its part");
    rmdir(path);
    ok(wire_wait(w.loop, ({
                     outlets_tend(w.outlets);
                     is_saved(&w, "one", spool_appended(w.flow.spool));
                 })),
       "which it gets when it can start");
    law(&w, "one", 0);
    world_done(&w);
}

int main(void)
{
    test_reload();
    test_voice();
    test_removed(false);
    test_removed(true);
    test_hold();
    test_skip();
    test_cannot_start();
    outlets_free(NULL);
    return done_testing();
}
