/* SPDX-License-Identifier: Apache-2.0 */
/* Two queues, one by ticket and one by time; see waiting.h. */
#include "sources/waiting.h"

#include <assert.h>
#include <string.h>

#include "util/alloc.h"
#include "util/clock.h"
#include "util/crash.h"

#define ANSWER "{\"status\":\"stored\"}"
#define PAUSE USEC_PER_SEC

struct guest {
    struct http_request *request;
    struct bmc *bmc; /* NULL: it has left the fleet */
    uint64_t due;    /* a ticket; of one pushed back, a monotonic time */
    struct queue *queue;
    struct guest *next, *previous;
};

struct queue {
    struct guest *first, *last;
};

struct waiting {
    struct queue stored, refused;
    size_t stored_count;
    size_t share;
    sd_event_source *timer; /* for the first of `refused` */
};

static void guest_add(struct waiting *w, struct queue *q, struct guest g)
{
    struct guest *guest = XNEW(struct guest);

    *guest = g;
    guest->queue = q;
    guest->previous = q->last;
    *(q->last ? &q->last->next : &q->first) = guest;
    q->last = guest;
    if (q == &w->stored) {
        w->stored_count++;
        g.bmc->waiting++;
    }
    http_request_set_userdata(g.request, guest);
}

static void guest_remove(struct waiting *w, struct guest *g)
{
    struct queue *q = g->queue;

    *(g->previous ? &g->previous->next : &q->first) = g->next;
    *(g->next ? &g->next->previous : &q->last) = g->previous;
    if (q == &w->stored) {
        w->stored_count--;
        if (g->bmc)
            g->bmc->waiting--;
    }
    free(g);
}

/* Out of the room, to be answered. */
static struct http_request *take_first(struct waiting *w, struct queue *q)
{
    struct http_request *r = q->first->request;

    http_request_set_userdata(r, NULL);
    guest_remove(w, q->first);
    return r;
}

static void arm(struct waiting *w)
{
    if (!w->refused.first)
        return;
    (void)sd_event_source_set_time(w->timer, w->refused.first->due);
    (void)sd_event_source_set_enabled(w->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *timer _unused_, uint64_t now,
                    void *userdata)
{
    struct waiting *w = userdata;

    while (w->refused.first && w->refused.first->due <= now)
        http_request_refuse(take_first(w, &w->refused), 503,
                            "This sender has too many requests under way; "
                            "try again later.");
    arm(w);
    return 0;
}

struct waiting *waiting_new(sd_event *loop)
{
    struct waiting *w = XNEW(struct waiting);

    w->share = SIZE_MAX;
    (void)sd_event_add_time(loop, &w->timer, CLOCK_MONOTONIC, USEC_INFINITY, 0,
                            on_timer, w);
    return w;
}

void waiting_free(struct waiting *w)
{
    if (!w)
        return;
    assert(!w->stored.first && !w->refused.first);
    sd_event_source_disable_unref(w->timer);
    free(w);
}

void waiting_set_share(struct waiting *w, size_t share)
{
    w->share = share;
}

bool waiting_has_room(const struct waiting *w, const struct bmc *bmc)
{
    return bmc->waiting < w->share || bmc->waiting == w->stored_count;
}

void waiting_add(struct waiting *w, struct http_request *r, struct bmc *bmc,
                 uint64_t ticket)
{
    guest_add(w, &w->stored,
              (struct guest){.request = r, .bmc = bmc, .due = ticket});
}

void waiting_push_back(struct waiting *w, struct http_request *r,
                       struct bmc *bmc)
{
    bool was_empty = !w->refused.first;

    bmc->pushed_back++;
    guest_add(w, &w->refused,
              (struct guest){
                  .request = r, .bmc = bmc, .due = clock_monotonic() + PAUSE});
    if (was_empty)
        arm(w);
}

void waiting_gone(struct waiting *w, struct http_request *r)
{
    struct guest *g = http_request_userdata(r);

    if (g)
        guest_remove(w, g);
}

void waiting_answer(struct waiting *w, uint64_t durable)
{
    while (w->stored.first && w->stored.first->due <= durable) {
        struct http_request *r = take_first(w, &w->stored);

        crash_point("answer-begin");
        http_request_answer(r, 200, "application/json", ANSWER, strlen(ANSWER),
                            NULL);
        crash_point("answer-queued");
    }
}

void waiting_forget(struct waiting *w, const struct bmc *bmc)
{
    struct queue *queues[] = {&w->stored, &w->refused};

    for (size_t i = 0; i < ARRAY_LEN(queues); i++)
        for (struct guest *g = queues[i]->first; g; g = g->next)
            if (g->bmc == bmc)
                g->bmc = NULL;
}
