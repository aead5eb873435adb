/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silence, theirs or ours; see presence.h. The silent stand in one list, in the
 * order in which they fell, so that those of the last minutes are counted from
 * its end, and those whose time to be told has come are found at its start.
 */
#include "keep/presence.h"

#include "util/macro.h"

#define FLEET_MIN 20 /* a smaller one is never said to be cut off */
#define SHARE 20     /* one in so many */
/* A dead link shows with each BMC at its own next question, not at once. */
#define WINDOW (2 * USEC_PER_MINUTE)
/* The first to fall waits so long for others that one message may cover. */
#define HOLD USEC_PER_MINUTE

static size_t threshold(const struct presence *p)
{
    return MAX_OF((p->members + SHARE - 1) / SHARE, (size_t)FLEET_MIN);
}

static usec_t hold(const struct presence *p)
{
    return p->members < FLEET_MIN ? 0 : HOLD;
}

static void enlist(struct presence *p, struct presence_member *m, usec_t now)
{
    m->fell = now;
    m->state = PRESENCE_FALLEN;
    m->next = NULL;
    m->prev = p->newest;
    *(p->newest ? &p->newest->next : &p->oldest) = m;
    p->newest = m;
}

static void delist(struct presence *p, struct presence_member *m)
{
    p->covered -= m->state == PRESENCE_COVERED;
    *(m->prev ? &m->prev->next : &p->oldest) = m->next;
    *(m->next ? &m->next->prev : &p->newest) = m->prev;
    *m = (struct presence_member){0};
}

static void cover(struct presence *p)
{
    for (struct presence_member *m = p->oldest; m; m = m->next)
        if (m->state == PRESENCE_FALLEN) {
            m->state = PRESENCE_COVERED;
            p->covered++;
        }
}

/* How many of the silent fell within the window; they stand at the end. */
static size_t fell_lately(const struct presence *p, usec_t now)
{
    size_t count = 0;

    for (const struct presence_member *m = p->newest;
         m && m->fell + WINDOW > now; m = m->prev)
        count++;
    return count;
}

static void look_isolated(struct presence *p, usec_t now)
{
    size_t count = fell_lately(p, now);

    if (!p->isolated && count < threshold(p))
        return;
    cover(p);
    if (p->isolated)
        return;
    p->isolated = true;
    p->on_isolated(p->userdata, count, p->members);
}

/* Those that are still silent now have to be told by themselves. */
static void look_connected(struct presence *p, usec_t now)
{
    struct presence_member *last = p->newest, *m = p->oldest, *next;

    /*
     * Half of the threshold, so that a fleet at its edge does not say the one
     * and the other in turn. Not soon after our start: then nobody has answered
     * yet.
     */
    if (!p->isolated || now < p->connected_from ||
        p->covered >= threshold(p) / 2)
        return;
    p->isolated = false;
    p->on_connected(p->userdata);
    /*
     * Each goes to the list's end with a new time, and has to be silent for
     * another HOLD. The walk ends at what was the end before it began.
     */
    for (bool more = m != NULL; more; m = next) {
        next = m->next;
        more = m != last;
        if (m->state != PRESENCE_COVERED)
            continue;
        delist(p, m);
        enlist(p, m, now);
    }
}

void presence_fell(struct presence *p, struct presence_member *m, usec_t now)
{
    if (m->state != PRESENCE_HERE)
        return;
    enlist(p, m, now);
    look_isolated(p, now);
}

void presence_forget(struct presence *p, struct presence_member *m)
{
    if (m->state != PRESENCE_HERE)
        delist(p, m);
}

bool presence_back(struct presence *p, struct presence_member *m, usec_t now)
{
    bool told = m->state == PRESENCE_TOLD;

    presence_forget(p, m);
    look_connected(p, now);
    return told;
}

void presence_run(struct presence *p, usec_t now)
{
    look_connected(p, now); /* the fleet may have become smaller */
    for (struct presence_member *m = p->oldest; m; m = m->next) {
        if (m->state != PRESENCE_FALLEN)
            continue;
        /* Those behind it fell later. */
        if (m->fell + hold(p) > now)
            return;
        m->state = PRESENCE_TOLD;
        p->on_silent(p->userdata, m);
    }
}
