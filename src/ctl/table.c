/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See table.h. All cells are kept until the last is here: only then the widths
 * are known. A fleet of ten thousand BMCs is some megabytes of it.
 */
#include "ctl/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "formats/text.h"
#include "util/alloc.h"

#define GAP 2 /* blanks between columns */

struct table {
    const char *const *headings;
    size_t columns;
    char **cells; /* row by row; owned */
    size_t count, cap;
};

struct table *table_new(const char *const *headings)
{
    struct table *t = XNEW(struct table);

    t->headings = headings;
    while (headings[t->columns])
        t->columns++;
    return t;
}

void table_free(struct table *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->count; i++)
        free(t->cells[i]);
    free(t->cells);
    free(t);
}

void table_add(struct table *t, const char *text)
{
    struct buffer cell = {0};

    if (!text || !*text)
        text = "-";
    text_add_line(&cell, text, strlen(text));
    t->cells = xgrow(t->cells, &t->cap, t->count + 1, sizeof(*t->cells));
    t->cells[t->count++] = buffer_take_text(&cell);
}

/*
 * Columns, not bytes: tails of UTF-8 sequences take no room. (Letters that are
 * two columns wide would shift a row, which is not worth a table of them.)
 */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void write_row(const struct table *t, const char *const *cells,
                      const size_t *widths, struct buffer *out)
{
    for (size_t i = 0; i < t->columns; i++) {
        size_t width = width_of(cells[i]);

        buffer_add_text(out, cells[i]);
        if (i + 1 < t->columns)
            buffer_printf(out, "%*s", (int)(widths[i] - width + GAP), "");
    }
    buffer_add_char(out, '\n');
}

void table_write(const struct table *t, struct buffer *out)
{
    _cleanup_free_ size_t *widths = xcalloc(t->columns, sizeof(*widths));

    /* No rows, no headings: an empty answer is empty. */
    if (t->count < t->columns)
        return;
    for (size_t i = 0; i < t->columns; i++)
        widths[i] = width_of(t->headings[i]);
    for (size_t i = 0; i < t->count; i++)
        widths[i % t->columns] =
            MAX_OF(widths[i % t->columns], width_of(t->cells[i]));
    write_row(t, t->headings, widths, out);
    for (size_t i = 0; i + t->columns <= t->count; i += t->columns)
        write_row(t, (const char *const *)&t->cells[i], widths, out);
}

const char *table_age(usec_t now, usec_t time, char text[TABLE_AGE_MAX])
{
    static const struct {
        usec_t unit, below;
        const char *name;
    } units[] = {
        /* Two of a unit at least: "1 min" would hide nearly a half of it. */
        {USEC_PER_SEC, 2 * USEC_PER_MINUTE, "s"},
        {USEC_PER_MINUTE, 2 * USEC_PER_HOUR, "min"},
        {USEC_PER_HOUR, 2 * USEC_PER_DAY, "h"},
        {USEC_PER_DAY, USEC_INFINITY, "d"},
    };
    size_t i = 0;

    if (time == 0)
        return strcpy(text, "never");
    if (time >= now)
        return strcpy(text, "now");
    while (now - time >= units[i].below)
        i++;
    snprintf(text, TABLE_AGE_MAX, "%" PRIu64 " %s",
             (now - time) / units[i].unit, units[i].name);
    return text;
}

const char *table_ago(usec_t now, usec_t time, char text[TABLE_AGE_MAX])
{
    table_age(now, time, text);
    if (time != 0 && time < now)
        strcat(text, " ago"); /* days of 64 bits of µs have 9 digits */
    return text;
}

const char *table_size(uint64_t bytes, char text[TABLE_SIZE_MAX])
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    double size = (double)bytes;
    size_t i = 0;

    for (; size >= 1024 && i + 1 < ARRAY_LEN(units); i++)
        size /= 1024;
    snprintf(text, TABLE_SIZE_MAX, "%.*f %s", i > 0 && size < 10 ? 1 : 0, size,
             units[i]);
    return text;
}
