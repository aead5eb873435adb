/* SPDX-License-Identifier: Apache-2.0 */
/* Three queues: inside, in the lobby, refused; see waiting.h. */
#include "sources/waiting.h"

#include <assert.h>
#include <string.h>

#include "util/alloc.h"
#include "util/crash.h"

#define ANSWER "{\"status\":\"stored\"}"
/*
 * Outside, before a 503. A batch is on disk in milliseconds: what finds no room
 * within a second meets a storm. BMCs try about three times, half a minute
 * apart, before they drop the event or the subscription (wire facts 4.2), so a
 * short wait here saves one of three.
 */
#define PAUSE USEC_PER_SEC
#define LOBBY_MAX 32            /* of one BMC; bmcweb has 20 at a time */
#define LOBBY_BYTES (16u << 20) /* of all */

struct guest {
    struct http_request *request;
    struct bmc *bmc; /* NULL: it has left the fleet */
    uint64_t due;    /* a ticket; of who is outside, a monotonic time */
    struct queue *queue;
    struct guest *next, *previous;
    size_t len; /* of the body, that is kept while it is in the lobby */
    char body[];
};

struct queue {
    struct guest *first, *last;
    size_t count;
};

struct waiting {
    struct waiting_setup setup;
    struct queue inside, lobby, refused;
    uint64_t durable; /* as last told */
    size_t lobby_bytes;
    usec_t round_due;       /* when the first of the lobby's rounds begins */
    sd_event_source *timer; /* for the first of those outside */
};

/* How many of a BMC stand in that queue; refused ones are not counted. */
static size_t *count_of(struct waiting *w, const struct queue *q,
                        struct bmc *bmc)
{
    if (!bmc || q == &w->refused)
        return NULL;
    return q == &w->inside ? &bmc->waiting : &bmc->in_lobby;
}

static void guest_add(struct waiting *w, struct queue *q, struct guest *g)
{
    size_t *count = count_of(w, q, g->bmc);

    g->queue = q;
    g->next = NULL;
    g->previous = q->last;
    *(q->last ? &q->last->next : &q->first) = g;
    q->last = g;
    q->count++;
    w->lobby_bytes += q == &w->lobby ? g->len : 0;
    if (count)
        ++*count;
    http_request_set_userdata(g->request, g);
}

static void guest_leave(struct waiting *w, struct guest *g)
{
    struct queue *q = g->queue;
    size_t *count = count_of(w, q, g->bmc);

    *(g->previous ? &g->previous->next : &q->first) = g->next;
    *(g->next ? &g->next->previous : &q->last) = g->previous;
    q->count--;
    w->lobby_bytes -= q == &w->lobby ? g->len : 0;
    if (count)
        --*count;
    http_request_set_userdata(g->request, NULL);
}

/* Out of the room, to be answered. */
static struct http_request *take_first(struct waiting *w, struct queue *q)
{
    struct guest *g = q->first;
    struct http_request *r = g->request;

    guest_leave(w, g);
    free(g);
    return r;
}

/* ---- who is outside, and for how long */

static usec_t first_due(const struct queue *q)
{
    return q->first ? q->first->due : USEC_INFINITY;
}

static void arm(struct waiting *w)
{
    usec_t due = MIN_OF(first_due(&w->lobby), first_due(&w->refused));

    due = MIN_OF(due, w->round_due);
    (void)sd_event_source_set_time(w->timer, due);
    (void)sd_event_source_set_enabled(
        w->timer, due == USEC_INFINITY ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

static void refuse_due(struct waiting *w, struct queue *q, usec_t now)
{
    while (first_due(q) <= now)
        http_request_refuse(take_first(w, q), 503,
                            "This sender has too many requests under way; "
                            "try again later.");
}

/* ---- letting in */

/*
 * One that has been alone for some seconds may fill the room: then nobody is
 * hurt, and the disk sets the pace. That no other is inside this very moment is
 * not enough: the next would find all that was let in before it.
 */
static bool has_room(const struct waiting *w, const struct bmc *bmc, usec_t now)
{
    const struct pace *pace = w->setup.pace;

    if (bmc->waiting == w->inside.count && pace_is_alone(pace, bmc, now))
        return true;
    return bmc->waiting < pace->share && pace_delay(pace, bmc, now) == 0;
}

/* Somebody of it is in the lobby, and is looked at when its round is over. */
static void await_round(struct waiting *w, const struct bmc *bmc, usec_t now)
{
    usec_t delay = pace_delay(w->setup.pace, bmc, now);

    if (delay > 0)
        w->round_due = MIN_OF(w->round_due, now + delay);
}

static void answer(struct http_request *r)
{
    crash_point("answer-begin");
    /*
     * Exactly 200, with a body: iLO takes a 204 for a failure (wire facts 4.2).
     */
    http_request_answer(r, 200, "application/json", ANSWER, strlen(ANSWER),
                        NULL);
    crash_point("answer-queued");
}

/* Its body goes on its way; the guest is inside, or answered. */
static void let_in(struct waiting *w, struct guest *g, const char *body,
                   size_t len)
{
    struct http_request *r = g->request;

    if (!w->setup.take(w->setup.userdata, g->bmc, body, len, &g->due)) {
        free(g);
        http_request_refuse(r, 503, NULL);
    } else if (g->due <= w->durable) { /* there was nothing in it */
        free(g);
        answer(r);
    } else {
        guest_add(w, &w->inside, g);
    }
}

static void let_in_from_lobby(struct waiting *w, usec_t now)
{
    struct guest *next;

    w->round_due = USEC_INFINITY;
    for (struct guest *g = w->lobby.first; g; g = next) {
        next = g->next;
        /* One BMC that is over its share does not keep those behind it out. */
        if (g->bmc && !has_room(w, g->bmc, now)) {
            await_round(w, g->bmc, now);
            continue;
        }
        guest_leave(w, g);
        if (g->bmc) {
            let_in(w, g, g->body, g->len);
            continue;
        }
        http_request_refuse(g->request, 404, NULL);
        free(g);
    }
}

static int on_timer(sd_event_source *timer _unused_, uint64_t now,
                    void *userdata)
{
    struct waiting *w = userdata;

    for (struct guest *g = w->lobby.first; g && g->due <= now; g = g->next)
        if (g->bmc)
            g->bmc->pushed_back++;
    refuse_due(w, &w->lobby, now);
    refuse_due(w, &w->refused, now);
    let_in_from_lobby(w, now);
    arm(w);
    return 0;
}

static struct guest *guest_new(struct http_request *r, struct bmc *bmc,
                               const char *body, size_t len)
{
    struct guest *g = xcalloc(1, sizeof(*g) + len + 1);

    g->request = r;
    g->bmc = bmc;
    g->len = len;
    if (len > 0)
        memcpy(g->body, body, len);
    return g;
}

static bool lobby_has_room(const struct waiting *w, const struct bmc *bmc,
                           size_t len)
{
    return bmc->in_lobby < LOBBY_MAX && w->lobby_bytes + len <= LOBBY_BYTES;
}

static void stay_outside(struct waiting *w, struct http_request *r,
                         struct bmc *bmc, const char *body, size_t len,
                         usec_t now)
{
    bool lobby = lobby_has_room(w, bmc, len);
    struct guest *g = guest_new(r, bmc, body, lobby ? len : 0);

    bmc->pushed_back += !lobby;
    g->due = now + PAUSE;
    guest_add(w, lobby ? &w->lobby : &w->refused, g);
    if (lobby)
        await_round(w, bmc, now);
    arm(w);
}

void waiting_enter(struct waiting *w, struct http_request *r, struct bmc *bmc,
                   const char *body, size_t len, usec_t now)
{
    pace_note(w->setup.pace, bmc, now);
    /*
     * Nobody overtakes those of its BMC who came before: its events are spooled
     * in the order in which it sent them.
     */
    if (bmc->in_lobby == 0 && has_room(w, bmc, now))
        let_in(w, guest_new(r, bmc, NULL, 0), body, len);
    else
        stay_outside(w, r, bmc, body, len, now);
}

void waiting_gone(struct waiting *w, struct http_request *r)
{
    struct guest *g = http_request_userdata(r);

    if (!g)
        return;
    guest_leave(w, g);
    free(g);
}

void waiting_answer(struct waiting *w, uint64_t durable, usec_t now)
{
    w->durable = durable;
    while (w->inside.first && w->inside.first->due <= durable)
        answer(take_first(w, &w->inside));
    if (w->lobby.first) {
        let_in_from_lobby(w, now);
        arm(w);
    }
}

/* ---- life */

void waiting_forget(struct waiting *w, const struct bmc *bmc)
{
    struct queue *queues[] = {&w->inside, &w->lobby, &w->refused};

    pace_forget(w->setup.pace, bmc);
    for (size_t i = 0; i < ARRAY_LEN(queues); i++)
        for (struct guest *g = queues[i]->first; g; g = g->next)
            if (g->bmc == bmc)
                g->bmc = NULL;
}

struct waiting *waiting_new(const struct waiting_setup *setup)
{
    struct waiting *w = XNEW(struct waiting);

    w->setup = *setup;
    w->round_due = USEC_INFINITY;
    (void)sd_event_add_time(setup->loop, &w->timer, CLOCK_MONOTONIC,
                            USEC_INFINITY, 1, on_timer, w);
    return w;
}

void waiting_free(struct waiting *w)
{
    if (!w)
        return;
    assert(!w->inside.first && !w->lobby.first && !w->refused.first);
    sd_event_source_disable_unref(w->timer);
    free(w);
}
