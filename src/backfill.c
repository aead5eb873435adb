/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is read when, and who is told; see backfill.h. The run itself stands in
 * backfill/backfill_job.c.
 */
#include "backfill.h"

#include <errno.h>
#include <string.h>

#include "backfill/backfill_job.h"
#include "log.h"
#include "util/alloc.h"

static void wake_pump(struct backfill *b)
{
    sd_event_source_set_enabled(b->pump, SD_EVENT_ONESHOT);
}

static void enqueue(struct job *j)
{
    struct backfill *b = j->owner;

    if (j->waiting || j->running)
        return;
    j->waiting = true;
    j->next = NULL;
    if (b->last)
        b->last->next = j;
    else
        b->first = j;
    b->last = j;
    b->waiting++;
    wake_pump(b);
}

static void dequeue(struct job *j)
{
    struct backfill *b = j->owner;
    struct job **at = &b->first, *before = NULL;

    if (!j->waiting)
        return;
    /* Mostly the first: few ever leave the queue from its middle. */
    for (; *at != j; at = &(*at)->next)
        before = *at;
    *at = j->next;
    if (b->last == j)
        b->last = before;
    j->waiting = false;
    b->waiting--;
}

static void free_runs(struct backfill_run *r)
{
    while (r) {
        struct backfill_run *next = r->next;

        free(r);
        r = next;
    }
}

/* Its place is free for another. */
static void deactivate(struct job *j)
{
    struct backfill *b = j->owner;

    /* First: nothing of the run may call back into a job that has no place. */
    job_stop(j);
    for (size_t i = 0; i < b->running; i++)
        if (b->active[i] == j) {
            b->active[i] = b->active[--b->running];
            break;
        }
    j->running = false;
    wake_pump(b);
}

static void job_free(struct job *j)
{
    deactivate(j);
    dequeue(j);
    free_runs(j->runs);
    free_runs(j->later);
    free_runs(j->ending);
    job_forget_logs(j);
    free(j->failure);
    free(j);
}

/* Each may ask again, or cancel another. */
static void tell_done(struct job *j, const struct backfill_result *result)
{
    /*
     * Out of the lists before anybody is told: one that asks again from inside
     * its callback belongs to the next round, and backfill_cancel() still finds
     * those that were not told yet.
     */
    j->ending = TAKE(j->runs);
    while (j->ending) {
        struct backfill_run *r = j->ending;

        j->ending = r->next;
        if (r->on_done)
            r->on_done(r->userdata, result);
        free(r);
    }
}

/* What was asked for while it was reading is the next round. */
static void begin_later(struct job *j)
{
    struct backfill_run **end = &j->runs;

    while (*end)
        end = &(*end)->next;
    *end = TAKE(j->later);
    if (j->runs)
        enqueue(j);
}

/* What was missed is here: from now on what is pushed is all there is. */
static void close_gap(struct job *j)
{
    struct bmc *bmc = j->bmc;

    if (j->window > bmc->last_pushed)
        return; /* only a part of it was asked for */
    bmc->gap = false;
    /*
     * From the beginning of the run: what came since may be missing from what
     * was read, but was pushed.
     */
    bmc->last_pushed = MAX_OF(bmc->last_pushed, j->begun);
}

void job_end(struct job *j, unsigned status, const struct error *err)
{
    struct log_feed_counts counts = {0};
    struct error why = *err;
    struct backfill_result result = {
        .ok = !*why.text, .status = status, .err = &why};

    if (j->feeding)
        log_feed_settle(j->feed, &counts);
    result.logs = counts.logs;
    result.entries = counts.read;
    result.missed = counts.handed - counts.duplicates;
    result.duplicates = counts.duplicates;
    if (result.ok)
        close_gap(j);
    /*
     * The place is given up first, so that a run that is asked for from inside
     * a callback can begin.
     */
    deactivate(j);
    tell_done(j, &result);
    begin_later(j);
}

static int on_pump(sd_event_source *source _unused_, void *userdata)
{
    struct backfill *b = userdata;

    while (!b->quiet && b->first && b->running < CONFIG_BACKFILLS_MAX) {
        struct job *j = b->first;

        dequeue(j);
        j->running = true;
        b->active[b->running++] = j;
        job_begin(j);
    }
    return 0;
}

struct backfill *backfill_new(const struct backfill_setup *setup)
{
    struct backfill *b = XNEW(struct backfill);

    b->setup = *setup;
    b->jobs = hashmap_new();
    sd_event_add_defer(setup->loop, &b->pump, on_pump, b);
    sd_event_source_set_enabled(b->pump, SD_EVENT_OFF);
    return b;
}

void backfill_free(struct backfill *b)
{
    size_t cursor = 0;
    void *job;

    if (!b)
        return;
    while (hashmap_next(b->jobs, &cursor, NULL, &job))
        job_free(job);
    hashmap_free(b->jobs);
    sd_event_source_disable_unref(b->pump);
    free(b);
}

static struct job *job_of(struct backfill *b, struct bmc *bmc)
{
    struct job *j = hashmap_find(b->jobs, bmc->name);

    if (j)
        return j;
    j = XNEW(struct job);
    j->owner = b;
    j->bmc = bmc;
    hashmap_set(b->jobs, bmc->name, j);
    return j;
}

struct backfill_run *backfill_start(
    struct backfill *b, struct bmc *bmc, usec_t since, const char *why,
    void (*on_done)(void *userdata, const struct backfill_result *result),
    void *userdata)
{
    struct job *j = job_of(b, bmc);
    struct backfill_run *r = XNEW(struct backfill_run);

    *r = (struct backfill_run){
        .job = j, .since = since, .on_done = on_done, .userdata = userdata};
    /*
     * At once, and not when its turn comes: events that arrive meanwhile must
     * not make the window look closed. It is saved with their records.
     */
    if (since == BACKFILL_GAP)
        bmc->gap = true;
    log_debug("%s: reading its logs: %s", bmc->name, why);
    r->next = j->reading ? j->later : j->runs;
    if (j->reading)
        j->later = r;
    else
        j->runs = r;
    enqueue(j);
    return r;
}

static bool take_run(struct backfill_run **list, const struct backfill_run *r)
{
    for (; *list; list = &(*list)->next)
        if (*list == r) {
            *list = r->next;
            return true;
        }
    return false;
}

void backfill_cancel(struct backfill_run *r)
{
    struct job *j = r ? r->job : NULL;

    if (!r)
        return;
    if (!take_run(&j->runs, r) && !take_run(&j->later, r))
        take_run(&j->ending, r);
    free(r);
    if (j->runs)
        return;
    deactivate(j);
    dequeue(j);
    begin_later(j);
}

void backfill_remove(struct backfill *b, struct bmc *bmc)
{
    struct job *j = hashmap_remove(b->jobs, bmc->name);
    struct error err;
    struct backfill_result result = {.err = &err};

    if (!j)
        return;
    deactivate(j);
    dequeue(j);
    error_set(&err, -ENOENT, "it is not in the configuration any more");
    tell_done(j, &result);
    j->runs = TAKE(j->later);
    tell_done(j, &result);
    job_free(j);
}

/* One that ends may end others. */
void backfill_spool_changed(struct backfill *b)
{
    struct job *all[CONFIG_BACKFILLS_MAX];
    size_t count = b->running;

    memcpy(all, b->active, count * sizeof(all[0]));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < b->running; k++)
            if (b->active[k] == all[i]) {
                job_feed(all[i]);
                break;
            }
}

void backfill_quiesce(struct backfill *b)
{
    b->quiet = true;
}

size_t backfill_running(const struct backfill *b)
{
    return b->running;
}

size_t backfill_waiting(const struct backfill *b)
{
    return b->waiting;
}
