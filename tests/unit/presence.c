/* SPDX-License-Identifier: Apache-2.0 */
/* Silence of one, of some, of all; in virtual time. */
#include "keep/presence.h"

#include "tap.h"
#include "util/macro.h"

#define FLEET 1000

static struct presence_member members[FLEET];
static struct presence p;
static int silent, isolated, connected;
static size_t isolated_count;

static void on_silent(void *userdata _unused_, struct presence_member *m)
{
    is_int(m->state, PRESENCE_TOLD, "who is told is silent");
    silent++;
}

static void on_isolated(void *userdata _unused_, size_t count, size_t all)
{
    isolated++;
    isolated_count = count;
    is_int(all, p.members, "the isolation names the fleet");
}

static void on_connected(void *userdata _unused_)
{
    connected++;
}

static void begin(size_t count)
{
    p = (struct presence){.members = count,
                          .on_silent = on_silent,
                          .on_isolated = on_isolated,
                          .on_connected = on_connected};
    for (size_t i = 0; i < FLEET; i++)
        members[i] = (struct presence_member){0};
    silent = isolated = connected = 0;
}

static void fall(size_t from, size_t to, usec_t now)
{
    for (size_t i = from; i < to; i++)
        presence_fell(&p, &members[i], now);
    presence_run(&p, now);
}

static void come(size_t from, size_t to, usec_t now)
{
    for (size_t i = from; i < to; i++)
        presence_back(&p, &members[i], now);
    presence_run(&p, now);
}

static void test_small(void)
{
    begin(19);
    fall(0, 1, 10);
    is_int(silent, 1, "one of a few is told at once");
    fall(0, 1, 11);
    is_int(silent, 1, "... once");
    fall(1, 19, 12);
    is_int(silent, 19, "in a small fleet each is told, also if all fall");
    is_int(isolated, 0, "... and nobody is cut off");
    ok(presence_back(&p, &members[3], 20), "who was told has to be taken back");
    ok(!presence_back(&p, &members[3], 21), "... once");
    fall(3, 4, 30);
    is_int(silent, 20, "who falls anew is told anew");
    presence_forget(&p, &members[3]);
    is_int(members[3].state, PRESENCE_HERE, "who leaves is not in the list");
}

static void test_held(void)
{
    begin(100);
    fall(0, 5, 0);
    is_int(silent, 0, "in a fleet a silence is held for a while");
    come(0, 1, USEC_PER_SEC);
    fall(0, 0, USEC_PER_MINUTE);
    is_int(silent, 4, "... and told after a minute, if it lasts");
    ok(!presence_back(&p, &members[0], USEC_PER_MINUTE),
       "what was short was never told");
    is_int(isolated, 0, "five of a hundred are not all");
}

static void test_isolated(void)
{
    usec_t later = 10 * USEC_PER_MINUTE;

    begin(FLEET);
    fall(0, 49, 0);
    is_int(isolated, 0, "one less than a twentieth");
    fall(49, 50, USEC_PER_SEC);
    is_int(isolated, 1, "a twentieth at once: the collector is cut off");
    is_int(isolated_count, 50, "... and how many is said");
    fall(50, 900, 2 * USEC_PER_SEC);
    fall(0, 0, later);
    is_int(isolated, 1, "the rest changes nothing");
    is_int(silent, 0, "... and nobody is told by himself");
    come(0, 875, later);
    is_int(connected, 0, "a few are enough for it to last");
    come(875, 880, later);
    is_int(connected, 1, "most are back: so is the collector");
    is_int(silent, 0, "... who is not yet gets his minute");
    fall(0, 0, later + USEC_PER_MINUTE);
    is_int(silent, 20, "... and is told then");
    come(880, 900, later + 2 * USEC_PER_MINUTE);
    ok(!p.oldest && !p.newest && p.covered == 0, "nobody is left in the list");
}

static void test_slow(void)
{
    begin(FLEET);
    for (usec_t i = 0; i < 200; i++)
        fall(i, i + 1, i * 10 * USEC_PER_SEC);
    is_int(isolated, 0, "many over a long time are no isolation");
    ok(silent > 190, "... but each for itself (%d)", silent);
}

static void test_told_before(void)
{
    begin(100);
    fall(0, 5, 0);
    fall(0, 0, 90 * USEC_PER_SEC);
    is_int(silent, 5, "five were told");
    fall(5, 20, 100 * USEC_PER_SEC);
    is_int(isolated, 1, "those of the last two minutes count");
    come(5, 20, 110 * USEC_PER_SEC);
    is_int(connected, 1, "the covered are back");
    ok(presence_back(&p, &members[0], 120 * USEC_PER_SEC),
       "who was told by himself is taken back by himself");
}

static void test_restart(void)
{
    begin(100);
    p.isolated = true;
    p.connected_from = 2 * USEC_PER_MINUTE;
    presence_run(&p, 0);
    come(0, 1, USEC_PER_SEC);
    is_int(connected, 0, "after a restart nothing is concluded at first");
    fall(1, 40, USEC_PER_SEC);
    presence_run(&p, 3 * USEC_PER_MINUTE);
    is_int(connected + isolated + silent, 0, "it lasts");
    come(1, 40, 3 * USEC_PER_MINUTE);
    is_int(connected, 1, "... and ends");
}

int main(void)
{
    test_small();
    test_held();
    test_isolated();
    test_slow();
    test_told_before();
    test_restart();
    return done_testing();
}
