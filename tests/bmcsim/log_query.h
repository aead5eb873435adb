/* SPDX-License-Identifier: Apache-2.0 */
/* $top, $skip and $filter of a log, as far as the dialect knows them. */
#ifndef BMCSIM_LOG_QUERY_H
#define BMCSIM_LOG_QUERY_H

#include "http.h"
#include "logs.h"

enum comparison { NO_FILTER, IS_GT, IS_GE, IS_LT, IS_LE, IS_EQ };

struct log_query {
    size_t top, skip; /* top SIZE_MAX: all */
    enum comparison comparison;
    bool by_time;             /* Created, else Id */
    unsigned long long value; /* the Id, or seconds since 1970 */
};

/* False when the request is refused: ret says why. */
bool log_query_parse(const struct request *r, struct log_query *ret_query,
                     struct reply *ret);
bool log_query_passes(const struct log_query *q, const struct log_entry *e);

#endif
