/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same event by two ways: sent again, replayed, read from a log. Known by
 * its id (identity.h); an event and its log entry, which number differently,
 * by the link between them or by message, origin, arguments and time within
 * `tolerance`, one entry for one event; where these differ, by the entry that
 * the event names, or, if the log names no message of a registry, by the same
 * text in full, within that time. Two events of one source that differ in
 * EventId are never the same.
 */
#pragma once

#include <stdbool.h>

#include "correlate/recall.h"

struct duplicates;

struct duplicates *duplicates_new(size_t limit);
void duplicates_free(struct duplicates *d);

/* How long an event is remembered, and how far two clocks may be apart. */
void duplicates_set_times(struct duplicates *d, usec_t remember,
                          usec_t tolerance);

/*
 * Whether the event was there before. A log entry found to be the same as an
 * event (or the other way round) takes its id, and says so in EVENT_TWIN.
 */
bool duplicates_check(const struct duplicates *d, struct event *e);

/* Remembers what a record leaves (RECALL_SEEN). */
void duplicates_apply(struct duplicates *d, const char *bmc,
                      const struct recall *recall);
