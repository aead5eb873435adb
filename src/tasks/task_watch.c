/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The questions to one BMC, one at a time: a look around (which tasks there
 * are, whether the UpdateService updates), then, while something runs, each
 * tracked task in turn. While the spool takes nothing, answers are left
 * unheeded: the next one says the same.
 */
#include <string.h>
#include <strings.h>

#include "service.h"
#include "tasks/tasks_private.h"
#include "util/alloc.h"
#include "util/random.h"

#define LOOK_EVERY (5 * USEC_PER_MINUTE)
#define ASK_EVERY (5 * USEC_PER_SEC)
#define ASK_SELDOM USEC_PER_MINUTE /* once it has not moved for ... */
#define SELDOM_AFTER (10 * USEC_PER_MINUTE)
#define GIVE_UP_AFTER (6 * USEC_PER_HOUR) /* without any move */
#define FOUND_MAX 32                      /* tasks read in one look */

static void ask(struct task_watch *w, const char *uri,
                void (*on_answer)(void *, const struct talk_answer *))
{
    struct talk_request request = {
        .bmc = w->bmc,
        .uri = uri,
        .on_answer = on_answer,
        .userdata = w,
    };

    w->exchange = talk_start(w->owner->host->talk, &request);
}

/* Whether an answer may be heeded now. */
static bool may_tell(const struct task_watch *w)
{
    return spool_state(w->owner->host->spool) == SPOOL_OK;
}

static usec_t jittered(usec_t delay)
{
    return delay - random_part(delay / 4);
}

/* ---- what is tracked */

static void tracked_done(struct tracked *t)
{
    free(t->url);
    free(t->id);
    free(t->last_reset);
    free(t->firmware);
    *t = (struct tracked){0};
}

static void untrack(struct task_watch *w, struct tracked *t)
{
    if (t->url)
        hashmap_set(w->ended, t->url, w);
    tracked_done(t);
    w->count--;
    memmove(t, t + 1, (size_t)(w->tracked + w->count - t) * sizeof(*t));
    w->tracked[w->count] = (struct tracked){0};
    w->asked = NULL;
}

static struct tracked *find(struct task_watch *w, const char *url)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->tracked[i].url && strcmp(w->tracked[i].url, url) == 0)
            return &w->tracked[i];
    return NULL;
}

/* `url` NULL: of an update that only the UpdateService tells of. */
static struct tracked *track(struct task_watch *w, const char *url,
                             const char *id)
{
    const struct service *s = w->bmc->service;
    struct tracked *t;

    if (w->count == TASKS_PER_BMC)
        return NULL;
    if (!w->tracked)
        w->tracked = xcalloc(TASKS_PER_BMC, sizeof(*w->tracked));
    t = &w->tracked[w->count++];
    *t = (struct tracked){
        .url = url ? xstrdup(url) : NULL,
        .id = id ? xstrdup(id) : NULL,
        .last_reset = s->last_reset ? xstrdup(s->last_reset) : NULL,
        .firmware = s->firmware ? xstrdup(s->firmware) : NULL,
        .breaks = w->bmc->breaks,
        .changed = clock_monotonic(),
        .seen = {.percent = -1},
    };
    return t;
}

/* What a tracked task says now. */
static void heed(struct task_watch *w, struct tracked *t,
                 const struct task_view *v)
{
    if (v->percent != t->seen.percent || task_view_count(v) != t->messages)
        t->changed = clock_monotonic();
    t->seen.percent = v->percent;
    if (!task_tell_messages(w, t, v))
        return;
    if (v->runs) {
        task_tell_progress(w, t, v);
        return;
    }
    task_tell_end(w, t, v);
    untrack(w, t);
}

/* ---- a task that is gone, or an update that nobody hears of */

static bool updates(const json_t *service)
{
    const char *state = json_string_value(
        json_object_get(json_object_get(service, "Status"), "State"));

    return state && strcasecmp(state, "Updating") == 0;
}

static void conclude(struct task_watch *w, struct tracked *t)
{
    t->seen.was_away |= t->breaks != w->bmc->breaks;
    task_tell(w, t->url, task_view_gone(&t->seen), t->id, NULL);
    untrack(w, t);
}

/* Whether a document says so, and other than before. */
static bool differs(const json_t *document, const char *key, const char *before)
{
    const char *now = json_string_value(json_object_get(document, key));

    return now && before && strcmp(now, before) != 0;
}

static void on_manager(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;
    struct tracked *t = w->asked;

    w->exchange = NULL;
    t->seen.was_reset = differs(a->json, "LastResetTime", t->last_reset);
    t->seen.was_renewed = differs(a->json, "FirmwareVersion", t->firmware);
    if (may_tell(w))
        conclude(w, t);
}

static void on_update_service(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;
    const struct service *s = w->bmc->service;

    w->exchange = NULL;
    if (a->status == 0)
        return; /* asked again with the next turn */
    w->asked->seen.goes_on = updates(a->json);
    if (s->manager_url)
        ask(w, s->manager_url, on_manager);
    else if (may_tell(w))
        conclude(w, w->asked);
}

static void look_after_gone(struct task_watch *w)
{
    const struct service *s = w->bmc->service;

    if (s->update_url)
        ask(w, s->update_url, on_update_service);
    else if (may_tell(w))
        conclude(w, w->asked);
}

/* ---- asking those that are tracked */

static void on_task(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;
    struct task_view v;

    w->exchange = NULL;
    w->asked->seen.was_away |= a->status == 0;
    if (a->status == 404 || a->status == 410)
        look_after_gone(w);
    else if (a->status / 100 == 2 && may_tell(w) && task_view_read(a->json, &v))
        heed(w, w->asked, &v);
}

/* The UpdateService, of an update without a task. */
static void on_state(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;
    const char *uri = w->bmc->service->update_url;

    w->exchange = NULL;
    w->asked->seen.was_away |= a->status == 0;
    if (a->status / 100 != 2 || updates(a->json) || !may_tell(w))
        return;
    if (w->count == 1) /* no task has come to light meanwhile */
        task_tell(w, uri, "FirmwareUpdate.TransferInterrupted", NULL, NULL);
    untrack(w, w->asked);
}

static bool gave_up(struct task_watch *w, struct tracked *t, usec_t now)
{
    if (now - t->changed < GIVE_UP_AFTER || !may_tell(w))
        return false;
    task_tell(w, t->url ?: w->bmc->service->update_url,
              "FirmwareUpdate.TaskHangs", t->id, NULL);
    untrack(w, t);
    return true;
}

static void ask_tracked(struct task_watch *w, usec_t now)
{
    struct tracked *t = &w->tracked[w->turn++ % w->count];
    usec_t pause = now - t->changed < SELDOM_AFTER ? ASK_EVERY : ASK_SELDOM;

    w->ask_due = now + jittered(pause) / w->count;
    if (gave_up(w, t, now))
        return;
    w->asked = t;
    if (t->url)
        ask(w, t->url, on_task);
    else
        ask(w, w->bmc->service->update_url, on_state);
}

/* ---- the look around */

static void forget_found(struct task_watch *w)
{
    for (size_t i = 0; i < w->found_count; i++)
        free(w->found[i]);
    w->found_count = 0;
}

/* A task of the collection; `url` is its place. */
static void consider(struct task_watch *w, const char *url,
                     const struct task_view *v)
{
    struct tracked *t;

    if (!v->runs && (!v->is_update || !w->looked_before)) {
        hashmap_set(w->ended, url, w);
        return;
    }
    if (!v->is_update)
        return; /* it may turn out to be one */
    t = track(w, url, v->id);
    if (t)
        heed(w, t, v);
}

static void on_idle(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;

    w->exchange = NULL;
    if (a->status / 100 == 2 && updates(a->json))
        track(w, NULL, NULL);
}

/* All tasks were read: is there an update without one? */
static void end_look(struct task_watch *w)
{
    w->looked_before = true;
    if (w->count == 0 && w->bmc->service->update_url)
        ask(w, w->bmc->service->update_url, on_idle);
}

static void read_next(struct task_watch *w);

static void on_found(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;
    struct task_view v;

    w->exchange = NULL;
    if (w->found_count == 0 || !may_tell(w))
        return;
    w->found_count--;
    if (a->status / 100 == 2 && task_view_read(a->json, &v))
        consider(w, w->found[w->found_count], &v);
    free(w->found[w->found_count]);
    read_next(w);
}

static void read_next(struct task_watch *w)
{
    if (w->found_count > 0)
        ask(w, w->found[w->found_count - 1], on_found);
    else
        end_look(w);
}

/* The newest stand last (DSP0266 says nothing of it; all known do so). */
static void add_found(struct task_watch *w, char *url)
{
    w->found =
        xgrow(w->found, &w->found_cap, w->found_count + 1, sizeof(*w->found));
    if (w->found_count == FOUND_MAX) {
        free(w->found[0]);
        memmove(w->found, w->found + 1, --w->found_count * sizeof(*w->found));
    }
    w->found[w->found_count++] = url;
}

static void on_collection(void *userdata, const struct talk_answer *a)
{
    struct task_watch *w = userdata;
    struct hashmap *ended = hashmap_new();
    const json_t *member;
    size_t i;

    w->exchange = NULL;
    forget_found(w);
    json_array_foreach (json_object_get(a->json, "Members"), i, member) {
        char *url =
            talk_url(w->owner->host->talk, w->bmc,
                     json_string_value(json_object_get(member, "@odata.id")));
        bool old = url && hashmap_find(w->ended, url);

        if (old)
            hashmap_set(ended, url, w);
        if (url && !old && !find(w, url))
            add_found(w, TAKE(url));
        free(url);
    }
    /* Only of those that are still listed: a BMC uses its numbers again. */
    hashmap_free(w->ended);
    w->ended = ended;
    if (a->status)
        read_next(w);
}

static void look_around(struct task_watch *w, usec_t now)
{
    const char *service = w->bmc->service->tasks_url;
    size_t len = service ? strlen(service) : 0;
    _cleanup_free_ char *uri = NULL;

    w->look_due = now + jittered(LOOK_EVERY);
    w->stirred = false;
    if (!service) {
        end_look(w);
        return;
    }
    while (len > 0 && service[len - 1] == '/')
        len--;
    uri = xasprintf("%.*s/Tasks", (int)len, service);
    ask(w, uri, on_collection);
}

/* ---- */

void task_watch_tend(struct task_watch *w, usec_t now)
{
    const char *service;

    if (w->exchange || !w->bmc->service || w->bmc->unreachable)
        return;
    service = w->bmc->service->update_url;
    if (w->second && may_tell(w)) {
        w->second = false;
        task_tell(w, service ?: w->bmc->config->url,
                  "FirmwareUpdate.SecondUpdate", NULL, NULL);
    }
    if (w->stirred || now >= w->look_due)
        look_around(w, now);
    else if (w->count > 0 && now >= w->ask_due)
        ask_tracked(w, now);
}

void task_watch_free(struct task_watch *w)
{
    talk_cancel(w->exchange);
    for (size_t i = 0; i < w->count; i++)
        tracked_done(&w->tracked[i]);
    free(w->tracked);
    forget_found(w);
    free(w->found);
    hashmap_free(w->ended);
    free(w);
}
