/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events for the tests of formats and sinks: a full one, and fields to change.
 */
#pragma once

#include <string.h>

#include "event.h"
#include "formats/format.h"

#define SAMPLE_TIME ((usec_t)1795073667 * USEC_PER_SEC)

/* 2026-11-19T07:34:27Z; received a second and 104 ms later. */
static inline struct event *sample_event(void)
{
    struct event *e = event_new();

    event_set(e, EVENT_ID, "7f3a");
    event_set_int(e, EVENT_TIME, (int64_t)SAMPLE_TIME);
    event_set_int(e, EVENT_RECEIVED, (int64_t)(SAMPLE_TIME + 1104000));
    event_set(e, EVENT_COLLECTOR, "c1");
    event_set(e, EVENT_BMC_NAME, "r1-n01");
    event_set(e, EVENT_BMC_URL, "https://10.0.0.11");
    event_add(e, EVENT_BMC_LABEL, "rack=r1", 7);
    event_set(e, EVENT_BMC_VENDOR, "HPE");
    event_set(e, EVENT_BMC_MODEL, "ProLiant");
    event_set(e, EVENT_BMC_SERIAL, "S1");
    event_set(e, EVENT_BMC_UUID, "u-1");
    event_set(e, EVENT_BMC_HOST, "web-1");
    event_set(e, EVENT_SOURCE, "webhook");
    event_set(e, EVENT_MESSAGE_ID, "StorageDevice.1.1.DriveFailure");
    event_set(e, EVENT_REGISTRY, "StorageDevice");
    event_set(e, EVENT_REGISTRY_VERSION, "1.1.0");
    event_set(e, EVENT_KEY, "DriveFailure");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_CRITICAL);
    event_set(e, EVENT_MESSAGE, "Drive in 'Bay 3' failed.");
    event_add(e, EVENT_ARG, "Bay 3", 5);
    event_set(e, EVENT_RESOLUTION, "Replace it.");
    event_set(e, EVENT_RESOLVED_FROM, "bundled");
    event_set(e, EVENT_ORIGIN, "/redfish/v1/Drives/3");
    event_set(e, EVENT_ORIGIN_TYPE, "Drive");
    event_set(e, EVENT_EVENT_TYPE, "Alert");
    event_set(e, EVENT_EVENT_ID, "e9");
    event_set_int(e, EVENT_GROUP_ID, 426);
    return e;
}

static inline void sample_condition(struct event *e, const char *state)
{
    event_set(e, EVENT_CONDITION_STATE, state);
    event_set(e, EVENT_CONDITION_ID, "c7");
    event_set_int(e, EVENT_CONDITION_COUNT, 1);
    event_set_int(e, EVENT_CONDITION_FIRST, (int64_t)SAMPLE_TIME);
    event_set_int(e, EVENT_CONDITION_LAST, (int64_t)SAMPLE_TIME);
}

/* An event with every field; its BMC has an address or a name. */
static inline struct event *sample_full_event(const char *url)
{
    struct event *e = sample_event();

    event_set(e, EVENT_BMC_URL, url);
    sample_condition(e, "raised");
    event_set_int(e, EVENT_CONDITION_DURATION, 30);
    event_add(e, EVENT_CONDITION_CLEARS, "c6", 2);
    event_set(e, EVENT_EVENT_TIME, "19 Nov");
    event_set(e, EVENT_MEMBER_ID, "0");
    event_set(e, EVENT_LOG_ENTRY, "/redfish/v1/Entries/1");
    event_add(e, EVENT_QUIRK, "clock", 5);
    event_set(e, EVENT_OEM, "{}");
    event_set(e, EVENT_RAW, "{}");
    return e;
}

/* The event in a format, in `out`; returns its text. */
static inline const char *sample_write(const struct format *format,
                                       const struct event *e,
                                       const struct format_options *options,
                                       struct buffer *out)
{
    buffer_clear(out);
    format->write(e, 42, options, out);
    return out->data;
}
