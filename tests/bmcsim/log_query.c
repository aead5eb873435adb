/* SPDX-License-Identifier: Apache-2.0 */
/* See log_query.h. The filters known are Id and Created, compared with one
 * value. */
#include "log_query.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "page.h"

static const char *const names[] = {
    [NO_FILTER] = "", [IS_GT] = "gt", [IS_GE] = "ge",
    [IS_LT] = "lt",   [IS_LE] = "le", [IS_EQ] = "eq"};

/* Is the parameter there to be heeded? */
static bool is_asked(const struct request *r, const char *name, int knowledge)
{
    return request_arg(r, name) && knowledge == QUERY_SUPPORTED;
}

/* The specification wants 501 for a query that is not supported. */
static bool is_refused(const struct request *r, struct reply *ret)
{
    const struct log_style *style = &r->bmc->dialect.log;
    const struct {
        const char *name;
        int knowledge;
    } all[] = {{"$top", style->top},
               {"$skip", style->skip},
               {"$filter", style->filter}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (all[i].knowledge == QUERY_REFUSED && request_arg(r, all[i].name)) {
            reply_error(ret, (unsigned)style->query_status, "QueryNotSupported",
                        "The query parameter %s is not supported.",
                        all[i].name);
            return true;
        }
    return false;
}

/* 2026-11-20T07:34:27 and what follows of the zone. */
static unsigned long long seconds_of(const char *text)
{
    struct tm tm = {0};
    const char *zone = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    unsigned hours = 0, minutes = 0;
    char sign = 0;
    time_t at = timegm(&tm);

    while (zone && *zone && strchr(".0123456789", *zone))
        zone++;
    /* A + that nobody encoded comes as a blank. */
    if (zone && sscanf(zone, "%c%2u:%2u", &sign, &hours, &minutes) >= 2)
        at += (sign == '-' ? 1 : -1) * (time_t)(hours * 3600 + minutes * 60);
    return at < 0 ? 0 : (unsigned long long)at;
}

static void take_value(struct log_query *q, char *value)
{
    value += *value == '\'';
    q->value = q->by_time ? seconds_of(value) : strtoull(value, NULL, 10);
}

/* "Id gt 17" or "Created ge '2026-11-20T07:34:27Z'". */
static bool parse_filter(const char *text, struct log_query *q)
{
    char field[16] = "", word[4] = "", value[64] = "";

    if (sscanf(text, " %15s %3s %63[^\n]", field, word, value) != 3)
        return false;
    q->by_time = strcmp(field, "Created") == 0;
    if (!q->by_time && strcmp(field, "Id") != 0)
        return false;
    for (int i = IS_GT; i <= IS_EQ; i++)
        if (strcmp(names[i], word) == 0)
            q->comparison = (enum comparison)i;
    take_value(q, value);
    return q->comparison != NO_FILTER;
}

bool log_query_parse(const struct request *r, struct log_query *q,
                     struct reply *ret)
{
    const struct log_style *style = &r->bmc->dialect.log;

    *q = (struct log_query){.top = SIZE_MAX};
    if (is_refused(r, ret))
        return false;
    if (is_asked(r, "$top", style->top))
        q->top = page_number(r, "$top", SIZE_MAX);
    if (request_arg(r, "$skiptoken"))
        q->skip = page_number(r, "$skiptoken", 0);
    else if (is_asked(r, "$skip", style->skip))
        q->skip = page_number(r, "$skip", 0);
    if (!is_asked(r, "$filter", style->filter) ||
        parse_filter(request_arg(r, "$filter"), q))
        return true;
    reply_error(ret, 400, "QueryParameterValueFormatError",
                "The value of $filter is not understood.");
    return false;
}

/* sign is that of the entry's value less the filter's. */
static bool holds(enum comparison comparison, int sign)
{
    switch (comparison) {
    case NO_FILTER:
        return true;
    case IS_GT:
        return sign > 0;
    case IS_GE:
        return sign >= 0;
    case IS_LT:
        return sign < 0;
    case IS_LE:
        return sign <= 0;
    case IS_EQ:
        return sign == 0;
    }
    return true;
}

bool log_query_passes(const struct log_query *q, const struct log_entry *e)
{
    unsigned long long value =
        q->by_time ? e->event->happened / USEC_SEC : strtoull(e->id, NULL, 10);

    return holds(q->comparison, value > q->value   ? 1
                                : value < q->value ? -1
                                                   : 0);
}
