/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files that read the configuration. config.c holds the order,
 * config_options.c the keys that are no lists; config_files.c finds the files;
 * config_listen.c, config_bmcs.c (with config_bmc_options.c, config_range.c,
 * config_bmc_fill.c and config_bmc_check.c), config_sinks.c, config_vendors.c
 * and config_routes.c read one part each; config_merge.c finds what two files
 * both set; config_check.c judges single values. The tables are listed here
 * for the test and the manual that compare themselves with them.
 */
#pragma once

#include "config.h"
#include "util/hashmap.h"

struct config_reader {
    struct config *config;
    struct yaml_problems *problems;
    const struct yaml_node **roots; /* the main file's, then all others' */
    struct yaml_tree **trees;       /* that they belong to */
    size_t root_count, root_cap, tree_cap;
    struct hashmap *files; /* paths of files that were looked at */
};

/* The tables, one for each place where keys stand. */
extern const struct option config_options[];
extern const struct option config_listener_options[];
extern const struct option config_bmc_options[];        /* of one BMC only */
extern const struct option config_bmc_shared_options[]; /* and bmc_defaults */
extern const struct option config_vendor_options[];
extern const struct option config_sink_options[];       /* of every type */
extern const struct option config_route_options[];
extern const struct option config_condition_options[];

/*
 * config_files.c: reads all files. False if one of them cannot be read; what
 * is wrong is added.
 */
bool config_read_files(struct config_reader *r, const char *path);
void config_free_files(struct config_reader *r);

/* config_merge.c: adds a problem for each key that two files both set. */
void config_check_twice(struct config_reader *r);

/* Each reads its part of all files, and adds what is wrong. */
void config_read_listeners(struct config_reader *r);
void config_read_bmcs(struct config_reader *r);
void config_read_vendors(struct config_reader *r);
void config_read_sinks(struct config_reader *r);
void config_read_routes(struct config_reader *r); /* after the sinks */
void config_read_conditions(struct config_reader *r);

void config_bmc_done(struct config_bmc *bmc);
void config_vendors_done(struct config *config);
void config_listener_done(struct config_listener *listener);
void config_sink_done(struct config_sink *sink);
void config_route_done(struct config_route *route);
void config_condition_done(struct config_condition *condition);

/* The node of "spool.keep" in whichever file has it, or NULL. */
const struct yaml_node *config_node(const struct config_reader *r,
                                    const char *section, const char *key);

/*
 * The list under a key in one file; adds a problem and returns NULL if
 * something else stands there, and NULL if there is nothing.
 */
const struct yaml_node *config_list(struct config_reader *r, size_t root,
                                    const char *key);

/* How many items all files have under such a key together. */
size_t config_list_count(const struct config_reader *r, const char *key);

/* config_check.c: 0, or -EINVAL and a text that says what is wrong. */
int config_check_name(const char *name, struct error *err);
int config_check_address(const char *address, struct error *err);
int config_check_url(const char *url, bool may_have_path, struct error *err);

/* Checks a URL that stands in `node`; drops its trailing slashes. */
bool config_tidy_url(struct config_reader *r, const struct yaml_node *node,
                     const char *path, bool may_have_path, char *url);

enum config_file { CONFIG_FILE_ANY, CONFIG_FILE_CERTIFICATE, CONFIG_FILE_KEY };

/*
 * Checks that a file can be read and looks like what it should be; NULL is
 * fine. Each file is looked at once, however many keys name it.
 */
bool config_check_file(struct config_reader *r, const struct yaml_mark *mark,
                       const char *path, const char *file,
                       enum config_file kind);
