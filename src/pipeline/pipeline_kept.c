/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for the spool; see pipeline_kept.h. */
#include "pipeline/pipeline_kept.h"

#include "log.h"

void pipeline_kept_take(struct pipeline_kept *k, struct event *e)
{
    if (k->count < PIPELINE_KEPT_MAX) {
        k->events[k->count++] = e;
        return;
    }
    if (!k->warned)
        log_warning("the spool takes nothing and %d events of Trawl's own "
                    "wait for it: further ones stand in this log only",
                    PIPELINE_KEPT_MAX);
    k->warned = true;
    event_free(e);
}

void pipeline_kept_done(struct pipeline_kept *k)
{
    for (size_t i = 0; i < k->count; i++)
        event_free(k->events[i]);
    k->count = 0;
}
