/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the daemon keeps on disk, opened in the one order that is safe: the
 * spool first (a newer format ends the start before anything is touched), then
 * the books and the Last-Event-IDs, read from their summaries and brought up
 * to the spool's end by reading what came after.
 */
#include "daemon/daemon_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <string.h>
#include <sys/random.h>

#include "correlate/condition_state.h"
#include "log.h"
#include "state_marks.h"
#include "util/alloc.h"
#include "util/file.h"

#define KEY_LEN 32

char *daemon_beside(const struct config *config, const char *name)
{
    _cleanup_free_ char *copy = xstrdup(config->spool.directory);

    return xasprintf("%s/%s", dirname(copy), name);
}

/* The key that makes the tokens: made at the first start, never changed. */
static int read_key(const struct config *config, struct buffer *ret,
                    struct error *err)
{
    _cleanup_free_ char *path = daemon_beside(config, "token.key");
    uint8_t key[KEY_LEN];
    int r = file_read(path, KEY_LEN, ret, err);

    if (r == 0 && ret->len != KEY_LEN)
        return error_set(err, -EINVAL,
                         "%s is not the %d bytes that it should be: restore "
                         "it, or remove it and every BMC gets a new token",
                         path, KEY_LEN);
    if (r != -ENOENT)
        return r;
    if (getrandom(key, sizeof(key), 0) != sizeof(key))
        return error_set(err, -EIO, "no random numbers for %s", path);
    buffer_clear(ret);
    buffer_add(ret, key, sizeof(key));
    return file_write(path, key, sizeof(key), 0600, err);
}

static int open_fleet(struct daemon *d, struct error *err)
{
    _cleanup_(buffer_done) struct buffer key = {0};
    _cleanup_free_ char *notebook = daemon_beside(d->config, "notebook.json");
    int r = read_key(d->config, &key, err);

    if (r < 0)
        return r;
    d->fleet = fleet_new(key.data, key.len);
    explicit_bzero(key.data, key.len);
    /* Now, for what is restored is restored to a BMC. */
    fleet_adopt(d->fleet, d->config, NULL, NULL);
    d->notebook = notebook_open(d->loop, notebook);
    return 0;
}

static void save_books(void *userdata, uint64_t seq _unused_,
                       struct buffer *out)
{
    struct daemon *d = userdata;

    if (d->ledger)
        ledger_save(d->ledger, out);
}

static void report_recovery(const struct spool_recovery *r)
{
    if (r->torn_bytes)
        log_info("spool: %" PRIu64 " bytes of an unfinished write were cut "
                 "off its end; no BMC had been answered for them",
                 r->torn_bytes);
    if (r->bad_records)
        log_error("spool: %" PRIu64 " records are damaged and were skipped; "
                  "check the disk",
                  r->bad_records);
}

static int open_spool(struct daemon *d, struct error *err)
{
    struct spool_options options = {
        .directory = d->config->spool.directory,
        .max_size = d->config->spool.max_size,
        .keep = d->config->spool.keep,
        .checkpoint = save_books,
        .userdata = d,
    };
    int r = spool_open(&options, &d->spool, &d->recovery, err);

    if (r == 0)
        report_recovery(&d->recovery);
    return r;
}

static void restore_mark(void *userdata, const char *bmc_name, const char *name,
                         const char *value)
{
    struct daemon *d = userdata;
    struct bmc *bmc = fleet_find(d->fleet, bmc_name);

    if (bmc)
        state_marks_restore(bmc, name, value);
}

/* What one record of the spool adds to the books and to what BMCs are asked. */
static void catch_up_record(struct daemon *d, const struct spool_record *r,
                            uint64_t books_from, uint64_t applied)
{
    struct event e;
    struct bmc *bmc;
    const char *name;

    if (event_view(&e, r->data, r->len) < 0)
        return;
    if (r->seq >= books_from)
        ledger_enter(d->ledger, &e);
    if (r->seq > applied)
        correlate_apply(d->correlator, &e);
    name = event_text(&e, EVENT_BMC_NAME, NULL);
    bmc = name ? fleet_find(d->fleet, name) : NULL;
    if (bmc)
        bmc_heed_record(bmc, &e);
}

static int catch_up(struct daemon *d, uint64_t applied, struct error *err)
{
    const struct spool_recovery *rec = &d->recovery;
    uint64_t books_from = 0;
    struct spool_reader *reader;
    struct spool_record record;
    int r;

    if (rec->checkpoint.len > 0 &&
        ledger_load(d->ledger, rec->checkpoint.data, rec->checkpoint.len) == 0)
        books_from = rec->checkpoint_seq;
    /* The books and the state are not of one age: each takes what it lacks. */
    reader = spool_reader_new(d->spool, MIN_OF(applied + 1, books_from));
    while ((r = spool_reader_next(reader, &record, err)) > 0)
        catch_up_record(d, &record, books_from, applied);
    spool_reader_free(reader);
    return r;
}

static int open_projector(struct daemon *d, struct state *state,
                          struct error *err)
{
    struct projector_setup setup = {
        .spool = d->spool,
        .state = state,
        .quarantine = d->quarantine,
        .notices = d->notices,
        .memory = (uint64_t)d->config->correlate.memory,
    };

    return projector_start(&setup, &d->projector, err);
}

/* What the spool's history does not reach is not known. */
static void report_history(const struct daemon *d, uint64_t applied)
{
    uint64_t first = d->recovery.first_seq;

    if (first > applied + 1)
        log_warning("the conditions are made again from the spool, whose "
                    "history begins at record %" PRIu64 ": what was raised "
                    "before it (records %" PRIu64 " to %" PRIu64
                    ") and not repeated since is not known",
                    first, applied + 1, first - 1);
    else if (applied == 0 && d->recovery.last_seq > 0)
        log_info("the conditions are made again from the spool's whole "
                 "history, records %" PRIu64 " to %" PRIu64,
                 first, d->recovery.last_seq);
}

/* Nobody listened until now. */
static void note_gaps(struct daemon *d)
{
    struct bmc *bmc;
    size_t cursor = 0;

    while ((bmc = fleet_next(d->fleet, &cursor)))
        bmc->gap = true;
}

static int open_state(struct daemon *d, struct error *err)
{
    _cleanup_free_ char *path = daemon_beside(d->config, "state.db");
    struct state *state = NULL;
    uint64_t applied;
    bool lost;
    int r = state_open(path, &state, &lost, err);

    if (r < 0)
        return r;
    if (lost)
        log_warning("the state in %s could not be read and was set aside as "
                    "%s.broken; it is made again from the spool",
                    path, path);
    /* A spool that was taken away begins anew; the state of the old one says
     * nothing about it. */
    if (state_applied(state) > d->recovery.last_seq)
        state_reset(state);
    applied = state_applied(state);
    report_history(d, applied);
    r = state_each_mark(state, restore_mark, d, err);
    r = r < 0 ? r : condition_state_load(state, d->correlator, err);
    r = r < 0 ? r : catch_up(d, applied, err);
    note_gaps(d);
    r = r < 0 ? r : open_projector(d, state, err);
    if (r < 0)
        state_close(state);
    return r;
}

int daemon_state_open(struct daemon *d, struct error *err)
{
    _cleanup_free_ char *quarantine = daemon_beside(d->config, "quarantine");
    int r = open_spool(d, err);

    if (r < 0)
        return r;
    d->ledger = ledger_new();
    d->correlator = correlate_new(d->config);
    d->notices = notice_queue_new();
    r = quarantine_open(quarantine, &d->quarantine, err);
    r = r < 0 ? r : open_fleet(d, err);
    return r < 0 ? r : open_state(d, err);
}

void daemon_state_close(struct daemon *d)
{
    projector_stop(d->projector);
    spool_close(d->spool);
    fleet_free(d->fleet);
    notebook_close(d->notebook);
    quarantine_close(d->quarantine);
    notice_queue_free(d->notices);
    ledger_free(d->ledger);
    correlate_free(d->correlator);
    buffer_done(&d->recovery.checkpoint);
}
