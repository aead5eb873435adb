/* SPDX-License-Identifier: Apache-2.0 */
/* See counters.h. */
#include "counters.h"

#include <stdio.h>

json_t *counters_describe(const struct counters *c)
{
    json_t *doc = json_pack(
        "{sI sI sI sI sI sI sI sI sI sI sI sI sI sI}", "emitted",
        (json_int_t)c->emitted, "dropped", (json_int_t)c->dropped, "down",
        (json_int_t)c->down, "posted", (json_int_t)c->posted, "acked",
        (json_int_t)c->acked, "refused", (json_int_t)c->refused, "failed",
        (json_int_t)c->failed, "given_up", (json_int_t)c->given_up, "overflow",
        (json_int_t)c->overflow, "pending", (json_int_t)c->pending, "sse_sent",
        (json_int_t)c->sse_sent, "sse_replayed", (json_int_t)c->sse_replayed,
        "requests", (json_int_t)c->requests, "reboots", (json_int_t)c->reboots);
    json_t *statuses = json_object();

    for (int i = 0; i < N_STATUSES; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        if (c->statuses[i])
            json_object_set_new(statuses, text, json_integer(c->statuses[i]));
    }
    json_object_set_new(doc, "statuses", statuses);
    return doc;
}
