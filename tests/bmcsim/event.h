/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event that happened at a BMC, made of a template (emission.h). It is
 * shared by the ledger, the stream's ring and all queues, by reference.
 */
#ifndef BMCSIM_EVENT_H
#define BMCSIM_EVENT_H

#include "sim.h"

enum event_kind { EVENT_RECORDS, EVENT_PAYLOAD, EVENT_RAW };

struct event {
    unsigned refs;
    enum event_kind kind;
    uint64_t seq, sse_id;
    size_t records;  /* in it; 1 when nobody can tell */
    usec_t happened; /* by the BMC's clock */
    char *text; /* EVENT_RECORDS: the elements of Events; else the payload */
    size_t len;
    char *event_id; /* first EventId we gave, or NULL */
    unsigned subscribers, posted, acked, refused, given_up, sse_sent;
    char *log_id;      /* Id of its first log entry, or NULL */
    size_t log_index;  /* of the log where that stands */
    char *destination; /* the one subscriber it is for, or NULL */
    bool dropped, down, hidden, test, beat, unsent;
};

/* What an order to emit says, made ready for one BMC. */
struct emission;

/* The n-th event of an emission, new reference. */
struct event *event_new(struct bmc *b, const struct emission *e, uint64_t n);
struct event *event_ref(struct event *e);
void event_unref(struct event *e);

/* The body that a subscriber gets; context may be NULL. Truncated when the
 * BMC misbehaves so. */
void event_format(struct bmc *b, const struct event *e, const char *context,
                  struct buf *ret);

/* The i-th record as a JSON object, new reference, or NULL. */
json_t *event_record(const struct event *e, size_t i);

/* Time in the dialect's way. */
char *event_time(enum timestamp style, usec_t wall);

#endif
