/* SPDX-License-Identifier: Apache-2.0 */
/* See ledger.h. */
#include "ledger.h"

#include <string.h>

#include "logs.h"

static void forget_oldest(struct bmc *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        event_unref(b->ledger[i]);
    b->n_ledger -= n;
    memmove(b->ledger, b->ledger + n, b->n_ledger * sizeof(*b->ledger));
}

void ledger_add(struct bmc *b, struct event *e)
{
    size_t limit = b->sim->ledger_limit;

    /* In bulk, so that a full ledger does not cost a move for each event. */
    if (limit && b->n_ledger >= limit * 2)
        forget_oldest(b, b->n_ledger - limit + 1);
    if (b->n_ledger == b->cap_ledger) {
        b->cap_ledger = b->cap_ledger * 2 + 16;
        b->ledger = xrealloc(b->ledger, b->cap_ledger * sizeof(*b->ledger));
    }
    b->ledger[b->n_ledger++] = event_ref(e);
}

void ledger_clear(struct bmc *b)
{
    if (b->ledger)
        forget_oldest(b, b->n_ledger);
    free(b->ledger);
    b->ledger = NULL;
    b->n_ledger = b->cap_ledger = 0;
}

static void copy_member(json_t *line, const char *name, json_t *record,
                        const char *from)
{
    json_t *value = json_object_get(record, from);

    if (value)
        json_object_set(line, name, value);
}

static json_t *ledger_line(struct bmc *b, const struct event *e)
{
    static const char *const kinds[] = {"event", "payload", "raw"};
    json_t *record = event_record(e, 0);
    _cleanup_(freep) char *time = event_time(TIMESTAMP_Z, e->happened);
    json_t *line = json_pack(
        "{ss sI ss ss si si si si si si sb sb}", "bmc", b->name, "seq",
        (json_int_t)e->seq, "kind", kinds[e->kind], "happened", time,
        "subscribers", e->subscribers, "posted", e->posted, "acked", e->acked,
        "refused", e->refused, "given_up", e->given_up, "sse_sent", e->sse_sent,
        "dropped", e->dropped, "down", e->down);

    copy_member(line, "event_id", record, "EventId");
    copy_member(line, "message_id", record, "MessageId");
    copy_member(line, "args", record, "MessageArgs");
    copy_member(line, "timestamp", record, "EventTimestamp");
    copy_member(line, "origin", record, "OriginOfCondition");
    copy_member(line, "severity", record, "Severity");
    copy_member(line, "severity", record, "MessageSeverity");
    json_object_set_new(line, "log", logs_where(b, e));
    if (e->log_id)
        json_object_set_new(line, "log_id", json_string(e->log_id));
    if (e->records > 1)
        json_object_set_new(line, "records",
                            json_integer((json_int_t)e->records));
    if (e->unsent)
        json_object_set_new(line, "log_only", json_true());
    if (e->sse_id)
        json_object_set_new(line, "sse_id",
                            json_integer((json_int_t)e->sse_id));
    if (e->kind == EVENT_RAW)
        json_object_set_new(line, "raw", json_stringn(e->text, e->len));
    json_decref(record);
    return line;
}

void ledger_format(struct bmc *b, bool tests, struct buf *ret)
{
    for (size_t i = 0; i < b->n_ledger; i++) {
        json_t *line;
        char *text;

        if (b->ledger[i]->test != tests)
            continue;
        line = ledger_line(b, b->ledger[i]);
        text = json_dumps(line, JSON_COMPACT);

        buf_format(ret, "%s\n", text);
        free(text);
        json_decref(line);
    }
}
