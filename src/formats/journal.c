/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One entry of the journal in its native protocol: the fields of output
 * formats B.4. It is the sink journald's own form and not to be chosen for
 * another, so it stands in no table. A value with a line feed takes the binary
 * form (name, LF, length as 64 bits little endian, bytes, LF).
 */
#include <endian.h>
#include <string.h>

#include "formats/format.h"
#include "formats/severity.h"
#include "formats/text.h"
#include "message_uuid.h"
#include "util/utf8.h"

#define WHERE_MAX 240

static const struct journal_field {
    const char *name; /* A-Z, 0-9 and _; at most 64; no leading _ */
    enum event_field field;
} journal_fields[] = {
    {"REDFISH_ID", EVENT_ID},
    {"REDFISH_MESSAGE_ID", EVENT_MESSAGE_ID},
    {"REDFISH_MESSAGE_KEY", EVENT_KEY},
    {"REDFISH_REGISTRY", EVENT_REGISTRY},
    {"REDFISH_REGISTRY_VERSION", EVENT_REGISTRY_VERSION},
    {"REDFISH_MESSAGE_ARGS", EVENT_ARG},
    {"REDFISH_RESOLUTION", EVENT_RESOLUTION},
    {"REDFISH_ORIGIN", EVENT_ORIGIN},
    {"REDFISH_ORIGIN_TYPE", EVENT_ORIGIN_TYPE},
    {"REDFISH_EVENT_ID", EVENT_EVENT_ID},
    {"REDFISH_EVENT_GROUP", EVENT_GROUP_ID},
    {"REDFISH_EVENT_TYPE", EVENT_EVENT_TYPE},
    {"REDFISH_LOG_ENTRY", EVENT_LOG_ENTRY},
    {"REDFISH_BMC", EVENT_BMC_NAME},
    {"REDFISH_BMC_LABEL", EVENT_BMC_LABEL},
    {"REDFISH_HOST", EVENT_BMC_NAME}, /* what we call it */
    {"REDFISH_HOSTNAME", EVENT_BMC_HOST},
    {"REDFISH_VENDOR", EVENT_BMC_VENDOR},
    {"REDFISH_MODEL", EVENT_BMC_MODEL},
    {"REDFISH_SERIAL", EVENT_BMC_SERIAL},
    {"REDFISH_SYSTEM_UUID", EVENT_BMC_UUID},
    {"REDFISH_COLLECTOR", EVENT_COLLECTOR},
    {"REDFISH_SOURCE", EVENT_SOURCE},
    {"REDFISH_ALARM_ID", EVENT_CONDITION_ID},
    {"REDFISH_ALARM_CLEARS", EVENT_CONDITION_CLEARS},
    {"REDFISH_QUIRK", EVENT_QUIRK},
    {"REDFISH_OEM", EVENT_OEM},
    {"REDFISH_RAW", EVENT_RAW},
};

/* What B.4 calls the states of a condition; `none` is no alarm. */
static const char *alarm_state(const char *state)
{
    if (!state || strcmp(state, "none") == 0)
        return NULL;
    return strcmp(state, "repeated") == 0 ? "reasserted" : state;
}

static void add_value(struct buffer *out, const char *name, const char *value,
                      size_t len)
{
    uint64_t size = htole64(len);

    buffer_add_text(out, name);
    if (memchr(value, '\n', len)) {
        buffer_add_char(out, '\n');
        buffer_add(out, &size, sizeof(size));
    } else {
        buffer_add_char(out, '=');
    }
    buffer_add(out, value, len);
    buffer_add_char(out, '\n');
}

static void add_text(struct buffer *out, const char *name, const char *value)
{
    if (value && *value)
        add_value(out, name, value, strlen(value));
}

static void add_int(struct buffer *out, const char *name, int64_t value)
{
    buffer_printf(out, "%s=%lld\n", name, (long long)value);
}

static void add_time(struct buffer *out, const char *name, usec_t time)
{
    char text[CLOCK_TEXT_MAX];

    clock_format(time, 6, text);
    add_text(out, name, text);
}

static void add_field(struct buffer *out, const char *name,
                      const struct event *e, enum event_field f)
{
    size_t cursor = 0, len;
    const char *value;

    if (!event_has(e, f))
        return;
    switch (event_field_type(f)) {
    case EVENT_TYPE_INT:
        add_int(out, name, event_int(e, f, 0));
        return;
    case EVENT_TYPE_TIME:
        add_time(out, name, (usec_t)event_int(e, f, 0));
        return;
    case EVENT_TYPE_TEXT:
    case EVENT_TYPE_JSON:
    case EVENT_TYPE_LIST:
    case EVENT_TYPE_SEVERITY:
        break;
    }
    while ((value = event_next(e, f, &cursor, &len)))
        if (len > 0)
            add_value(out, name, value, len);
}

/* "HOST: TEXT (ORIGIN)"; without a text the message's id stands for it. */
static void add_message(struct buffer *out, const struct event *e)
{
    const char *host = text_field(e, EVENT_BMC_NAME, NULL);
    const char *origin = text_field(e, EVENT_ORIGIN, NULL);
    _cleanup_(buffer_done) struct buffer text = {0};
    size_t len;
    const char *message = text_field(e, EVENT_MESSAGE, &len);

    if (!message)
        message = text_field(e, EVENT_MESSAGE_ID, &len);
    if (!message)
        message = "event without a message", len = strlen(message);
    if (host)
        buffer_printf(&text, "%s: ", host);
    buffer_add(&text, message, len);
    if (origin)
        buffer_printf(&text, " (%s)", origin);
    add_value(out, "MESSAGE", text.data, text.len);
}

/* The id by which catalogs know the message: see message_uuid.h. */
static void add_message_uuid(struct buffer *out, const struct event *e)
{
    const char *key = text_field(e, EVENT_KEY, NULL);
    char uuid[MESSAGE_UUID_LEN + 1];

    if (!key)
        return;
    message_uuid_format(text_field(e, EVENT_REGISTRY, NULL), key, uuid);
    add_text(out, "MESSAGE_ID", uuid);
}

/* The component in short: "Drive 3" for …/Drives/3, else "Drives/3". */
static void add_component(struct buffer *out, const struct event *e)
{
    const char *origin = text_field(e, EVENT_ORIGIN, NULL);
    const char *type = text_field(e, EVENT_ORIGIN_TYPE, NULL);
    const char *last = origin ? strrchr(origin, '/') : NULL;
    const char *parent = last;
    _cleanup_(buffer_done) struct buffer text = {0};

    if (!last || !last[1])
        return;
    while (parent > origin && parent[-1] != '/')
        parent--;
    if (type)
        buffer_printf(&text, "%s %s", type, last + 1);
    else
        buffer_add_text(&text, parent < last ? parent : last + 1);
    add_value(out, "REDFISH_COMPONENT", text.data, text.len);
}

static void add_address(struct buffer *out, const struct event *e)
{
    const char *url = text_field(e, EVENT_BMC_URL, NULL);
    size_t len;
    const char *host = url ? text_url_host(url, &len) : NULL;

    if (host)
        add_value(out, "REDFISH_BMC_ADDRESS", host, len);
}

/*
 * "BMC, origin", or whom else it is about: every entry has it, so that the
 * catalog can rely on it. journalctl fills in no more than 256 bytes.
 */
static void add_where(struct buffer *out, const struct event *e)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    size_t len = text_add_field(&text, e, EVENT_BMC_NAME);

    if (len == 0)
        len = text_add_field(&text, e, EVENT_COLLECTOR);
    if (len == 0)
        buffer_add_text(&text, "this collector");
    if (event_has(e, EVENT_ORIGIN)) {
        buffer_add_text(&text, ", ");
        text_add_field(&text, e, EVENT_ORIGIN);
    }
    add_value(out, "REDFISH_WHERE", text.data,
              utf8_cut(text.data, text.len, WHERE_MAX));
}

static void journal_write(const struct event *e, uint64_t seq,
                          const struct format_options *options,
                          struct buffer *out)
{
    add_message(out, e);
    add_int(out, "PRIORITY", severity_syslog(e));
    add_text(out, "SYSLOG_IDENTIFIER", options->app_name);
    add_int(out, "SYSLOG_FACILITY", options->facility);
    add_message_uuid(out, e);
    for (size_t i = 0; i < ARRAY_LEN(journal_fields); i++)
        add_field(out, journal_fields[i].name, e, journal_fields[i].field);
    add_text(out, "REDFISH_SEVERITY",
             event_severity_name((enum severity)event_int(e, EVENT_SEVERITY,
                                                          SEVERITY_UNKNOWN)));
    add_address(out, e);
    add_component(out, e);
    add_where(out, e);
    add_field(out, "REDFISH_EVENT_TIMESTAMP", e,
              event_has(e, EVENT_EVENT_TIME) ? EVENT_EVENT_TIME : EVENT_TIME);
    add_field(out, "REDFISH_RECEIVED", e, EVENT_RECEIVED);
    add_text(out, "REDFISH_ALARM_STATE",
             alarm_state(event_text(e, EVENT_CONDITION_STATE, NULL)));
    add_int(out, "REDFISH_SEQUENCE", (int64_t)seq);
}

const struct format format_journal = {
    .name = "journal",
    .content_type = "application/vnd.fdo.journal",
    .write = journal_write,
};
