/* SPDX-License-Identifier: Apache-2.0 */
/* Events of our own; see voice.h. */
#include "voice.h"

#include <string.h>

#include "util/alloc.h"

struct event *voice_event(const char *key, const char *origin,
                          const char *first, const char *second, usec_t now)
{
    _cleanup_free_ char *message_id = xasprintf(VOICE_REGISTRY ".1.0.%s", key);
    struct event *e = event_new();

    event_set(e, EVENT_MESSAGE_ID, message_id);
    event_set_int(e, EVENT_TIME, (int64_t)now);
    event_set_int(e, EVENT_RECEIVED, (int64_t)now);
    event_set(e, EVENT_SOURCE, "trawl");
    event_set(e, EVENT_EVENT_TYPE, "Alert");
    event_set(e, EVENT_ORIGIN, origin);
    event_set_int(e, EVENT_GENERATED, 1);
    if (first)
        event_add(e, EVENT_ARG, first, strlen(first));
    if (second)
        event_add(e, EVENT_ARG, second, strlen(second));
    return e;
}
