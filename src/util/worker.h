/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread for what would make the loop wait: unpacking and parsing of
 * megabytes, files. Tasks are run one after another, in order; a result comes
 * back to the loop through an eventfd. Loop thread only, but for run().
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "util/clock.h"
#include "util/error.h"

/* Stands first in a struct of the owner's, who fills in the functions. */
struct worker_task {
    /* In the thread: touches nothing but the task's own. */
    void (*run)(struct worker_task *t);
    /* On the loop, afterwards: the task is the owner's again. */
    void (*done)(struct worker_task *t);
    /* In place of it, for a task that was cancelled or not got to: frees. */
    void (*drop)(struct worker_task *t);

    struct worker_task *next; /* the worker's, as is the rest */
    atomic_bool cancelled;
};

struct worker;

/* At most `max` tasks are under way at a time. */
int worker_new(sd_event *loop, size_t max, struct worker **ret,
               struct error *err);

/* Waits for the task that runs, drops all, and frees. NULL is accepted. */
void worker_free(struct worker *w);

/* False if there are as many as may be: the task stays the owner's. */
bool worker_add(struct worker *w, struct worker_task *t);

/* The worker drops it when it is not run (any more); done is not called. */
void worker_cancel(struct worker_task *t);

/*
 * Waits until nothing is under way, at most so long, and calls done for what
 * is; for the start, when no loop runs yet. False if the time was too short.
 */
bool worker_settle(struct worker *w, usec_t delay);
