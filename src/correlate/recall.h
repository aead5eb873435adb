/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record of the spool leaves to be remembered for a time: that an event
 * was seen (for duplicates), and what was cleared (for raises that come late).
 * Made from the record's own fields alone, so that a replay remembers the
 * same. The projector keeps these, the stage correlate asks for them.
 */
#pragma once

#include "event.h"
#include "correlate/recent.h"

enum recall_kind {
    RECALL_SEEN = 1, /* id; print and link unless they are zeros */
    RECALL_ECHO,     /* key: something was cleared at that time */
};

struct recall {
    uint8_t kind;
    uint8_t from_log;
    uint8_t zero[6];
    usec_t time, received;
    uint8_t id[RECENT_KEY_LEN];
    uint8_t key[RECENT_KEY_LEN];  /* SEEN: the print */
    uint8_t link[RECENT_KEY_LEN]; /* SEEN: of its log entry */
};

/* A value of EVENT_TWIN: the event that was found to be the same. */
struct recall_twin {
    usec_t time;
    uint8_t own_id[RECENT_KEY_LEN]; /* of the record before it took that id */
};

/* Calls `each` for all that the record leaves, at most a few. */
void recall_each(const struct event *record,
                 void (*each)(void *userdata, const char *bmc,
                              const struct recall *recall),
                 void *userdata);

/* What is the same in an event and in its entry of a log. */
void recall_print(const struct event *e, uint8_t ret[RECENT_KEY_LEN]);

/* The link to the log entry; false if there is none. */
bool recall_link(const struct event *e, uint8_t ret[RECENT_KEY_LEN]);

/*
 * For a log whose entries name no message of a registry, and events that name
 * no entry: what both say, in full. False where that is not how they meet.
 */
bool recall_text(const struct event *e, uint8_t ret[RECENT_KEY_LEN]);

/* The print at a time, in seconds: one key for each. */
void recall_key_at(const uint8_t print[RECENT_KEY_LEN], usec_t time,
                   uint8_t ret[RECENT_KEY_LEN]);

/* Whether the time is the BMC's own, not that of receipt. */
bool recall_is_timed(const struct event *e);

/* Whether it was read from a log, not sent. */
bool recall_is_from_log(const struct event *e);
