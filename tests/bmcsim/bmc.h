/* SPDX-License-Identifier: Apache-2.0 */
/* One simulated BMC: how it is, what it has, and who works on it. All under
 * the simulator's lock. */
#ifndef BMCSIM_BMC_H
#define BMCSIM_BMC_H

#include <netinet/in.h>

#include "behave.h"
#include "clock.h"
#include "counters.h"
#include "dialect.h"
#include "lingers.h"
#include "load.h"

struct sim;

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
    struct lingers lingers;
    struct session *sessions;
    unsigned last_session;
    struct account *accounts; /* accounts.c */
    struct task *tasks;       /* update.c; newest first */
    unsigned last_task;
    json_t *next_update; /* that a client begins; NULL: ok */
    json_t *overrides;   /* URI -> order; overrides.c */
    json_t *records;     /* requests that were kept */
};

/* With the vendor's settings (NULL: generic); NULL and err when there is no
 * such vendor. */
struct bmc *bmc_new(struct sim *sim, const char *name, const char *vendor,
                    struct error *err);
void bmc_free(struct bmc *b);

/* The time by the BMC's own clock. */
usec_t bmc_clock(const struct bmc *b);
/* Forgets what a reboot forgets, closes all connections and refuses new ones
 * for down. keep: subscriptions survive, as with some vendors. */
void bmc_reboot(struct bmc *b, usec_t down, bool keep);
/* What is known of the BMC, for the control port. New reference. */
json_t *bmc_describe(struct bmc *b, bool full);

#endif
