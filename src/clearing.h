/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends what: the ClearingLogic of the registries and the repairs of files
 * with schema "trawl.clearing/1" (registries/clearing.json, and the admin's),
 * merged into one question. Asked is what holds for one BMC: repairs apply
 * whatever registry it serves. The stage that pairs (correlate) asks; nothing
 * here remembers events.
 *
 * All questions are about a resolved event: EVENT_REGISTRY, its version and
 * EVENT_KEY say which message is meant. Names compare without case.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "registry/registry_view.h"

struct clearing; /* the repairs; read-only once loaded */

struct clearing *clearing_new(void);

/* NULL is accepted. */
void clearing_free(struct clearing *c);
DEFINE_FREEP(struct clearing, clearing_free);

/*
 * Adds the repairs of every *.json in a folder that has our schema; other
 * files are left alone. What is read later stands above what was read earlier
 * ("replace" of the admin's file above that of ours): load the bundled folder
 * first. Mistakes are told through `on_problem` (may be NULL).
 */
void clearing_load(struct clearing *c, const char *directory,
                   void (*on_problem)(void *userdata, const char *text),
                   void *userdata);

struct clearing_target {
    const char *registry; /* prefix; as long as answer and rules live */
    const char *key;
    bool same_origin; /* ends only conditions of the event's own origin */
    bool repaired;    /* by a repair, not by the registry's own letter */
    char *owned;      /* of the answer; for nobody else */
};

struct clearing_answer {
    struct clearing_target *targets;
    size_t count, cap;
    bool clears_all; /* also every condition of the event's own registry … */
    bool all_same_origin; /* … with its origin */
    bool all_repaired;    /* … by a repair */
};

void clearing_answer_done(struct clearing_answer *answer);

/*
 * What an event ends. False if nothing; *ret is to be ended with
 * clearing_answer_done() in either case. `c` may be NULL: registries only.
 */
bool clearing_of(const struct clearing *c, const struct registry_view *view,
                 const struct event *e, struct clearing_answer *ret);

/*
 * Whether it raises a condition: clearable, and not OK in both payload and
 * registry, or named by a repair as raising whatever its severity (design
 * section 8).
 */
bool clearing_is_raiser(const struct clearing *c,
                        const struct registry_view *view, const struct event *e,
                        bool *ret_repaired);

/*
 * The arguments that tell two conditions of one message apart: bit 0 for the
 * first. Those that a repair names, else those that the registry types as
 * strings, else (no types known) those that are no numbers.
 */
uint64_t clearing_identity_args(const struct clearing *c,
                                const struct registry_view *view,
                                const struct event *e);

/* What ends it: messages by registry and key, for people (trawlctl explain). */
void clearing_ended_by(const struct clearing *c,
                       const struct registry_view *view, const struct event *e,
                       struct clearing_answer *ret);
