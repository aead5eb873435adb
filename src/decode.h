/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes that a BMC sent to events, leniently and record by record:
 * one bad record costs itself and nothing else. Every deviation met is noted
 * in the event as a quirk (quirks.h). Only json_in.c knows yyjson.
 * Pure: no clock, no registry, no state.
 */
#pragma once

#include <stddef.h>

#include "event.h"
#include "util/macro.h"

enum decode_kind {
    DECODE_EVENT,           /* an event, with the fields that the record has */
    DECODE_METRIC_REPORT,   /* telemetry: counted, no event; event is NULL */
    DECODE_UNREADABLE,      /* to the quarantine; `why` says what is wrong */
    DECODE_BUFFER_EXCEEDED, /* the BMC says that its stream lost events */
};

struct decode_item {
    enum decode_kind kind;
    struct event *event; /* EVENT and BUFFER_EXCEEDED */
    char why[128];       /* UNREADABLE */
    char *bytes;         /* UNREADABLE: the record, or the whole payload */
    size_t len;
};

struct decode_result {
    struct decode_item *items;
    size_t count;
    bool other_context; /* it bears the Context of another BMC of ours */
};

struct decode_options {
    usec_t received;     /* real: stands in for a missing or absurd time */
    bool keep_raw;       /* keep each record's own JSON in EVENT_RAW */
    bool log;            /* a LogEntry, or a page of them: log_page.h */
    const char *context; /* "trawl:<collector>:<name>", or NULL: any will do */
};

/*
 * Never fails and never gives nothing: a payload that holds no record at all
 * gives one UNREADABLE item. Sets EVENT_TIME, EVENT_TIME's original text where
 * it differs, RECEIVED, MESSAGE_ID, SEVERITY, MESSAGE, ARG, ORIGIN, EVENT_TYPE,
 * EVENT_ID, GROUP_ID, MEMBER_ID, LOG_ENTRY, RESOLUTION, REPAIRED, QUIRK, OEM,
 * RAW.
 */
void decode_payload(const char *bytes, size_t len,
                    const struct decode_options *options,
                    struct decode_result *ret);

/* Frees the items and the events that were not taken out of them. */
void decode_result_done(struct decode_result *result);
