/* SPDX-License-Identifier: Apache-2.0 */
/* The ends of records in a stream; see syslog_marks.h. */
#include "sinks/syslog_marks.h"

#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"

void syslog_marks_clear(struct syslog_marks *m)
{
    m->first = m->open = m->end = 0;
}

void syslog_marks_done(struct syslog_marks *m)
{
    free(m->items);
    *m = (struct syslog_marks){0};
}

/* Room at the end comes from the forgotten beginning, if that is worth it. */
void syslog_marks_add(struct syslog_marks *m, uint64_t seq, uint64_t end)
{
    if (m->end == m->cap && m->first > m->cap / 2) {
        memmove(m->items, m->items + m->first,
                (m->end - m->first) * sizeof(*m->items));
        m->open -= m->first;
        m->end -= m->first;
        m->first = 0;
    }
    m->items = xgrow(m->items, &m->cap, m->end + 1, sizeof(*m->items));
    m->items[m->end++] = (struct syslog_mark){seq, end};
}

uint64_t syslog_marks_pass(struct syslog_marks *m, uint64_t bytes,
                           uint64_t reach)
{
    uint64_t seq = 0;

    while (m->open < m->end && m->items[m->open].end <= bytes)
        seq = m->items[m->open++].seq;
    while (m->first < m->open && m->items[m->first].end + reach <= bytes)
        m->first++;
    return seq;
}

bool syslog_marks_are_open(const struct syslog_marks *m)
{
    return m->open < m->end;
}

uint64_t syslog_marks_first(const struct syslog_marks *m)
{
    return m->first < m->end ? m->items[m->first].seq : 0;
}
