/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of the stages, written in one place:
 *   decode -> resolve -> identity -> correlate -> route -> spool
 * Sources hand payloads in and get the ticket to wait for; no stage knows its
 * neighbours. Loop thread only.
 */
#pragma once

#include "bmc.h"
#include "config.h"
#include "correlate.h"
#include "ledger.h"
#include "registry.h"
#include "spool.h"

struct pipeline;

struct pipeline_setup {
    struct spool *spool;
    struct ledger *ledger;
    const struct config *config;
    const struct registry_set *registries;
    struct correlator *correlator; /* with what the disk says of it */
    const struct fleet *fleet;     /* may be NULL */
};

struct pipeline_intake {
    struct bmc *bmc;
    const char *source; /* "webhook", "sse", "log" */
    const char *bytes;  /* one payload */
    size_t len;
    usec_t received;        /* real */
    const char *sse_id;     /* Last-Event-ID after this payload, or NULL */
    bool stream_lines;      /* met on the way: QUIRK_STREAM_LINES */
    const char *log_cursor; /* of an entry of a log: EVENT_LOG_CURSOR */
};

struct pipeline *pipeline_new(const struct pipeline_setup *setup);
void pipeline_free(struct pipeline *p);

/*
 * Who is shown every event of a BMC that was taken; it takes nothing in
 * itself. NULL: nobody.
 */
void pipeline_set_witness(struct pipeline *p,
                          void (*on_event)(void *userdata, struct bmc *bmc,
                                           const struct event *e),
                          void *userdata);

/*
 * Who is asked of every event of a BMC that has its id: whether it is a test
 * event that Trawl asked for, which goes no further than the spool.
 */
void pipeline_set_tester(struct pipeline *p,
                         bool (*is_test)(void *userdata, struct bmc *bmc,
                                         const struct event *e),
                         void *userdata);

/* Adopts a new configuration and registries (a reload). */
void pipeline_adopt(struct pipeline *p, const struct config *config,
                    const struct registry_set *registries);

/*
 * Takes one payload through all stages into the spool, whatever it holds.
 * Returns the sequence of its last record: the payload is safe once
 * spool_durable() has reached it. To be called only while spool_state() is
 * SPOOL_OK.
 */
uint64_t pipeline_take(struct pipeline *p, const struct pipeline_intake *in);

/*
 * Sends an event of Trawl's own (keys in voice.h) about a BMC (NULL: about
 * Trawl itself) on the same way. While the spool takes nothing it waits in
 * memory, with the time of now; of very many the later ones are only logged.
 */
void pipeline_say(struct pipeline *p, struct bmc *bmc, const char *key,
                  const char *origin, const char *first, const char *second);

/*
 * The same with an event of voice_event(), which may bear more than arguments.
 * Taken over.
 */
void pipeline_tell(struct pipeline *p, struct bmc *bmc, struct event *e);

/* Whether the condition that a log's entry is about is open. Takes nothing. */
bool pipeline_is_raised(struct pipeline *p, const struct pipeline_intake *in);

/*
 * A BMC that was asked for its time (NULL: it has none) said so, between
 * `asked` and `answered` (real). That its clock is wrong is said once, and once
 * that it is right again; not for ever, if it mixes both.
 */
void pipeline_heed_time(struct pipeline *p, struct bmc *bmc,
                        const char *its_time, usec_t asked, usec_t answered);

/*
 * Says that events with the token of a BMC may be another's, and why. They are
 * taken all the same: only the token decides. A few times an hour.
 */
void pipeline_doubt(struct pipeline *p, struct bmc *bmc, const char *why);

/* Sends what pipeline_say() kept: the spool takes records again. */
void pipeline_resume(struct pipeline *p);

/* When pipeline_tick() has something to do (real); USEC_INFINITY: never. */
usec_t pipeline_due(const struct pipeline *p);

/* Sends what is due of conditions: releases, sums, ends. */
void pipeline_tick(struct pipeline *p);

/*
 * Ends an open condition by an event of our own: key of voice.h, and why.
 * False, and it stays, while the spool takes nothing.
 */
bool pipeline_close_condition(struct pipeline *p, const struct condition *c,
                              const char *key, const char *why);

/* Closes a condition by its id, for a reason; false if there is none. */
bool pipeline_clear_condition(struct pipeline *p, const char *id,
                              const char *why);
