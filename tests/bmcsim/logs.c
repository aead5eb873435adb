/* SPDX-License-Identifier: Apache-2.0 */
/* See logs.h. An entry's Id is the event's seq, which survives reboots. */
#include "logs.h"

#include <stdio.h>
#include <string.h>

#include "event.h"
#include "resources.h"

static void copy_member(json_t *entry, const char *name, json_t *record,
                        const char *from)
{
    json_t *value = json_object_get(record, from);

    if (value)
        json_object_set(entry, name, value);
}

static void add_origin(json_t *entry, json_t *record)
{
    json_t *origin = json_object_get(record, "OriginOfCondition");

    if (json_is_string(origin))
        json_object_set_new(
            entry, "Links",
            json_pack("{s{sO}}", "OriginOfCondition", "@odata.id", origin));
    else if (origin)
        json_object_set_new(entry, "Links",
                            json_pack("{sO}", "OriginOfCondition", origin));
}

static json_t *show_entry(struct bmc *b, const struct event *e)
{
    _cleanup_(freep) char *id = xasprintf("%llu", (unsigned long long)e->seq);
    _cleanup_(freep) char *uri =
        xasprintf("%s/Entries/%s", b->dialect.log_path, id);
    _cleanup_(freep) char *created =
        event_time(b->dialect.timestamp, e->happened);
    json_t *record = event_record(e);
    json_t *entry =
        json_pack("{ss ss ss ss ss ss}", "@odata.id", uri, "@odata.type",
                  "#LogEntry.v1_17_0.LogEntry", "Id", id, "Name", "Log Entry",
                  "EntryType", "Event", "Created", created);

    copy_member(entry, "Severity", record, "MessageSeverity");
    copy_member(entry, "Severity", record, "Severity");
    copy_member(entry, "MessageId", record, "MessageId");
    copy_member(entry, "MessageArgs", record, "MessageArgs");
    copy_member(entry, "Message", record, "Message");
    copy_member(entry, "EventId", record, "EventId");
    add_origin(entry, record);
    json_decref(record);
    return entry;
}

static bool is_logged(const struct bmc *b, const struct event *e)
{
    return !e->hidden && e->seq > b->log_cleared;
}

/* What is in the log, in its order. */
static size_t list_entries(struct bmc *b, struct event **ret)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n_ledger; i++) {
        size_t at =
            b->dialect.log_order == ORDER_NEWEST ? b->n_ledger - 1 - i : i;

        if (is_logged(b, b->ledger[at]))
            ret[n++] = b->ledger[at];
    }
    return n;
}

static size_t number_of(const struct request *r, const char *name,
                        size_t otherwise)
{
    const char *text = request_arg(r, name);

    return text ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

static void show_entries(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;
    _cleanup_(freep) char *uri = xasprintf("%s/Entries", b->dialect.log_path);
    struct event **list = xcalloc(b->n_ledger, sizeof(*list));
    size_t n = list_entries(b, list), page = (size_t)b->dialect.log_page;
    size_t skip = number_of(r, "$skip", 0), top = number_of(r, "$top", n), last;
    json_t *members = json_array(), *doc;

    if (skip > n)
        skip = n;
    if (page == 0 || page > n)
        page = n;
    last = skip + (top < page ? top : page);
    if (last > n)
        last = n;
    for (size_t i = skip; i < last; i++)
        json_array_append_new(members, show_entry(b, list[i]));
    doc = resources_collection(uri, "#LogEntryCollection.LogEntryCollection",
                               "Log Entries", members);
    json_object_set_new(doc, "Members@odata.count",
                        json_integer((json_int_t)n));
    if (last < n && top > last - skip) {
        _cleanup_(freep) char *next = xasprintf("%s?$skip=%zu", uri, last);

        json_object_set_new(doc, "Members@odata.nextLink", json_string(next));
    }
    free(list);
    reply_json(ret, 200, doc);
}

static void show_service(struct bmc *b, struct reply *ret)
{
    const char *uri = b->dialect.log_path;
    _cleanup_(freep) char *entries = xasprintf("%s/Entries", uri);
    _cleanup_(freep) char *clear =
        xasprintf("%s/Actions/LogService.ClearLog", uri);
    _cleanup_(freep) char *now = event_time(TIMESTAMP_Z, bmc_clock(b));

    reply_json(ret, 200,
               json_pack("{ss ss ss ss ss ss so s{s{ss}}}", "@odata.id", uri,
                         "@odata.type", "#LogService.v1_7_0.LogService", "Id",
                         strrchr(uri, '/') + 1, "Name", "Log Service",
                         "OverWritePolicy", "WrapsWhenFull", "DateTime", now,
                         "Entries", resources_link(entries), "Actions",
                         "#LogService.ClearLog", "target", clear));
}

static bool show_one(struct bmc *b, const char *id, struct reply *ret)
{
    uint64_t seq = strtoull(id, NULL, 10);

    for (size_t i = 0; i < b->n_ledger; i++)
        if (b->ledger[i]->seq == seq && is_logged(b, b->ledger[i])) {
            reply_json(ret, 200, show_entry(b, b->ledger[i]));
            return true;
        }
    return false;
}

void logs_handle(struct request *r, const char *tail, struct reply *ret)
{
    bool get = request_is(r, "GET");

    if (get && strcmp(tail, "") == 0) {
        show_service(r->bmc, ret);
    } else if (get && strcmp(tail, "/Entries") == 0) {
        show_entries(r, ret);
    } else if (get && is_prefix(tail, "/Entries/") &&
               show_one(r->bmc, tail + 9, ret)) {
        return;
    } else if (request_is(r, "POST") &&
               strcmp(tail, "/Actions/LogService.ClearLog") == 0) {
        r->bmc->log_cleared = r->bmc->seq;
        reply_empty(ret, 204);
    } else {
        reply_error(ret, 404, "ResourceMissingAtURI", "There is nothing at %s.",
                    r->path);
    }
}
