/* SPDX-License-Identifier: Apache-2.0 */
/* The TaskService and the UpdateService, as a client sees them. */
#ifndef BMCSIM_TASKS_H
#define BMCSIM_TASKS_H

#include "http.h"
#include "update.h"

/* Requests at the UpdateService, at tasks and their monitors; false when path
 * is none of these. */
bool tasks_handle(struct request *r, struct reply *ret);

/* Links to the tasks that can be found. New reference. */
json_t *tasks_members(const struct bmc *b);

char *task_uri(const struct task *t);
/* A message of two arguments into the task. */
void task_add_message(struct task *t, const char *message_id,
                      const char *severity, const char *first,
                      const char *second);

#endif
