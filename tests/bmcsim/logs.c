/* SPDX-License-Identifier: Apache-2.0 */
/* See logs.h. What a reader sees of it stands in log_service.c. */
#include "logs.h"

#include <errno.h>
#include <string.h>

static void entry_done(struct log_entry *entry)
{
    event_unref(entry->event);
    free(entry->id);
    json_decref(entry->edits);
}

/* The oldest n go. */
static void log_forget(struct log *log, size_t n)
{
    for (size_t i = 0; i < n; i++)
        entry_done(&log->entries[i]);
    log->n -= n;
    memmove(log->entries, log->entries + n, log->n * sizeof(*log->entries));
}

/* Numbers begin at 1 again, as after a ClearLog. */
static void log_empty(struct log *log)
{
    if (log->n)
        log_forget(log, log->n);
    free(log->entries);
    *log = (struct log){.path = log->path};
}

void logs_free(struct bmc *b)
{
    for (size_t i = 0; i < b->n_logs; i++) {
        log_empty(&b->logs[i]);
        free(b->logs[i].path);
    }
    free(b->logs);
    free(b->log_paths);
    b->logs = NULL;
    b->log_paths = NULL;
    b->n_logs = 0;
}

/* A dialect that changed its paths begins with empty logs. */
void logs_prepare(struct bmc *b)
{
    const char *paths = b->dialect.log.paths;

    if (b->log_paths && strcmp(b->log_paths, paths) == 0)
        return;
    logs_free(b);
    b->log_paths = xstrdup(paths);
    while (paths) {
        char *path = list_next(&paths);

        if (!path)
            continue;
        b->logs = xrealloc(b->logs, (b->n_logs + 1) * sizeof(*b->logs));
        b->logs[b->n_logs++] = (struct log){.path = path};
    }
}

struct log *logs_find(struct bmc *b, const char *name)
{
    logs_prepare(b);
    for (size_t i = 0; i < b->n_logs; i++)
        if (strcmp(strrchr(b->logs[i].path, '/') + 1, name) == 0)
            return &b->logs[i];
    return NULL;
}

const char *logs_format(const struct log *log)
{
    return strcmp(strrchr(log->path, '/'), "/IEL") == 0 ? "Hpe-iLOEventLog"
                                                        : "Hpe-IML";
}

/* Some rows have the Id of the one before, as some firmware has it. */
#define DUPLICATE_EVERY 5

/* bmcweb takes the second, and _1, _2 for those that follow in it: Ids then go
 * back when the clock does. */
static char *next_id(struct log *log, const struct log_style *style,
                     usec_t happened)
{
    usec_t second = happened / USEC_SEC;
    unsigned long long number = log->last;

    if (style->ids == IDS_DUPLICATE)
        number -= number % DUPLICATE_EVERY == 0;
    if (style->ids != IDS_EPOCH)
        return xasprintf("%llu", number);
    log->same = second == log->last_time ? log->same + 1 : 0;
    log->last_time = second;
    if (!log->same)
        return xasprintf("%llu", (unsigned long long)second);
    return xasprintf("%llu_%llu", (unsigned long long)second,
                     (unsigned long long)log->same);
}

/* Half of it at once where it may grow without bounds, so that a full log
 * does not cost a move for each event. */
static bool make_room(struct bmc *b, struct log *log)
{
    const struct log_style *style = &b->dialect.log;
    size_t capacity = (size_t)style->capacity;

    if (style->capacity > 0 && log->n >= capacity) {
        if (style->full == FULL_STOPS)
            return false;
        log_forget(log, log->n - capacity + 1);
    } else if (b->sim->ledger_limit && log->n >= b->sim->ledger_limit * 2) {
        log_forget(log, log->n - b->sim->ledger_limit + 1);
    }
    if (log->n == log->cap) {
        log->cap = log->cap * 2 + 16;
        log->entries = xrealloc(log->entries, log->cap * sizeof(*log->entries));
    }
    return true;
}

/* A log that is full and does not wrap loses it, as it does on the BMC. */
static void enter_record(struct bmc *b, struct log *log, struct event *e,
                         size_t record)
{
    struct log_entry *entry;

    if (!make_room(b, log))
        return;
    log->last++;
    entry = &log->entries[log->n++];
    *entry =
        (struct log_entry){.event = event_ref(e),
                           .record = record,
                           .number = log->last,
                           .id = next_id(log, &b->dialect.log, e->happened)};
    if (e->log_id)
        return;
    e->log_id = xstrdup(entry->id);
    e->log_index = (size_t)(log - b->logs);
}

static void enter(struct bmc *b, struct log *log, struct event *e)
{
    for (size_t i = 0; i < e->records; i++)
        enter_record(b, log, e, i);
}

void logs_enter(struct bmc *b, struct event *e, const char *name)
{
    struct log *log = name ? logs_find(b, name) : NULL;
    int spread = b->dialect.log.spread;

    logs_prepare(b);
    if (log)
        enter(b, log, e);
    else if (spread == SPREAD_TURNS && b->n_logs)
        enter(b, &b->logs[e->seq % b->n_logs], e);
    else
        for (size_t i = 0; i < b->n_logs; i++)
            if (spread == SPREAD_ALL || i == 0)
                enter(b, &b->logs[i], e);
}

void logs_clear(struct bmc *b, struct log *log)
{
    for (size_t i = 0; i < b->n_logs; i++)
        if (!log || log == &b->logs[i])
            log_empty(&b->logs[i]);
}

/* The place of the event's first entry, or where it would stand: entries are in
 * the order of the events. */
static size_t find_event(const struct log *log, const struct event *e)
{
    size_t low = 0, high = log->n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (log->entries[middle].event->seq < e->seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct log_entry *logs_entry(const struct bmc *b, const struct event *e,
                                   size_t i)
{
    const struct log *log = &b->logs[e->log_index];

    if (!e->log_id || e->log_index >= b->n_logs)
        return NULL;
    for (size_t at = find_event(log, e);
         at < log->n && log->entries[at].event == e; at++)
        if (log->entries[at].record == i)
            return &log->entries[at];
    return NULL;
}

json_t *logs_where(const struct bmc *b, const struct event *e)
{
    json_t *where = json_array();

    for (size_t i = 0; i < b->n_logs; i++) {
        const struct log *log = &b->logs[i];

        for (size_t at = find_event(log, e);
             at < log->n && log->entries[at].event == e; at++)
            json_array_append_new(where, json_pack("{ss ss}", "log",
                                                   strrchr(log->path, '/') + 1,
                                                   "id", log->entries[at].id));
    }
    return where;
}

/* iLO marks an entry that is there as repaired; nothing new appears. */
static bool edit(struct log *log, const char *id, json_t *members)
{
    bool found = false;

    for (size_t i = 0; i < log->n; i++) {
        struct log_entry *entry = &log->entries[i];

        if (strcmp(entry->id, id) != 0)
            continue;
        if (!entry->edits)
            entry->edits = json_object();
        json_object_update(entry->edits, members);
        found = true;
    }
    return found;
}

int logs_order(struct bmc *b, json_t *order, struct error *err)
{
    const char *name = json_string_value(json_object_get(order, "log"));
    const char *id = json_string_value(json_object_get(order, "edit"));
    json_t *members = json_object_get(order, "set");
    struct log *log;

    logs_prepare(b);
    log = name ? logs_find(b, name) : NULL;
    if (name && !log)
        return error_set(err, -EINVAL, "there is no log '%s'", name);
    if (json_is_true(json_object_get(order, "clear"))) {
        logs_clear(b, log);
        return 0;
    }
    if (!log && b->n_logs)
        log = &b->logs[0];
    if (!id || !json_is_object(members) || !log || !edit(log, id, members))
        return error_set(err, -EINVAL,
                         "'log' wants \"clear\": true, or \"edit\": the Id of "
                         "an entry with \"set\": {...}");
    return 0;
}
