/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of the daemon: the list of the rooms that answer. */
#include "daemon/daemon_parts.h"

#include "util/macro.h"

static void (*const rooms[])(struct control *c, struct control_view *view) = {
    control_status_add,     control_bmcs_add,     control_subscriptions_add,
    control_proof_add,      control_backfill_add, control_conditions_add,
    control_registries_add, control_replay_add,   control_quarantine_add,
};

void daemon_control_open(struct daemon *d)
{
    d->rooms = (struct control_view){
        .pipeline = d->pipeline,
        .correlator = d->correlator,
        .figures = &d->view,
        .host = &d->host,
        .config = d->config,
        .rate = &d->rate,
        .fleet = d->fleet,
        .fetch = d->fetch,
        .outlets = d->outlets,
        .quarantine = d->quarantine,
    };
    d->control = control_new(d->loop);
    for (size_t i = 0; i < ARRAY_LEN(rooms); i++)
        rooms[i](d->control, &d->rooms);
}
