/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl: one subcommand is one file and one row of the table in main.c.
 */
#pragma once

struct ctl_command {
    const char *name;
    const char *summary; /* for --help: one line */

    /* argv[0] is "trawlctl NAME", for messages. Returns the exit status. */
    int (*run)(int argc, char **argv);
};

enum ctl_status {
    CTL_DONE = 0,
    CTL_FAILED = 1, /* something could not be explained, found, read */
    CTL_USAGE = 2,
};

extern const struct ctl_command ctl_bmcs;
extern const struct ctl_command ctl_catch_up;
extern const struct ctl_command ctl_check;
extern const struct ctl_command ctl_conditions;
extern const struct ctl_command ctl_events;
extern const struct ctl_command ctl_explain;
extern const struct ctl_command ctl_quarantine;
extern const struct ctl_command ctl_registries;
extern const struct ctl_command ctl_replay;
extern const struct ctl_command ctl_route;
extern const struct ctl_command ctl_spool;
extern const struct ctl_command ctl_status;
extern const struct ctl_command ctl_subscriptions;
extern const struct ctl_command ctl_test;
extern const struct ctl_command ctl_unsubscribe;
