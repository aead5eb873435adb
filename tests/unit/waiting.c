/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in to the webhook, and when; requests are counters here. */
#include "sources/waiting.h"

#include "tap.h"
#include "util/alloc.h"

#define T (10 * USEC_PER_SEC) /* since boot; the timer's clock is past it */

struct http_request {
    void *userdata;
    unsigned status; /* 0: not answered yet */
};

/* The server's, as far as the room needs them. */
void http_request_set_userdata(struct http_request *r, void *userdata)
{
    r->userdata = userdata;
}

void *http_request_userdata(const struct http_request *r)
{
    return r->userdata;
}

void http_request_answer(struct http_request *r, unsigned status,
                         const char *type _unused_, const char *body _unused_,
                         size_t len _unused_,
                         const struct http_header *headers _unused_)
{
    r->status = status;
}

void http_request_refuse(struct http_request *r, unsigned status,
                         const char *why _unused_)
{
    r->status = status;
}

struct play {
    sd_event *loop;
    struct waiting *room;
    struct bmc one, other;
    struct http_request requests[100];
    size_t sent;
    uint64_t taken; /* the last ticket */
};

static bool take(void *userdata, struct bmc *bmc _unused_,
                 const char *body _unused_, size_t len _unused_,
                 uint64_t *ret_ticket)
{
    struct play *p = userdata;

    *ret_ticket = ++p->taken;
    return true;
}

static void send_at(struct play *p, struct bmc *bmc, usec_t now)
{
    waiting_enter(p->room, &p->requests[p->sent++], bmc, "{}", 2, now);
}

/* A share of four, and another BMC has just sent. */
static void play_begin(struct play *p)
{
    struct waiting_setup setup = {.take = take, .userdata = p};

    *p = (struct play){0};
    sd_event_new(&p->loop);
    setup.loop = p->loop;
    p->room = waiting_new(&setup);
    waiting_set_share(p->room, 4);
    send_at(p, &p->other, T);
    waiting_answer(p->room, p->taken, T);
}

static void play_end(struct play *p)
{
    waiting_answer(p->room, p->taken, T + USEC_PER_MINUTE);
    waiting_answer(p->room, p->taken, T + USEC_PER_MINUTE);
    waiting_free(p->room);
    sd_event_unref(p->loop);
}

static void test_rounds(void)
{
    struct play p;

    play_begin(&p);
    for (size_t i = 0; i < 20; i++)
        send_at(&p, &p.one, T);
    is_int(p.taken, 1 + 4, "its share is let in at once");
    waiting_answer(p.room, p.taken, T + 1);
    is_int(p.one.waiting, 0, "... and answered");
    is_int(p.taken, 1 + 4, "but the disk may be quicker than the rounds");
    send_at(&p, &p.other, T + 2);
    is_int(p.other.waiting, 1, "... and is there for others meanwhile");
    send_at(&p, &p.one, T + 10 * USEC_PER_MSEC);
    is_int(p.one.in_lobby, 17, "nobody overtakes those in the lobby");
    waiting_answer(p.room, p.taken, T + 10 * USEC_PER_MSEC);
    is_int(p.taken, 2 + 8, "the next round is let in in time");
    is_int(p.requests[20].status, 0, "... and the last one waits");
    for (usec_t later = 20; later <= 60; later += 10)
        waiting_answer(p.room, p.taken, T + later * USEC_PER_MSEC);
    is_int(p.requests[22].status, 200, "... for its turn");
    play_end(&p);
}

/* By the timer alone, when nothing is under way that could be answered. */
static void test_woken(void)
{
    struct play p;

    play_begin(&p);
    for (size_t i = 0; i < 8; i++)
        send_at(&p, &p.one, T);
    waiting_answer(p.room, p.taken, T);
    is_int(p.one.in_lobby, 4, "a round is awaited");
    while (p.one.in_lobby > 0 && sd_event_run(p.loop, USEC_INFINITY) >= 0)
        continue;
    is_int(p.taken, 1 + 8, "... that begins by itself");
    play_end(&p);
}

static void test_alone(void)
{
    struct play p;

    play_begin(&p);
    for (size_t i = 0; i < 20; i++)
        send_at(&p, &p.one, T + USEC_PER_MINUTE);
    is_int(p.taken, 1 + 20, "who is alone may fill the room");
    play_end(&p);
}

int main(void)
{
    test_rounds();
    test_woken();
    test_alone();
    return done_testing();
}
