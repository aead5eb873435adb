/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration as the program uses it: read whole by config.c from
 * trawl.yaml and its drop-ins, checked, adopted or refused whole, and never
 * changed afterwards. What each key means stands in the option tables.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "option.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/macro.h"

struct format;
struct match;
struct sink_type;
struct vendor;

enum receive_mode {
    RECEIVE_AUTO,
    RECEIVE_WEBHOOK,
    RECEIVE_SSE,
    RECEIVE_POLL,
    RECEIVE_PASSIVE,
};

/* How we log in. */
enum auth_mode {
    AUTH_AUTO, /* a session where there are any, else Basic */
    AUTH_SESSION,
    AUTH_BASIC,
};

enum when_full { WHEN_FULL_HOLD, WHEN_FULL_SKIP };

struct config_listener {
    char *address;     /* "host:port", "[::]:port" or "fd:NAME" */
    char *certificate; /* PEM files; all NULL for plain HTTP */
    char *key;
    char *client_ca; /* then a client certificate is required and verified */
};

struct config_tls {
    bool verify;
    char *ca;
    char *certificate, *key; /* ours, PEM files; both or none */
    char *fingerprint;       /* "sha256:…" of the certificate, or NULL */
};

struct config_bmc {
    char *name;
    char *url; /* scheme://host[:port], no trailing slash */
    char *username;
    char *password_file; /* {name} already replaced */
    char *credential;
    int receive; /* enum receive_mode */
    usec_t poll_interval;
    int auth;         /* enum auth_mode */
    char *token;      /* of a subscription made by hand, or NULL */
    char *token_file; /* where it was read from, or NULL */
    char *public_url;
    struct config_tls tls;
    struct option_pairs labels;
};

struct config_sink {
    char *name;
    const struct sink_type *type;
    void *options;               /* by the type's own table */
    const struct format *format; /* never NULL */
    int when_full;               /* enum when_full */
};

struct config_route {
    char *where;         /* "FILE:LINE", for people */
    struct match *match; /* NULL: everything */
    size_t *sinks;       /* indices into config.sinks */
    size_t sink_count;
    bool drop;
    bool go_on; /* continue: true */
};

/* A rule of `conditions:`. 0: not set. */
struct config_condition {
    char *where;         /* "FILE:LINE"; NULL: the one that holds without */
    struct match *match; /* NULL: everything */
    struct {
        int64_t count;
        usec_t within;
    } after;
    usec_t settle;
    usec_t repeat;
    usec_t within;
    struct {
        int64_t cycles;
        usec_t within;
    } flapping;
    usec_t expire;
};

/* How subscriptions at BMCs are kept; see `subscription:` in trawl.yaml. */
struct config_subscription {
    usec_t check; /* how often each is looked at */
    usec_t rest;  /* of a way that failed, the first time */
    usec_t
        proof; /* how often a test event is asked for; 0: only after changes */
    bool forward_tests;
    int64_t generation; /* of tokens and secrets */
    usec_t grace;       /* how long those of the one before are good */
};

/* What correlation remembers; see `correlate:` in conf/trawl.yaml. */
struct config_correlate {
    usec_t duplicates;  /* how long an event is known again */
    usec_t tolerance;   /* between an event and its log entry */
    int64_t memory;     /* events remembered in all */
    int64_t conditions; /* in all */
    int64_t conditions_per_bmc;
};

struct config_limits {
    uint64_t body;                   /* one body, bytes */
    uint64_t bodies;                 /* all bodies together */
    int64_t connections;             /* in all */
    int64_t connections_per_address; /* from one address */
    int64_t requests_per_bmc;        /* waiting at once, while others send */
    usec_t header_timeout;           /* whole header, from the connect on */
    usec_t body_timeout;             /* whole body, from the header on */
    usec_t idle_timeout;             /* keep-alive without a request */
    uint64_t sse_event;              /* one event of a stream, bytes */
    usec_t sse_idle;                 /* stream without any byte */
    int64_t bmc_requests;            /* that we ask at a time, of all BMCs */
};

struct config {
    char *file;
    char *collector; /* name of this collector; default: the host's */
    bool keep_raw;
    struct config_listener *listeners;
    size_t listener_count;
    char *public_url;
    struct config_bmc *bmcs;
    size_t bmc_count;
    struct vendor *vendors; /* rows of the admin's: vendors.h */
    size_t vendor_count;
    struct {
        struct option_texts directories;
        bool fetch;
        bool publication;
        char *cache;
    } registries;
    struct {
        char *directory;
        uint64_t max_size;
        usec_t keep;
    } spool;
    struct config_sink *sinks;
    size_t sink_count;
    struct config_route *routes;
    size_t route_count;
    struct config_condition *conditions;
    size_t condition_count;
    struct config_correlate correlate;
    struct config_subscription subscription;
    struct {
        char *socket;
        char *metrics; /* address, or NULL */
    } control;
    struct config_limits limits;
};

/*
 * Limits on what comes from outside that nobody needs to configure, each with
 * its reason.
 */
#define CONFIG_FILE_MAX (4u << 20)      /* 10,000 BMCs are 1 MiB of YAML */
#define CONFIG_BMCS_MAX 100000u         /* more need a second collector */
#define CONFIG_FILES_MAX 2000u          /* a file for each rack */
#define CONFIG_INCLUDE_DEPTH 8u         /* files that include files */
#define CONFIG_NODES_MAX 400000u        /* ends a billion laughs */
#define CONFIG_BODY_MAX (16u << 20)     /* a record must fit a segment */
#define CONFIG_RECORDS_MAX 10000u       /* events in one payload */
#define CONFIG_TEXT_MAX 65536u          /* one text of a record, bytes */
#define CONFIG_ARGS_MAX 64u             /* registries use at most 15 */
#define CONFIG_QUIRKS_MAX 16u           /* notes on one event */
#define CONFIG_DEPTH_MAX 64u            /* nesting of JSON from a BMC */
#define CONFIG_REGISTRY_MAX (16u << 20) /* the largest seen is 4 MiB */
#define CONFIG_REGISTRIES_MAX 256u      /* of one BMC; real ones have 17 */
#define CONFIG_REGISTRY_CACHE_MAX (512u << 20) /* all files of the cache */
#define CONFIG_MESSAGES_MAX 50000u            /* of one registry; seen: 5,500 */
#define CONFIG_SKEW_MAX (5 * USEC_PER_MINUTE) /* a clock beyond is wrong */
#define CONFIG_LOGS_MAX 16u                   /* logs of one BMC; seen: 9 */
#define CONFIG_LOG_OWNERS_MAX 32u       /* chassis of one BMC; HGX has 30 */
#define CONFIG_LOG_PLACES_MAX 128u      /* questions to find its logs */
#define CONFIG_LOG_ENTRIES_MAX 5000u    /* new ones of one log at once */
#define CONFIG_LOG_BYTES_MAX (4u << 20) /* of these: 800 each */
#define CONFIG_LOG_PAGES_MAX 250u       /* iDRAC has 50 entries in one */
#define CONFIG_LOG_PAGE_MAX (8u << 20)  /* some send all of a log in one */
#define CONFIG_LOG_MEMBERS_MAX 100000u  /* ... 80 bytes of it for each */
#define CONFIG_LOG_FETCHES_MAX 1000u    /* entries that were only links */
#define CONFIG_BACKFILLS_MAX 16         /* BMCs read at a time: 64 MiB */
#define CONFIG_SINKS_MAX 64u            /* sinks, each with a thread */

/*
 * Reads the file and its conf.d/ drop-ins (the folder "conf.d" beside it),
 * touching neither network nor spool. NULL if anything is wrong: everything
 * that is stands in `problems`, warnings too. The caller frees the result.
 */
struct config *config_read(const char *path, struct yaml_problems *problems);

void config_free(struct config *config);
DEFINE_FREEP(struct config, config_free);

/*
 * The one text that stands under section and key, or else its default, from a
 * configuration that may be wrong elsewhere, not readable, or not there: for
 * tools that need no more. The caller frees it.
 */
char *config_peek(const char *path, const char *section, const char *key);

/* A copy of what is said of a BMC, which outlives the configuration. */
struct config_bmc *config_bmc_copy(const struct config_bmc *bmc);
void config_bmc_free(struct config_bmc *bmc);

/* The BMC of that name, or NULL. */
const struct config_bmc *config_find_bmc(const struct config *config,
                                         const char *name);

/* "auto", "webhook", …: how it is to be received. */
const char *config_receive_name(const struct config_bmc *bmc);

/*
 * The password of a BMC: from its file, or from $CREDENTIALS_DIRECTORY. The
 * caller frees it; NULL with 0 if none is configured.
 */
int config_password(const struct config_bmc *bmc, char **ret_password,
                    struct error *err);
