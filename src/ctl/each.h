/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the subcommands share that have the daemon do one thing at several
 * BMCs: names or --all, a line for each as it ends, a sum, and an exit status
 * of 0 only if it worked at all of them.
 */
#pragma once

struct each_command {
    const char *command; /* of the control socket */
    const char *usage;
    const char *good;   /* what those did where it worked, for the sum */
    const char *forget; /* in place of `command` with --forget; or NULL */
};

/* As ctl_command.run. */
int each_run(const struct each_command *command, int argc, char **argv);
