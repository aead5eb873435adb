/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of vendors: a table with a row for each dialect, chosen by
 * what the service says of itself. A row is a first guess: what a BMC was seen
 * to do (a POST that it took, a stream that never opened) counts more, and is
 * kept at the BMC. Admins add and change rows under `vendors:`.
 */
#pragma once

#include "config.h"
#include "service.h"

/* The rungs of the ladder of POST bodies. */
enum subscribe_rung {
    SUBSCRIBE_FULL,        /* all that the specification has */
    SUBSCRIBE_NO_POLICY,   /* without DeliveryRetryPolicy */
    SUBSCRIBE_EVENT_TYPES, /* EventTypes in place of prefixes */
    SUBSCRIBE_MINIMAL,     /* Destination, Protocol, Context */
};

enum vendor_headers {
    VENDOR_HEADERS_ARRAY, /* HttpHeaders: [{"Name": "value"}] */
    VENDOR_HEADERS_OBJECT,
    VENDOR_HEADERS_NONE,
};

enum vendor_policy {
    VENDOR_POLICY_FOREVER, /* RetryForever */
    VENDOR_POLICY_SUSPEND, /* SuspendRetries */
    VENDOR_POLICY_TERMINATE,
};

/* How it wants SubmitTestEvent. */
enum vendor_test {
    VENDOR_TEST_PLAIN,  /* the parameters of the specification */
    VENDOR_TEST_DELL,   /* Destination, Protocol and all must be named */
    VENDOR_TEST_BMCWEB, /* takes each parameter, and sends what it was given */
    VENDOR_TEST_SUPERMICRO, /* EventService.SendTestEvent */
    VENDOR_TEST_NONE,
};

struct vendor {
    char *name;

    /*
     * It is this row if all that are set match: globs without regard to case,
     * "|" between alternatives; of a version also "<1.3" and ">=1.6".
     */
    char *vendor; /* the root's Vendor; without one see service_maker() */
    char *product, *oem /* a key of the root's Oem */, *manager /* its Model */,
        *firmware, *event_version, *prefix /* one of RegistryPrefixes */,
        *stream /* path of its ServerSentEventUri */, *manufacturer, *model;

    /* Subscribing. */
    bool never; /* it must not be asked to */
    int rung;   /* enum subscribe_rung: the first to try */
    int headers, policy;
    bool no_policy, no_context, no_prefixes, event_types_required, no_patch;
    bool fixed_slots; /* a free slot is changed by PATCH, in place of a POST */
    /* Of a Destination. Builds differ: tried all the same, and explained. */
    bool https_only, default_port_only;
    int64_t limit;    /* subscriptions that it has room for; 0: not known */
    char *collection; /* path, where the service does not say */
    char *oem_body;   /* a JSON object, merged into the POST; or NULL */

    /* Streaming. */
    bool no_sse;
    bool sse_partial; /* it brings less than a subscription would */
    char *sse_filter; /* for ?$filter=, or NULL */
    usec_t sse_reconnect_min, sse_idle; /* 0: as configured */

    /* Proving. */
    int test;             /* enum vendor_test */
    usec_t test_interval; /* it refuses repeats before; 0: it does not */

    /*
     * Logs: globs of the paths of LogServices to read, in this order; one
     * without '*' is asked for as it stands. None: those of Managers, Systems
     * and Chassis.
     */
    struct option_texts logs;
    bool log_newest_first, log_no_filter, log_no_skip;
    bool log_edited; /* entries change after they were made */
};

/* The row of a service; `config` may be NULL. Never NULL. */
const struct vendor *vendors_find(const struct config *config,
                                  const struct service *s);

/*
 * Whether that row is certain though Manager and System are not known yet: no
 * row before it may turn out to match.
 */
bool vendors_is_certain(const struct config *config, const struct service *s);

/* The built-in row of that name, or NULL; and all, the plain one last. */
const struct vendor *vendors_named(const char *name);
const struct vendor *vendors_next(size_t *cursor);

/*
 * What a row says of how its services are, as `vendors:` would have it:
 * ("subscribe.no_policy", "true"), ("test.dialect", "dell").
 */
void vendors_show(const struct vendor *v,
                  void (*on_value)(void *userdata, const char *path,
                                   const char *value),
                  void *userdata);
