/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See when.h. Without a zone local time is meant: as in what is printed. A
 * time that is a span counts back from now, which is what people ask for most.
 */
#include "ctl/when.h"

#include <string.h>
#include <time.h>

#include "option.h"
#include "util/alloc.h"

#define AGO " ago"

/* A time that was read as if it were UTC, as local time. */
static usec_t to_local(usec_t time)
{
    time_t seconds = (time_t)(time / USEC_PER_SEC);
    struct tm tm = {0};

    gmtime_r(&seconds, &tm);
    tm.tm_isdst = -1;
    return (usec_t)mktime(&tm) * USEC_PER_SEC + time % USEC_PER_SEC;
}

/* The beginning of the day that lies so many days before that of `now`. */
static usec_t midnight(usec_t now, int days)
{
    time_t seconds = (time_t)(now / USEC_PER_SEC);
    struct tm tm = {0};

    localtime_r(&seconds, &tm);
    /* By the calendar: where clocks are set, not all days have 24 hours. */
    tm.tm_mday -= days;
    tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
    tm.tm_isdst = -1;
    return (usec_t)mktime(&tm) * USEC_PER_SEC;
}

static bool parse_ago(const char *text, usec_t now, usec_t *ret)
{
    size_t len = strlen(text), tail = strlen(AGO);
    bool ends = len > tail && strcmp(text + len - tail, AGO) == 0;
    _cleanup_free_ char *bare = xstrndup(text, ends ? len - tail : len);
    usec_t delay;

    if (!option_parse_duration(bare, &delay) || delay > now)
        return false;
    *ret = now - delay;
    return true;
}

static bool parse_date(const char *text, usec_t *ret)
{
    _cleanup_free_ char *whole =
        xasprintf("%s%s", text, strlen(text) == 10 ? "T00:00" : "");
    bool zoneless;

    if (!clock_parse(whole, strlen(whole), ret, &zoneless))
        return false;
    if (zoneless)
        *ret = to_local(*ret);
    return true;
}

bool when_parse(const char *text, usec_t now, usec_t *ret)
{
    if (strcmp(text, "now") == 0)
        *ret = now;
    else if (strcmp(text, "today") == 0)
        *ret = midnight(now, 0);
    else if (strcmp(text, "yesterday") == 0)
        *ret = midnight(now, 1);
    else
        return parse_ago(text, now, ret) || parse_date(text, ret);
    return true;
}
