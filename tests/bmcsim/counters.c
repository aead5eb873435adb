/* SPDX-License-Identifier: Apache-2.0 */
/* See counters.h. */
#include "counters.h"

#include <stddef.h>
#include <stdio.h>

static const struct {
    const char *name;
    size_t at;
} rows[] = {
#define ROW(f)                           \
    {                                    \
#f, offsetof(struct counters, f) \
    }
    ROW(emitted),         ROW(dropped),    ROW(down),         ROW(posted),
    ROW(acked),           ROW(refused),    ROW(failed),       ROW(given_up),
    ROW(overflow),        ROW(pending),    ROW(sse_sent),     ROW(sse_replayed),
    ROW(requests),        ROW(reboots),    ROW(tests),        ROW(heartbeats),
    ROW(log_only),        ROW(tipped),     ROW(logins),       ROW(basic),
    ROW(wrong_passwords), ROW(locked_out), ROW(unauthorized),
#undef ROW
};

json_t *counters_describe(const struct counters *c)
{
    json_t *doc = json_object(), *statuses = json_object();

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const uint64_t *value =
            (const uint64_t *)(const void *)((const char *)c + rows[i].at);

        json_object_set_new(doc, rows[i].name,
                            json_integer((json_int_t)*value));
    }
    for (int i = 0; i < N_STATUSES; i++) {
        char text[16];

        snprintf(text, sizeof(text), "%d", i);
        if (c->statuses[i])
            json_object_set_new(statuses, text, json_integer(c->statuses[i]));
    }
    json_object_set_new(doc, "statuses", statuses);
    return doc;
}
