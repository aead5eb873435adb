/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Trawl itself has to say: events of its own, from the registry "Trawl"
 * in registries/, which take the same way as a BMC's. This room only builds
 * them; pipeline_say() sends them on.
 */
#pragma once

#include "event.h"
#include "util/clock.h"

#define VOICE_REGISTRY "Trawl"

/* Keys of registries/Trawl.*.json, with their arguments. */
#define VOICE_PAYLOAD_UNREADABLE "PayloadUnreadable" /* reason */
#define VOICE_EVENTS_MISSED "EventsMissed"           /* why */
#define VOICE_BMC_UNREACHABLE "BmcUnreachable"       /* why */
#define VOICE_BMC_REACHABLE "BmcReachable"
#define VOICE_SUBSCRIPTION_FAILED "SubscriptionFailed" /* why */
#define VOICE_SUBSCRIPTION_MADE "SubscriptionMade"
#define VOICE_SUBSCRIPTION_LOST "SubscriptionLost"   /* how */
#define VOICE_SUBSCRIPTION_LIMIT "SubscriptionLimit" /* others, streams */
#define VOICE_SUBSCRIPTION_STAYS "SubscriptionStays" /* BMC, why */
#define VOICE_SENDER_DOUBTFUL "SenderDoubtful"       /* why */
#define VOICE_FLOW_BROKEN "FlowBroken"
#define VOICE_FLOW_PROVEN "FlowProven"
#define VOICE_LOGIN_REFUSED "LoginRefused" /* user */
#define VOICE_LOGIN_ACCEPTED "LoginAccepted"
#define VOICE_LOGS_FOLLOWED                                               \
    "LogsFollowed"                     /* how many logs, how many entries \
                                        */
#define VOICE_URI_REFUSED "UriRefused" /* URI */
#define VOICE_CLOCK_WRONG "ClockWrong" /* the BMC's time, how far off */
#define VOICE_CLOCK_RIGHT "ClockRight"
#define VOICE_REGISTRY_MISSING "RegistryMissing"   /* registry prefix */
#define VOICE_REGISTRY_UNUSABLE "RegistryUnusable" /* registry, why */
#define VOICE_EVENT_REFUSED "EventRefused"         /* sink, why */
#define VOICE_EVENTS_SKIPPED "EventsSkipped"       /* sink, how many */
#define VOICE_SPOOL_DAMAGED "SpoolDamaged"         /* records, bytes */
#define VOICE_SINK_UNREACHABLE "SinkUnreachable"   /* sink, why */
#define VOICE_SINK_REACHABLE "SinkReachable"       /* sink */
#define VOICE_SINK_REMOVED "SinkRemoved"           /* sink */
#define VOICE_SPOOL_SICK "SpoolSick"               /* why */
#define VOICE_SPOOL_WELL "SpoolWell"
#define VOICE_COLLECTOR_ISOLATED "CollectorIsolated" /* silent, of how many */
#define VOICE_COLLECTOR_CONNECTED "CollectorConnected"
#define VOICE_CONDITION_EXPIRED "ConditionExpired" /* text, time */
#define VOICE_CONDITION_CLOSED "ConditionClosed"   /* text, BMC */
#define VOICE_CONDITION_CLEARED "ConditionCleared" /* text, why */
#define VOICE_CONDITION_OVER "ConditionOver"       /* text, why */
#define VOICE_CONDITIONS_FULL "ConditionsFull"     /* how many */

/* Where a message about a sink or the spool has its origin. */
#define VOICE_ORIGIN_SINK "trawl:/sinks/"
#define VOICE_ORIGIN_SPOOL "trawl:/spool"
#define VOICE_ORIGIN_COLLECTOR "trawl:/collector"

/*
 * An event with that key and up to two arguments (NULL for none), about the
 * given origin (may be NULL). The caller frees it.
 */
struct event *voice_event(const char *key, const char *origin,
                          const char *first, const char *second, usec_t now);
