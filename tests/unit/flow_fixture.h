/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rooms between a source and a sink, real ones, in a temporary folder:
 * spool, books, registries, fleet, pipeline. For the tests of the pipeline and
 * of what stands around it. A test changes the configuration before
 * flow_start(), and reads back what the spool got.
 */
#pragma once

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bmc.h"
#include "config.h"
#include "ledger.h"
#include "pipeline.h"
#include "registry.h"
#include "spool.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define FLOW_SEGMENT (64u << 10)
#define FLOW_KEY "0123456789abcdef0123456789abcdef"

struct flow {
    char directory[64], spool_directory[96];
    struct config config;
    struct config_bmc bmcs[2];
    struct config_sink sinks[2];
    struct config_route routes[1];
    size_t to[2];
    struct spool_options options;
    struct spool *spool;
    struct spool_recovery recovery;
    struct ledger *ledger;
    struct correlator *correlator;
    struct registry_set *registries;
    struct fleet *fleet;
    struct pipeline *pipeline;
    struct bmc *bmc; /* the first */
};

static void flow_save_books(void *userdata, uint64_t seq _unused_,
                            struct buffer *out)
{
    struct flow *f = userdata;

    if (f->ledger)
        ledger_save(f->ledger, out);
}

/* Two BMCs, two sinks, one route to both; nothing is opened yet. */
_unused_
static void flow_init(struct flow *f)
{
    static char path[] = "/tmp/trawl-flow-XXXXXX";

    *f = (struct flow){.to = {0, 1}};
    memcpy(f->directory, path, sizeof(path));
    if (!mkdtemp(f->directory))
        skip_all("no temporary folder");
    snprintf(f->spool_directory, sizeof(f->spool_directory), "%s/spool",
             f->directory);
    f->bmcs[0] = (struct config_bmc){
        .name = "n1", .url = "http://127.0.0.1", .receive = RECEIVE_PASSIVE};
    f->bmcs[1] = (struct config_bmc){
        .name = "n2", .url = "http://127.0.0.2", .receive = RECEIVE_PASSIVE};
    f->sinks[0] = (struct config_sink){.name = "one"};
    f->sinks[1] = (struct config_sink){.name = "two"};
    f->routes[0] = (struct config_route){.sinks = f->to, .sink_count = 2};
    f->config = (struct config){
        .collector = "c1",
        .bmcs = f->bmcs,
        .bmc_count = 2,
        .sinks = f->sinks,
        .sink_count = 2,
        .routes = f->routes,
        .route_count = 1,
        .correlate = {.duplicates = USEC_PER_DAY,
                      .memory = 1000,
                      .conditions = 1000,
                      .conditions_per_bmc = 1000},
    };
    f->options = (struct spool_options){
        .directory = f->spool_directory,
        .max_size = 1000 * FLOW_SEGMENT,
        .keep = USEC_PER_DAY,
        .segment_size = FLOW_SEGMENT,
        .checkpoint = flow_save_books,
        .userdata = f,
    };
}

_unused_
static void flow_open_spool(struct flow *f)
{
    struct error err = {""};

    if (spool_open(&f->options, &f->spool, &f->recovery, &err) < 0) {
        diag("%s", err.text);
        abort();
    }
}

_unused_
static void flow_start(struct flow *f)
{
    struct pipeline_setup setup = {.config = &f->config};

    f->ledger = setup.ledger = ledger_new();
    flow_open_spool(f);
    setup.spool = f->spool;
    f->registries = registry_set_new();
    registry_set_load(f->registries, TEST_SRCDIR "/registries",
                      REGISTRY_BUNDLED, NULL, NULL);
    setup.registries = f->registries;
    f->fleet = fleet_new(FLOW_KEY, strlen(FLOW_KEY));
    fleet_adopt(f->fleet, &f->config, NULL, NULL);
    f->bmc = fleet_find(f->fleet, "n1");
    f->correlator = setup.correlator = correlate_new(&f->config);
    f->pipeline = pipeline_new(&setup);
}

_unused_
static void flow_remove(const char *directory)
{
    char **names;
    size_t count;

    if (file_list(directory, "", &names, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", directory, names[i]);

        if (unlink(path) < 0)
            flow_remove(path);
        free(names[i]);
    }
    free(names);
    rmdir(directory);
}

_unused_
static void flow_done(struct flow *f)
{
    pipeline_free(f->pipeline);
    correlate_free(f->correlator);
    spool_close(f->spool);
    buffer_done(&f->recovery.checkpoint);
    fleet_free(f->fleet);
    registry_set_free(f->registries);
    ledger_free(f->ledger);
    flow_remove(f->directory);
}

/* Waits until all that was appended is on disk. */
_unused_
static void flow_sync(struct flow *f)
{
    spool_flush(f->spool);
    while (spool_durable(f->spool) < spool_appended(f->spool)) {
        struct pollfd p = {.fd = spool_fd(f->spool), .events = POLLIN};

        poll(&p, 1, 1000);
        spool_acknowledge(f->spool);
    }
}

_unused_
static void flow_wait_state(struct flow *f, enum spool_state state)
{
    while (spool_state(f->spool) != state) {
        struct pollfd p = {.fd = spool_fd(f->spool), .events = POLLIN};

        poll(&p, 1, 1000);
        spool_acknowledge(f->spool);
    }
}

/* One payload of the first BMC; the ticket. */
_unused_
static uint64_t flow_take(struct flow *f, const char *body, const char *sse_id)
{
    struct pipeline_intake in = {
        .bmc = f->bmc,
        .source = sse_id ? "sse" : "webhook",
        .bytes = body,
        .len = strlen(body),
        .received = clock_real(),
        .sse_id = sse_id,
    };

    return pipeline_take(f->pipeline, &in);
}

/* One record of the spool, to be freed; NULL if there is none. */
struct flow_record {
    struct event event;
    struct spool_record record;
    char *bytes;
};

_unused_
static struct flow_record *flow_read(struct flow *f, uint64_t seq)
{
    struct flow_record *got = NULL;
    struct spool_reader *reader;
    struct spool_record record;

    flow_sync(f);
    reader = spool_reader_new(f->spool, seq);
    if (spool_reader_next(reader, &record, NULL) > 0 && record.seq == seq) {
        got = XNEW(struct flow_record);
        got->bytes = xcalloc(1, record.len + 1);
        memcpy(got->bytes, record.data, record.len);
        got->record = record;
        got->record.data = got->bytes;
        if (event_view(&got->event, got->bytes, record.len) < 0)
            diag("record %llu is no table", (unsigned long long)seq);
    }
    spool_reader_free(reader);
    return got;
}

static void flow_record_free(struct flow_record *r)
{
    if (!r)
        return;
    free(r->bytes);
    free(r);
}
DEFINE_FREEP(struct flow_record, flow_record_free);

/* How many records of the spool have this key; 0 or more. */
_unused_
static unsigned flow_count(struct flow *f, const char *key)
{
    unsigned count = 0;

    flow_sync(f);
    for (uint64_t seq = 1; seq <= spool_appended(f->spool); seq++) {
        _cleanup_(flow_record_freep) struct flow_record *r = flow_read(f, seq);
        const char *its = r ? event_text(&r->event, EVENT_KEY, NULL) : NULL;

        count += its && strcmp(its, key) == 0;
    }
    return count;
}

/* The first argument of the last record with this key, to be freed. */
_unused_
static char *flow_last_arg(struct flow *f, const char *key)
{
    flow_sync(f);
    for (uint64_t seq = spool_appended(f->spool); seq > 0; seq--) {
        _cleanup_(flow_record_freep) struct flow_record *r = flow_read(f, seq);
        const char *its = r ? event_text(&r->event, EVENT_KEY, NULL) : NULL;
        size_t cursor = 0;

        if (its && strcmp(its, key) == 0)
            return xstrdup(event_next(&r->event, EVENT_ARG, &cursor, NULL));
    }
    return NULL;
}

/* The first law: what came in is what became of it, and what is on disk. */
_unused_
static void flow_law(struct flow *f)
{
    uint64_t outcomes = 0;

    for (int o = 1; o < OUTCOME_END; o++)
        outcomes += ledger_outcome(f->ledger, (enum outcome)o);
    is_int(outcomes, ledger_received(f->ledger) + ledger_generated(f->ledger),
           "conservation: what came in has an outcome");
}
