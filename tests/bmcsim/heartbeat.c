/* SPDX-License-Identifier: Apache-2.0 */
/* See heartbeat.h. */
#include "heartbeat.h"

#include <string.h>

#include "poster.h"

#define DEFAULT_MINUTES 10

struct event *heartbeat_new(struct bmc *b)
{
    struct event *e = xcalloc(1, sizeof(*e));
    _cleanup_(freep) char *now = event_time(b->dialect.timestamp, bmc_clock(b));

    e->refs = 1;
    e->kind = EVENT_PAYLOAD;
    e->beat = true;
    e->text = xasprintf(
        "{\"@odata.type\":\"#Event.v1_4_0.Event\",\"Name\":\"Heartbeat\","
        "\"Events\":[{\"EventTimestamp\":\"%s\",\"MemberId\":\"0\","
        "\"MessageId\":\"HeartbeatEvent.1.0.RedfishServiceFunctional\","
        "\"Message\":\"Redfish service is functional.\","
        "\"MessageSeverity\":\"OK\",\"OriginOfCondition\":"
        "\"/redfish/v1/Managers/%s\"}]}",
        now, b->dialect.manager_id);
    e->len = strlen(e->text);
    b->counters.heartbeats++;
    return e;
}

/* A minute is as long as the dialect says: tests have none to wait. */
static usec_t interval_of(const struct subscription *s)
{
    json_t *minutes = json_object_get(s->resource, "HeartbeatIntervalMinutes");
    json_int_t n = minutes ? json_integer_value(minutes) : DEFAULT_MINUTES;
    long minute = s->bmc->dialect.subs.heartbeat_minute_ms;

    return (usec_t)n * (usec_t)(minute > 0 ? minute : 1) * USEC_MSEC;
}

/* Also when it cannot be sent now. */
static void on_beat(void *arg)
{
    struct subscription *s = arg;
    struct event *e;

    heartbeat_set(s);
    if (s->bmc->down || s->suspended || !s->bmc->dialect.service_enabled)
        return;
    e = heartbeat_new(s->bmc);
    lane_push(s->lane, e);
    event_unref(e);
}

void heartbeat_set(struct subscription *s)
{
    struct clock *clock = s->bmc->sim->clock;

    if (json_is_true(json_object_get(s->resource, "SendHeartbeat")))
        clock_set(clock, &s->beat, time_now() + interval_of(s), on_beat, s);
    else
        clock_cancel(clock, &s->beat);
}
