/* SPDX-License-Identifier: Apache-2.0 */
/* Who is let in to the webhook, and when; requests are counters here. */
#include "sources/waiting.h"

#include "tap.h"
#include "util/alloc.h"

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
    struct pace pace;
    struct waiting *room;
    struct bmc one, other;
    struct http_request requests[100];
    size_t sent;
    uint64_t taken; /* the last ticket: a body is one record */
    usec_t now;     /* since boot; far before the timer's clock */
};

static bool take(void *userdata, struct bmc *bmc, const char *body _unused_,
                 size_t len _unused_, uint64_t *ret_ticket)
{
    struct play *p = userdata;

    *ret_ticket = ++p->taken;
    pace_count(&p->pace, bmc, 1, p->now);
    return true;
}

static void send_from(struct play *p, struct bmc *bmc, size_t count)
{
    while (count-- > 0)
        waiting_enter(p->room, &p->requests[p->sent++], bmc, "{}", 2, p->now);
}

static void answer(struct play *p)
{
    waiting_answer(p->room, p->taken, p->now);
}

/* A share of four, and another BMC has just sent. */
static void play_begin(struct play *p)
{
    struct waiting_setup setup = {
        .pace = &p->pace,
        .take = take,
        .userdata = p,
    };

    *p = (struct play){.pace.share = 4, .now = 10 * USEC_PER_SEC};
    sd_event_new(&p->loop);
    setup.loop = p->loop;
    p->room = waiting_new(&setup);
    send_from(p, &p->other, 1);
    answer(p);
}

static void play_end(struct play *p)
{
    p->now += USEC_PER_MINUTE;
    answer(p);
    answer(p);
    waiting_free(p->room);
    sd_event_unref(p->loop);
}

static void test_rounds(void)
{
    struct play p;

    play_begin(&p);
    send_from(&p, &p.one, 20);
    is_int(p.taken, 1 + 4, "its share is let in at once");
    p.now++;
    answer(&p);
    is_int(p.one.waiting, 0, "... and answered");
    is_int(p.taken, 1 + 4, "but the disk may be quicker than the rounds");
    send_from(&p, &p.other, 1);
    is_int(p.other.waiting, 1, "... and is there for others meanwhile");
    p.now += 10 * USEC_PER_MSEC;
    send_from(&p, &p.one, 1);
    is_int(p.one.in_lobby, 17, "nobody overtakes those in the lobby");
    answer(&p);
    is_int(p.taken, 2 + 8, "the next round is let in in time");
    is_int(p.requests[20].status, 0, "... and the last one waits");
    for (size_t round = 0; round < 5; round++) {
        p.now += 10 * USEC_PER_MSEC;
        answer(&p);
    }
    is_int(p.requests[22].status, 200, "... for its turn");
    play_end(&p);
}

/* By the timer alone, when nothing is under way that could be answered. */
static void test_woken(void)
{
    struct play p;

    play_begin(&p);
    send_from(&p, &p.one, 8);
    answer(&p);
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
    p.now += USEC_PER_MINUTE;
    send_from(&p, &p.one, 20);
    is_int(p.taken, 1 + 20, "who is alone may fill the room");
    send_from(&p, &p.other, 1);
    send_from(&p, &p.one, 1);
    is_int(p.taken, 1 + 21, "... until another sends");
    play_end(&p);
}

/* A stream's buffer, or a body with many: how long is it quiet after that? */
static void test_pieces(void)
{
    static const struct {
        uint64_t records;
        usec_t after, delay;
        const char *what;
    } table[] = {
        {3, 0, 0, "what leaves room in the round is followed by more"},
        {4, 0, 2000, "a share, by the next round"},
        {4, 1500, 500, "... that is nearer later"},
        {4, 2000, 0, "... and has begun"},
        {20, 0, 10000, "five shares at once last five rounds"},
        {20, 9000, 1000, "... as long as that"},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct pace pace = {.share = 4};
        struct bmc one = {0}, other = {0};
        usec_t now = USEC_PER_HOUR;

        pace_note(&pace, &other, now);
        pace_note(&pace, &one, now);
        pace_count(&pace, &one, table[i].records, now);
        is_int(pace_delay(&pace, &one, now + table[i].after), table[i].delay,
               table[i].what);
    }
}

static void test_left(void)
{
    struct pace pace = {.share = 4};
    struct bmc one = {0}, other = {0};

    pace_note(&pace, &one, 1);
    ok(pace_is_alone(&pace, &one, 1), "the first that sends is alone");
    pace_note(&pace, &other, 2);
    pace_forget(&pace, &other);
    ok(!pace_is_alone(&pace, &one, 3), "one that left has sent all the same");
    pace_count(&pace, &one, 100, 3);
    ok(pace_delay(&pace, &one, 4) > 0, "... and is heeded");
    ok(pace_delay(&pace, &one, USEC_PER_MINUTE) == 0, "... for some seconds");
}

int main(void)
{
    test_rounds();
    test_woken();
    test_alone();
    test_pieces();
    test_left();
    return done_testing();
}
