/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between config_bmcs.c, which reads BMCs, config_bmc_fill.c, which puts in
 * what differs within a range of them, and config_bmc_check.c.
 */
#pragma once

#include "config/config_parts.h"
#include "config/config_range.h"

/* What all BMCs are read with. */
struct config_fleet {
    struct config_reader *r;
    struct config_bmc defaults;
    size_t cap;                            /* places in config.bmcs */
    struct hashmap *names, *urls, *tokens; /* to the node of each BMC */
    struct hashmap *said; /* keys of bmc_defaults that were complained of */
    size_t bad_passwords; /* files or credentials that cannot be read */
    bool said_no_listener;
    const struct yaml_node *same_url; /* the last that has another's URL */
};

/* One BMC, where it stands, and which of those that stand there it is. */
struct config_bmc_item {
    struct config_fleet *f;
    const struct yaml_node *node;
    const char *path;
    struct config_bmc *bmc;
    const struct config_range *range; /* its name's; NULL without a name */
    size_t index;
};

extern const char *const config_receive_choices[];

/*
 * Adds a problem with the value of a key, or of that of bmc_defaults; the
 * latter once only, not for each BMC.
 */
void config_bmc_complain(const struct config_bmc_item *it, const char *key,
                         const char *format, ...) _printf_(3, 4);

/* Puts in {name}, and {1} for what stands in the first range of the name. */
void config_bmc_fill(const struct config_bmc_item *it);

/* Judges a BMC that was read and filled. */
void config_bmc_check(const struct config_bmc_item *it);

/* Says in one line what config_bmc_check() did not say one by one. */
void config_bmc_check_end(const struct config_fleet *f);
