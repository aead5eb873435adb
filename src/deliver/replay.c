/* SPDX-License-Identifier: Apache-2.0 */
/* A few windows, asked in turn; see replay.h. */
#include "deliver/replay.h"

#include "util/alloc.h"
#include "util/macro.h"

static void forget(struct replay *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->windows[i].item);
    r->count = 0;
}

void replay_add(struct replay *r, const struct replay_window *window,
                uint64_t seq)
{
    if (!r->active)
        forget(r);
    r->active = true;
    r->windows = xgrow(r->windows, &r->cap, r->count + 1, sizeof(*r->windows));
    r->windows[r->count] = *window;
    r->windows[r->count++].item = xstrdup(window->item);
    r->resume = MAX_OF(r->resume, seq);
}

uint64_t replay_first(const struct replay *r)
{
    uint64_t first = UINT64_MAX;

    for (size_t i = 0; i < r->count; i++)
        first = MIN_OF(first, r->windows[i].first);
    return first;
}

static bool is_in(const struct replay_window *w, uint64_t seq, usec_t time)
{
    return seq >= w->first && seq <= w->last && time >= w->since &&
           time <= w->until;
}

bool replay_wants(const struct replay *r, uint64_t seq, usec_t time)
{
    if (seq > r->resume)
        return true;
    for (size_t i = 0; i < r->count; i++)
        if (is_in(&r->windows[i], seq, time))
            return true;
    return false;
}

const char *replay_item(const struct replay *r, uint64_t seq)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->windows[i].item && r->windows[i].first == seq)
            return r->windows[i].item;
    return NULL;
}

bool replay_pass(struct replay *r, uint64_t seq)
{
    if (!r->active || seq < r->resume)
        return false;
    r->active = false;
    return true;
}

void replay_done(struct replay *r)
{
    forget(r);
    free(r->windows);
    *r = (struct replay){0};
}
