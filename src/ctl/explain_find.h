/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds every message in what a Redfish service says: events, event streams,
 * log entries, tasks, error answers, settings, anything with a MessageId in
 * it. Each becomes an event, read as decode does but not yet resolved.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "event.h"
#include "util/error.h"

struct explain_found {
    struct event *event;            /* owned */
    char *where;                    /* JSON pointer into the document; owned */
    bool is_event;                  /* a record of an event payload */
    bool in_error;                  /* of an error answer */
    bool closed;                    /* the document lacked its end or a quote */
    bool in_update;                 /* of a task that seems to be an update */
    char *task_state, *task_status; /* of the task it is of, or NULL; owned */
};

struct explain_list {
    struct explain_found *items;
    size_t count, cap;
};

void explain_list_done(struct explain_list *list);

/* A message by its id (or code) and arguments, as the command line has it. */
void explain_find_id(const char *id, char *const *args, size_t arg_count,
                     struct explain_list *ret);

/*
 * Adds what is found in the bytes of a file. -EBADMSG with a text if they are
 * nothing that could hold messages; no message in a good document is 0.
 */
int explain_find(const char *bytes, size_t len, struct explain_list *ret,
                 struct error *err);
