/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format rfc3164: the old local form that syslog() of the C library writes to
 * /dev/log, "<PRI>Mmm dd hh:mm:ss tag[pid]: text" in local time, without a
 * host name: the daemon behind the socket adds its own. So the BMC stands at
 * the beginning of the text.
 */
#include <time.h>

#include "formats/format.h"
#include "formats/severity.h"
#include "formats/text.h"
#include "util/clock.h"
#include "util/utf8.h"

static void add_stamp(struct buffer *out, usec_t time)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t)(time / USEC_PER_SEC);
    struct tm tm = {0};

    localtime_r(&seconds, &tm);
    buffer_printf(out, "%.3s %2d %02d:%02d:%02d", months + 3 * tm.tm_mon,
                  tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static void write_rfc3164(const struct event *e, _unused_ uint64_t seq,
                          const struct format_options *options,
                          struct buffer *out)
{
    size_t start = out->len;

    buffer_printf(out, "<%d>", options->facility * 8 + severity_syslog(e));
    add_stamp(out, (usec_t)event_int(e, EVENT_TIME, 0));
    buffer_printf(
        out, " %.48s[%ld]: ", options->app_name ? options->app_name : "redfish",
        (long)getpid());
    if (text_add_field(out, e, EVENT_BMC_NAME))
        buffer_add_text(out, ": ");
    if (!text_add_field(out, e, EVENT_MESSAGE))
        text_add_field(out, e, EVENT_MESSAGE_ID);
    if (text_field(e, EVENT_ORIGIN, NULL)) {
        buffer_add_text(out, " (");
        text_add_field(out, e, EVENT_ORIGIN);
        buffer_add_char(out, ')');
    }
    if (options->max_size && out->len - start > options->max_size) {
        out->len = start + utf8_cut(out->data + start, out->len - start,
                                    options->max_size);
        out->data[out->len] = '\0';
    }
}

const struct format format_rfc3164 = {
    .name = "rfc3164",
    .content_type = "text/plain",
    .write = write_rfc3164,
};
