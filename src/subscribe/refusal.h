/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a BMC means by its answer to a subscription: taken; not like this (and
 * which property is at fault, where it says so); there is one already; there
 * is no room; not now; never. Services word the same refusal very differently
 * (wire facts 4.1), so the key of its message counts before the status, and
 * its text only where nothing else is said. Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Properties of a subscription that a body may have or lack. */
enum ladder_part {
    LADDER_CONTEXT = 1 << 0,
    LADDER_FORMAT = 1 << 1, /* EventFormatType */
    LADDER_TYPE = 1 << 2,   /* SubscriptionType */
    LADDER_POLICY = 1 << 3, /* DeliveryRetryPolicy */
    LADDER_HEADERS = 1 << 4,
    LADDER_HEARTBEAT = 1 << 5,
    LADDER_EVENT_TYPES = 1 << 6,
    LADDER_PREFIXES = 1 << 7,
    LADDER_OEM = 1 << 8,
    LADDER_DESTINATION = 1 << 9, /* always there */
};

enum refusal_kind {
    REFUSAL_NONE,   /* it was taken */
    REFUSAL_BODY,   /* not like this: `unknown`, `missing`, `value` */
    REFUSAL_EXISTS, /* it says that there is one */
    REFUSAL_LIMIT,  /* it has no room for another */
    REFUSAL_LATER,  /* it cannot just now, or does not know us */
    REFUSAL_NEVER,  /* it has no such thing */
};

struct refusal {
    enum refusal_kind kind;
    unsigned unknown; /* parts that it does not know or let us write */
    unsigned missing; /* parts that it wants */
    unsigned value;   /* parts that should have another value or type */
};

/* Reads the answer to a POST or PATCH; `answer` may be NULL. */
struct refusal refusal_read(unsigned status, const json_t *answer);

/* The name of a part's property, NULL for what is no single part. */
const char *refusal_property(enum ladder_part part);
