/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See spell.h. The formats are those of the sinks, which know nothing of the
 * spool; what became of a record is put behind what they wrote.
 */
#include "ctl/spell.h"

#include "formats/format.h"
#include "formats/text.h"
#include "ledger.h"
#include "util/json_writer.h"

static enum outcome outcome_of(const struct event *e)
{
    int64_t o = event_int(e, EVENT_OUTCOME, 0);

    return o > 0 && o < OUTCOME_END ? (enum outcome)o : OUTCOME_END;
}

bool spell_is_forwarded(const struct event *e)
{
    return outcome_of(e) == OUTCOME_FORWARDED;
}

static const char *kind_of(enum outcome o)
{
    return o == OUTCOME_END ? "unknown" : ledger_outcome_kind(o);
}

static const char *reason_of(enum outcome o)
{
    return o == OUTCOME_END ? NULL : ledger_outcome_reason(o);
}

/* What was not made out to be an event has a reason in place of a message. */
static void add_outcome(const struct event *e, struct buffer *out)
{
    enum outcome o = outcome_of(e);
    const char *reason = reason_of(o);

    text_add_field(out, e, EVENT_QUARANTINE_REASON);
    buffer_printf(out, "  (%s%s%s)", kind_of(o), reason ? ": " : "",
                  reason ? reason : "");
}

static void write_sinks(struct json_writer *w, const struct event *e)
{
    size_t cursor = 0, len;
    const char *name;

    json_writer_key(w, "sinks");
    json_writer_open_array(w);
    while ((name = event_next(e, EVENT_SINK, &cursor, &len)))
        json_writer_text(w, name, len);
    json_writer_close_array(w);
}

/* Into the object that was just written: its last brace moves. */
static void add_member(const struct event *e, const struct spool_record *record,
                       struct buffer *out)
{
    enum outcome o = outcome_of(e);
    struct json_writer w;

    out->len--;
    json_writer_init(&w, out);
    w.comma = true;
    json_writer_key(&w, "record");
    json_writer_open_object(&w);
    json_writer_key(&w, "seq");
    json_writer_u64(&w, record->seq);
    json_writer_member(&w, "outcome", kind_of(o));
    json_writer_member(&w, "reason", reason_of(o));
    json_writer_member(&w, "why", event_text(e, EVENT_QUARANTINE_REASON, NULL));
    write_sinks(&w, e);
    json_writer_close_object(&w);
    json_writer_close_object(&w);
}

void spell_record(const struct spell *s, const struct event *e,
                  const struct spool_record *record, struct buffer *out)
{
    const struct format_options options = {.colour = s->colour};
    const struct format *format = s->json ? &format_json : &format_terminal;

    format->write(e, record->seq, &options, out);
    if (s->outcome && s->json)
        add_member(e, record, out);
    else if (s->outcome)
        add_outcome(e, out);
}
