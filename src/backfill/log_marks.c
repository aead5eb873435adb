/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cursors of one BMC's logs; see log_marks.h. In the order in which they
 * moved: where there are more logs than room, the one that goes is the one that
 * was not read for longest, mostly one that a firmware had renamed.
 */
#include "backfill/log_marks.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void log_marks_done(struct log_marks *m)
{
    for (size_t i = 0; i < m->count; i++)
        free(m->items[i].uri);
    free(m->items);
    *m = (struct log_marks){0};
}

static size_t place_of(const struct log_marks *m, const char *uri)
{
    size_t i = 0;

    while (i < m->count && strcmp(m->items[i].uri, uri) != 0)
        i++;
    return i;
}

const struct log_cursor *log_marks_find(const struct log_marks *m,
                                        const char *uri)
{
    size_t at = place_of(m, uri);

    return at < m->count ? &m->items[at].cursor : NULL;
}

static void take_out(struct log_marks *m, size_t at)
{
    free(m->items[at].uri);
    m->count--;
    memmove(m->items + at, m->items + at + 1,
            (m->count - at) * sizeof(*m->items));
}

void log_marks_set(struct log_marks *m, const char *uri,
                   const struct log_cursor *cursor)
{
    struct log_mark mark = {.uri = xstrdup(uri), .cursor = *cursor};
    size_t at = place_of(m, uri);

    if (at < m->count)
        take_out(m, at);
    else if (m->count == LOG_MARKS_MAX)
        take_out(m, 0);
    else /* most BMCs have one or two */
        m->items = xrealloc(m->items, (m->count + 1) * sizeof(*m->items));
    m->items[m->count++] = mark;
}

void log_marks_format(const char *uri, const struct log_cursor *cursor,
                      struct buffer *out)
{
    log_cursor_format(cursor, out);
    buffer_printf(out, " %s", uri);
}

const char *log_marks_parse(const char *text, struct log_cursor *ret)
{
    const char *blank = strchr(text, ' ');
    _cleanup_free_ char *cursor =
        blank ? xstrndup(text, (size_t)(blank - text)) : NULL;

    return cursor && blank[1] && log_cursor_parse(cursor, ret) ? blank + 1
                                                               : NULL;
}
