/* SPDX-License-Identifier: Apache-2.0 */
/* Queries of logs; see log_query.h. */
#include "backfill/log_query.h"

#include <string.h>

#include "util/alloc.h"

static char separator(const char *uri)
{
    return strchr(uri, '?') ? '&' : '?';
}

char *log_query_skip(const char *uri, uint64_t from)
{
    return xasprintf("%s%c$skip=%llu", uri, separator(uri),
                     (unsigned long long)from);
}

char *log_query_since(const char *uri, usec_t since)
{
    char time[CLOCK_TEXT_MAX];

    clock_format(since, 0, time);
    return xasprintf("%s%c$filter=Created%%20ge%%20'%s'", uri, separator(uri),
                     time);
}

/* One without entries may come from a service that did not understand. */
bool log_query_was_heeded(const struct log_page *page, uint64_t first_print,
                          usec_t since)
{
    /* A service that does not know $filter answers with all that it has. */
    for (size_t i = 0; i < page->count; i++)
        if (page->entries[i].created < since)
            return false;
    return page->count > 0 && page->entries[0].print != first_print;
}
