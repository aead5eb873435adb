/* SPDX-License-Identifier: Apache-2.0 */
/* Between config_bmcs.c, which reads BMCs, and config_bmc_check.c. */
#pragma once

#include "config/config_parts.h"

/* What all BMCs are read with. */
struct config_fleet {
    struct config_reader *r;
    struct config_bmc defaults;
    struct hashmap *names, *urls, *tokens; /* to the node of each BMC */
    struct hashmap *said; /* keys of bmc_defaults that were complained of */
    size_t bad_passwords; /* files or credentials that cannot be read */
    bool said_no_listener;
};

/* One BMC, and where it stands. */
struct config_bmc_item {
    struct config_fleet *f;
    const struct yaml_node *node;
    const char *path;
    struct config_bmc *bmc;
};

extern const char *const config_receive_choices[];

/* Judges a BMC that was read, and fills in {name}. */
void config_bmc_check(const struct config_bmc_item *it);

/* Says in one line what config_bmc_check() did not say one by one. */
void config_bmc_check_end(const struct config_fleet *f);
