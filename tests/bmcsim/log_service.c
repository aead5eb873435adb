/* SPDX-License-Identifier: Apache-2.0 */
/* See log_service.h. */
#include "log_service.h"

#include <string.h>

#include "log_entry.h"
#include "log_query.h"
#include "resources.h"

/* One page of a log as it is collected. */
struct page {
    struct bmc *bmc;
    const struct log *log;
    struct log_query query;
    size_t seen, last; /* entries that passed; the number after the page */
    size_t limit;
    json_t *members;
};

/* The i-th as a reader counts. */
static const struct log_entry *entry_at(const struct page *p, size_t i)
{
    if (p->bmc->dialect.log.order == ORDER_NEWEST)
        i = p->log->n - 1 - i;
    return &p->log->entries[i];
}

/* Some services give references only: a request for each entry. */
static json_t *member(const struct page *p, const struct log_entry *e)
{
    _cleanup_(freep) char *uri = NULL;

    if (p->bmc->dialect.log.members == MEMBERS_INLINE)
        return log_entry_show(p->bmc, p->log, e);
    uri = xasprintf("%s/Entries/%s", p->log->path, e->id);
    return resources_link(uri);
}

/* How many entries there are to be had, and those of the page. */
static void collect(struct page *p)
{
    const struct log_style *style = &p->bmc->dialect.log;
    size_t size = style->page > 0 ? (size_t)style->page : SIZE_MAX;
    size_t room = p->query.top < size ? p->query.top : size;

    for (size_t i = 0; i < p->log->n && p->seen < p->limit; i++) {
        const struct log_entry *e = entry_at(p, i);

        if (!log_query_passes(&p->query, e))
            continue;
        if (p->seen >= p->query.skip && p->seen - p->query.skip < room)
            json_array_append_new(p->members, member(p, e));
        p->seen++;
    }
    p->last = p->query.skip + json_array_size(p->members);
}

/* The rest of what was asked for, with the filter that it was asked with. */
static void add_next(struct request *r, const struct page *p, const char *uri,
                     json_t *doc)
{
    const char *filter = request_arg(r, "$filter");
    size_t got = json_array_size(p->members);
    struct buf next = {0};

    if (!p->bmc->dialect.log.next_link || p->last >= p->seen || !got ||
        p->query.top <= got)
        return;
    buf_format(&next, "%s?$skiptoken=%zu", uri, p->last);
    if (p->query.top != SIZE_MAX)
        buf_format(&next, "&$top=%zu", p->query.top - got);
    if (filter && p->query.comparison != NO_FILTER)
        buf_text(&next, "&$filter=");
    for (; filter && p->query.comparison != NO_FILTER && *filter; filter++)
        if (strchr(" '+", *filter))
            buf_format(&next, "%%%02X", (unsigned char)*filter);
        else
            buf_add(&next, filter, 1);
    json_object_set_new(doc, "Members@odata.nextLink", json_string(next.data));
    buf_done(&next);
}

/* Members@odata.count is of all entries that pass, not of the page. */
static void show_entries(struct request *r, const struct log *log,
                         struct reply *ret)
{
    const struct log_style *style = &r->bmc->dialect.log;
    _cleanup_(freep) char *uri = xasprintf("%s/Entries", log->path);
    struct page p = {.bmc = r->bmc, .log = log};
    json_t *doc;

    if (!log_query_parse(r, &p.query, ret))
        return;
    p.limit = style->limit > 0 ? (size_t)style->limit : SIZE_MAX;
    p.members = json_array();
    collect(&p);
    doc = resources_collection(uri, "#LogEntryCollection.LogEntryCollection",
                               "Log Entries", p.members);
    json_object_set_new(doc, "Members@odata.count",
                        json_integer((json_int_t)p.seen));
    add_next(r, &p, uri, doc);
    reply_json(ret, 200, doc);
}

static void show_service(struct bmc *b, const struct log *log,
                         struct reply *ret)
{
    const struct log_style *style = &b->dialect.log;
    _cleanup_(freep) char *entries = xasprintf("%s/Entries", log->path);
    _cleanup_(freep) char *clear =
        xasprintf("%s/Actions/LogService.ClearLog", log->path);
    _cleanup_(freep) char *now = event_time(TIMESTAMP_Z, bmc_clock(b));
    json_t *doc = json_pack(
        "{ss ss ss ss sb ss ss so s{s{ss}}}", "@odata.id", log->path,
        "@odata.type", "#LogService.v1_7_0.LogService", "Id",
        strrchr(log->path, '/') + 1, "Name", "Log Service", "ServiceEnabled", 1,
        "OverWritePolicy",
        style->full == FULL_STOPS ? "NeverOverWrites" : "WrapsWhenFull",
        "DateTime", now, "Entries", resources_link(entries), "Actions",
        "#LogService.ClearLog", "target", clear);

    if (style->capacity > 0)
        json_object_set_new(doc, "MaxNumberOfRecords",
                            json_integer(style->capacity));
    reply_json(ret, 200, doc);
}

/* The first of that Id: there may be two. */
static bool show_one(struct bmc *b, const struct log *log, const char *id,
                     struct reply *ret)
{
    for (size_t i = 0; i < log->n; i++)
        if (strcmp(log->entries[i].id, id) == 0) {
            reply_json(ret, 200, log_entry_show(b, log, &log->entries[i]));
            return true;
        }
    return false;
}

static void handle(struct request *r, struct log *log, const char *tail,
                   struct reply *ret)
{
    bool get = request_is(r, "GET");

    if (get && strcmp(tail, "") == 0) {
        show_service(r->bmc, log, ret);
    } else if (get && strcmp(tail, "/Entries") == 0) {
        show_entries(r, log, ret);
    } else if (get && is_prefix(tail, "/Entries/") &&
               show_one(r->bmc, log, tail + 9, ret)) {
        return;
    } else if (request_is(r, "POST") &&
               strcmp(tail, "/Actions/LogService.ClearLog") == 0) {
        logs_clear(r->bmc, log);
        reply_empty(ret, 204);
    } else {
        reply_error(ret, 404, "ResourceMissingAtURI", "There is nothing at %s.",
                    r->path);
    }
}

bool log_service_handle(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;

    logs_prepare(b);
    for (size_t i = 0; i < b->n_logs; i++) {
        size_t len = strlen(b->logs[i].path);

        if (!is_prefix(r->path, b->logs[i].path) ||
            (r->path[len] && r->path[len] != '/'))
            continue;
        handle(r, &b->logs[i], r->path + len, ret);
        return true;
    }
    return false;
}

json_t *log_service_members(struct bmc *b, const char *uri)
{
    json_t *members = json_array();
    size_t len = strlen(uri);

    logs_prepare(b);
    for (size_t i = 0; i < b->n_logs; i++)
        if (is_prefix(b->logs[i].path, uri) && b->logs[i].path[len] == '/')
            json_array_append_new(members, resources_link(b->logs[i].path));
    return members;
}
