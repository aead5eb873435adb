/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of fields. Entry: u16 field, u16 zero, u32 length, value, one NUL.
 * Numbers are 8 bytes. All in the byte order of the machine: a spool stays on
 * its machine, and its header says which order it was written in.
 * Replacing a value leaves the old entry behind under field number 0.
 */
#include "event.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"

struct entry {
    uint16_t field;
    uint16_t zero;
    uint32_t len;
};

struct field_info {
    const char *name;
    enum event_type type;
};

static const struct field_info fields[EVENT_FIELD_END] = {
    [EVENT_ID] = {"id", EVENT_TYPE_TEXT},
    [EVENT_TIME] = {"time", EVENT_TYPE_TIME},
    [EVENT_RECEIVED] = {"received", EVENT_TYPE_TIME},
    [EVENT_EVENT_TIME] = {"event_time", EVENT_TYPE_TEXT},
    [EVENT_COLLECTOR] = {"collector", EVENT_TYPE_TEXT},
    [EVENT_BMC_NAME] = {"bmc.name", EVENT_TYPE_TEXT},
    [EVENT_BMC_URL] = {"bmc.url", EVENT_TYPE_TEXT},
    [EVENT_BMC_LABEL] = {"bmc.labels", EVENT_TYPE_LIST},
    [EVENT_BMC_VENDOR] = {"bmc.vendor", EVENT_TYPE_TEXT},
    [EVENT_BMC_MODEL] = {"bmc.model", EVENT_TYPE_TEXT},
    [EVENT_BMC_SERIAL] = {"bmc.serial", EVENT_TYPE_TEXT},
    [EVENT_BMC_UUID] = {"bmc.uuid", EVENT_TYPE_TEXT},
    [EVENT_SOURCE] = {"source", EVENT_TYPE_TEXT},
    [EVENT_MESSAGE_ID] = {"message_id", EVENT_TYPE_TEXT},
    [EVENT_REGISTRY] = {"registry", EVENT_TYPE_TEXT},
    [EVENT_REGISTRY_VERSION] = {"registry_version", EVENT_TYPE_TEXT},
    [EVENT_KEY] = {"key", EVENT_TYPE_TEXT},
    [EVENT_SEVERITY] = {"severity", EVENT_TYPE_SEVERITY},
    [EVENT_MESSAGE] = {"message", EVENT_TYPE_TEXT},
    [EVENT_ARG] = {"args", EVENT_TYPE_LIST},
    [EVENT_RESOLUTION] = {"resolution", EVENT_TYPE_TEXT},
    [EVENT_RESOLVED_FROM] = {"resolved_from", EVENT_TYPE_TEXT},
    [EVENT_ORIGIN] = {"origin", EVENT_TYPE_TEXT},
    [EVENT_ORIGIN_TYPE] = {"origin_type", EVENT_TYPE_TEXT},
    [EVENT_EVENT_TYPE] = {"event_type", EVENT_TYPE_TEXT},
    [EVENT_EVENT_ID] = {"event_id", EVENT_TYPE_TEXT},
    [EVENT_GROUP_ID] = {"group_id", EVENT_TYPE_INT},
    [EVENT_MEMBER_ID] = {"member_id", EVENT_TYPE_TEXT},
    [EVENT_LOG_ENTRY] = {"log_entry", EVENT_TYPE_TEXT},
    [EVENT_CONDITION_STATE] = {"condition.state", EVENT_TYPE_TEXT},
    [EVENT_CONDITION_ID] = {"condition.id", EVENT_TYPE_TEXT},
    [EVENT_CONDITION_COUNT] = {"condition.count", EVENT_TYPE_INT},
    [EVENT_CONDITION_FIRST] = {"condition.first", EVENT_TYPE_TIME},
    [EVENT_CONDITION_LAST] = {"condition.last", EVENT_TYPE_TIME},
    [EVENT_CONDITION_CLEARS] = {"condition.clears", EVENT_TYPE_LIST},
    [EVENT_CONDITION_DURATION] = {"condition.duration", EVENT_TYPE_INT},
    [EVENT_QUIRK] = {"quirks", EVENT_TYPE_LIST},
    [EVENT_OEM] = {"oem", EVENT_TYPE_JSON},
    [EVENT_RAW] = {"raw", EVENT_TYPE_TEXT},
    [EVENT_OUTCOME] = {"outcome", EVENT_TYPE_INT},
    [EVENT_SINK] = {"sinks", EVENT_TYPE_LIST},
    [EVENT_SSE_ID] = {"sse_id", EVENT_TYPE_TEXT},
    [EVENT_REGISTRY_SEVERITY] = {"registry_severity", EVENT_TYPE_SEVERITY},
    [EVENT_QUARANTINE_REASON] = {"quarantine_reason", EVENT_TYPE_TEXT},
    [EVENT_GENERATED] = {"generated", EVENT_TYPE_INT},
    [EVENT_CONDITION_ROW] = {"condition.row", EVENT_TYPE_LIST},
    [EVENT_ECHO] = {"echo", EVENT_TYPE_TEXT},
    [EVENT_TWIN] = {"twin", EVENT_TYPE_TEXT},
    [EVENT_SETTLED] = {"settled", EVENT_TYPE_INT},
    [EVENT_CANCELLED] = {"cancelled", EVENT_TYPE_INT},
    [EVENT_REPAIRED] = {"repaired", EVENT_TYPE_INT},
    [EVENT_LOG_CURSOR] = {"log_cursor", EVENT_TYPE_LIST},
    [EVENT_IN_GAP] = {"in_gap", EVENT_TYPE_INT},
    [EVENT_BMC_HOST] = {"bmc.host", EVENT_TYPE_TEXT},
    [EVENT_LOG_NUMBER] = {"log_number", EVENT_TYPE_TEXT},
};

struct event *event_new(void)
{
    return XNEW(struct event);
}

void event_free(struct event *e)
{
    if (!e)
        return;
    buffer_done(&e->own);
    free(e);
}

static struct entry entry_at(const struct event *e, size_t at)
{
    struct entry entry;

    memcpy(&entry, e->data + at, sizeof(entry));
    return entry;
}

static size_t entry_size(const struct entry *entry)
{
    return sizeof(*entry) + entry->len + 1;
}

int event_view(struct event *e, const void *data, size_t len)
{
    struct entry entry;

    *e = (struct event){.data = data, .len = len};
    for (size_t at = 0; at < len; at += entry_size(&entry)) {
        if (len - at < sizeof(entry) || len > UINT32_MAX)
            return -EBADMSG;
        entry = entry_at(e, at);
        if (entry.len > len - at - sizeof(entry) ||
            len - at - sizeof(entry) - entry.len < 1 ||
            e->data[at + sizeof(entry) + entry.len] != '\0')
            return -EBADMSG;
        if (entry.field < EVENT_FIELD_END && !e->first[entry.field])
            e->first[entry.field] = (uint32_t)at + 1;
    }
    return 0;
}

void event_add(struct event *e, enum event_field f, const char *text,
               size_t len)
{
    struct entry entry = {.field = (uint16_t)f, .len = (uint32_t)len};

    if (!e->first[f])
        e->first[f] = (uint32_t)e->own.len + 1;
    buffer_add(&e->own, &entry, sizeof(entry));
    buffer_add(&e->own, text, len);
    buffer_add_char(&e->own, '\0');
    e->data = e->own.data;
    e->len = e->own.len;
}

/* Buries all entries of the field. */
void event_unset(struct event *e, enum event_field f)
{
    struct entry entry;

    if (!e->first[f])
        return;
    for (size_t at = e->first[f] - 1; at < e->len; at += entry_size(&entry)) {
        entry = entry_at(e, at);
        if (entry.field == f)
            memset(e->own.data + at, 0, sizeof(entry.field));
    }
    e->first[f] = 0;
}

void event_set_text(struct event *e, enum event_field f, const char *text,
                    size_t len)
{
    event_unset(e, f);
    event_add(e, f, text, len);
}

void event_set(struct event *e, enum event_field f, const char *text)
{
    if (text)
        event_set_text(e, f, text, strlen(text));
}

void event_set_int(struct event *e, enum event_field f, int64_t value)
{
    char bytes[sizeof(value)];

    memcpy(bytes, &value, sizeof(value));
    event_set_text(e, f, bytes, sizeof(bytes));
}

bool event_has(const struct event *e, enum event_field f)
{
    return e->first[f] != 0;
}

const char *event_text(const struct event *e, enum event_field f,
                       size_t *ret_len)
{
    struct entry entry;

    if (!e->first[f])
        return NULL;
    entry = entry_at(e, e->first[f] - 1);
    if (ret_len)
        *ret_len = entry.len;
    return e->data + e->first[f] - 1 + sizeof(entry);
}

int64_t event_int(const struct event *e, enum event_field f, int64_t otherwise)
{
    size_t len;
    const char *bytes = event_text(e, f, &len);
    int64_t value;

    if (!bytes || len != sizeof(value))
        return otherwise;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

const char *event_next(const struct event *e, enum event_field f,
                       size_t *cursor, size_t *ret_len)
{
    struct entry entry;
    size_t at = *cursor ? *cursor - 1 : e->first[f] - 1;

    if (!e->first[f])
        return NULL;
    for (; at < e->len; at += entry_size(&entry)) {
        entry = entry_at(e, at);
        if (entry.field != f)
            continue;
        *cursor = at + entry_size(&entry) + 1;
        if (ret_len)
            *ret_len = entry.len;
        return e->data + at + sizeof(entry);
    }
    return NULL;
}

const char *event_field_name(enum event_field f)
{
    return fields[f].name;
}

enum event_type event_field_type(enum event_field f)
{
    return fields[f].type;
}

const char *event_severity_name(enum severity s)
{
    switch (s) {
    case SEVERITY_OK:
        return "OK";
    case SEVERITY_WARNING:
        return "Warning";
    case SEVERITY_CRITICAL:
        return "Critical";
    case SEVERITY_UNKNOWN:
        break;
    }
    return "unknown";
}

enum severity event_severity_parse(const char *text, size_t len)
{
    static const struct {
        const char *name;
        enum severity severity;
    } words[] = {
        {"OK", SEVERITY_OK},
        {"Warning", SEVERITY_WARNING},
        {"Critical", SEVERITY_CRITICAL},
        {"Informational", SEVERITY_OK},
        {"Information", SEVERITY_OK},
        {"Info", SEVERITY_OK},
        {"Normal", SEVERITY_OK},
        {"Repaired", SEVERITY_OK},
        {"None", SEVERITY_OK},
        {"Notice", SEVERITY_OK},
        {"Debug", SEVERITY_OK},
        {"Condition", SEVERITY_OK},
        {"Cleared", SEVERITY_OK},
        {"Caution", SEVERITY_WARNING},
        {"Minor", SEVERITY_WARNING},
        {"Degraded", SEVERITY_WARNING},
        {"Warn", SEVERITY_WARNING},
        {"NonCritical", SEVERITY_WARNING},
        {"Non-Critical", SEVERITY_WARNING},
        {"Serious", SEVERITY_CRITICAL},
        {"Major", SEVERITY_CRITICAL},
        {"Error", SEVERITY_CRITICAL},
        {"Fatal", SEVERITY_CRITICAL},
        {"Emergency", SEVERITY_CRITICAL},
        {"Alert", SEVERITY_CRITICAL},
        {"NonRecoverable", SEVERITY_CRITICAL},
        {"Non-Recoverable", SEVERITY_CRITICAL},
        {"Unrecoverable", SEVERITY_CRITICAL},
    };

    for (; len > 0 && isspace((unsigned char)*text); text++)
        len--;
    while (len > 0 && isspace((unsigned char)text[len - 1]))
        len--;

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strlen(words[i].name) == len &&
            strncasecmp(words[i].name, text, len) == 0)
            return words[i].severity;
    return SEVERITY_UNKNOWN;
}
