/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format terminal: one line for a person who watches events arrive: local
 * time, BMC, severity, message, what it did to a condition, origin. Columns
 * line up for the usual lengths. Colour only when asked for; the words say the
 * same without it. Nothing from a BMC can move the cursor.
 */
#include <string.h>
#include <time.h>

#include "formats/format.h"
#include "formats/severity.h"
#include "formats/text.h"
#include "util/clock.h"

#define BMC_WIDTH 12
#define SEVERITY_WIDTH 8

enum colour { COLOUR_RED, COLOUR_YELLOW, COLOUR_GREEN, COLOUR_DIM, COLOUR_OFF };

static const char *const colours[] = {
    [COLOUR_RED] = "\033[1;31m", [COLOUR_YELLOW] = "\033[33m",
    [COLOUR_GREEN] = "\033[32m", [COLOUR_DIM] = "\033[2m",
    [COLOUR_OFF] = "\033[0m",
};

static void paint(struct buffer *out, const struct format_options *options,
                  enum colour c)
{
    if (options->colour)
        buffer_add_text(out, colours[c]);
}

static enum colour severity_colour(const struct event *e)
{
    switch ((enum severity)event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN)) {
    case SEVERITY_CRITICAL:
        return COLOUR_RED;
    case SEVERITY_WARNING:
        return COLOUR_YELLOW;
    case SEVERITY_OK:
        return COLOUR_GREEN;
    case SEVERITY_UNKNOWN:
        break;
    }
    return COLOUR_DIM;
}

/* Blanks up to a column's width, and two between columns. */
static void pad(struct buffer *out, size_t used, size_t width)
{
    buffer_printf(out, "%*s", (int)(used < width ? width - used : 0) + 2, "");
}

/* Columns, not bytes: tails of UTF-8 sequences take no room. */
static size_t columns(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static void add_time(struct buffer *out, usec_t time)
{
    time_t seconds = (time_t)(time / USEC_PER_SEC);
    struct tm tm = {0};
    char text[32];

    localtime_r(&seconds, &tm);
    buffer_add(out, text, strftime(text, sizeof(text), "%F %T", &tm));
}

/* " [cleared after 30 s]", " [repeated, 12 times]"; nothing for none. */
static void add_condition(struct buffer *out, const struct event *e)
{
    const char *state = text_field(e, EVENT_CONDITION_STATE, NULL);
    int64_t seconds = event_int(e, EVENT_CONDITION_DURATION, -1);
    int64_t count = event_int(e, EVENT_CONDITION_COUNT, 1);

    if (!state || strcmp(state, "none") == 0)
        return;
    buffer_add_text(out, "  [");
    text_add_field(out, e, EVENT_CONDITION_STATE);
    if (severity_is_clear(e) && seconds >= 0)
        buffer_printf(out, " after %lld s", (long long)seconds);
    else if (count > 1)
        buffer_printf(out, ", %lld times", (long long)count);
    buffer_add_char(out, ']');
}

static void write_terminal(const struct event *e, _unused_ uint64_t seq,
                           const struct format_options *options,
                           struct buffer *out)
{
    const char *severity = event_severity_name(
        (enum severity)event_int(e, EVENT_SEVERITY, SEVERITY_UNKNOWN));
    size_t at;

    paint(out, options, COLOUR_DIM);
    add_time(out, (usec_t)event_int(e, EVENT_TIME, 0));
    paint(out, options, COLOUR_OFF);
    buffer_add_text(out, "  ");
    at = out->len;
    text_add_field(out, e, EVENT_BMC_NAME);
    pad(out, columns(out->data + at, out->len - at), BMC_WIDTH);
    paint(out, options, severity_colour(e));
    buffer_add_text(out, severity);
    paint(out, options, COLOUR_OFF);
    pad(out, strlen(severity), SEVERITY_WIDTH);
    if (!text_add_field(out, e, EVENT_MESSAGE))
        text_add_field(out, e, EVENT_MESSAGE_ID);
    add_condition(out, e);
    if (!text_field(e, EVENT_ORIGIN, NULL))
        return;
    buffer_add_text(out, "  ");
    paint(out, options, COLOUR_DIM);
    text_add_field(out, e, EVENT_ORIGIN);
    paint(out, options, COLOUR_OFF);
}

const struct format format_terminal = {
    .name = "terminal",
    .content_type = "text/plain",
    .write = write_terminal,
};
