/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time is usec_t everywhere: microseconds, since 1970 (UTC) for a real time,
 * since boot for a monotonic one, plain for a delay; the variable's name says
 * which. Pure logic takes `now` as an argument and never calls this file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t usec_t;

#define USEC_INFINITY ((usec_t)UINT64_MAX)
#define USEC_PER_MSEC ((usec_t)1000)
#define USEC_PER_SEC ((usec_t)1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MINUTE)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)

usec_t clock_real(void);
usec_t clock_monotonic(void);

/*
 * Reads the date and time of RFC 3339 as BMCs really write it: offset with or
 * without colon or missing (then UTC), 'T' or blank, blanks around the offset,
 * any number of fraction digits. False for anything else and for times before
 * 1970 such as 0000-00-00T00:00:00Z (reference wire facts 4.3). `ret_zoneless`
 * may be NULL.
 */
bool clock_parse(const char *text, size_t len, usec_t *ret_time,
                 bool *ret_zoneless);

#define CLOCK_TEXT_MAX 32

/*
 * Writes `time` as RFC 3339 in UTC with `digits` (0, 3 or 6) of fraction into
 * `text` of CLOCK_TEXT_MAX bytes; returns its length.
 */
size_t clock_format(usec_t time, int digits, char *text);
