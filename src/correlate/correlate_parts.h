/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of the stage: correlate.c (what kind an event is),
 * correlate_raise.c (what raises, counts and repeats), correlate_clear.c (what
 * it ends), correlate_time.c (what comes due), correlate_record.c (writing,
 * applying and replaying).
 */
#pragma once

#include "correlate.h"
#include "correlate/duplicates.h"

#define ECHO_TIME USEC_PER_DAY /* how long ended keys are remembered */

/* A condition as it is to be after the event. */
struct plan_row {
    struct condition_row row;
    struct buffer times, sinks;
};

struct correlator {
    struct {
        const struct config *config;
        const struct registry_set *registries;
        const struct clearing *clearing; /* may be NULL */
        void (*complete)(void *userdata, struct event *e);
        void (*emit)(void *userdata, struct event *e);
        void *userdata;
    } setup;
    struct conditions *conditions;
    struct duplicates *duplicates;
    struct recent *echoes;
    struct plan_row *plan; /* between decide and commit */
    size_t plan_count, plan_cap;
    struct held_record {
        uint64_t seq;
        uint8_t key[CONDITION_KEY_LEN];
    } * held; /* and some that are over */
    size_t held_count, held_cap;
};

/* One event on its way through the stage. */
struct turn {
    struct correlator *c;
    struct event *e;
    struct registry_view view; /* what explains this BMC's messages */
    usec_t now, time;
    uint8_t id[CONDITION_KEY_LEN];
    const struct config_condition *rule;
    bool raises, full;
    bool repaired; /* only thanks to a repair */
    bool exact;    /* ends the very same condition only */
    bool strict;   /* never one that is known to be of another place */
    /* what it ends */
    struct clearing_answer answer;
    unsigned ended, cancelled, absorbed;
    uint64_t ended_count;
    usec_t ended_first;
    size_t flapping; /* 1 + the place in the plan of what it makes flap */
    struct buffer echo;
};

/* The row of a condition (NULL: of a new one) in the plan, to be changed. */
struct plan_row *plan_add(struct correlator *c, const struct condition *known);
void plan_clear(struct correlator *c);
void plan_push_time(struct plan_row *p, usec_t time, usec_t since);
size_t plan_times(const struct plan_row *p);

/* The rule for an event, or the one that holds without any. */
const struct config_condition *correlate_rule(const struct correlator *c,
                                              const struct event *e);

/* Writes what the row says into the event's public fields. */
void correlate_tell(struct event *e, const struct condition_row *row,
                    const char *state);

/* When something is to be done about a raised condition. */
usec_t correlate_raised_due(const struct condition_row *row,
                            const struct config_condition *rule);

/* Names the sinks that were told of it in the event, if there still are. */
void correlate_add_sinks(const struct correlator *c, const char *sinks,
                         size_t len, struct event *e);

/* An id in the list of what the event clears. */
void correlate_add_cleared(struct event *e, const uint8_t *id);

/* correlate_raise.c */
enum outcome correlate_raise(struct turn *t);
enum outcome correlate_plain(struct turn *t);

/* correlate_clear.c */
void correlate_end(struct turn *t);
enum outcome correlate_ended(struct turn *t);
enum outcome correlate_nothing_ended(struct turn *t);
bool correlate_was_cleared(struct turn *t, const uint8_t *key,
                           usec_t *ret_when);
