/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The BMCs that we listen to, and what the loop knows of each beyond its
 * configuration. A bmc keeps its address in memory over a reload; what is
 * gone from the configuration is taken out by fleet_adopt(). Loop thread only.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "backfill/log_marks.h"
#include "config.h"
#include "event.h"
#include "log.h"
#include "skew.h"
#include "util/hashmap.h"

struct registry_own;
struct service;
struct talk_peer;

struct bmc {
    const struct config_bmc *config; /* of the configuration in force */
    char *name;
    char *token;     /* the last part of its webhook's path; a secret */
    char *context;   /* of its subscription: "trawl:<collector>:<name>" */
    char *old_token; /* of the generation before, while it is good; or NULL */
    char *secret;    /* in a header of its webhook, where it can be had */
    char *old_secret;

    /* What the service says of itself; NULL while unknown. */
    char *vendor, *model, *serial, *uuid;
    char *host; /* what the system calls itself */

    struct service *service; /* service.h; NULL: not discovered yet */
    struct talk_peer *peer;  /* talk.c's */

    /* Those that it serves itself; NULL: none yet. The cache's. */
    const struct registry_own *registries;
    usec_t registries_due; /* monotonic; until then they may yet come */

    char *sse_id;          /* Last-Event-ID to ask for, or NULL */
    struct log_marks logs; /* where each of its logs goes on */
    usec_t last_event;     /* real, of the last record; 0: none yet */
    usec_t heard;          /* monotonic, when it last said something itself */
    usec_t answered;       /* monotonic, of its last answer to a question */
    usec_t heartbeat;      /* how often it promised one; 0: it did not */
    uint64_t records;      /* since the start */
    unsigned unseen;   /* subscriptions in a row that it took and never shows */
    uint64_t breaks;   /* ways to it that broke, since the start */
    uint64_t gaps;     /* signs that some were missed, since the start */
    size_t waiting;    /* requests that wait for their ticket */
    size_t in_lobby;   /* requests that wait to be let in */
    size_t round_left; /* records that may yet be taken until then; pace.h */
    usec_t round_end;  /* monotonic */
    uint64_t pushed_back; /* since the start, for taking more than its share */
    usec_t last_pushed;   /* likewise, of the last that no log brought */
    bool gap; /* some were missed since last_pushed, which stands still */
    struct skew skew;        /* of its clock */
    bool clock_wrong;        /* we said so, and have not said otherwise */
    bool unreachable;        /* we said so, and have not said otherwise */
    bool refused;            /* its subscription was refused, and we said so */
    bool limited;            /* for want of room, likewise */
    bool flow_broken;        /* a test event did not arrive, likewise */
    bool subscribed;         /* something of ours may stand there */
    bool secret_required;    /* it has sent it */
    unsigned logins_refused; /* in a row; reach.h */
    usec_t login_pause_end;  /* monotonic; while they are too many */
    bool login_told;         /* that it refuses our login */
    struct log_limit lines;  /* about its stream, that ended */
    struct log_limit uris;   /* that it named and we refused */
    struct log_limit doubts; /* that its events may be another's */
    struct log_limit clocks; /* that its clock is wrong */
    unsigned adopted;        /* fleet.adoptions that last named it */
    unsigned refs;
    bool left; /* the fleet: is there for its references only, with a
                * configuration of its own */
};

/* What a BMC says of itself, as the caller has it. */
struct bmc_identity {
    const char *vendor, *model, *serial, *uuid, *host;
};

struct fleet;

/*
 * `key` makes the tokens: HMAC of the BMC's name under it, so that losing all
 * state but this key locks nobody out (design section 6).
 */
struct fleet *fleet_new(const void *key, size_t key_len);
void fleet_free(struct fleet *f);

/*
 * Takes the BMCs of a configuration: keeps those of the same name, makes new
 * ones, and calls on_removed (may be NULL) for each that is gone before it is
 * freed.
 */
void fleet_adopt(struct fleet *f, const struct config *config,
                 void (*on_removed)(void *userdata, struct bmc *bmc),
                 void *userdata);

struct bmc *fleet_find(const struct fleet *f, const char *name);

/* By the token of a webhook's path, or NULL. */
struct bmc *fleet_find_token(const struct fleet *f, const char *token);

/*
 * The one BMC that is configured with this address (numbers, as inet_ntop()
 * writes them), or NULL: none is, or several are.
 */
struct bmc *fleet_find_address(const struct fleet *f, const char *address);

/* Walks all; start with *cursor = 0, NULL at the end. */
struct bmc *fleet_next(const struct fleet *f, size_t *cursor);

size_t fleet_count(const struct fleet *f);

/*
 * Tokens and secrets of that generation are good beside those of the
 * configured one, from the next fleet_adopt() on; 0 ends that at once.
 */
void fleet_accept_old_tokens(struct fleet *f, int64_t generation);

/* Compared in a time that tells nothing. */
bool bmc_knows_secret(const struct bmc *bmc, const char *secret);

/*
 * Keeps a BMC alive that may leave the fleet meanwhile: what is under way, or
 * has to be put in order at it, goes on with the configuration it had.
 */
struct bmc *bmc_ref(struct bmc *bmc);
void bmc_unref(struct bmc *bmc);

/* Sets whose event it is, as far as the configuration says. */
void bmc_describe(const struct config_bmc *config, struct event *e);

/* Remembers the Last-Event-ID; the text is copied. */
void bmc_set_sse_id(struct bmc *bmc, const char *id);

/* Remembers what a record of the spool says of where to go on. */
void bmc_heed_record(struct bmc *bmc, const struct event *record);

/* What it says of itself; NULL leaves what is known. Copied. */
void bmc_set_identity(struct bmc *bmc, const struct bmc_identity *identity);

/*
 * Where this BMC posts to: public URL and token. The caller frees it; NULL
 * when no public_url is configured. Not for any log line.
 */
char *bmc_destination(const struct bmc *bmc, const struct config *config);

/*
 * All that matters for talking to this BMC, as one text to compare: whether a
 * reload changed it. Holds secrets. The caller frees it.
 */
char *bmc_signature(const struct bmc *bmc, const struct config *config);
