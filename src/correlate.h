/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stage that knows what has been: duplicates, conditions raised, repeated
 * and cleared, thresholds, pairs that cancel out (design section 8). For each
 * event first correlate_decide(), then the routes, then correlate_commit(),
 * which writes into the record what it changes and changes it: a replay of
 * the spool by correlate_apply() assigns the same and asks no rule.
 *
 * What is due later comes out of correlate_run() as events of their own.
 * Takes `now` (real), never reads a clock. Loop thread only.
 */
#pragma once

#include "clearing.h"
#include "correlate/conditions.h"
#include "config.h"
#include "ledger.h"
#include "correlate/recall.h"

struct correlator;

/* Knows no rule of registries before correlate_adopt(). */
struct correlator *correlate_new(const struct config *config);
void correlate_free(struct correlator *c);
DEFINE_FREEP(struct correlator, correlate_free);

/*
 * Where what is due goes: `complete` fills in what an event of ours about a
 * BMC has beside the condition; `emit` takes an event on (route, commit,
 * spool).
 */
void correlate_connect(struct correlator *c,
                       void (*complete)(void *userdata, struct event *e),
                       void (*emit)(void *userdata, struct event *e),
                       void *userdata);

/* A new configuration; closes what is of BMCs that it does not have. */
void correlate_adopt(struct correlator *c, const struct config *config,
                     const struct registry_set *registries, usec_t now);

/*
 * What is to become of an event that has its id: OUTCOME_FORWARDED to go on
 * to the routes, else the outcome. Sets the condition's fields and the sinks
 * that are to get it whatever the routes say. `own` are the BMC's registries,
 * as resolve had them, or NULL. First let correlate_run() do what was due
 * before. *ret_full (may be NULL): this BMC's raises are not tracked from now
 * on, for the first time.
 */
enum outcome correlate_decide(struct correlator *c, struct event *e,
                              const struct registry_own *own, usec_t now,
                              bool *ret_full);

/* Follows each decide, with what became of it and its record's sequence. */
void correlate_commit(struct correlator *c, struct event *e,
                      enum outcome outcome, uint64_t seq);

/* A record of the spool, at the start. */
void correlate_apply(struct correlator *c, const struct event *record);

/* What the state's database kept: a row and what it is about; a memory. */
void correlate_restore(struct correlator *c, const void *row, size_t len,
                       const struct event *about);
void correlate_recall(struct correlator *c, const char *bmc,
                      const struct recall *recall);

/* When correlate_run() is to be called, real; USEC_INFINITY: not at all. */
usec_t correlate_due(const struct correlator *c);

/* Does up to `max` things that are due; true if there may be more. */
bool correlate_run(struct correlator *c, usec_t now, unsigned max);

/* Ends a condition by its id in hex, for a reason; false if there is none. */
bool correlate_clear(struct correlator *c, const char *id, const char *why,
                     usec_t now);

/* Ends one of correlate_list() by our own event: key of voice.h, and why. */
void correlate_close(struct correlator *c, const struct condition *known,
                     const char *key, const char *why, usec_t now);

/* The first of a BMC's, newest first, by `next`; NULL if there is none. */
const struct condition *correlate_list(const struct correlator *c,
                                       const char *bmc);

/* The least sequence of a record that waits; UINT64_MAX if none does. */
uint64_t correlate_oldest_held(struct correlator *c);

/*
 * Whether what Trawl itself said about a BMC ("": about itself) stands: key of
 * voice.h; `origin` may be NULL for any.
 */
bool correlate_has_own(const struct correlator *c, const char *bmc,
                       const char *key, const char *origin);

/* Whether the condition that a resolved event would raise is open. */
bool correlate_is_raised(const struct correlator *c, const struct event *e,
                         const struct registry_own *own);

/* How many of a BMC are tracked. */
size_t correlate_count(struct correlator *c, const char *bmc);

const struct conditions *correlate_conditions(const struct correlator *c);
