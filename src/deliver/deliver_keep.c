/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sink can never take goes to quarantine, durably, before the cursor
 * passes it. While the folder cannot be written the event stays in flight and
 * the cursor before it; sending goes on.
 */
#include "deliver/deliver_private.h"

#define KEEP_AGAIN USEC_PER_SEC

/*
 * Puts one refused event into quarantine, read from the spool once more: the
 * refusal may come long after the record was let go.
 */
static int put(struct deliver *d, struct spool_reader *reader,
               const struct inflight_record *refused, struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct quarantine_item item = {
        .reason = refused->why,
        .sink = d->o.sink->name,
        .seq = refused->seq,
        .time = clock_real(),
    };
    struct spool_record record;
    struct event e;
    int r = spool_reader_next(reader, &record, err);

    if (r < 0)
        return r;
    if (r > 0 && record.seq == refused->seq &&
        event_view(&e, record.data, record.len) == 0) {
        format_json.write(&e, record.seq, &d->format_options, &text);
        item.time = record.time;
        item.bmc = event_text(&e, EVENT_BMC_NAME, NULL);
        item.source = event_text(&e, EVENT_SOURCE, NULL);
        item.id = event_text(&e, EVENT_ID, NULL);
        item.payload = text.data;
        item.len = text.len;
    }
    return quarantine_put(d->o.quarantine, &item, err);
}

/* False if it must be tried again. */
static bool keep(struct deliver *d, struct inflight_record *refused)
{
    struct spool_reader *reader = spool_reader_new(d->o.spool, refused->seq);
    struct error why = {0};
    int r = put(d, reader, refused, &why);

    spool_reader_free(reader);
    if (r < 0) {
        if (!d->keep_failing)
            deliver_note(d, NOTICE_QUARANTINE, refused->seq, 1, why.text);
        return false;
    }
    deliver_note(d, NOTICE_REFUSED, refused->seq, 1, refused->why);
    inflight_keep(&d->inflight, refused);
    return true;
}

void deliver_keep_refused(struct deliver *d, usec_t now)
{
    struct inflight_record *refused;

    if (d->keep_failing && now < d->keep_at)
        return;
    while ((refused = inflight_find_refused(&d->inflight))) {
        d->keep_failing = !keep(d, refused);
        d->keep_at = now + KEEP_AGAIN;
        if (d->keep_failing)
            return;
    }
}
