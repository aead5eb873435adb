/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator and its BMCs: the state that all rooms share, and the one
 * lock over it. Threads are the clock, the acceptor, libmicrohttpd's and the
 * poster; each takes sim->lock for whatever it reads or changes here. One lock
 * is slow enough to be simple and fast enough to saturate what is tested.
 */
#ifndef BMCSIM_SIM_H
#define BMCSIM_SIM_H

#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>

#include "base.h"
#include "behave.h"
#include "clock.h"
#include "counters.h"
#include "dialect.h"
#include "load.h"

/* Owned by the simulator for its whole life. */
struct bmc {
    struct sim *sim;
    char *name, *url;
    struct dialect dialect;
    struct behave behave;
    struct counters counters;
    struct load load;

    struct sockaddr_in address;
    int listen_fd, reserve_fd; /* server.c */
    struct conn *conns;
    unsigned n_held; /* connections left without a word */

    bool down;
    struct timer up;
    usec_t booted;    /* monotonic */
    usec_t last_test; /* monotonic; 0: none yet */

    struct event **ledger; /* all that happened, oldest first */
    size_t n_ledger, cap_ledger;
    struct log *logs; /* logs.c */
    size_t n_logs;
    char *log_paths;   /* what they were made of */
    uint64_t seq;      /* of the last event; survives a reboot */
    uint64_t event_no; /* EventId; does not */

    struct subscription *subscriptions;
    unsigned last_subscription;
    struct stream *streams;
    struct event **ring; /* what Last-Event-ID can ask for: sse_id % size */
    size_t ring_size;
    uint64_t sse_no;
    struct session *sessions;
    unsigned last_session;
    struct account *accounts; /* accounts.c */
    json_t *overrides;        /* URI -> order; overrides.c */
    json_t *records;          /* requests that were kept */
};

struct sim {
    pthread_mutex_t lock;
    struct clock *clock;
    struct poster *poster;
    struct server *server;
    struct registries *registries;
    struct job *jobs;        /* emit.c */
    struct delayed *delayed; /* emit.c */
    struct load load;        /* of all BMCs */
    struct bmc **bmcs;
    size_t n_bmcs;
    char *control_url;
    usec_t started;
    size_t ledger_limit; /* 0: none */
    unsigned threads;    /* that serve connections */
    bool stopping;
    int quit_fd; /* eventfd: written to when it is time to go */
};

struct sim *sim_new(void);
void sim_free(struct sim *sim);

/* A new BMC with the vendor's settings (NULL: generic). */
struct bmc *sim_add_bmc(struct sim *sim, const char *name, const char *vendor,
                        struct error *err);
struct bmc *sim_find_bmc(struct sim *sim, const char *name);
void sim_quit(struct sim *sim);

/* The time by the BMC's own clock. */
usec_t bmc_clock(const struct bmc *b);
/* Forgets what a reboot forgets, closes all connections and refuses new ones
 * for down. keep: subscriptions survive, as with some vendors. */
void bmc_reboot(struct bmc *b, usec_t down, bool keep);
/* What is known of the BMC, for the control port. New reference. */
json_t *bmc_describe(struct bmc *b, bool full);

#endif
