/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values as people write them: durations, sizes, numbers, true and
 * false. One spelling each, so that a file means the same to every reader:
 * no octal numbers, no "yes", no megabytes of two kinds.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "option.h"
#include "util/macro.h"

struct unit {
    const char *name;
    uint64_t factor;
};

/* m is minutes; months and years have no fixed length and no unit. */
static const struct unit durations[] = {
    {"d", USEC_PER_DAY}, {"h", USEC_PER_HOUR},  {"m", USEC_PER_MINUTE},
    {"s", USEC_PER_SEC}, {"ms", USEC_PER_MSEC},
};

/* Only spellings that mean one thing: "M" or "KB" mean two. */
static const struct unit sizes[] = {
    {"TiB", UINT64_C(1) << 40},
    {"GiB", UINT64_C(1) << 30},
    {"MiB", UINT64_C(1) << 20},
    {"KiB", UINT64_C(1) << 10},
    {"TB", 1000000000000},
    {"GB", 1000000000},
    {"MB", 1000000},
    {"kB", 1000},
    {"", 1},
    {"B", 1},
};

/* Digits at the start of a text; false if there are none or too many. */
static bool parse_digits(const char **text, uint64_t *ret)
{
    uint64_t value = 0;
    const char *at = *text;

    for (; *at >= '0' && *at <= '9'; at++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(*at - '0'), &value))
            return false;
    if (at == *text || (**text == '0' && at - *text > 1))
        return false;
    *text = at;
    *ret = value;
    return true;
}

static bool parse_unit(const char *text, const struct unit *units, size_t count,
                       uint64_t *ret)
{
    uint64_t value;

    if (!parse_digits(&text, &value))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, units[i].name) == 0)
            return !__builtin_mul_overflow(value, units[i].factor, ret);
    return false;
}

bool option_parse_duration(const char *text, usec_t *ret)
{
    return parse_unit(text, durations, ARRAY_LEN(durations), ret);
}

bool option_parse_size(const char *text, uint64_t *ret)
{
    return parse_unit(text, sizes, ARRAY_LEN(sizes), ret);
}

bool option_parse_bool(const char *text, bool *ret)
{
    static const char *const words[] = {"false", "False", "FALSE",
                                        "true",  "True",  "TRUE"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(text, words[i]) == 0) {
            *ret = i >= ARRAY_LEN(words) / 2;
            return true;
        }
    return false;
}

bool option_parse_int(const char *text, int64_t *ret)
{
    bool negative = *text == '-';
    uint64_t value;

    text += negative;
    if (!parse_digits(&text, &value) || *text || value > INT64_MAX)
        return false;
    *ret = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* The unit that leaves no fraction and the smallest number. */
static const char *format_unit(uint64_t value, const struct unit *units,
                               size_t count, char *ret_text)
{
    const struct unit *best = &units[count - 1];

    for (size_t i = 0; i < count; i++)
        if (value % units[i].factor == 0 && units[i].factor > best->factor)
            best = &units[i];
    if (value % best->factor == 0)
        snprintf(ret_text, OPTION_TEXT_MAX, "%" PRIu64 "%s",
                 value / best->factor, best->name);
    else
        snprintf(ret_text, OPTION_TEXT_MAX, "%" PRIu64 "us", value);
    return ret_text;
}

const char *option_format_duration(usec_t value, char *ret_text)
{
    if (value == 0)
        return "0s";
    return format_unit(value, durations, ARRAY_LEN(durations), ret_text);
}

const char *option_format_size(uint64_t value, char *ret_text)
{
    if (value == 0)
        return "0B";
    return format_unit(value, sizes, ARRAY_LEN(sizes), ret_text);
}
