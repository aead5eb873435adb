/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys at the top of the configuration, and those of the sections that are
 * no lists, each with its default and its bounds. The manual and conf/ are
 * held to these tables by a test. A key that is CUSTOM has a file of its own,
 * which reads it; it stands here so that it is known, and explained.
 */
#include "config/config_parts.h"

#include "option.h"

#define MEMBER(m) offsetof(struct config, m)
#define WITHIN(part, m) (offsetof(struct config, part.m) - MEMBER(part))

static const struct option registries_options[] = {
    {
        .key = "directories",
        .kind = OPTION_TEXTS,
        .offset = WITHIN(registries, directories),
        .standard = "[/etc/trawl/registries]",
        .meaning = "folders with message registries of your own, asked before "
                   "all others",
    },
    {
        .key = "fetch",
        .kind = OPTION_BOOL,
        .offset = WITHIN(registries, fetch),
        .standard = "true",
        .meaning = "read the registries that each BMC itself offers",
    },
    {
        .key = "publication",
        .kind = OPTION_BOOL,
        .offset = WITHIN(registries, publication),
        .standard = "false",
        .meaning = "read them also from where their publishers keep them, "
                   "outside the BMC, if it has none itself",
    },
    {
        .key = "cache",
        .kind = OPTION_TEXT,
        .offset = WITHIN(registries, cache),
        .standard = "/var/lib/trawl/registries",
        .meaning = "where those are kept",
    },
    {0},
};

static const struct option spool_options[] = {
    {
        .key = "directory",
        .kind = OPTION_TEXT,
        .offset = WITHIN(spool, directory),
        .standard = "/var/lib/trawl/spool",
        .meaning = "where all events are kept until delivered",
    },
    {
        .key = "max_size",
        .kind = OPTION_SIZE,
        .offset = WITHIN(spool, max_size),
        .standard = "4GiB",
        .meaning = "room on disk; when it is full, BMCs are asked to wait",
        .min = 192 << 20, /* three segments: spool.h */
    },
    {
        .key = "keep",
        .kind = OPTION_DURATION,
        .offset = WITHIN(spool, keep),
        .standard = "7d",
        .meaning = "how long delivered events stay, as far as there is room",
    },
    {0},
};

static const struct option control_options[] = {
    {
        .key = "socket",
        .kind = OPTION_TEXT,
        .offset = WITHIN(control, socket),
        .standard = "/run/trawl/control.sock",
        .meaning = "where trawlctl finds the daemon",
    },
    {
        .key = "metrics",
        .kind = OPTION_TEXT,
        .offset = WITHIN(control, metrics),
        .meaning = "host:port for /metrics and /healthz; none: not served",
    },
    {0},
};

/* What one BMC, or one sender that is none, may take from all others. */
#define LIMIT(name, type, member, value, low, high, text)            \
    {                                                                \
        .key = name, .kind = type, .offset = WITHIN(limits, member), \
        .standard = value, .meaning = text, .min = low, .max = high, \
    }

static const struct option limits_options[] = {
    LIMIT("body", OPTION_SIZE, body, "1MiB", 1 << 10, CONFIG_BODY_MAX,
          "largest body of one request; above it: 413"),
    LIMIT("bodies", OPTION_SIZE, bodies, "64MiB", 1 << 10, 0,
          "all bodies in memory together; above it: 503"),
    LIMIT("connections", OPTION_INT, connections, "4096", 1, 1000000,
          "connections in all"),
    LIMIT("connections_per_address", OPTION_INT, connections_per_address, "64",
          1, 1000000, "connections from one address"),
    LIMIT("requests_per_bmc", OPTION_INT, requests_per_bmc, "8", 1, 1000000,
          "requests of one BMC under way while others send; 32 more wait"),
    LIMIT("header_timeout", OPTION_DURATION, header_timeout, "10s",
          100 * USEC_PER_MSEC, 0, "for a request's whole header"),
    LIMIT("body_timeout", OPTION_DURATION, body_timeout, "30s",
          100 * USEC_PER_MSEC, 0, "for a request's whole body"),
    LIMIT("idle_timeout", OPTION_DURATION, idle_timeout, "75s",
          100 * USEC_PER_MSEC, 0, "between two requests of a connection"),
    LIMIT("sse_event", OPTION_SIZE, sse_event, "1MiB", 1 << 10, CONFIG_BODY_MAX,
          "largest event of a stream"),
    LIMIT("sse_idle", OPTION_DURATION, sse_idle, "65m", 100 * USEC_PER_MSEC, 0,
          "a stream without a byte for so long is opened anew"),
    LIMIT("bmc_requests", OPTION_INT, bmc_requests, "64", 1, 10000,
          "requests of ours under way at all BMCs together"),
    {0},
};

#define CORRELATE(name, type, member, value, low, high, text)           \
    {                                                                   \
        .key = name, .kind = type, .offset = WITHIN(correlate, member), \
        .standard = value, .meaning = text, .min = low, .max = high,    \
    }

static const struct option correlate_options[] = {
    CORRELATE("duplicates", OPTION_DURATION, duplicates, "7d", USEC_PER_SEC, 0,
              "how long an event that comes again is known"),
    CORRELATE("tolerance", OPTION_DURATION, tolerance, "5s", 0, USEC_PER_HOUR,
              "how far an event and its log entry may differ in time"),
    CORRELATE("memory", OPTION_INT, memory, "500000", 1000, 50000000,
              "events remembered in all"),
    CORRELATE("conditions", OPTION_INT, conditions, "1000000", 1, 50000000,
              "conditions in all"),
    CORRELATE("conditions_per_bmc", OPTION_INT, conditions_per_bmc, "10000", 1,
              50000000, "conditions of one BMC"),
    {0},
};

#define SUBSCRIPTION(name, type, member, value, low, high, text)           \
    {                                                                      \
        .key = name, .kind = type, .offset = WITHIN(subscription, member), \
        .standard = value, .meaning = text, .min = low, .max = high,       \
    }

static const struct option subscription_options[] = {
    SUBSCRIPTION("check", OPTION_DURATION, check, "45s", USEC_PER_SEC, 0,
                 "how often a subscription is looked at"),
    SUBSCRIPTION("rest", OPTION_DURATION, rest, "5m", USEC_PER_SEC, 0,
                 "how long a way to listen rests after it failed, with "
                 "receive: auto"),
    SUBSCRIPTION("proof", OPTION_DURATION, proof, "0s", 0, 0,
                 "how often a BMC is asked for a test event; 0s: only when its "
                 "subscription was made or mended"),
    SUBSCRIPTION("forward_tests", OPTION_BOOL, forward_tests, "false", 0, 0,
                 "forward the test events that Trawl asked for"),
    SUBSCRIPTION("token_generation", OPTION_INT, generation, "1", 1, 1000000,
                 "raised by one, every BMC gets another token and secret"),
    SUBSCRIPTION("token_grace", OPTION_DURATION, grace, "7d", 0, 0,
                 "how long those of the generation before are good"),
    {0},
};

#define CUSTOM(name, text)                                  \
    {                                                       \
        .key = name, .kind = OPTION_CUSTOM, .meaning = text \
    }
#define SECTION(name, member, table, text)                             \
    {                                                                  \
        .key = name, .kind = OPTION_SECTION, .offset = MEMBER(member), \
        .meaning = text, .section = table,                             \
    }

const struct option config_options[] = {
    CUSTOM("include", "more files, as if they were drop-ins"),
    CUSTOM("listen", "where BMCs may post their events to"),
    {
        .key = "public_url",
        .kind = OPTION_TEXT,
        .offset = MEMBER(public_url),
        .meaning = "how BMCs reach these listeners: https://host:port",
    },
    {
        .key = "collector",
        .kind = OPTION_TEXT,
        .offset = MEMBER(collector),
        .meaning =
            "name of this collector in every event; none: the host's name",
    },
    {
        .key = "keep_raw",
        .kind = OPTION_BOOL,
        .offset = MEMBER(keep_raw),
        .standard = "false",
        .meaning = "keep each record as it came, in the field raw",
    },
    CUSTOM("bmc_defaults", "what holds for every BMC that says nothing else"),
    CUSTOM("bmcs", "the BMCs to listen to"),
    CUSTOM("vendors",
           "what is known of kinds of BMCs, beside what is built in"),
    SECTION("registries", registries, registries_options,
            "where the texts of messages come from"),
    SECTION("spool", spool, spool_options, "the log on disk"),
    SECTION("subscription", subscription, subscription_options,
            "how subscriptions at BMCs are kept"),
    CUSTOM("conditions", "how repeats and clears are treated"),
    SECTION("correlate", correlate, correlate_options,
            "what is remembered of events and conditions"),
    CUSTOM("sinks", "where events go"),
    CUSTOM("routes", "which events go where"),
    SECTION("control", control, control_options,
            "how you look into the daemon"),
    SECTION("limits", limits, limits_options, "bounds on what comes in"),
    {0},
};
