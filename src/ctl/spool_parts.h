/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of trawlctl spool: spool.c reads the command line,
 * spool_check.c, spool_export.c and spool_repair.c do what it says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ctl/place.h"

struct spool_wishes {
    struct place place;
    bool json, raw, apply;
    uint64_t from, to; /* sequences; UINT64_MAX: no end */
    usec_t since, until;
};

enum spool_verdict {
    SPOOL_SOUND = 0,
    SPOOL_PROBLEMS = 1,
    SPOOL_UNREADABLE = 2,
};

/* Each returns the exit status. */
enum spool_verdict spool_check(const struct spool_wishes *w);
enum spool_verdict spool_export(const struct spool_wishes *w);
enum spool_verdict spool_repair(const struct spool_wishes *w);

/* A path beside the spool's folder; the caller frees it. */
char *spool_beside(const char *directory, const char *name);
