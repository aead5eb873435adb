/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format rfc5424: <PRI>1 TIME HOST APP PROCID MSGID [data] BOM message. HOST is
 * the managed system, never the collector. What a SIEM wants to search for
 * stands in structured data; elements timeQuality, origin and meta are RFC
 * 5424's, alarm is RFC 5674's, and the last one is ours.
 *
 * An event larger than max_size is written again with less, in this order:
 * without raw, resolution, arguments, with a shorter message, with shorter
 * texts, at last with nothing but its ids. The message id is never shortened.
 */
#include <string.h>

#include "formats/format.h"
#include "formats/severity.h"
#include "formats/syslog_head.h"
#include "formats/text.h"
#include "util/utf8.h"

/*
 * 32473 is the number that RFC 5612 keeps for documentation; it stands here
 * until Trawl has a Private Enterprise Number of its own.
 */
#define SD_ID "redfish@32473"

#define SHORT_TEXT_MAX 64
#define SEQUENCE_ID_MAX 2147483647u /* RFC 5424 7.3.1: then again from 1 */

/* How much of an event is written; each step has less than the one before. */
enum detail {
    DETAIL_ALL,
    DETAIL_NO_RAW,
    DETAIL_NO_RESOLUTION,
    DETAIL_NO_ARGS,
    DETAIL_SHORT_MESSAGE,
    DETAIL_SHORT_TEXTS,
    DETAIL_IDS,
    DETAIL_END
};

struct frame {
    const struct event *e;
    uint64_t seq;
    const struct format_options *options;
    struct buffer *out;
    size_t start; /* of this message in `out` */
    enum detail detail;
};

/* RFC 5674's alarm, by the kind of component or else by the registry. The
 * names are those of IANA-ITU-ALARM-TC-MIB. */
static const struct alarm_kind {
    const char *name; /* of an origin's type, or of a registry */
    const char *cause;
    const char *type;
} alarm_kinds[] = {
    {"Drive", "diskFailure", "equipmentAlarm"},
    {"Volume", "diskFailure", "equipmentAlarm"},
    {"PowerSupply", "powerSupplyFailure", "equipmentAlarm"},
    {"Battery", "batteryFailure", "equipmentAlarm"},
    {"Fan", "coolingFanFailure", "environmentalAlarm"},
    {"Processor", "processorProblem", "equipmentAlarm"},
    {"StorageDevice", "diskFailure", "equipmentAlarm"},
    {"Power", "powerProblem", "equipmentAlarm"},
    {"Environmental", "coolingSystemFailure", "environmentalAlarm"},
    {"NetworkDevice", "communicationsSubsystemFailure", "communicationsAlarm"},
    {"Fabric", "communicationsSubsystemFailure", "communicationsAlarm"},
    {"EthernetFabric", "communicationsSubsystemFailure", "communicationsAlarm"},
};

/* The escapes of RFC 5424 6.3.3, on what text_add_line() has made clean. */
static void add_value(struct buffer *out, const char *text, size_t len)
{
    _cleanup_(buffer_done) struct buffer clean = {0};
    const char *at;
    size_t run;

    text_add_line(&clean, text, len);
    for (at = clean.data; clean.len > 0; clean.len -= run, at += run) {
        run = strcspn(at, "\"\\]");
        buffer_add(out, at, run);
        if (run == clean.len)
            break;
        buffer_add_char(out, '\\');
        buffer_add_char(out, at[run++]);
    }
}

static void add_param(struct buffer *out, const char *name, const char *text,
                      size_t len)
{
    buffer_add_char(out, ' ');
    buffer_add_text(out, name);
    buffer_add_text(out, "=\"");
    add_value(out, text, len);
    buffer_add_char(out, '"');
}

static void add_text_param(struct buffer *out, const char *name,
                           const char *text)
{
    add_param(out, name, text, strlen(text));
}

/* The length of a text that may be cut, at this step. */
static size_t allowed(const struct frame *f, const char *text, size_t len)
{
    if (f->detail < DETAIL_SHORT_TEXTS)
        return len;
    return utf8_cut(text, len, SHORT_TEXT_MAX);
}

static void add_field(const struct frame *f, const char *name,
                      enum event_field field)
{
    size_t len;
    const char *text = text_field(f->e, field, &len);

    if (text)
        add_param(f->out, name, text, allowed(f, text, len));
}

/* A BMC's time that was usable is told apart from the time of arrival. */
static void add_time_quality(const struct frame *f)
{
    bool arrival =
        event_int(f->e, EVENT_TIME, 0) == event_int(f->e, EVENT_RECEIVED, 0);

    buffer_printf(f->out, "[timeQuality tzKnown=\"1\" isSynced=\"%d\"]",
                  !arrival);
}

static void add_origin(const struct frame *f)
{
    size_t len;
    const char *host;

    host = text_url_host(event_text(f->e, EVENT_BMC_URL, NULL), &len);
    if (!host || !text_is_address(host, len))
        return;
    buffer_add_text(f->out, "[origin");
    add_param(f->out, "ip", host, len);
    buffer_add_char(f->out, ']');
}

static void add_meta(const struct frame *f)
{
    if (f->seq == 0)
        return;
    buffer_add_text(f->out, "[meta sequenceId=\"");
    buffer_add_u64(f->out, (f->seq - 1) % SEQUENCE_ID_MAX + 1);
    buffer_add_text(f->out, "\"]");
}

static const struct alarm_kind *find_alarm_kind(const char *name)
{
    for (size_t i = 0; name && i < ARRAY_LEN(alarm_kinds); i++)
        if (strcmp(alarm_kinds[i].name, name) == 0)
            return &alarm_kinds[i];
    return NULL;
}

static bool is_alarm(const struct event *e)
{
    const char *state = event_text(e, EVENT_CONDITION_STATE, NULL);

    return state &&
           (strcmp(state, "raised") == 0 || strcmp(state, "cleared") == 0);
}

static void add_alarm(const struct frame *f)
{
    static const struct alarm_kind other = {NULL, "equipmentMalfunction",
                                            "equipmentAlarm"};
    const struct alarm_kind *kind;
    const char *url = text_field(f->e, EVENT_BMC_URL, NULL);
    const char *origin = text_field(f->e, EVENT_ORIGIN, NULL);

    if (!is_alarm(f->e))
        return;
    kind = find_alarm_kind(event_text(f->e, EVENT_ORIGIN_TYPE, NULL));
    if (!kind)
        kind = find_alarm_kind(event_text(f->e, EVENT_REGISTRY, NULL));
    if (!kind)
        kind = &other;
    buffer_add_text(f->out, "[alarm");
    add_field(f, "resource", origin ? EVENT_ORIGIN : EVENT_BMC_NAME);
    add_text_param(f->out, "probableCause", kind->cause);
    add_text_param(f->out, "perceivedSeverity", severity_perceived(f->e));
    add_text_param(f->out, "eventType", kind->type);
    if (url && origin && origin[0] == '/' && f->detail < DETAIL_SHORT_TEXTS) {
        buffer_add_text(f->out, " resourceURI=\"");
        add_value(f->out, url, strlen(url));
        add_value(f->out, origin, strlen(origin));
        buffer_add_char(f->out, '"');
    }
    buffer_add_char(f->out, ']');
}

static void add_args(const struct frame *f)
{
    const char *item, *comma = "";
    size_t cursor = 0, len;

    if (!event_has(f->e, EVENT_ARG))
        return;
    buffer_add_text(f->out, " args=\"");
    while ((item = event_next(f->e, EVENT_ARG, &cursor, &len))) {
        buffer_add_text(f->out, comma);
        add_value(f->out, item, len);
        comma = ", ";
    }
    buffer_add_char(f->out, '"');
}

static void add_number(const struct frame *f, const char *name,
                       enum event_field field)
{
    if (event_has(f->e, field))
        buffer_printf(f->out, " %s=\"%lld\"", name,
                      (long long)event_int(f->e, field, 0));
}

static void add_our_data(const struct frame *f)
{
    size_t len;
    const char *id = text_field(f->e, EVENT_MESSAGE_ID, &len);

    buffer_add_text(f->out, "[" SD_ID);
    add_field(f, "id", EVENT_ID);
    if (id)
        add_param(f->out, "messageId", id, len);
    add_text_param(f->out, "severity",
                   event_severity_name((enum severity)event_int(
                       f->e, EVENT_SEVERITY, SEVERITY_UNKNOWN)));
    if (f->detail < DETAIL_IDS) {
        add_field(f, "origin", EVENT_ORIGIN);
        add_field(f, "eventId", EVENT_EVENT_ID);
        add_number(f, "groupId", EVENT_GROUP_ID);
        add_field(f, "bmc", EVENT_BMC_URL);
        add_field(f, "systemUuid", EVENT_BMC_UUID);
        add_field(f, "serial", EVENT_BMC_SERIAL);
        add_field(f, "component", EVENT_ORIGIN_TYPE);
        add_field(f, "state", EVENT_CONDITION_STATE);
        add_field(f, "conditionId", EVENT_CONDITION_ID);
        add_field(f, "collector", EVENT_COLLECTOR);
    }
    if (f->detail < DETAIL_NO_ARGS)
        add_args(f);
    if (f->detail < DETAIL_NO_RESOLUTION)
        add_field(f, "resolution", EVENT_RESOLUTION);
    if (f->detail < DETAIL_NO_RAW)
        add_field(f, "raw", EVENT_RAW);
    buffer_add_char(f->out, ']');
}

/* The message, or what still fits of it. */
static void add_message(const struct frame *f)
{
    size_t at, used, limit = f->options->max_size;

    buffer_add_text(f->out, " \xef\xbb\xbf");
    at = f->out->len;
    used = at - f->start;
    if (!text_add_field(f->out, f->e, EVENT_MESSAGE))
        text_add_field(f->out, f->e, EVENT_MESSAGE_ID);
    if (f->detail < DETAIL_SHORT_MESSAGE)
        return;
    f->out->len = at + utf8_cut(f->out->data + at, f->out->len - at,
                                limit > used ? limit - used : 0);
    f->out->data[f->out->len] = '\0';
}

static void write_frame(const struct frame *f)
{
    f->out->len = f->start;
    syslog_head_add(f->out, f->e, f->options, f->detail == DETAIL_IDS);
    if (f->detail < DETAIL_IDS) {
        add_time_quality(f);
        add_origin(f);
    }
    add_meta(f);
    if (f->detail < DETAIL_IDS)
        add_alarm(f);
    add_our_data(f);
    add_message(f);
}

static void write_rfc5424(const struct event *e, uint64_t seq,
                          const struct format_options *options,
                          struct buffer *out)
{
    struct frame f = {e, seq, options, out, out->len, DETAIL_ALL};

    for (; f.detail < DETAIL_END; f.detail++) {
        write_frame(&f);
        if (!options->max_size || out->len - f.start <= options->max_size)
            return;
    }
}

const struct format format_rfc5424 = {
    .name = "rfc5424",
    .content_type = "text/plain; charset=utf-8",
    .write = write_rfc5424,
};
