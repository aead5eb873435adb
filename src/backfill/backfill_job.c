/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One BMC's run, in order: its time, where its logs are (if that is not
 * known), each log, then what is new goes into the pipeline, so much at a
 * time as the disk takes. A log that cannot be read does not hold up the
 * others, but the run has failed then; a BMC that does not answer ends it.
 */
#include "backfill/backfill_job.h"

#include <errno.h>
#include <string.h>

#include "service.h"
#include "util/alloc.h"
#include "vendors.h"

/*
 * Entries in one turn of the loop: a backfill of thousands must not keep a
 * webhook waiting for its answer, and 64 fill a batch of the committer well.
 */
#define BURST 64
#define SLACK (5 * USEC_PER_MINUTE) /* events that were late on their way */
#define FIND_EVERY USEC_PER_DAY     /* firmware may add logs */
#define TIME_EVERY USEC_PER_HOUR    /* a clock may be set */

static void read_next(struct job *j);

void job_forget_logs(struct job *j)
{
    for (size_t i = 0; i < j->log_count; i++)
        free(j->logs[i]);
    j->log_count = 0;
    j->found = 0;
}

void job_stop(struct job *j)
{
    talk_cancel(TAKE(j->exchange));
    log_find_cancel(TAKE(j->find));
    log_read_cancel(TAKE(j->read));
    log_feed_free(TAKE(j->feed));
    j->feeding = j->reading = false;
}

/* A burst, if the disk is through with the one before. */
void job_feed(struct job *j)
{
    struct spool *spool = j->owner->setup.spool;
    struct error err = {""};

    if (!j->feeding || j->owner->quiet || spool_state(spool) != SPOOL_OK ||
        spool_durable(spool) < j->ticket)
        return;
    /*
     * More than one burst only where a burst made no record at all: its ticket
     * is 0 then, and no word of the spool would come to go on by.
     */
    while (!log_feed_is_empty(j->feed) && spool_durable(spool) >= j->ticket) {
        uint64_t ticket = log_feed_hand(j->feed, BURST);

        j->ticket = MAX_OF(j->ticket, ticket);
    }
    if (!log_feed_is_empty(j->feed))
        return;
    if (j->failure)
        error_set(&err, -EPROTO, "%s", j->failure);
    job_end(j, j->status, &err);
}

static void note_failure(struct job *j, unsigned status,
                         const struct error *err)
{
    /* The first failure is told; those behind it often have the same cause. */
    if (j->failure)
        return;
    j->status = status;
    j->failure =
        xasprintf("its log %s cannot be read: %s", j->logs[j->at], err->text);
}

static void on_read(void *userdata, struct log_reading *reading)
{
    struct job *j = userdata;

    j->read = NULL;
    j->no_skip |= reading->no_skip;
    j->no_filter |= reading->no_filter;
    /*
     * The BMC itself is away, refuses us or asks for a pause: what was read is
     * let go, as no cursor has moved yet, and the next run reads it again.
     */
    if (reading->err && (reading->status == 0 || reading->status == 401 ||
                         reading->status == 503)) {
        job_end(j, reading->status, reading->err);
        return;
    }
    if (reading->err)
        note_failure(j, reading->status, reading->err);
    else
        log_feed_add(j->feed, j->logs[j->at], reading);
    if (reading->status == 404)
        j->found = 0; /* they are elsewhere now */
    j->at++;
    read_next(j);
}

static void read_next(struct job *j)
{
    const struct bmc *bmc = j->bmc;
    const struct vendor *row = bmc->service->vendor_row;
    struct log_read_request request = {
        .talk = j->owner->setup.talk,
        .bmc = j->bmc,
        .since = j->since,
        .all = row->log_edited,
        .newest_first = row->log_newest_first,
        .no_skip = row->log_no_skip || j->no_skip,
        .no_filter = row->log_no_filter || j->no_filter,
    };

    if (j->at == j->log_count) {
        j->feeding = true;
        job_feed(j);
        return;
    }
    request.uri = j->logs[j->at];
    request.cursor = log_marks_find(&bmc->logs, request.uri);
    j->read = log_read_start(&request, on_read, j);
}

static usec_t window_of(const struct job *j, const struct backfill_run *r)
{
    if (r->since == BACKFILL_GAP)
        return j->bmc->last_pushed;
    return r->since == BACKFILL_ALL ? 0 : r->since;
}

/* Where the window begins is known only now that the clock is. */
static void begin_reading(struct job *j)
{
    struct log_feed_setup setup = {
        .pipeline = j->owner->setup.pipeline,
        .ledger = j->owner->setup.ledger,
        .bmc = j->bmc,
    };

    j->window = USEC_INFINITY;
    for (const struct backfill_run *r = j->runs; r; r = r->next)
        j->window = MIN_OF(j->window, window_of(j, r));
    /*
     * By the BMC's clock, which the entries are dated with. The slack covers
     * what was on its way; what it brings twice is suppressed as a duplicate.
     */
    j->since =
        j->window > SLACK ? skew_to_bmc(&j->bmc->skew, j->window - SLACK) : 0;
    setup.since = j->since;
    j->feed = log_feed_new(&setup);
    j->reading = true;
    j->at = 0;
    read_next(j);
}

static void on_found(void *userdata, const struct log_find_result *result)
{
    struct job *j = userdata;

    j->find = NULL;
    if (result->err) {
        job_end(j, result->status, result->err);
        return;
    }
    job_forget_logs(j);
    for (size_t i = 0; i < result->count; i++)
        j->logs[j->log_count++] = xstrdup(result->logs[i]);
    j->found = clock_monotonic();
    begin_reading(j);
}

static void find_or_read(struct job *j)
{
    if (!j->found || clock_monotonic() > j->found + FIND_EVERY)
        j->find = log_find_start(j->owner->setup.talk, j->bmc, on_found, j);
    else
        begin_reading(j);
}

static void on_time(void *userdata, const struct talk_answer *a)
{
    struct job *j = userdata;

    j->exchange = NULL;
    if (a->status == 0 || a->status == 401) {
        job_end(j, a->status, a->err);
        return;
    }
    pipeline_heed_time(j->owner->setup.pipeline, j->bmc,
                       json_string_value(json_object_get(a->json, "DateTime")),
                       a->asked, a->answered);
    find_or_read(j);
}

/* Its time first: an old estimate may be of before it was set. */
void job_begin(struct job *j)
{
    const struct skew *skew = &j->bmc->skew;
    struct talk_request request = {
        .bmc = j->bmc, .on_answer = on_time, .userdata = j};
    struct error err;

    j->begun = clock_real();
    j->status = 0;
    free(TAKE(j->failure));
    if (!j->bmc->service) {
        error_set(&err, -EAGAIN, "it has not been discovered yet");
        job_end(j, 0, &err);
        return;
    }
    request.uri = j->bmc->service->manager_url;
    if (request.uri &&
        /*
         * An answer costs a request, so not for every run of a BMC that is
         * polled.
         */
        (!skew->asked || skew->measured + TIME_EVERY < clock_real()))
        j->exchange = talk_start(j->owner->setup.talk, &request);
    else
        find_or_read(j);
}
