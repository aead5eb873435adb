/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose registries are read when; see registry_fetch.h. How, stands in
 * registry_job.c. A BMC whose registries are known from before is not waited
 * for: what it had explains until it turns out that its firmware is another.
 */
#include "registry/registry_fetch.h"

#include <string.h>

#include "log.h"
#include "registry/registry_fetch_private.h"
#include "service.h"
#include "util/alloc.h"
#include "voice.h"

#define RUNNING_MAX 8             /* BMCs at a time, each one request */
#define FRESH_FOR USEC_PER_MINUTE /* streams that flap ask no more often */
#define RETRY_AFTER (10 * USEC_PER_MINUTE)
#define REFUSED_PAUSE (30 * USEC_PER_MINUTE) /* as of all who log in */
#define ALL "(all)" /* when not even their list can be had */

/* ---- waits */

static void unlink_wait(struct registry_wait *w)
{
    struct registry_wait **at = &w->visit->waits;

    while (*at != w)
        at = &(*at)->next;
    *at = w->next;
}

void registry_fetch_cancel(struct registry_wait *w)
{
    if (!w)
        return;
    unlink_wait(w);
    sd_event_source_disable_unref(w->timer);
    free(w);
}

static void end_wait(struct registry_wait *w)
{
    void (*on_ready)(void *) = w->on_ready;
    void *userdata = w->userdata;

    /* Gone before it is told: who is told may ask anew at once. */
    registry_fetch_cancel(w);
    on_ready(userdata);
}

void registry_visit_release(struct registry_visit *v)
{
    while (v->waits)
        end_wait(v->waits);
}

static int on_waited(sd_event_source *source _unused_, uint64_t now _unused_,
                     void *userdata)
{
    struct registry_wait *w = userdata;

    log_info("%s: its message registries take long; going on without them",
             w->visit->bmc->name);
    end_wait(w);
    return 0;
}

static struct registry_wait *wait_new(struct registry_visit *v,
                                      void (*on_ready)(void *), void *userdata)
{
    struct registry_wait *w = XNEW(struct registry_wait);

    w->visit = v;
    w->on_ready = on_ready;
    w->userdata = userdata;
    w->next = v->waits;
    v->waits = w;
    sd_event_add_time_relative(v->owner->setup.loop, &w->timer, CLOCK_MONOTONIC,
                               v->owner->times.wait, 0, on_waited, w);
    return w;
}

/* ---- the queue */

void registry_visit_enqueue(struct registry_visit *v)
{
    struct registry_fetch *f = v->owner;

    if (v->queued || v->job || f->quiet)
        return;
    v->queued = true;
    v->prev = f->last;
    v->next = NULL;
    if (f->last)
        f->last->next = v;
    else
        f->first = v;
    f->last = v;
    sd_event_source_set_enabled(f->later, SD_EVENT_ONESHOT);
}

static void dequeue(struct registry_visit *v)
{
    struct registry_fetch *f = v->owner;

    if (!v->queued)
        return;
    v->queued = false;
    if (v->prev)
        v->prev->next = v->next;
    else
        f->first = v->next;
    if (v->next)
        v->next->prev = v->prev;
    else
        f->last = v->prev;
}

void registry_visit_stop(struct registry_visit *v)
{
    dequeue(v);
    if (!v->job)
        return;
    registry_job_cancel(TAKE(v->job));
    v->owner->running--;
}

void registry_visit_free(struct registry_visit *v)
{
    registry_visit_stop(v);
    while (v->waits)
        registry_fetch_cancel(v->waits);
    free(v->registries_url);
    free(v->managers_url);
    free(v);
}

/* ---- what came of it */

char *registry_visit_told_key(const char *name, const char *why)
{
    return xasprintf("%s\n%s", name, why);
}

/* Once for each registry and reason, whichever BMC: fleets are alike. */
static void tell_unusable(struct registry_fetch *f, struct bmc *bmc,
                          const char *name, const char *why)
{
    _cleanup_free_ char *key = registry_visit_told_key(name, why);

    if (hashmap_count(f->told) >= REGISTRY_TOLD_MAX ||
        hashmap_set(f->told, key, f))
        return;
    log_warning("%s: its message registry '%s' cannot be used: %s; events "
                "are explained by the next source",
                bmc->name, name, why);
    pipeline_say(f->setup.pipeline, bmc, VOICE_REGISTRY_UNUSABLE,
                 bmc->config->url, name, why);
}

static size_t tell_claims(struct registry_fetch *f, struct bmc *bmc,
                          const struct registry_claims *claims)
{
    size_t usable = 0;

    for (size_t i = 0; i < claims->count; i++) {
        const struct registry_claim *c = &claims->items[i];

        usable += c->content != NULL;
        if (c->why)
            tell_unusable(f, bmc, c->name, c->why);
    }
    return usable;
}

/* Remembered, too, so that a restart does not tell it again. */
static void claim_failure(struct registry_job_result *result)
{
    struct registry_claim *c = registry_claims_add(result->claims);

    c->name = xstrdup(ALL);
    c->why = xstrdup(result->why);
    c->again = true;
}

static void take_result(struct registry_visit *v,
                        struct registry_job_result *result)
{
    struct registry_fetch *f = v->owner;
    struct bmc *bmc = v->bmc;
    size_t usable;

    /* What is known stays in force when nothing could be found out. */
    if (result->unchanged || (result->failed && bmc->registries)) {
        if (result->failed)
            tell_unusable(f, bmc, ALL, result->why);
        return;
    }
    if (result->failed)
        claim_failure(result);
    bmc->registries =
        registry_binding_set(f->cache, bmc->name, bmc->config->url,
                             result->firmware, result->claims);
    usable = tell_claims(f, bmc, &bmc->registries->claims);
    if (usable > 0)
        log_info("%s: serves %zu message registries", bmc->name, usable);
}

static bool is_whole(const struct registry_visit *v)
{
    return v->bmc->registries && registry_own_is_whole(v->bmc->registries);
}

static void on_job_done(void *userdata, struct registry_job_result *result)
{
    struct registry_visit *v = userdata;
    struct registry_fetch *f = v->owner;

    v->job = NULL;
    v->done_at = clock_monotonic();
    v->bmc->registries_due = 0;
    f->running--;
    take_result(v, result);
    v->look_at = v->done_at + (result->refused ? REFUSED_PAUSE
                               : is_whole(v)   ? FRESH_FOR
                                               : RETRY_AFTER);
    registry_visit_release(v);
    registry_visit_run(f);
}

static void run(struct registry_visit *v)
{
    struct registry_fetch *f = v->owner;
    struct registry_job_setup setup = {
        .talk = f->setup.talk,
        .client = f->setup.client,
        .cache = f->cache,
        .bmc = v->bmc,
        .registries_url = v->registries_url,
        .managers_url = v->managers_url,
        .publication = f->config->registries.publication,
        .publisher_ca = f->setup.publisher_ca,
        .time = f->times.job,
        .on_done = on_job_done,
        .userdata = v,
    };

    f->running++;
    v->job = registry_job_start(&setup);
}

void registry_visit_run(struct registry_fetch *f)
{
    if (f->emptying)
        return; /* a job ended as soon as it began */
    f->emptying = true;
    while (f->first && f->running < RUNNING_MAX) {
        struct registry_visit *v = f->first;

        dequeue(v);
        run(v);
    }
    f->emptying = false;
}

/* ---- who asks */

/* At another address is another BMC, whatever its name. */
static void remember_urls(struct registry_visit *v, const struct service *found)
{
    if (v->registries_url &&
        strcmp(v->registries_url, found->registries_url) != 0) {
        registry_visit_stop(v);
        v->done_at = 0;
    }
    free(v->registries_url);
    free(v->managers_url);
    v->registries_url = xstrdup(found->registries_url);
    v->managers_url = xstrdup(found->managers_url);
}

static struct registry_visit *visit_of(struct registry_fetch *f,
                                       struct bmc *bmc)
{
    struct registry_visit *v = hashmap_find(f->visits, bmc->name);

    if (v)
        return v;
    v = XNEW(struct registry_visit);
    v->owner = f;
    v->bmc = bmc;
    hashmap_set(f->visits, bmc->name, v);
    return v;
}

/* Not if there is something to explain with already, or never will be. */
static bool is_worth_waiting(const struct bmc *bmc)
{
    const struct registry_own *own = bmc->registries;

    for (size_t i = 0; own && i < own->claims.count; i++)
        if (own->claims.items[i].content)
            return false;
    return !own || own->claims.count > 0;
}

struct registry_wait *registry_fetch_start(struct registry_fetch *f,
                                           struct bmc *bmc,
                                           void (*on_ready)(void *userdata),
                                           void *userdata)
{
    const struct service *found = bmc->service;
    struct registry_wait *w = NULL;
    struct registry_visit *v;

    if (!f || f->quiet || !found->registries_url)
        return NULL;
    v = visit_of(f, bmc);
    remember_urls(v, found); /* also for a reload that turns fetch on */
    if (!f->cache)
        return NULL;
    if (!v->job && v->done_at && clock_monotonic() < v->look_at)
        return NULL;
    if (is_worth_waiting(bmc))
        w = wait_new(v, on_ready, userdata);
    registry_visit_enqueue(v);
    return w;
}
