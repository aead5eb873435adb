/* SPDX-License-Identifier: Apache-2.0 */
/* See syslog_head.h. */
#include "formats/syslog_head.h"

#include <string.h>

#include "formats/severity.h"
#include "util/clock.h"

#define HOST_MAX 255
#define APP_NAME_MAX 48
#define PROCID_MAX 128
#define MSGID_MAX 32
#define BRIEF_MAX 64

/*
 * A header field: printing US-ASCII without blanks, anything else as '_', at
 * most `limit` bytes; "-" if nothing is there.
 */
static void add_field(struct buffer *out, const char *text, size_t limit)
{
    size_t len = text ? strlen(text) : 0;

    buffer_add_char(out, ' ');
    if (len == 0)
        buffer_add_char(out, '-');
    for (size_t i = 0; i < MIN_OF(len, limit); i++)
        buffer_add_char(out, text[i] > 0x20 && text[i] < 0x7f ? text[i] : '_');
}

void syslog_head_add(struct buffer *out, const struct event *e,
                     const struct format_options *options, bool brief)
{
    usec_t time = (usec_t)event_int(e, EVENT_TIME, 0);
    const char *app = options->app_name;
    char text[CLOCK_TEXT_MAX];

    clock_format(time, time % USEC_PER_SEC ? 3 : 0, text);
    buffer_printf(out, "<%d>1 %s", options->facility * 8 + severity_syslog(e),
                  text);
    add_field(out, event_text(e, EVENT_BMC_NAME, NULL),
              brief ? BRIEF_MAX : HOST_MAX);
    add_field(out, app ? app : "redfish", APP_NAME_MAX);
    add_field(out, event_text(e, EVENT_EVENT_ID, NULL),
              brief ? BRIEF_MAX : PROCID_MAX);
    add_field(out, event_text(e, EVENT_KEY, NULL), MSGID_MAX);
    buffer_add_char(out, ' ');
}
