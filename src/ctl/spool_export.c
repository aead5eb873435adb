/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trawlctl spool export: records out of the spool, all of them and not only
 * what went somewhere: each as JSON, or the bytes that a BMC sent.
 */
#include <inttypes.h>
#include <stdio.h>

#include "ctl/spell.h"
#include "ctl/spool_parts.h"
#include "event.h"

struct export
{
    const struct spool_wishes *w;
    uint64_t without; /* records whose bytes were not kept */
    uint64_t broken;  /* that are no table of fields */
};

static bool is_wanted(const struct spool_wishes *w,
                      const struct spool_record *record)
{
    return record->type == SPOOL_EVENT && record->seq >= w->from &&
           record->seq <= w->to && record->time >= w->since &&
           record->time <= w->until;
}

static void print_raw(struct export *x, const struct event *e)
{
    size_t len;
    const char *raw = event_text(e, EVENT_RAW, &len);

    if (!raw) {
        x->without += event_int(e, EVENT_GENERATED, 0) == 0;
        return;
    }
    fwrite(raw, 1, len, stdout);
    putchar('\n');
}

static void print_record(struct export *x, const struct spool_record *record)
{
    static const struct spell spell = {.json = true, .outcome = true};
    _cleanup_(buffer_done) struct buffer line = {0};
    struct event e;

    if (event_view(&e, record->data, record->len) < 0) {
        x->broken++;
        return;
    }
    if (x->w->raw) {
        print_raw(x, &e);
        return;
    }
    spell_record(&spell, &e, record, &line);
    puts(line.data);
}

/* What is not in the output is said: an export may be all that is left. */
static enum spool_verdict conclude(const struct export *x, uint64_t lost)
{
    if (x->without > 0)
        fprintf(stderr,
                "trawlctl: of %" PRIu64 " records the bytes were not kept; "
                "keep_raw: true keeps them from now on\n",
                x->without);
    if (lost + x->broken == 0)
        return SPOOL_SOUND;
    fprintf(stderr,
            "trawlctl: %" PRIu64 " records could not be read; trawlctl spool "
            "check says where\n",
            lost + x->broken);
    return SPOOL_PROBLEMS;
}

enum spool_verdict spool_export(const struct spool_wishes *w)
{
    _cleanup_(history_freep) struct history *h = NULL;
    struct export x = {.w = w};
    struct spool_record record;
    struct error err = {""};
    int r = place_open(&w->place, &h);

    if (r < 0)
        return SPOOL_UNREADABLE;
    if (w->since > 0)
        r = history_seek(h, w->since, &err);
    while (r >= 0 && (r = history_next(h, &record, &err)) > 0)
        if (is_wanted(w, &record))
            print_record(&x, &record);
    if (r < 0)
        place_complain(r, &err);
    return r < 0 ? SPOOL_UNREADABLE : conclude(&x, history_lost(h));
}
