/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of vendors, the narrow rows before the wide ones. Each says who
 * needs it; the facts were read in vendors' documents, in public sources of
 * servers and collectors, and in reports of their users.
 *
 * A service that fits no row is treated by the specification: the plain row.
 */
#include "vendors.h"

#include <string.h>

#include "util/macro.h"

#define TEXTS(...)                                     \
    {                                                  \
        .items = (char *[]){__VA_ARGS__},              \
        .count = ARRAY_LEN(((char *[]){__VA_ARGS__})), \
    }

/* What all generations of iDRAC have in common. */
#define DELL                                                              \
    .rung = SUBSCRIBE_EVENT_TYPES, .no_prefixes = true, .no_patch = true, \
    .event_types_required = true, .limit = 20,                            \
    .sse_reconnect_min = 30 * USEC_PER_SEC, .test = VENDOR_TEST_DELL,     \
    .log_newest_first = true

/* The same of iLO, which has no streams and marks repairs in old entries. The
 * log Event, which later firmware has, is that of the events as they were sent,
 * with their EventId; the other two number their messages. */
#define ILO                                                                   \
    .no_policy = true, .https_only = true, .no_sse = true,                    \
    .logs =                                                                   \
        TEXTS("*/Systems/*/LogServices/Event", "*/Systems/*/LogServices/IML", \
              "*/Managers/*/LogServices/IEL"),                                \
    .log_edited = true

/* The same of services built on bmcweb, whose stream brings what concerns
 * tasks and resources, but nothing of the event log. */
#define BMCWEB .test = VENDOR_TEST_BMCWEB, .limit = 20, .sse_partial = true

/* The payload that was usual before RegistryPrefixes came. */
#define EVENT_TYPES_ERA                                 \
    .rung = SUBSCRIBE_EVENT_TYPES, .no_prefixes = true, \
    .event_types_required = true

static const struct vendor rows[] = {
    /* HPE's PDUs of Cray racks do not keep up subscriptions properly, and
     * fall over when they are asked to (Cray's own collector skips them). */
    {.name = "cray-pdu", .product = "*PDU*", .never = true, .no_sse = true},

    /* OpenManage Enterprise Modular: HTTPS destinations; 8 subscriptions,
     * streams included, and a slow one disturbs the others. Its stream wants
     * no filter. */
    {.name = "dell-ome",
     .vendor = "Dell*",
     .product = "*OpenManage*|*OME*|*MX7000*",
     .rung = SUBSCRIBE_EVENT_TYPES,
     .no_prefixes = true,
     .event_types_required = true,
     .no_patch = true,
     .https_only = true,
     .limit = 8,
     .test = VENDOR_TEST_DELL,
     .log_newest_first = true},
    /* iDRAC 10: firmware began again at 1; plain http was seen to work; its
     * stream filters by EventType. */
    {.name = "dell-idrac10",
     .vendor = "Dell*",
     .firmware = "1.*",
     DELL,
     .sse_filter = "EventType eq 'Alert'",
     .logs = TEXTS("*/LogServices/Lclog", "*/LogServices/Sel")},
    /* iDRAC 8: no stream, and its logs stand under Logs, without services. */
    {.name = "dell-idrac8",
     .vendor = "Dell*",
     .firmware = "2.*",
     DELL,
     .https_only = true,
     .no_sse = true,
     .logs = TEXTS("/redfish/v1/Managers/iDRAC.Embedded.1/Logs/Lclog",
                   "/redfish/v1/Managers/iDRAC.Embedded.1/Logs/Sel")},
    /* iDRAC 9: EventTypes in place of prefixes, HTTPS destinations, no PATCH
     * (Dell's own tools delete and create); two streams, counted among the 20,
     * ended after an hour of silence and to be let rest for 20 to 30 s. */
    {.name = "dell-idrac9",
     .vendor = "Dell*",
     .product = "Integrated Dell Remote Access Controller*",
     DELL,
     .https_only = true,
     .sse_filter = "EventFormatType eq Event",
     .logs = TEXTS("*/LogServices/Lclog", "*/LogServices/Sel")},

    /* iLO 4: the collection has another name, HttpHeaders is an object, and a
     * subscription ends unless its time to live is "for ever". */
    {.name = "hpe-ilo4",
     .oem = "Hp",
     EVENT_TYPES_ERA,
     .headers = VENDOR_HEADERS_OBJECT,
     .collection = "/redfish/v1/EventService/EventSubscriptions/",
     .oem_body = "{\"TTLCount\":999999,\"TTLUnits\":\"minutes\"}",
     ILO},
    /* iLO 5: EventTypes required, DeliveryRetryPolicy refused; the retries,
     * and a queue that is larger than its three events, are asked for in
     * HPE's own object. Context does not always come back. */
    {.name = "hpe-ilo5",
     .oem = "Hpe",
     .event_version = "<1.3",
     EVENT_TYPES_ERA,
     .oem_body = "{\"Oem\":{\"Hpe\":{\"DeliveryRetryAttempts\":5,"
                 "\"DeliveryRetryIntervalInSeconds\":30,"
                 "\"RequestedMaxEventsToQueue\":20,"
                 "\"RetireOldEventInMinutes\":10}}}",
     ILO},
    /* iLO 6 and 7: by prefixes; EventTypes are gone in Gen12. */
    {.name = "hpe-ilo6", .oem = "Hpe", .rung = SUBSCRIBE_NO_POLICY, ILO},

    /* NVIDIA HGX and BlueField: bmcweb with satellites, whose logs take a
     * filter. */
    {.name = "nvidia",
     .vendor = "NVIDIA*",
     BMCWEB,
     .logs = TEXTS("*/LogServices/EventLog", "*/LogServices/SEL")},
    /* Intel's BMCs post to the usual port only. */
    {.name = "intel",
     .vendor = "Intel*",
     BMCWEB,
     .default_port_only = true,
     .log_no_filter = true,
     .logs = TEXTS("*/Systems/*/LogServices/EventLog")},
    /* bmcweb, by the registry that only it has: EventTypes is an unknown
     * property, TerminateAfterRetries (the default) really deletes, http needs
     * a build that allows it; its other logs hold dumps and POST codes. */
    {.name = "openbmc",
     .prefix = "OpenBMC",
     BMCWEB,
     .https_only = true,
     .log_no_filter = true,
     .logs = TEXTS("*/Systems/*/LogServices/EventLog")},

    /* XCC before EventService 1.3: EventTypes; some firmware knows no
     * Context. 12 subscriptions, streams included. */
    {.name = "lenovo-xcc-old",
     .vendor = "Lenovo*",
     .event_version = "<1.3",
     EVENT_TYPES_ERA,
     .no_policy = true,
     .limit = 12},
    /* XCC and XCC2: prefixes are optional, and none means all. */
    {.name = "lenovo-xcc", .vendor = "Lenovo*", .limit = 12},

    /* Supermicro on OpenBMC (GB300): known by the stream that the older ones
     * do not have. */
    {.name = "supermicro-openbmc",
     .vendor = "Supermicro*|Super Micro*",
     .stream = "*",
     BMCWEB},
    /* X10 to X12, by the EventService's age: slots made beforehand are changed
     * by PATCH, and the test is SendTestEvent. */
    {.name = "supermicro-x10",
     .vendor = "Supermicro*|Super Micro*",
     .event_version = "<1.1",
     EVENT_TYPES_ERA,
     .headers = VENDOR_HEADERS_NONE,
     .no_policy = true,
     .fixed_slots = true,
     .oem_body = "{\"Oem\":{\"Supermicro\":{\"EnableSubscription\":true}}}",
     .no_sse = true,
     .test = VENDOR_TEST_SUPERMICRO},
    /* Later ones without OpenBMC: EventTypes, no stream. */
    {.name = "supermicro",
     .vendor = "Supermicro*|Super Micro*",
     EVENT_TYPES_ERA,
     .no_sse = true},

    /* ZT: HttpHeaders is an object; a test event is refused when the last was
     * 5 to 15 s ago. */
    {.name = "zt",
     .vendor = "ZT*",
     EVENT_TYPES_ERA,
     .headers = VENDOR_HEADERS_OBJECT,
     .no_policy = true,
     .no_sse = true,
     .test_interval = 30 * USEC_PER_SEC},
    /* MegaRAC, also as ASUS and Gigabyte have it: a body of Context,
     * Destination, EventTypes and Protocol; test events limited. */
    {.name = "ami",
     .vendor = "AMI*|American Megatrends*|ASUS*|GIGABYTE*|Giga Computing*",
     EVENT_TYPES_ERA,
     .headers = VENDOR_HEADERS_OBJECT,
     .no_policy = true,
     .no_sse = true,
     .test_interval = 30 * USEC_PER_SEC},
    /* iBMC: EventTypes required, HTTPS destinations. */
    {.name = "huawei",
     .vendor = "Huawei*|xFusion*",
     EVENT_TYPES_ERA,
     .https_only = true,
     .no_sse = true},
    /* The evidence about these four is thin: a payload of EventTypes. */
    {.name = "cisco",
     .vendor = "Cisco*",
     EVENT_TYPES_ERA,
     .headers = VENDOR_HEADERS_NONE},
    {.name = "fujitsu",
     .vendor = "Fujitsu*|Fsas*",
     EVENT_TYPES_ERA,
     .headers = VENDOR_HEADERS_NONE},
    {.name = "h3c", .vendor = "H3C*|New H3C*", EVENT_TYPES_ERA},
    {.name = "inspur", .vendor = "Inspur*|IEIT*", EVENT_TYPES_ERA},

    /* By the specification. */
    {.name = "plain"},
};

const struct vendor *vendors_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

const struct vendor *vendors_next(size_t *cursor)
{
    return *cursor < ARRAY_LEN(rows) ? &rows[(*cursor)++] : NULL;
}
