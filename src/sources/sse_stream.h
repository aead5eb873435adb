/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One stream of server-sent events: opened with the Last-Event-ID of the last
 * record on disk, and read frame by frame into the pipeline until it ends.
 * Whether it is opened again is keep.h's to say.
 */
#pragma once

#include "sources/source.h"

struct sse_stream;

/* What all streams share; the owner's. */
struct sse_brakes {
    size_t event_max; /* bytes of one event */
    bool held_back;   /* one has paused itself since it was last cleared */
};

/*
 * Opens the stream of a discovered BMC. What becomes of it is told to the keep
 * (keep_up(), keep_down(), keep_absent()), never from inside this call. The
 * owner frees it, also after its end.
 */
struct sse_stream *sse_stream_open(struct source_host *host, struct bmc *bmc,
                                   struct sse_brakes *brakes);
void sse_stream_free(struct sse_stream *s);

/*
 * The spool has come to `durable`, and takes records or not: reading pauses or
 * goes on, or the stream holds itself back, for what it has ahead.
 */
void sse_stream_spool(struct sse_stream *s, uint64_t durable, bool takes);

/* Ends it if nothing came for `idle`; true if so, and it may be freed then. */
bool sse_stream_sweep(struct sse_stream *s, usec_t idle, usec_t now);
