/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, and the configuration file it may name. */
#ifndef BMCSIM_OPTIONS_H
#define BMCSIM_OPTIONS_H

#include <netinet/in.h>

#include "sim.h"

#define VENDORS_MAX 64

struct options {
    const char *config, *ports_file, *registries, *scenario, *username,
        *password;
    const char *certificate, *key;
    const char *vendors[VENDORS_MAX];
    size_t n_vendors;
    long bmcs; /* -1: not said */
    struct sockaddr_in listen, control;
    bool address_per_bmc, die_with_parent, quiet;
    long ledger_limit, threads;
    json_t *set; /* of --set; owned */
};

/* Returns 0, or 1 when the answer has been printed (--help), or -EINVAL. */
int options_parse(struct options *o, int argc, char **argv, struct error *err);
void options_done(struct options *o);

/* Makes the BMCs that options and file ask for, with their addresses. */
int options_apply(const struct options *o, struct sim *sim, struct error *err);

#endif
