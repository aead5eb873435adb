/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command finds the spool, and the options that say so. */
#pragma once

#include "spool/history.h"

struct place {
    const char *config; /* --config; NULL: the usual one */
    const char *spool;  /* --spool; NULL: what the configuration says */
};

/* For the usage of every command that has a place. */
#define PLACE_USAGE                                                      \
    "  -c, --config FILE      the configuration that names the spool's " \
    "folder\n"                                                           \
    "                         (default: " TRAWL_CONFIG ")\n"             \
    "      --spool DIR        the spool's folder itself\n"

/* The spool's folder; the caller frees it. */
char *place_spool(const struct place *p);

/* Opens its history; a failure is told on standard error. */
int place_open(const struct place *p, struct history **ret);

/* -ENOENT with a text if the folder is there, and nothing of a spool in it. */
int place_check(const char *directory, struct error *err);

/* Tells a failure on standard error, and what helps if it is one of rights. */
void place_complain(int code, const struct error *err);
