/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Redfish Task says, and what became of it: pure reading of documents
 * and of a history, no request and no clock.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "catalogue.h"

/* Points into the document. */
struct task_view {
    const char *id;         /* "7"; never NULL */
    const char *state;      /* TaskState; never NULL */
    const char *status;     /* TaskStatus, or NULL */
    int percent;            /* PercentComplete; -1: not said */
    bool runs;              /* it has not ended */
    bool well;              /* it ended, and well */
    bool is_update;         /* it installs firmware, by all that it says */
    const json_t *messages; /* as it stands there, or NULL */
};

/* False if the document is no task. */
bool task_view_read(const json_t *document, struct task_view *ret);

/* Its messages; Huawei's iBMC has the last one in place of a list of all. */
size_t task_view_count(const struct task_view *v);
const json_t *task_view_at(const struct task_view *v, size_t i);

/* What is known of one update when its task is not to be found any more. */
struct task_history {
    int percent;      /* the last that was seen; -1: none */
    bool was_away;    /* the BMC did not answer since */
    bool was_reset;   /* it came back reset: another LastResetTime */
    bool was_renewed; /* ... with another firmware */
    bool goes_on;     /* the UpdateService says that it updates still */
};

/* "Registry.Key" of a MessageId with or without versions, into `ret`. */
void task_view_message(const char *message_id, char *ret, size_t size);

/*
 * The diagnosis of a task that ended badly, of the catalogue FirmwareUpdate;
 * NULL if none fits.
 */
const struct catalogue_entry *task_view_diagnose(const struct catalogue *c,
                                                 const struct task_view *v);

/* The message for a task that is gone: mostly a diagnosis; never NULL. */
const char *task_view_gone(const struct task_history *h);
