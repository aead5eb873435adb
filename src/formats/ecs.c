/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Format ecs: one object of the Elastic Common Schema. The BMC is the
 * observer, the managed server the host, what ECS has no place for stands
 * under "redfish". Every field has one type whatever a BMC sends, and `oem`
 * and `raw` are one string each, so that an index cannot explode.
 */
#include <string.h>

#include "formats/format.h"
#include "formats/severity.h"
#include "formats/text.h"
#include "util/clock.h"
#include "util/json_writer.h"

#define ECS_VERSION "8.11.0" /* the release whose field list this follows */

/* What a registry's events are about; "host" for all others. */
static const struct category {
    const char *registry;
    const char *category;
} categories[] = {
    {"AccountSecurity", "iam"},    {"BiosAttributeRegistry", "configuration"},
    {"EthernetFabric", "network"}, {"Fabric", "network"},
    {"NetworkDevice", "network"},  {"NetworkEvent", "network"},
    {"Update", "configuration"},
};

struct member {
    const char *key;
    enum event_field field;
};

static const struct member redfish_members[] = {
    {"message_id", EVENT_MESSAGE_ID},
    {"message_key", EVENT_KEY},
    {"message_args", EVENT_ARG},
    {"registry_version", EVENT_REGISTRY_VERSION},
    {"resolution", EVENT_RESOLUTION},
    {"resolved_from", EVENT_RESOLVED_FROM},
    {"origin_of_condition", EVENT_ORIGIN},
    {"event_type", EVENT_EVENT_TYPE},
    {"event_id", EVENT_EVENT_ID},
    {"event_group_id", EVENT_GROUP_ID},
    {"member_id", EVENT_MEMBER_ID},
    {"event_timestamp", EVENT_EVENT_TIME},
    {"log_entry", EVENT_LOG_ENTRY},
    {"source", EVENT_SOURCE},
    {"quirks", EVENT_QUIRK},
};

static const struct member alarm_members[] = {
    {"state", EVENT_CONDITION_STATE},       {"id", EVENT_CONDITION_ID},
    {"count", EVENT_CONDITION_COUNT},       {"first", EVENT_CONDITION_FIRST},
    {"last", EVENT_CONDITION_LAST},         {"clears", EVENT_CONDITION_CLEARS},
    {"duration", EVENT_CONDITION_DURATION},
};

static void open_member(struct json_writer *w, const char *key)
{
    json_writer_key(w, key);
    json_writer_open_object(w);
}

/* For fields that ECS has as arrays, though here there is only one. */
static void one_text(struct json_writer *w, const char *key, const char *text,
                     size_t len)
{
    json_writer_key(w, key);
    json_writer_open_array(w);
    json_writer_text(w, text, len);
    json_writer_close_array(w);
}

static bool state_is(const struct event *e, const char *state)
{
    const char *text = event_text(e, EVENT_CONDITION_STATE, NULL);

    return text && strcmp(text, state) == 0;
}

/* event.kind: an alarm, its summary while it lasts, or a plain event. */
static const char *event_kind(const struct event *e)
{
    if (state_is(e, "raised") || state_is(e, "flapping"))
        return "alert";
    return state_is(e, "repeated") ? "state" : "event";
}

static const char *event_category(const struct event *e)
{
    const char *registry = event_text(e, EVENT_REGISTRY, NULL);

    for (size_t i = 0; registry && i < ARRAY_LEN(categories); i++)
        if (strcmp(categories[i].registry, registry) == 0)
            return categories[i].category;
    return "host";
}

/* event.action: DriveFailure as drive-failure, PSUFailed as psu-failed. */
static void write_action(struct json_writer *w, const char *key)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    if (!key)
        return;
    text_add_words(&text, key, '-');
    json_writer_key(w, "action");
    json_writer_text(w, text.data, text.len);
}

static void write_event(struct json_writer *w, const struct event *e,
                        uint64_t seq)
{
    const char *category = event_category(e);
    bool change = state_is(e, "raised") || state_is(e, "cleared");
    const char *type = change ? "change" : "info";

    open_member(w, "event");
    json_writer_member(w, "kind", event_kind(e));
    one_text(w, "category", category, strlen(category));
    one_text(w, "type", type, strlen(type));
    write_action(w, text_field(e, EVENT_KEY, NULL));
    text_json_member(w, "code", e, EVENT_MESSAGE_ID);
    text_json_member(w, "id", e, EVENT_ID);
    text_json_member(w, "provider", e, EVENT_REGISTRY);
    json_writer_member(w, "module", "redfish");
    json_writer_member(w, "dataset", "redfish.event");
    /* ECS leaves the scale to the source; syslog's is the one people know. */
    json_writer_key(w, "severity");
    json_writer_i64(w, severity_syslog(e));
    json_writer_key(w, "sequence");
    json_writer_u64(w, seq);
    if (event_has(e, EVENT_RECEIVED))
        text_json_time(w, "created", (usec_t)event_int(e, EVENT_RECEIVED, 0),
                       3);
    text_json_member(w, "start", e, EVENT_CONDITION_FIRST);
    text_json_member(w, "original", e, EVENT_RAW);
    json_writer_close_object(w);
}

/* observer.ip is for addresses, observer.hostname for names. */
static void write_host_of_url(struct json_writer *w, const char *host,
                              size_t len)
{
    if (!host)
        return;
    if (text_is_address(host, len)) {
        one_text(w, "ip", host, len);
        return;
    }
    json_writer_key(w, "hostname");
    json_writer_text(w, host, len);
}

static void write_observer(struct json_writer *w, const struct event *e)
{
    size_t len = 0;
    const char *host;

    host = text_url_host(event_text(e, EVENT_BMC_URL, NULL), &len);
    open_member(w, "observer");
    json_writer_member(w, "type", "bmc");
    text_json_member(w, "name", e, EVENT_BMC_NAME);
    write_host_of_url(w, host, len);
    text_json_member(w, "vendor", e, EVENT_BMC_VENDOR);
    text_json_member(w, "product", e, EVENT_BMC_MODEL);
    text_json_member(w, "serial_number", e, EVENT_BMC_SERIAL);
    json_writer_close_object(w);
}

static void write_host(struct json_writer *w, const struct event *e)
{
    open_member(w, "host");
    text_json_member(w, "id", e, EVENT_BMC_UUID);
    text_json_member(w, "name", e, EVENT_BMC_NAME);
    text_json_member(w, "hostname", e, EVENT_BMC_HOST);
    json_writer_close_object(w);
}

static void write_related(struct json_writer *w, const struct event *e)
{
    size_t len = 0, name_len = 0;
    const char *name = text_field(e, EVENT_BMC_NAME, &name_len);
    const char *host;
    bool address;

    host = text_url_host(event_text(e, EVENT_BMC_URL, NULL), &len);
    address = host && text_is_address(host, len);
    open_member(w, "related");
    json_writer_key(w, "hosts");
    json_writer_open_array(w);
    if (name)
        json_writer_text(w, name, name_len);
    if (host && !address)
        json_writer_text(w, host, len);
    json_writer_close_array(w);
    if (address)
        one_text(w, "ip", host, len);
    json_writer_close_object(w);
}

/* Dots in a label's name would open objects in the index. */
static void write_labels(struct json_writer *w, const struct event *e)
{
    _cleanup_(buffer_done) struct buffer name = {0};
    const char *item, *equals;
    size_t cursor = 0, len;

    if (!event_has(e, EVENT_BMC_LABEL))
        return;
    open_member(w, "labels");
    while ((item = event_next(e, EVENT_BMC_LABEL, &cursor, &len))) {
        equals = memchr(item, '=', len);
        if (!equals)
            continue;
        buffer_clear(&name);
        buffer_add(&name, item, (size_t)(equals - item));
        for (size_t i = 0; i < name.len; i++)
            if (name.data[i] == '.')
                name.data[i] = '_';
        json_writer_key(w, name.data);
        json_writer_text(w, equals + 1, len - (size_t)(equals + 1 - item));
    }
    json_writer_close_object(w);
}

static void write_redfish(struct json_writer *w, const struct event *e)
{
    const char *oem;
    size_t len;

    open_member(w, "redfish");
    for (size_t i = 0; i < ARRAY_LEN(redfish_members); i++)
        text_json_member(w, redfish_members[i].key, e,
                         redfish_members[i].field);
    if (event_has(e, EVENT_ORIGIN_TYPE)) {
        open_member(w, "component");
        text_json_member(w, "type", e, EVENT_ORIGIN_TYPE);
        json_writer_close_object(w);
    }
    if (event_has(e, EVENT_CONDITION_STATE)) {
        open_member(w, "alarm");
        for (size_t i = 0; i < ARRAY_LEN(alarm_members); i++)
            text_json_member(w, alarm_members[i].key, e,
                             alarm_members[i].field);
        json_writer_close_object(w);
    }
    oem = text_field(e, EVENT_OEM, &len);
    if (oem) {
        json_writer_key(w, "oem");
        json_writer_text(w, oem, len);
    }
    json_writer_close_object(w);
}

static void write_agent(struct json_writer *w, const struct event *e)
{
    open_member(w, "agent");
    json_writer_member(w, "type", "trawl");
    text_json_member(w, "name", e, EVENT_COLLECTOR);
    json_writer_close_object(w);
}

static void write_ecs(const struct event *e, uint64_t seq,
                      _unused_ const struct format_options *options,
                      struct buffer *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_writer_open_object(&w);
    text_json_member(&w, "@timestamp", e, EVENT_TIME);
    open_member(&w, "ecs");
    json_writer_member(&w, "version", ECS_VERSION);
    json_writer_close_object(&w);
    text_json_member(&w, "message", e, EVENT_MESSAGE);
    write_event(&w, e, seq);
    open_member(&w, "log");
    json_writer_member(&w, "level", severity_level(e));
    json_writer_close_object(&w);
    write_observer(&w, e);
    write_host(&w, e);
    write_related(&w, e);
    write_labels(&w, e);
    write_redfish(&w, e);
    write_agent(&w, e);
    json_writer_close_object(&w);
}

const struct format format_ecs = {
    .name = "ecs",
    .content_type = "application/json",
    .write = write_ecs,
};
