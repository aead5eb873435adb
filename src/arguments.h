/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of trawld. */
#pragma once

#include <stdbool.h>

#define ARGUMENTS_USAGE_ERROR 2

struct arguments {
    const char *config;
    bool check;
    bool quiet;
};

/*
 * Reads the command line. Returns an exit status to end with at once (--help,
 * --version, or a mistake that was told on stderr), or -1 to go on.
 */
int arguments_read(int argc, char **argv, struct arguments *ret);
