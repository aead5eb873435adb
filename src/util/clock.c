/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clocks, and RFC 3339 read leniently and written strictly. The calendar is
 * computed here (days since 1970 of the proleptic Gregorian calendar), since
 * timegm() accepts dates that do not exist and gmtime() is slow for each event.
 */
#include "util/clock.h"

#include <stdio.h>
#include <time.h>

static usec_t clock_get(clockid_t id)
{
    struct timespec ts;

    clock_gettime(id, &ts);
    return (usec_t)ts.tv_sec * USEC_PER_SEC + (usec_t)ts.tv_nsec / 1000;
}

usec_t clock_real(void)
{
    return clock_get(CLOCK_REALTIME);
}

usec_t clock_monotonic(void)
{
    return clock_get(CLOCK_MONOTONIC);
}

/* A moving view of the text; every reader takes what it can and moves on. */
struct scan {
    const char *at;
    const char *end;
};

static bool scan_digits(struct scan *s, int count, int *ret)
{
    int value = 0;

    for (int i = 0; i < count; i++, s->at++) {
        if (s->at >= s->end || *s->at < '0' || *s->at > '9')
            return false;
        value = value * 10 + (*s->at - '0');
    }
    *ret = value;
    return true;
}

static bool scan_char(struct scan *s, const char *accepted)
{
    if (s->at >= s->end)
        return false;
    for (; *accepted; accepted++)
        if (*s->at == *accepted) {
            s->at++;
            return true;
        }
    return false;
}

static usec_t scan_fraction(struct scan *s)
{
    usec_t value = 0, unit = USEC_PER_SEC / 10;

    for (; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
        value += unit * (usec_t)(*s->at - '0');
        unit /= 10;
    }
    return value;
}

/* Cisco's logs end their times in a blank. */
static void skip_blanks(struct scan *s)
{
    while (scan_char(s, " "))
        ;
}

/* Offset in minutes east of UTC; a missing one is UTC and noted. */
static bool scan_offset(struct scan *s, int *ret_minutes, bool *ret_zoneless)
{
    int sign, hours, minutes = 0;

    *ret_minutes = 0;
    *ret_zoneless = false;
    skip_blanks(s);
    if (s->at == s->end) {
        *ret_zoneless = true;
        return true;
    }
    if (scan_char(s, "Zz")) {
        skip_blanks(s);
        return s->at == s->end;
    }
    sign = *s->at == '-' ? -1 : 1;
    if (!scan_char(s, "+-") || !scan_digits(s, 2, &hours))
        return false;
    scan_char(s, ":");
    if (s->at < s->end && *s->at != ' ' && !scan_digits(s, 2, &minutes))
        return false;
    skip_blanks(s);
    *ret_minutes = sign * (hours * 60 + minutes);
    return s->at == s->end && hours < 24 && minutes < 60;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01, counting years from March so that leap days end them.
 */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

bool clock_parse(const char *text, size_t len, usec_t *ret_time,
                 bool *ret_zoneless)
{
    struct scan s = {text, text + len};
    int year, month, day, hour, minute, second = 0, offset;
    usec_t fraction = 0;
    bool zoneless;
    int64_t seconds;

    if (!scan_digits(&s, 4, &year) || !scan_char(&s, "-") ||
        !scan_digits(&s, 2, &month) || !scan_char(&s, "-") ||
        !scan_digits(&s, 2, &day) || !scan_char(&s, "Tt ") ||
        !scan_digits(&s, 2, &hour) || !scan_char(&s, ":") ||
        !scan_digits(&s, 2, &minute))
        return false;
    if (scan_char(&s, ":") && !scan_digits(&s, 2, &second))
        return false;
    if (scan_char(&s, ".,"))
        fraction = scan_fraction(&s);
    if (!scan_offset(&s, &offset, &zoneless))
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || hour > 23 || minute > 59 ||
        second > 60)
        return false;
    seconds = days_from_date(year, month, day) * 86400 + hour * 3600 +
              minute * 60 + second - offset * 60;
    if (seconds < 0)
        return false;
    *ret_time = (usec_t)seconds * USEC_PER_SEC + fraction;
    if (ret_zoneless)
        *ret_zoneless = zoneless;
    return true;
}

size_t clock_format(usec_t time, int digits, char *text)
{
    time_t seconds = (time_t)(time / USEC_PER_SEC);
    unsigned fraction = (unsigned)(time % USEC_PER_SEC);
    struct tm tm;
    size_t len;

    gmtime_r(&seconds, &tm);
    len = strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%S", &tm);
    if (digits == 3)
        fraction /= 1000;
    if (digits > 0)
        len += (size_t)snprintf(text + len, CLOCK_TEXT_MAX - len, ".%0*u",
                                digits, fraction);
    len += (size_t)snprintf(text + len, CLOCK_TEXT_MAX - len, "Z");
    return len;
}
