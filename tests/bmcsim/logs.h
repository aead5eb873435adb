/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The logs of a BMC: one for each LogService that its dialect names. What
 * happens is entered whether anyone is told of it or not, under an Id of the
 * dialect's making, until the log is cleared or wraps.
 */
#ifndef BMCSIM_LOGS_H
#define BMCSIM_LOGS_H

#include "event.h"

struct log_entry {
    struct event *event;
    size_t record;   /* which of the event's */
    uint64_t number; /* in its log, from 1 since it was cleared */
    char *id;
    json_t *edits; /* members that were changed afterwards, or NULL */
};

/* Its BMC's; entries oldest first. */
struct log {
    char *path;
    struct log_entry *entries;
    size_t n, cap;
    uint64_t last;    /* number of the last entry */
    uint64_t same;    /* entries that had the last one's second before it */
    usec_t last_time; /* of the last entry, whole seconds */
};

/* The BMC's logs as its dialect says now. */
void logs_prepare(struct bmc *b);
void logs_free(struct bmc *b);
/* The OemRecordFormat of an iLO's log: "Hpe-IML", "Hpe-iLOEventLog". */
const char *logs_format(const struct log *log);
/* NULL when the last part of no log's path is name. */
struct log *logs_find(struct bmc *b, const char *name);

/* Enters each record of the event where the dialect wants it, or into the log
 * named (NULL: none is). The event then has the Id of the first entry. */
void logs_enter(struct bmc *b, struct event *e, const char *name);

/* The entry of the event's i-th record, in the first log that has it. NULL when
 * there is none (any more). */
const struct log_entry *logs_entry(const struct bmc *b, const struct event *e,
                                   size_t i);

/* Empties one log, or all (NULL); numbers begin again. */
void logs_clear(struct bmc *b, struct log *log);

/* Where the event stands now: [{"log", "id"}], new reference. */
json_t *logs_where(const struct bmc *b, const struct event *e);

/* {"clear": true | "edit": ID, "set": {...}, "log": NAME}. -EINVAL. */
int logs_order(struct bmc *b, json_t *order, struct error *err);

#endif
