/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Choosing the way of one BMC, and changing it: from a way that does not work
 * to the next at once, to a better one only when that one is up, so that there
 * is no moment without any. What both bring meanwhile is a duplicate.
 */
#include <stdlib.h>

#include "discover.h"
#include "keep/keep_private.h"
#include "log.h"
#include "reach.h"
#include "recheck.h"
#include "service.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "vendors.h"

/*
 * A way up for this long was no failure. At its limit of streams bmcweb answers
 * 200 and ends at once (wire facts 5), which must count as one.
 */
#define STEADY_AFTER USEC_PER_MINUTE
#define NO_SUCH_THING 404

static const struct way_type *type_of(const struct life *l, enum way way)
{
    return l->owner->ways[way].type;
}

static void start_way(struct life *l, enum way way)
{
    type_of(l, way)->start(l->owner->ways[way].userdata, l->bmc);
}

static void stop_way(struct life *l, enum way way)
{
    if (way != WAY_NONE)
        type_of(l, way)->stop(l->owner->ways[way].userdata, l->bmc);
}

void life_stop_ways(struct life *l)
{
    stop_way(l, l->way);
    stop_way(l, l->trial);
    l->way = l->trial = WAY_NONE;
}

static void add(const struct life *l, struct chooser_offer *offer, enum way way)
{
    if (type_of(l, way))
        offer->order[offer->count++] = way;
}

static bool has_public_url(const struct life *l)
{
    return l->bmc->config->public_url || l->owner->config->public_url;
}

/* With `auto`: what there is, the best first. */
static void offer_all(const struct life *l, struct chooser_offer *offer)
{
    const struct service *s = l->bmc->service;

    const struct vendor *v = s->vendor_row;
    bool stream = s->sse_url && !v->no_sse;

    /*
     * The stream first: the BMC needs no route to us and keeps no subscription
     * that it could forget. But bmcweb's stream carries no log events (wire
     * facts 5), so there it comes after the webhook. Logs are always to be had.
     */
    if (stream && !v->sse_partial)
        add(l, offer, WAY_SSE);
    if (has_public_url(l) && !v->never)
        add(l, offer, WAY_WEBHOOK);
    if (stream && v->sse_partial)
        add(l, offer, WAY_SSE);
    add(l, offer, WAY_POLL);
}

static struct chooser_offer offer_of(const struct life *l)
{
    struct chooser_offer offer = {0};

    switch ((enum receive_mode)l->bmc->config->receive) {
    case RECEIVE_AUTO:
        offer_all(l, &offer);
        break;
    case RECEIVE_WEBHOOK:
        add(l, &offer, WAY_WEBHOOK);
        break;
    case RECEIVE_SSE:
        add(l, &offer, WAY_SSE);
        break;
    case RECEIVE_POLL:
        add(l, &offer, WAY_POLL);
        break;
    case RECEIVE_PASSIVE:
        break;
    }
    return offer;
}

static enum way pick(const struct life *l)
{
    struct chooser_offer offer = offer_of(l);

    return chooser_pick(&l->chooser, &offer, clock_monotonic());
}

void life_start_way(struct life *l)
{
    struct error none = {
        "it offers no event stream, and public_url is not configured, so it "
        "cannot be told where to post to"};

    l->way = pick(l);
    life_set_state(l, LIFE_STARTING);
    if (l->way == WAY_NONE) {
        life_failed(l, NO_SUCH_THING, "listen to it", &none);
        life_restart(l, 0);
        return;
    }
    start_way(l, l->way);
}

/* ---- the better way */

static usec_t better_at(const struct life *l, enum way *ret)
{
    struct chooser_offer offer = offer_of(l);

    return chooser_better(&l->chooser, &offer, l->way, ret);
}

static void wake_for_better(struct life *l)
{
    usec_t at = better_at(l, NULL), now = clock_monotonic();

    if (at == USEC_INFINITY)
        life_wake_after(l, USEC_INFINITY);
    else
        life_wake_after(l, at > now ? at - now : 0);
}

void life_try_better(struct life *l)
{
    enum way better = WAY_NONE;

    if (better_at(l, &better) > clock_monotonic()) {
        wake_for_better(l);
        return;
    }
    l->trial = better;
    start_way(l, better);
}

/* The trial did not work; the way in use goes on. */
static void end_trial(struct life *l)
{
    l->trial = WAY_NONE;
    wake_for_better(l);
}

static void take_over(struct life *l)
{
    enum way before = l->way;
    const struct way_type *type = type_of(l, before);

    log_info("%s: %s in place of %s", l->bmc->name, type_of(l, l->trial)->name,
             type->name);
    /*
     * Only now: both were open for a moment, and what came twice is suppressed.
     */
    stop_way(l, before);
    l->way = l->trial;
    l->trial = WAY_NONE;
}

/* Whether `way` is one to come back to from the one in use. */
static bool is_better(const struct chooser_offer *offer, enum way way,
                      enum way used)
{
    for (size_t i = 0; i < offer->count && offer->order[i] != used; i++)
        if (offer->order[i] == way)
            return true;
    return false;
}

/* What the others, also before a restart, left at the BMC is taken back. */
static void leave_others(struct life *l)
{
    struct chooser_offer offer = offer_of(l);

    for (enum way way = WAY_NONE + 1; way < WAY_COUNT; way++)
        /* A better one that rests keeps what it has: it is tried again. */
        if (way != l->way && type_of(l, way) && type_of(l, way)->leave &&
            !is_better(&offer, way, l->way))
            type_of(l, way)->leave(l->owner->ways[way].userdata, l->bmc);
}

/* The last resort works: what was refused still is. */
static bool is_makeshift(const struct life *l)
{
    return l->way == WAY_POLL && better_at(l, NULL) != USEC_INFINITY;
}

/* ---- what ways tell */

void keep_up(struct keep *k, struct bmc *bmc, enum way way, const char *how,
             bool gap)
{
    struct life *l = keep_find_life(k, bmc);

    if (!l || (way != l->way && way != l->trial))
        return;
    if (way == l->trial)
        take_over(l);
    /* The state first: what follows may ask for a look at the way. */
    life_set_state(l, LIFE_LISTENING);
    life_answers(l);
    if (is_makeshift(l) && !l->nothing)
        log_info("%s: %s, until a better way works", bmc->name, how);
    else
        reach_worked(k->host->pipeline, bmc, how);
    l->nothing = false;
    leave_others(l);
    /* Poll reads the logs itself. */
    if (way != WAY_POLL && (gap || !l->caught_up))
        life_catch_up(l, gap ? "it was not listened to" : "start");
    recheck_bmc(k->host->recheck, bmc);
    wake_for_better(l);
}

/* A way that was up ended: whether the BMC is away shows when it is tried. */
static void tell_end(struct life *l, const struct keep_end *end)
{
    life_note(l, end->err);
    if (log_limit_pass(&l->bmc->lines, clock_monotonic(), NULL))
        log_info("%s: its %s ended: %s; starting it again", l->bmc->name,
                 type_of(l, l->way)->name, end->err->text);
}

/* What the end of a way says of the way. */
static void judge(struct life *l, enum way way, const struct keep_end *end,
                  bool was_up)
{
    usec_t now = clock_monotonic();

    /*
     * No answer (status 0) counts for neither: the BMC is away, which says
     * nothing of the way.
     */
    if (end->brought || (was_up && now - l->since >= STEADY_AFTER)) {
        chooser_steady(&l->chooser, way);
        backoff_reset(&l->backoff);
    } else if (end->status && chooser_failed(&l->chooser, way, now) &&
               !chooser_rests(&l->chooser, pick(l), now)) {
        backoff_reset(&l->backoff); /* it is another's turn */
    }
}

/* Some hold on to a stream that ended for a while (wire facts 5, iDRAC). */
static usec_t reconnect_min(const struct life *l)
{
    return l->bmc->service->vendor_row->sse_reconnect_min;
}

void keep_down(struct keep *k, struct bmc *bmc, enum way way,
               const struct keep_end *end)
{
    struct life *l = keep_find_life(k, bmc);
    bool was_up;

    if (!l || (way != l->way && way != l->trial))
        return;
    was_up = way == l->way && l->state == LIFE_LISTENING;
    bmc->breaks += was_up;
    /* Before the trial is over: it is the way that is judged, not its role. */
    judge(l, way, end, was_up);
    if (way == l->trial) {
        end_trial(l);
        return;
    }
    if (was_up)
        tell_end(l, end);
    else
        life_failed(l, end->status, type_of(l, way)->verb, end->err);
    /*
     * From the beginning, with a new discovery: it may have come back with
     * other firmware, or as another machine.
     */
    life_restart(l, way == WAY_SSE ? MAX_OF(end->retry_after, reconnect_min(l))
                                   : end->retry_after);
}

/*
 * All its ways rest, this one because the BMC does not have it. Going round
 * them at once would never end: back off, and say what is missing of each.
 */
static void give_up(struct life *l)
{
    struct chooser_offer offer = offer_of(l);
    _cleanup_(buffer_done) struct buffer text = {0};
    struct error err;

    for (size_t i = 0; i < offer.count; i++)
        if (l->missing[offer.order[i]])
            buffer_printf(&text, "%s%s", text.len > 0 ? "; " : "",
                          l->missing[offer.order[i]]);
    error_set(&err, 0, "%s", text.data);
    l->bmc->breaks += l->state == LIFE_LISTENING;
    l->nothing = true;
    life_failed(l, NO_SUCH_THING, "listen to it", &err);
    life_restart(l, 0);
}

void keep_absent(struct keep *k, struct bmc *bmc, enum way way,
                 const struct error *why)
{
    struct life *l = keep_find_life(k, bmc);
    enum way next;

    if (!l || (way != l->way && way != l->trial))
        return;
    chooser_absent(&l->chooser, way, clock_monotonic());
    if (way == l->trial) {
        end_trial(l);
        return;
    }
    free(l->missing[way]);
    l->missing[way] = xasprintf("no %s: %s", type_of(l, way)->name, why->text);
    next = pick(l);
    if (chooser_rests(&l->chooser, next, clock_monotonic())) {
        give_up(l);
        return;
    }
    log_info("%s: no %s: %s; %s in its place", bmc->name, type_of(l, way)->name,
             why->text, type_of(l, next)->name);
    stop_way(l, way);
    life_start_way(l);
}

void keep_gap(struct keep *k, struct bmc *bmc, const char *why)
{
    struct life *l = keep_find_life(k, bmc);

    if (l && l->state == LIFE_LISTENING)
        life_catch_up(l, why);
}

void keep_suspect(struct keep *k, struct bmc *bmc, const char *why)
{
    struct life *l = keep_find_life(k, bmc);

    if (!l || l->state != LIFE_LISTENING || !type_of(l, l->way)->check)
        return;
    log_debug("%s: %s; looking after it", bmc->name, why);
    type_of(l, l->way)->check(k->ways[l->way].userdata, bmc);
}
