/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rooms behind the control socket: a room is one file, one function here
 * and one row in daemon/daemon_control.c. Each adds its commands.
 */
#pragma once

#include "control.h"
#include "correlate.h"
#include "metrics.h"
#include "pipeline.h"
#include "registry/registry_fetch.h"
#include "sources/source.h"
#include "util/rate.h"

/*
 * What the rooms look at. The daemon owns all of it, and sets what a reload
 * replaces (registries, config) anew.
 */
struct control_view {
    struct pipeline *pipeline;
    const struct correlator *correlator;
    const struct registry_set *registries;
    const struct metrics_view *figures;
    const struct source_host *host;
    const struct config *config;
    const struct rate *rate; /* of records */
    const struct fleet *fleet;
    const struct registry_fetch *fetch;
    struct outlets *outlets;
    struct quarantine *quarantine;
    struct control_retry *retries; /* control_quarantine.c's own */
};

/*
 * {"command": "conditions", "bmc": GLOB, "severity": NAME}: what is wrong now
 * {"command": "clear", "id": ID, "why": TEXT}: ends a condition by hand
 */
void control_conditions_add(struct control *c, struct control_view *view);

/* {"command": "bmcs", "bmc": GLOB, "state": NAME}: how it stands with each */
void control_bmcs_add(struct control *c, struct control_view *view);

/*
 * {"command": "subscriptions", "bmc": GLOB}: what stands at BMCs
 * {"command": "unsubscribe", "bmcs": [GLOB...], "all": BOOL}: takes ours back
 * {"command": "forget", "bmcs": [NAME...], "all": BOOL}: what BMCs that are not
 * configured any more may have is settled
 */
void control_subscriptions_add(struct control *c, struct control_view *view);

/* {"command": "test", "bmcs": [GLOB...], "all": BOOL}: a test event of each */
void control_proof_add(struct control *c, struct control_view *view);

/* {"command": "catch-up", "bmcs": [GLOB...], "all": BOOL}: reads their logs */
void control_backfill_add(struct control *c, struct control_view *view);

/* {"command": "status"}: whether all is well, in one object */
void control_status_add(struct control *c, struct control_view *view);

/*
 * {"command": "registries"}: those that are known (registry_report.h)
 * {"command": "registries", "bmc": NAME}: all that one BMC claims to have
 */
void control_registries_add(struct control *c, struct control_view *view);

/*
 * {"command": "replay", "sink": NAME, "since": USEC, "until": USEC}: sends
 * history again, real times
 */
void control_replay_add(struct control *c, struct control_view *view);

/*
 * {"command": "quarantine-retry", "id": ID}: takes an item in again
 * {"command": "quarantine-drop", "id": ID}: removes it
 */
void control_quarantine_add(struct control *c, struct control_view *view);

/* To be called when more is durable; and, the calls being over, at the end. */
void control_quarantine_settle(struct control_view *view);
void control_quarantine_done(struct control_view *view);
