/* SPDX-License-Identifier: Apache-2.0 */
/* A log entry as the dialect shows it. */
#ifndef BMCSIM_LOG_ENTRY_H
#define BMCSIM_LOG_ENTRY_H

#include "logs.h"

/* New reference. */
json_t *log_entry_show(struct bmc *b, const struct log *log,
                       const struct log_entry *entry);

#endif
