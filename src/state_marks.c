/* SPDX-License-Identifier: Apache-2.0 */
/* From records to marks, and from marks to BMCs; see state_marks.h. */
#include "state_marks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bmc.h"
#include "correlate/recall.h"
#include "util/alloc.h"

#define NAME_SSE "sse"
#define NAME_SEEN "seen"
#define NAME_PUSHED "pushed"
#define NAME_LOG "log "

struct times {
    usec_t seen, pushed; /* real; 0: not in this transaction */
};

static void gather_times(struct state_marks *m, const char *bmc,
                         const struct event *record)
{
    struct times *times;

    if (event_has(record, EVENT_GENERATED))
        return;
    if (!m->times)
        m->times = hashmap_new();
    times = hashmap_find(m->times, bmc);
    if (!times) {
        times = XNEW(struct times);
        hashmap_set(m->times, bmc, times);
    }
    times->seen = (usec_t)event_int(record, EVENT_RECEIVED, 0);
    if (!recall_is_from_log(record) && !event_has(record, EVENT_IN_GAP))
        times->pushed = times->seen;
}

static int keep_log(struct state *s, const char *bmc, const char *text,
                    struct error *err)
{
    _cleanup_free_ char *name = NULL, *value = NULL;
    struct log_cursor cursor;
    const char *uri = log_marks_parse(text, &cursor);

    if (!uri)
        return 0;
    name = xasprintf(NAME_LOG "%s", uri);
    value = xstrndup(text, (size_t)(uri - text) - 1);
    return state_set_mark(s, bmc, name, value, err);
}

int state_marks_apply(struct state_marks *m, struct state *s,
                      const struct event *record, struct error *err)
{
    const char *bmc = event_text(record, EVENT_BMC_NAME, NULL), *text;
    size_t cursor = 0;
    int r = 0;

    if (!bmc)
        return 0;
    gather_times(m, bmc, record);
    text = event_text(record, EVENT_SSE_ID, NULL);
    if (text)
        r = state_set_mark(s, bmc, NAME_SSE, text, err);
    while (r == 0 &&
           (text = event_next(record, EVENT_LOG_CURSOR, &cursor, NULL)))
        r = keep_log(s, bmc, text, err);
    return r;
}

static int save_time(struct state *s, const char *bmc, const char *name,
                     usec_t time, struct error *err)
{
    char value[24];

    snprintf(value, sizeof(value), "%" PRIu64, time);
    return time ? state_set_mark(s, bmc, name, value, err) : 0;
}

int state_marks_save(struct state_marks *m, struct state *s, struct error *err)
{
    const char *bmc;
    size_t cursor = 0;
    void *value;
    int r = 0;

    while (r == 0 && m->times &&
           hashmap_next(m->times, &cursor, &bmc, &value)) {
        const struct times *times = value;

        r = save_time(s, bmc, NAME_SEEN, times->seen, err);
        r = r < 0 ? r : save_time(s, bmc, NAME_PUSHED, times->pushed, err);
    }
    state_marks_done(m);
    return r;
}

void state_marks_done(struct state_marks *m)
{
    size_t cursor = 0;
    void *times;

    while (m->times && hashmap_next(m->times, &cursor, NULL, &times))
        free(times);
    hashmap_free(TAKE(m->times));
}

void state_marks_restore(struct bmc *bmc, const char *name, const char *value)
{
    struct log_cursor cursor;

    if (strcmp(name, NAME_SSE) == 0)
        bmc_set_sse_id(bmc, value);
    else if (strcmp(name, NAME_SEEN) == 0)
        bmc->last_event = strtoull(value, NULL, 10);
    else if (strcmp(name, NAME_PUSHED) == 0)
        bmc->last_pushed = strtoull(value, NULL, 10);
    else if (strncmp(name, NAME_LOG, strlen(NAME_LOG)) == 0 &&
             log_cursor_parse(value, &cursor))
        log_marks_set(&bmc->logs, name + strlen(NAME_LOG), &cursor);
}
