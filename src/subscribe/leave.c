/* SPDX-License-Identifier: Apache-2.0 */
/* A look, then a DELETE for each that is ours; see leave.h. */
#include "subscribe/leave.h"

#include <errno.h>
#include <string.h>

#include "log.h"
#include "service.h"
#include "subscribe/leftover.h"
#include "subscribe/subscription.h"
#include "util/alloc.h"
#include "vendors.h"
#include "voice.h"

#define TIME_MAX USEC_PER_MINUTE

/* One BMC's; owned by the subscriber's list. */
struct subscribe_leaving {
    struct subscribe_leaving *next;
    struct subscriber *owner;
    struct bmc *bmc; /* a reference */
    struct words words;
    struct look_run *look;
    struct talk_exchange *exchange;
    sd_event_source *timer; /* its time is over */
    struct look found;
    struct error err; /* the last thing that did not work */
    bool failed;
    void (*on_done)(void *userdata, bool ok, const struct error *err);
    void *userdata;
};

static void leave_free(struct subscribe_leaving *f)
{
    struct subscribe_leaving **at = &f->owner->leavings;

    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    look_cancel(f->look);
    talk_cancel(f->exchange);
    sd_event_source_disable_unref(f->timer);
    look_done(&f->found);
    words_done(&f->words);
    bmc_unref(f->bmc);
    free(f);
}

/* One that left the fleet is named in the text: it is nobody's any more. */
static void tell(struct subscribe_leaving *f)
{
    struct pipeline *p = f->owner->host->pipeline;

    if (!f->failed) {
        log_info("%s: our subscription is removed", f->bmc->name);
        return;
    }
    log_warning("%s: our subscription could not be removed and may stay at "
                "the BMC: %s",
                f->bmc->name, f->err.text);
    pipeline_say(p, f->bmc->left ? NULL : f->bmc, VOICE_SUBSCRIPTION_STAYS,
                 f->bmc->config->url, f->bmc->name, f->err.text);
}

/* What is remembered: nothing, or that it was told. */
static void note(struct subscribe_leaving *f)
{
    if (f->failed) {
        if (f->bmc->left)
            leftover_set_told(f->owner, f->bmc->name);
        return;
    }
    f->bmc->subscribed = false;
    memory_forget(f->owner->host->notebook, f->bmc->name);
}

static void finish(struct subscribe_leaving *f)
{
    tell(f);
    note(f);
    if (f->on_done)
        f->on_done(f->userdata, !f->failed, &f->err);
    leave_free(f);
}

static void fail(struct subscribe_leaving *f, const struct error *err)
{
    f->failed = true;
    f->err = *err;
}

static int on_timeout(sd_event_source *source _unused_, uint64_t now _unused_,
                      void *userdata)
{
    struct subscribe_leaving *f = userdata;
    struct error late = {"it did not answer in time"};

    if (!f->failed)
        fail(f, &late);
    finish(f);
    return 0;
}

static struct look_member *next_of_ours(struct subscribe_leaving *f)
{
    struct look_member *m = look_find(&f->found, MEMBER_OURS);

    return m ? m : look_find(&f->found, MEMBER_STALE);
}

static void remove_next(struct subscribe_leaving *f);

static void ask(struct subscribe_leaving *f, const char *method,
                const json_t *body,
                void (*on_answer)(void *, const struct talk_answer *))
{
    struct talk_request r = {
        .bmc = f->bmc,
        .method = method,
        .uri = next_of_ours(f)->uri,
        .body = body,
        .on_answer = on_answer,
        .userdata = f,
    };

    f->exchange = talk_start(f->owner->host->talk, &r);
}

static void on_emptied(void *userdata, const struct talk_answer *a)
{
    struct subscribe_leaving *f = userdata;

    f->exchange = NULL;
    if (a->status / 100 != 2)
        fail(f, a->err);
    look_drop(&f->found, next_of_ours(f));
    remove_next(f);
}

/* A vendor's slot stays; it only leads nowhere. */
static void empty_slot(struct subscribe_leaving *f)
{
    json_t *body = json_pack("{ss}", "Destination", "");

    ask(f, "PATCH", body, on_emptied);
    json_decref(body);
}

static void on_removed(void *userdata, const struct talk_answer *a)
{
    struct subscribe_leaving *f = userdata;

    f->exchange = NULL;
    if (f->words.member.slots && (a->status == 405 || a->status == 501)) {
        empty_slot(f);
        return;
    }
    if (a->status / 100 != 2 && a->status != 404)
        fail(f, a->err);
    look_drop(&f->found, next_of_ours(f));
    remove_next(f);
}

static void remove_next(struct subscribe_leaving *f)
{
    if (next_of_ours(f))
        ask(f, "DELETE", NULL, on_removed);
    else
        finish(f);
}

static void on_looked(void *userdata, struct look *found,
                      const struct talk_answer *failure)
{
    struct subscribe_leaving *f = userdata;

    f->look = NULL;
    if (found) {
        f->found = TAKE_STRUCT(*found);
        remove_next(f);
        return;
    }
    if (failure->status != 404 && failure->status != 405)
        fail(f, failure->err);
    finish(f);
}

static const char *collection_of(const struct bmc *bmc)
{
    if (!bmc->service)
        return NULL;
    return bmc->service->subscriptions_url
               ? bmc->service->subscriptions_url
               : bmc->service->vendor_row->collection;
}

static void begin(struct subscribe_leaving *f)
{
    struct look_request r = {
        .talk = f->owner->host->talk,
        .bmc = f->bmc,
        .uri = collection_of(f->bmc),
        .words = &f->words.member,
        .on_done = on_looked,
        .userdata = f,
    };

    if (r.uri)
        f->look = look_start(&r);
    else
        error_set(&f->err, -ENOENT, "it was not reached since the start");
    f->failed = !r.uri;
    sd_event_add_time_relative(f->owner->host->loop, &f->timer, CLOCK_MONOTONIC,
                               r.uri ? TIME_MAX : 0, 0, on_timeout, f);
}

struct subscribe_leaving *leave_start(struct subscriber *s, struct bmc *bmc,
                                      void (*on_done)(void *, bool,
                                                      const struct error *),
                                      void *userdata)
{
    struct subscribe_leaving *f = XNEW(struct subscribe_leaving);

    leave_cancel(s, bmc);
    f->owner = s;
    f->bmc = bmc_ref(bmc);
    f->on_done = on_done;
    f->userdata = userdata;
    f->next = s->leavings;
    s->leavings = f;
    words_init(&f->words, s, bmc);
    begin(f);
    return f;
}

/* By name: a BMC that left and came back is another object. */
static struct subscribe_leaving *find(const struct subscriber *s,
                                      const char *name)
{
    for (struct subscribe_leaving *f = s->leavings; f; f = f->next)
        if (strcmp(f->bmc->name, name) == 0)
            return f;
    return NULL;
}

bool leave_is_under_way(const struct subscriber *s, const char *name)
{
    return find(s, name) != NULL;
}

void leave_cancel(struct subscriber *s, const struct bmc *bmc)
{
    struct subscribe_leaving *f = find(s, bmc->name);
    struct error again = {"it is subscribed again"};

    if (!f)
        return;
    if (f->on_done)
        f->on_done(f->userdata, false, &again);
    leave_free(f);
}

void leave_cancel_all(struct subscriber *s)
{
    while (s->leavings)
        leave_free(s->leavings);
}

void subscribe_leave_forget(struct subscribe_leaving *f)
{
    if (f)
        f->on_done = NULL;
}
