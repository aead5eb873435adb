/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of a sink's thread. The order within matters: what was handed over
 * is let to work, then what is acknowledged is counted, then the cursor moves
 * and is saved; a refused event is in quarantine before the cursor passes it.
 *
 * After a failure all that is not acknowledged is forgotten here and read from
 * the spool again: there is one way to send, and it is always the same.
 */
#include "deliver/deliver_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ledger.h"
#include "util/macro.h"
#include "util/random.h"

#define BATCH 1024    /* records handed over in one round */
#define WINDOW 65536u /* records in flight */
#define SAVE_EVERY (250 * USEC_PER_MSEC)
#define SAVE_RECORDS 8192u /* or so many, whichever comes first */
#define IDLE_IS_BACK (2 * USEC_PER_SEC)

void deliver_note(struct deliver *d, enum notice_kind kind, uint64_t seq,
                  uint64_t count, const char *text)
{
    struct notice notice = {.kind = kind, .seq = seq, .count = count};

    snprintf(notice.sink, sizeof(notice.sink), "%s", d->o.sink->name);
    snprintf(notice.text, sizeof(notice.text), "%s", text);
    notice_add(d->o.notices, &notice);
}

void deliver_seek(struct deliver *d)
{
    spool_reader_free(d->reader);
    d->reader = spool_reader_new(d->o.spool, d->state.seq + 1);
    d->read_seq = d->state.seq;
    d->has_record = d->drained = false;
    inflight_clear(&d->inflight);
}

void deliver_go_back(struct deliver *d, uint64_t seq)
{
    if (seq == 0 || seq > d->state.seq)
        return;
    d->state.seq = seq - 1;
    d->dirty = true;
}

/* Counts what left the list, unless it was counted before going back. */
static void count(struct deliver *d, uint64_t seq, enum inflight_fate fate)
{
    if (seq <= d->replay.resume && fate == INFLIGHT_SENT)
        deliver_count_replayed(d, seq);
    if (seq <= d->state.counted)
        return;
    switch (fate) {
    case INFLIGHT_SENT:
        d->state.delivered++;
        break;
    case INFLIGHT_REFUSED:
    case INFLIGHT_KEPT:
        d->state.refused++;
        break;
    case INFLIGHT_SKIPPED:
        d->state.skipped++;
        d->skipping++;
        break;
    }
}

/* Moves the cursor to just before the first record still in flight. */
static void advance(struct deliver *d)
{
    uint64_t first = inflight_first(&d->inflight);
    uint64_t seq = first > 0 ? first - 1 : d->read_seq;

    if (seq <= d->state.seq)
        return;
    d->unsaved += seq - d->state.seq;
    d->state.seq = seq;
    d->state.counted = MAX_OF(d->state.counted, seq);
    d->dirty = true;
    if (replay_pass(&d->replay, seq))
        deliver_note(d, NOTICE_REPLAYED, seq, 1,
                     "what was asked for once more has been sent");
}

/* True if the far end acknowledged something. */
static bool collect(struct deliver *d)
{
    uint64_t acked = d->connected ? d->type->acked(d->sink) : 0;
    enum inflight_fate fate;
    bool progress = false;
    uint64_t seq;

    while (inflight_pop(&d->inflight, acked, &seq, &fate)) {
        count(d, seq, fate);
        progress = progress || fate == INFLIGHT_SENT;
    }
    advance(d);
    if (progress)
        d->last_success = clock_real();
    return progress;
}

void deliver_break_off(struct deliver *d, bool clean)
{
    collect(d);
    d->connected = false;
    deliver_go_back(d, d->type->stop(d->sink, clean));
}

/* The sink failed: drop it, wait, begin again from the cursor. */
static void fail(struct deliver *d, const struct error *why, usec_t now)
{
    if (d->connected) {
        deliver_break_off(d, false);
        deliver_seek(d);
    }
    d->start_at = now + backoff_next(&d->backoff, (uint32_t)random_bits());
    d->trouble = *why;
    if (!d->failing)
        deliver_note(d, NOTICE_SINK_DOWN, d->state.seq, 1, why->text);
    d->failing = true;
}

/*
 * A spell of failures is over when something was acknowledged; when there is
 * nothing to send, once the connection has stood for a while.
 */
static void recover(struct deliver *d, bool progress, usec_t now)
{
    bool idle = d->connected && d->inflight.count == 0 && d->drained &&
                now >= d->connected_at + IDLE_IS_BACK;

    if (!progress && !idle)
        return;
    backoff_reset(&d->backoff);
    if (d->failing)
        deliver_note(d, NOTICE_SINK_BACK, d->state.seq, 1,
                     "it takes events again");
    d->failing = false;
    d->trouble.text[0] = '\0';
}

static void reach(struct deliver *d, usec_t now)
{
    struct error why = {0};

    if (d->connected || now < d->start_at)
        return;
    d->connected = d->type->start(d->sink, &why) == 0;
    now = clock_monotonic(); /* it may have taken seconds */
    if (d->connected)
        d->connected_at = now;
    else
        fail(d, &why, now);
}

static bool is_for(const struct event *e, const char *sink)
{
    size_t cursor = 0;
    const char *name;

    if (event_int(e, EVENT_OUTCOME, 0) != OUTCOME_FORWARDED)
        return false;
    while ((name = event_next(e, EVENT_SINK, &cursor, NULL)))
        if (strcmp(name, sink) == 0)
            return true;
    return false;
}

/* Records that are missing between the last one and this. */
static void note_gap(struct deliver *d)
{
    uint64_t first = d->seen_seq + 1, last = d->record.seq - 1;
    char text[128];

    if (first > last)
        return;
    snprintf(text, sizeof(text),
             "records %llu to %llu are not in the spool any more",
             (unsigned long long)first, (unsigned long long)last);
    deliver_note(d, NOTICE_RECORDS_LOST, first, last - first + 1, text);
}

/* What is in the record; one that cannot be read is nobody's. */
static void look_into(struct deliver *d)
{
    bool is_new = d->record.seq > d->seen_seq;
    int r;

    d->has_record = true;
    d->formatted = d->ours = false;
    note_gap(d);
    d->seen_seq = MAX_OF(d->seen_seq, d->record.seq);
    if (d->record.type != SPOOL_EVENT)
        return;
    r = event_view(&d->event, d->record.data, d->record.len);
    if (r == 0)
        d->ours = is_for(&d->event, d->o.sink->name) &&
                  replay_wants(&d->replay, d->record.seq, d->record.time);
    else if (is_new)
        deliver_note(d, NOTICE_RECORD_BROKEN, d->record.seq, 1,
                     "a record of the spool is no table of fields");
}

/* The next record off the spool; false if there is none now. */
static bool fetch(struct deliver *d, usec_t now)
{
    struct error why = {0};
    int r;

    if (now < d->read_at)
        return false;
    r = spool_reader_next(d->reader, &d->record, &why);
    d->drained = r == 0;
    if (r < 0) {
        if (d->read_at == 0)
            deliver_note(d, NOTICE_SPOOL_READ, d->read_seq + 1, 1, why.text);
        d->read_at =
            now + backoff_next(&d->read_backoff, (uint32_t)random_bits());
        return false;
    }
    d->read_at = 0;
    backoff_reset(&d->read_backoff);
    if (r > 0)
        look_into(d);
    return r > 0;
}

static void format(struct deliver *d)
{
    if (d->formatted)
        return;
    buffer_clear(&d->text);
    buffer_add(&d->text, "", 0);
    d->o.sink->format->write(&d->event, d->record.seq, &d->format_options,
                             &d->text);
    d->formatted = true;
}

/* Offers the record to the sink; false if it still stands here after. */
static bool hand_over(struct deliver *d, usec_t now)
{
    struct error why = {0};
    struct sink_record r = {.seq = d->record.seq, .event = &d->event};

    format(d);
    r.text = d->text.data;
    r.len = d->text.len;
    switch (d->type->send(d->sink, &r, &why)) {
    case SINK_TAKEN:
        inflight_add(&d->inflight, r.seq, INFLIGHT_SENT, NULL);
        return true;
    case SINK_REFUSED:
        inflight_add(&d->inflight, r.seq, INFLIGHT_REFUSED, why.text);
        return true;
    case SINK_BUSY:
        d->busy = true;
        return false;
    case SINK_FAILED:
        break;
    }
    fail(d, &why, now);
    return false;
}

/* Deals with the record that was read; false if it must wait. */
static bool place(struct deliver *d, usec_t now)
{
    if (!d->ours)
        return true;
    if (d->record.seq < d->skip_before && d->record.seq > d->replay.resume) {
        inflight_add(&d->inflight, d->record.seq, INFLIGHT_SKIPPED, NULL);
        return true;
    }
    if (!d->connected)
        return false;
    if (d->inflight.count < WINDOW)
        return hand_over(d, now);
    d->busy = true;
    return false;
}

static void feed(struct deliver *d, usec_t now)
{
    d->busy = d->more = false;
    for (unsigned i = 0; i < BATCH; i++) {
        if (!d->has_record && !fetch(d, now))
            return;
        if (!place(d, now))
            return;
        d->read_seq = d->record.seq;
        d->has_record = false;
    }
    d->more = true;
}

/* On disk the cursor never goes back for what is only sent once more. */
static struct cursor_state state_to_save(const struct deliver *d)
{
    struct cursor_state state = d->state;

    state.seq = MAX_OF(state.seq, d->replay.resume);
    return state;
}

void deliver_save(struct deliver *d, usec_t now, bool at_once)
{
    struct cursor_state state = state_to_save(d);
    struct error why = {0};

    if (!d->dirty ||
        (!at_once && now < d->save_at && d->unsaved < SAVE_RECORDS))
        return;
    d->save_at = now + SAVE_EVERY;
    d->unsaved = 0;
    if (cursor_save(d->cursor, &state, &why) < 0) {
        if (!d->save_failing)
            deliver_note(d, NOTICE_CURSOR_SAVE, d->state.seq, 1, why.text);
        d->save_failing = true;
        return;
    }
    d->save_failing = d->dirty = false;
    d->saved = state.seq;
}

/* Tells once about all that was skipped in one go. */
static void note_skipped(struct deliver *d)
{
    char text[128];

    if (d->skipping == 0 || d->more)
        return;
    snprintf(text, sizeof(text), "%llu events before record %llu were skipped",
             (unsigned long long)d->skipping,
             (unsigned long long)d->skip_before);
    deliver_note(d, NOTICE_SKIPPED, d->skip_before, d->skipping, text);
    d->skipping = 0;
}

void deliver_settle(struct deliver *d, usec_t now)
{
    struct error why = {0};

    if (d->connected && d->type->work(d->sink, now, &why) < 0)
        fail(d, &why, now);
    deliver_keep_refused(d, now);
    recover(d, collect(d), now);
    note_skipped(d);
    deliver_save(d, now, false);
}

void deliver_turn(struct deliver *d, usec_t now)
{
    uint64_t before;

    reach(d, now);
    feed(d, now);
    deliver_settle(d, now);
    if (!d->busy)
        return;
    /* Letting it work may have made room; if so, it has to work again. */
    before = d->read_seq;
    feed(d, now);
    d->more = d->more || d->read_seq != before;
}
