/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drives a sink as deliver.c does, from a test: sends, lets it work, waits for
 * its descriptor, until a condition holds.
 */
#pragma once

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "sinks/sink.h"

#define DRIVE_MAX (20 * USEC_PER_SEC) /* ends a test that hangs */

struct drive {
    const struct sink_type *type;
    struct sink_setup setup;
    struct sink *sink;
    uint64_t refused; /* the last sequence that setup.refused() was told */
    unsigned refusals;
    struct error err;
};

static inline void drive_on_refused(void *userdata, uint64_t seq,
                                    _unused_ const char *why)
{
    struct drive *d = userdata;

    d->refused = seq;
    d->refusals++;
}

static inline void drive_init(struct drive *d, const struct sink_type *type,
                              const void *options, const struct format *format)
{
    *d = (struct drive){.type = type};
    d->setup = (struct sink_setup){
        .name = "test",
        .options = options,
        .format = format ? format : type->standard_format,
        .refused = drive_on_refused,
        .userdata = d,
    };
    d->sink = type->create(&d->setup);
}

static inline int drive_start(struct drive *d)
{
    return d->type->start(d->sink, &d->err);
}

static inline enum sink_result drive_send(struct drive *d, uint64_t seq,
                                          const struct event *e,
                                          const char *text)
{
    struct sink_record r = {seq, e, text, strlen(text)};

    return d->type->send(d->sink, &r, &d->err);
}

/* One round; waits at most 20 ms. Returns what work() does. */
static inline int drive_round(struct drive *d)
{
    struct pollfd fd;
    usec_t deadline, now = clock_monotonic();
    int delay = 20;

    d->type->wait(d->sink, &fd, &deadline);
    if (deadline <= now)
        delay = 0;
    else if (deadline - now < 20 * USEC_PER_MSEC)
        delay = (int)((deadline - now) / USEC_PER_MSEC);
    poll(&fd, fd.fd >= 0, delay);
    return d->type->work(d->sink, clock_monotonic(), &d->err);
}

/* Works until `seq` is acknowledged. */
static inline bool drive_until_acked(struct drive *d, uint64_t seq)
{
    usec_t end = clock_monotonic() + DRIVE_MAX;

    while (d->type->acked(d->sink) < seq && clock_monotonic() < end)
        if (drive_round(d) < 0)
            return false;
    return d->type->acked(d->sink) >= seq;
}

/* Works until it fails; 0 if it does not. */
static inline int drive_until_failed(struct drive *d)
{
    usec_t end = clock_monotonic() + DRIVE_MAX;
    int r = 0;

    while (r == 0 && clock_monotonic() < end)
        r = drive_round(d);
    return r;
}

/* As a shutdown is, or as a failure is. */
static inline uint64_t drive_stop(struct drive *d, bool clean)
{
    return d->type->stop(d->sink, clean);
}

static inline void drive_done(struct drive *d)
{
    d->type->destroy(d->sink);
}
