/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doors of talk, and its queue: what may begin is begun in the loop's next
 * turn, so that no caller meets its own callback.
 *
 * Who owns what: talk its peers, a peer its exchanges and its session. An
 * exchange frees itself once it is answered; a peer goes when its BMC has left
 * the fleet and nothing is asked of it any more (peer_settle()).
 */
#include "talk.h"

#include <assert.h>
#include <malloc.h>
#include <string.h>

#include "reach.h"
#include "talk/exchange.h"
#include "util/alloc.h"

#define RUSH 100 /* requests */
#define TIDY_EVERY (10 * USEC_PER_SEC)

void talk_wake(struct talk *t)
{
    sd_event_source_set_enabled(t->later, SD_EVENT_ONESHOT);
}

static void arm_rest(struct talk *t)
{
    usec_t due = gate_due(&t->gate);
    bool never = due == USEC_INFINITY;

    sd_event_source_set_time(t->rest, due);
    sd_event_source_set_enabled(t->rest,
                                never ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

/*
 * After a rush (the start, a storm) what the documents of all BMCs took is
 * free, but lies between what stays: some megabytes with 1,000 BMCs.
 */
static void tidy(struct talk *t, usec_t now)
{
    if (t->gate.running > 0 || t->begun < RUSH || now < t->tidied + TIDY_EVERY)
        return;
    t->begun = 0;
    t->tidied = now;
    (void)malloc_trim(0);
}

static int on_later(sd_event_source *source _unused_, void *userdata)
{
    struct talk *t = userdata;
    usec_t now = clock_monotonic();
    struct gate_turn *turn;

    /*
     * Callbacks first: what they ask has its turn below. And those who yield
     * before those who take their places.
     */
    exchange_tell_failed(t);
    while ((turn = gate_stale(&t->gate, now)))
        exchange_yield((struct talk_exchange *)turn);
    for (; (turn = gate_next(&t->gate, now)); t->begun++)
        turn->begin(turn);
    tidy(t, now);
    arm_rest(t);
    return 0;
}

static int on_rest(sd_event_source *source _unused_, uint64_t now _unused_,
                   void *userdata)
{
    talk_wake(userdata);
    return 0;
}

struct talk *talk_new(const struct talk_setup *setup)
{
    struct talk *t = XNEW(struct talk);

    t->setup = *setup;
    /* Until talk_adopt() says how many. */
    t->gate.max = 1;
    t->failed_end = &t->failed;
    t->files = hashmap_new();
    sd_event_add_defer(setup->loop, &t->later, on_later, t);
    sd_event_source_set_enabled(t->later, SD_EVENT_OFF);
    sd_event_add_time(setup->loop, &t->rest, CLOCK_MONOTONIC, USEC_INFINITY, 0,
                      on_rest, t);
    sd_event_source_set_enabled(t->rest, SD_EVENT_OFF);
    return t;
}

/* Files of certificates are read again when they are needed next. */
static void forget_files(struct talk *t)
{
    size_t cursor = 0;
    void *text;

    while (hashmap_next(t->files, &cursor, NULL, &text)) {
        explicit_bzero(text, strlen(text));
        free(text);
    }
    hashmap_free(t->files);
    t->files = hashmap_new();
}

void talk_free(struct talk *t)
{
    if (!t)
        return;
    while (t->peers)
        if (t->peers->exchanges)
            /* With the last of a BMC that left, its peer goes by itself. */
            exchange_drop(t->peers->exchanges);
        else
            peer_free(t->peers);
    farewell_free_all(t);
    forget_files(t);
    hashmap_free(t->files);
    sd_event_source_disable_unref(t->later);
    sd_event_source_disable_unref(t->rest);
    free(t);
}

void talk_adopt(struct talk *t, const struct config *config)
{
    t->gate.max = (unsigned)config->limits.bmc_requests;
    forget_files(t);
    for (struct talk_peer *p = t->peers, *next; p; p = next) {
        next = p->next;
        peer_adopt(p);
        peer_settle(p);
    }
    talk_wake(t);
}

/* What waits for its turn is answered then, unasked (exchange_begin()). */
void talk_close(struct talk *t)
{
    t->closing = true;
    for (struct talk_peer *p = t->peers; p; p = p->next)
        farewell_begin(p);
}

bool talk_is_closed(const struct talk *t)
{
    return !t->farewells && t->logins == 0;
}

struct talk_exchange *talk_start(struct talk *t, const struct talk_request *r)
{
    struct talk_exchange *e = exchange_new(t, r);
    struct error err = {""};

    e->url = exchange_own_url(e, r->uri, &err);
    if (!e->url) {
        exchange_fail(e, 0, &err);
        return e;
    }
    gate_wait(&t->gate, &e->peer->lane, &e->turn);
    talk_wake(t);
    return e;
}

char *talk_url(struct talk *t, struct bmc *bmc, const char *uri)
{
    char *url = NULL;

    /*
     * A BMC that was taken over, or a proxy before it, could else send our
     * password to any host by a link.
     */
    if (uri && http_client_same_origin(bmc->config->url, uri, &url, NULL) < 0)
        reach_refused_uri(t->setup.pipeline, bmc, uri);
    return url;
}

void talk_cancel(struct talk_exchange *e)
{
    if (!e)
        return;
    assert(!e->answering);
    if (e->has_failed) /* freed when its turn to be told comes */
        e->request.on_answer = NULL;
    else
        exchange_drop(e);
}

void talk_pause(struct talk_exchange *e, bool paused)
{
    if (e->transfer)
        http_client_pause(e->transfer, paused);
}

void talk_count(const struct talk *t, struct talk_figures *ret)
{
    *ret = (struct talk_figures){.running = t->gate.running};
    for (const struct talk_peer *p = t->peers; p; p = p->next) {
        ret->sessions += p->session.token != NULL;
        for (const struct talk_exchange *e = p->exchanges; e; e = e->next) {
            ret->streams += e->streaming;
            ret->waiting += !e->streaming && !e->turn.running;
        }
    }
}
