/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulator and its BMCs: the state that all rooms share, and the one
 * lock over it. Threads are the clock, the acceptor, libmicrohttpd's and the
 * poster; each takes sim->lock for whatever it reads or changes here. One lock
 * is slow enough to be simple and fast enough to saturate what is tested.
 */
#ifndef BMCSIM_SIM_H
#define BMCSIM_SIM_H

#include <pthread.h>

#include "bmc.h"

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

#endif
