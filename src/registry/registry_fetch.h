/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sees to it that each BMC's own registries are here and up to date: a few
 * BMCs at a time, each when its stream is opened or its subscription looked
 * after, and once a day. Never stops an event: what cannot be had is told
 * once, and the next source in the order explains. Loop thread only.
 */
#pragma once

#include <systemd/sd-event.h>

#include "bmc.h"
#include "config.h"
#include "http_client.h"
#include "pipeline.h"

struct registry_cache;
struct talk;
struct registry_fetch;
struct registry_wait;

struct registry_fetch_times {
    usec_t wait;  /* a minute: so long events wait for texts, at most */
    usec_t job;   /* ten minutes: all registries of one BMC */
    usec_t again; /* a day: then a BMC is asked whether they changed */
    usec_t tend;  /* a few seconds: who is due, and the index to the disk */
};

struct registry_fetch_setup {
    sd_event *loop;
    struct talk *talk;
    struct http_client *client; /* for publishers */
    struct pipeline *pipeline;
    struct fleet *fleet;
    const struct registry_fetch_times *times; /* NULL: those above */
    const char *publisher_ca; /* NULL: the system's; of PublicationUri */
};

struct registry_fetch *registry_fetch_new(
    const struct registry_fetch_setup *setup);

/* Writes the index. No wait must be left. NULL is accepted. */
void registry_fetch_free(struct registry_fetch *f);

/*
 * Adopts a configuration, after the fleet did: BMCs get what the cache has of
 * them at once.
 */
void registry_fetch_adopt(struct registry_fetch *f,
                          const struct config *config);

/* What BMCs serve, or NULL while registries.fetch is false. */
const struct registry_cache *registry_fetch_cache(
    const struct registry_fetch *f);

/* A BMC leaves the fleet. */
void registry_fetch_remove(struct registry_fetch *f, struct bmc *bmc);

/* Asks no BMC any more; what waits is not called. */
void registry_fetch_quiesce(struct registry_fetch *f);

/*
 * The BMC answers, and was discovered: looks after its registries. NULL if
 * there is nothing to wait for; else on_ready is called, once, when they are
 * here or cannot be had, and at the latest after a minute. `f` may be NULL:
 * nobody reads registries.
 */
struct registry_wait *registry_fetch_start(struct registry_fetch *f,
                                           struct bmc *bmc,
                                           void (*on_ready)(void *userdata),
                                           void *userdata);

/* After it on_ready is not called. NULL is accepted. */
void registry_fetch_cancel(struct registry_wait *wait);
