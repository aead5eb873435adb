/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Event streams, one for each BMC that is listened to this way: keep.h says
 * which and when, sse_stream.h reads them. Here they are found, swept, and
 * told of the spool.
 */
#include "sources/source.h"

#include "keep.h"
#include "sources/sse_stream.h"
#include "util/alloc.h"

#define SWEEP_EVERY (5 * USEC_PER_SEC)

struct sse {
    struct source_host *host;
    const struct config *config;
    struct hashmap *streams; /* by BMC name */
    sd_event_source *sweep;
    struct sse_brakes brakes;
    bool paused; /* all streams, as the spool said */
};

/* ---- a way of keep.h */

static void way_stop(void *way, struct bmc *bmc)
{
    struct sse *o = way;

    sse_stream_free(hashmap_remove(o->streams, bmc->name));
}

static void way_start(void *way, struct bmc *bmc)
{
    struct sse *o = way;

    way_stop(o, bmc);
    hashmap_set(o->streams, bmc->name,
                sse_stream_open(o->host, bmc, &o->brakes));
}

static const struct way_type sse_way = {
    .name = "event stream",
    .verb = "open its event stream",
    .start = way_start,
    .stop = way_stop,
};

/* ---- a source */

static int sse_prepare(struct source *source _unused_,
                       const struct config *config _unused_,
                       struct error *err _unused_)
{
    return 0; /* nothing of a stream can fail before it is tried */
}

static void sse_abandon(struct source *source _unused_)
{
}

static void sse_adopt(struct source *source, const struct config *config)
{
    struct sse *o = (struct sse *)source;

    o->config = config;
    o->brakes.event_max = config->limits.sse_event;
}

static void sse_remove_bmc(struct source *source, struct bmc *bmc)
{
    way_stop(source, bmc);
}

static void sse_spool_changed(struct source *source, uint64_t durable,
                              enum spool_state state)
{
    struct sse *o = (struct sse *)source;
    bool pause = state != SPOOL_OK;
    size_t cursor = 0;
    void *stream;

    /*
     * Called after each batch on disk: mostly there is nothing to do, and a
     * walk over 5,000 streams is not free.
     */
    if (o->paused == pause && (pause || !o->brakes.held_back))
        return;
    o->paused = pause;
    o->brakes.held_back = false;
    while (hashmap_next(o->streams, &cursor, NULL, &stream))
        sse_stream_spool(stream, durable, !pause);
}

/* An end takes a stream out of the map: the walk begins again. */
static bool end_one_idle(struct sse *o, usec_t now)
{
    size_t cursor = 0;
    void *stream;

    while (hashmap_next(o->streams, &cursor, NULL, &stream))
        if (sse_stream_sweep(stream, o->config->limits.sse_idle, now))
            return true;
    return false;
}

static int on_sweep(sd_event_source *source, uint64_t now, void *userdata)
{
    while (end_one_idle(userdata, now))
        continue;
    sd_event_source_set_time_relative(source, SWEEP_EVERY);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void close_all(struct sse *o)
{
    size_t cursor = 0;
    void *stream;

    while (hashmap_next(o->streams, &cursor, NULL, &stream))
        sse_stream_free(stream);
    hashmap_free(o->streams);
    o->streams = hashmap_new();
}

static void sse_quiesce(struct source *source)
{
    close_all((struct sse *)source);
}

static size_t sse_waiting(const struct source *source _unused_)
{
    return 0; /* nobody waits for an answer */
}

static struct source *sse_create(struct source_host *host)
{
    struct sse *o = XNEW(struct sse);

    o->host = host;
    o->streams = hashmap_new();
    sd_event_add_time_relative(host->loop, &o->sweep, CLOCK_MONOTONIC,
                               SWEEP_EVERY, 0, on_sweep, o);
    keep_add_way(host->keep, WAY_SSE, &sse_way, o);
    return (struct source *)o;
}

static void sse_destroy(struct source *source)
{
    struct sse *o = (struct sse *)source;

    close_all(o);
    hashmap_free(o->streams);
    sd_event_source_disable_unref(o->sweep);
    free(o);
}

const struct source_type source_sse = {
    .name = "sse",
    .create = sse_create,
    .prepare = sse_prepare,
    .adopt = sse_adopt,
    .abandon = sse_abandon,
    .remove_bmc = sse_remove_bmc,
    .spool_changed = sse_spool_changed,
    .quiesce = sse_quiesce,
    .waiting = sse_waiting,
    .destroy = sse_destroy,
};
