/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of tasks share: tasks.c (the fleet), task_watch.c (the
 * questions to one BMC) and task_tell.c (what is told of it).
 */
#pragma once

#include "talk.h"
#include "tasks.h"
#include "tasks/task_view.h"

#define TASKS_PER_BMC 8 /* updates that run at once; one is usual */

/* An update that runs. */
struct tracked {
    char *url; /* of its task; NULL: the UpdateService alone tells of it */
    char *id;
    struct task_history seen;
    size_t messages;             /* so many of them were told */
    char *last_reset, *firmware; /* of the Manager when it was found */
    int told;                    /* percent that was told last */
    uint64_t breaks;             /* of bmc->breaks when it was found */
    usec_t changed;              /* monotonic, when it last moved */
};

/* One BMC; owned by the tasks. */
struct task_watch {
    struct tasks *owner;
    struct bmc *bmc;
    struct talk_exchange *exchange; /* one question at a time */
    usec_t look_due;                /* monotonic, of the next look around */
    usec_t ask_due;                 /* of the next question to those tracked */
    struct tracked *tracked; /* TASKS_PER_BMC; NULL: there never was one */
    size_t count;
    struct tracked *asked; /* the tracked one that is asked now */
    size_t turn;           /* which is asked next */
    struct hashmap *ended; /* URLs of tasks that need no reading */
    char **found;          /* URLs of those that do */
    size_t found_count, found_cap;
    bool looked_before;   /* what ended before the first look is history */
    bool second;          /* a second update was refused: to be told */
    bool speaks;          /* it sends TaskEvents itself */
    bool speaks_progress; /* ... also of how far one is */
    bool stirred;         /* an event speaks of an update */
};

struct tasks {
    struct source_host *host;
    const struct registry_set *registries;
    struct hashmap *watches; /* by BMC name */
    sd_event_source *sweep;
    size_t swept; /* so far; where the next slice of the fleet begins */
    bool quiet;
};

/* ---- task_watch.c */

/* What is due of this BMC at `now` (monotonic). */
void task_watch_tend(struct task_watch *w, usec_t now);
void task_watch_free(struct task_watch *w);

/* ---- task_tell.c; each is an event of the BMC, about the task `url` */

void task_tell(struct task_watch *w, const char *url, const char *message_id,
               const char *first, const char *second);

/*
 * The messages of a task that were not told yet. False: they are so many that
 * the rest must wait for its next answer, lest one BMC holds up all others.
 */
bool task_tell_messages(struct task_watch *w, struct tracked *t,
                        const struct task_view *v);

/* How far it is, where the BMC does not say so itself. */
void task_tell_progress(struct task_watch *w, struct tracked *t,
                        const struct task_view *v);

/* How it ended: what the standard says, and the diagnosis if it went badly. */
void task_tell_end(struct task_watch *w, struct tracked *t,
                   const struct task_view *v);
