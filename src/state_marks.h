/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the records of the spool say of where each BMC is, kept in the state's
 * database under these names: "sse" (Last-Event-ID to ask for), "seen" (when
 * its last record came), "pushed" (the last that no log brought), "log URI"
 * (where that log goes on). So none of them
 * is ever ahead of the records.
 */
#pragma once

#include "event.h"
#include "state.h"
#include "util/hashmap.h"

struct bmc;

/* Times change with each record, and are written once for many of them. */
struct state_marks {
    struct hashmap *times; /* of BMCs, of this transaction */
};

/* Inside a transaction: a record, and before its end what was gathered. */
int state_marks_apply(struct state_marks *m, struct state *s,
                      const struct event *record, struct error *err);
int state_marks_save(struct state_marks *m, struct state *s, struct error *err);

/* Forgets what was gathered; also after a transaction that failed. */
void state_marks_done(struct state_marks *m);

/* A mark of the database, to the BMC that it is about. */
void state_marks_restore(struct bmc *bmc, const char *name, const char *value);
