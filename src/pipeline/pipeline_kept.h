/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events of Trawl's own that wait in memory while the spool takes nothing, in
 * their order. Private to the pipeline.
 */
#pragma once

#include "event.h"

#define PIPELINE_KEPT_MAX 256 /* 1 MiB */

struct pipeline_kept {
    struct event *events[PIPELINE_KEPT_MAX];
    size_t count;
    bool warned;
};

/* Takes the event over; one too many is logged, once, and let go. */
void pipeline_kept_take(struct pipeline_kept *k, struct event *e);
void pipeline_kept_done(struct pipeline_kept *k);
