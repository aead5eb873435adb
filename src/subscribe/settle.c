/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a look to a subscription that holds:
 *   look -> adopt ours, or make one (climb.c) -> mend (mend.c)
 *        -> remove what is ours and stale -> up
 * The new one comes before the old one goes, so that there is no moment
 * without any; only a BMC that takes no second one has it the other way round.
 */
#include "subscribe/subscription.h"

#include <string.h>

#include "log.h"
#include "service.h"
#include "util/alloc.h"

/* One that was just made and not named: it was not there at the last look. */
static struct look_member *find_new(struct look *now, const struct look *before)
{
    for (size_t i = 0; i < now->count; i++) {
        struct look_member *m = &now->members[i];
        bool was_there = false;

        for (size_t j = 0; j < before->count && !was_there; j++)
            was_there = strcmp(before->members[j].uri, m->uri) == 0;
        if (!was_there && m->kind == MEMBER_STALE)
            return m;
    }
    return NULL;
}

static struct look_member *choose(struct subscription *s, struct look *found)
{
    struct look_member *ours = look_find(found, MEMBER_OURS);

    return ours || !s->fresh ? ours : find_new(found, &s->found);
}

static void take(struct subscription *s, struct look_member *ours)
{
    json_t *document = json_incref(ours->document);

    s->made = s->bmc->unseen = 0;
    free(s->uri);
    free(s->etag);
    s->uri = xstrdup(ours->uri);
    s->etag = xstrdup(ours->etag);
    look_drop(&s->found, ours);
    if (document)
        mend_begin(s, document);
    else
        mend_look(s);
    json_decref(document);
}

#define UNSEEN_MAX 3
#define UNSEEN_PATIENCE USEC_PER_HOUR

bool settle_unseen(struct subscription *s)
{
    struct error why = {"it takes a subscription, and keeps none"};
    bool heard = s->bmc->heard > s->made;

    if (s->made == 0)
        return false;
    if (heard)
        s->bmc->unseen = 0;
    if (!s->fresh && heard && clock_monotonic() < s->made + UNSEEN_PATIENCE) {
        subscription_up(s);
        return true;
    }
    if (!s->fresh) { /* some show a new one a moment later */
        s->bmc->unseen += !heard;
        s->made = 0;
    }
    if (s->bmc->unseen < UNSEEN_MAX)
        return false;
    s->made = 0;
    subscription_absent(s, &why);
    return true;
}

static void on_looked(void *userdata, struct look *found,
                      const struct talk_answer *failure)
{
    struct subscription *s = userdata;
    struct look_member *ours;
    size_t at;

    s->look = NULL;
    if (!found) {
        if (failure->status == 404 || failure->status == 405)
            subscription_absent(s, failure->err);
        else
            subscription_down(s, failure, failure->err);
        return;
    }
    ours = choose(s, found);
    if (!ours && settle_unseen(s))
        return;
    at = ours ? (size_t)(ours - found->members) : 0;
    look_done(&s->found);
    s->found = TAKE_STRUCT(*found);
    if (ours)
        take(s, &s->found.members[at]);
    else if (s->fresh) /* it was taken, and does not show */
        settle_rest(s);
    else if (s->crowded)
        climb_crowded(s);
    else
        climb_begin(s);
}

void settle_begin(struct subscription *s)
{
    struct error none = {"it has no collection of subscriptions"};
    struct look_request r = {
        .talk = s->owner->host->talk,
        .bmc = s->bmc,
        .uri = subscription_collection(s),
        .words = &s->words.member,
        .on_done = on_looked,
        .userdata = s,
    };

    if (r.uri)
        s->look = look_start(&r);
    else
        subscription_absent(s, &none);
}

/* ---- removing */

static void remove_next(struct subscription *s);

/* What could not be removed is stale at the next look again. */
static void on_removed(void *userdata, const struct talk_answer *a)
{
    struct subscription *s = userdata;
    struct look_member *m = look_find(&s->found, MEMBER_STALE);

    s->exchange = NULL;
    if (a->status / 100 == 2 || a->status == 404)
        log_info("%s: removed a subscription of ours that was out of date",
                 s->bmc->name);
    else
        log_debug("%s: a stale subscription of ours stays: %s", s->bmc->name,
                  a->err->text);
    look_drop(&s->found, m);
    remove_next(s);
}

static void remove_next(struct subscription *s)
{
    struct look_member *m = look_find(&s->found, MEMBER_STALE);

    if (m)
        subscription_ask(s, "DELETE", m->uri, NULL, on_removed);
    else
        s->then(s);
}

void settle_remove_stale(struct subscription *s,
                         void (*then)(struct subscription *s))
{
    s->then = then;
    remove_next(s);
}

void settle_rest(struct subscription *s)
{
    settle_remove_stale(s, subscription_up);
}
