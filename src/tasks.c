/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fleet's updates: who is looked at, and when; see tasks.h. An update may
 * be started by anybody, past Trawl. What betrays it soon is an event that
 * speaks of one; the look around every few minutes is for BMCs that send none.
 */
#include "tasks.h"

#include <string.h>
#include <strings.h>

#include "service.h"
#include "tasks/tasks_private.h"
#include "util/alloc.h"
#include "util/slices.h"

#define SWEEP_EVERY (2 * USEC_PER_SEC)
#define FIRST_SPREAD USEC_PER_MINUTE /* after the start */

static struct task_watch *watch_of(struct tasks *t, struct bmc *bmc)
{
    struct task_watch *w = hashmap_find(t->watches, bmc->name);

    if (w)
        return w;
    w = XNEW(struct task_watch);
    w->owner = t;
    w->bmc = bmc;
    w->ended = hashmap_new();
    hashmap_set(t->watches, bmc->name, w);
    return w;
}

void tasks_remove(struct tasks *t, struct bmc *bmc)
{
    struct task_watch *w = hashmap_remove(t->watches, bmc->name);

    if (w)
        task_watch_free(w);
}

/* ---- events that speak of updates */

static bool text_has(const struct event *e, enum event_field field,
                     const char *part)
{
    const char *text = event_text(e, field, NULL);

    return text && strcasestr(text, part);
}

static bool speaks_of_update(const struct event *e)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);

    /*
     * By the standard registries, or by what the event is about: vendors have
     * messages of their own for it.
     */
    return (registry && (strcasecmp(registry, "TaskEvent") == 0 ||
                         strcasecmp(registry, "Update") == 0)) ||
           text_has(e, EVENT_ORIGIN, "/TaskService/") ||
           text_has(e, EVENT_ORIGIN, "/UpdateService");
}

/* What the BMC tells of tasks itself need not be said again. */
static void note_speaker(struct task_watch *w, const struct event *e,
                         const char *key)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);

    if (!registry || strcasecmp(registry, "TaskEvent") != 0)
        return;
    w->speaks = true;
    w->speaks_progress |= key && strcasecmp(key, "TaskProgressChanged") == 0;
}

void tasks_notice(struct tasks *t, struct bmc *bmc, const struct event *e)
{
    const char *source = event_text(e, EVENT_SOURCE, NULL);
    const char *key = event_text(e, EVENT_KEY, NULL);
    struct task_watch *w;

    if (bmc->config->receive == RECEIVE_PASSIVE || !speaks_of_update(e) ||
        /* Our own words on a task would have it looked at for ever. */
        (source && strcmp(source, "task") == 0))
        return;
    w = watch_of(t, bmc);
    w->stirred = true;
    /* Update.UpdateInProgress: somebody tried to start another meanwhile. */
    w->second |= key && strcasecmp(key, "UpdateInProgress") == 0;
    note_speaker(w, e, key);
}

/* ---- from time to time */

static void tend(struct tasks *t, struct bmc *bmc, usec_t now)
{
    struct task_watch *w;

    if (bmc->config->receive == RECEIVE_PASSIVE || !bmc->service)
        return;
    w = watch_of(t, bmc);
    if (w->look_due == 0 && !w->stirred)
        /*
         * Spread over a minute: after the start all of the fleet is due at
         * once.
         */
        w->look_due =
            now + FIRST_SPREAD * (hashmap_count(t->watches) % 64) / 64;
    task_watch_tend(w, now);
}

/* A slice of the fleet. What all asked at once would keep senders waiting. */
static int on_sweep(sd_event_source *source, uint64_t now, void *userdata)
{
    struct tasks *t = userdata;
    size_t count = fleet_count(t->host->fleet);
    size_t slices = slices_of(count);
    struct bmc *bmc = NULL;

    for (size_t left = 1 + count / slices; left > 0 && !t->quiet; left--) {
        bmc = fleet_next(t->host->fleet, &t->swept);
        if (!bmc)
            break;
        tend(t, bmc, now);
    }
    if (!bmc)
        t->swept = 0;
    sd_event_source_set_time_relative(source, SWEEP_EVERY / slices);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

size_t tasks_running(const struct tasks *t)
{
    size_t cursor = 0, count = 0;
    void *w;

    while (hashmap_next(t->watches, &cursor, NULL, &w))
        count += ((struct task_watch *)w)->count;
    return count;
}

/* ---- life */

void tasks_adopt(struct tasks *t, const struct registry_set *registries)
{
    t->registries = registries;
}

struct tasks *tasks_new(struct source_host *host)
{
    struct tasks *t = XNEW(struct tasks);

    t->host = host;
    t->watches = hashmap_new();
    sd_event_add_time_relative(host->loop, &t->sweep, CLOCK_MONOTONIC,
                               SWEEP_EVERY, USEC_PER_MSEC, on_sweep, t);
    return t;
}

void tasks_quiesce(struct tasks *t)
{
    t->quiet = true;
}

void tasks_free(struct tasks *t)
{
    size_t cursor = 0;
    void *w;

    if (!t)
        return;
    while (hashmap_next(t->watches, &cursor, NULL, &w))
        task_watch_free(w);
    hashmap_free(t->watches);
    sd_event_source_disable_unref(t->sweep);
    free(t);
}
