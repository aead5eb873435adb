/* SPDX-License-Identifier: Apache-2.0 */
/* What the database keeps of conditions; see condition_state.h. */
#include "correlate/condition_state.h"

#include <string.h>

#include "identity.h"
#include "correlate/recall.h"
#include "util/alloc.h"

struct applying {
    struct state *state;
    struct error *err;
    int result;
};

/* What a condition is about, without what only its record needs. */
static struct event *without_the_rest(const struct event *e)
{
    static const enum event_field kept[] = {
        EVENT_BMC_NAME, EVENT_MESSAGE_ID, EVENT_REGISTRY, EVENT_KEY,
        EVENT_ORIGIN,   EVENT_MESSAGE,    EVENT_ARG,
    };
    struct event *copy = event_new();

    for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
        size_t cursor = 0, len;
        const char *text;

        while ((text = event_next(e, kept[i], &cursor, &len)))
            event_add(copy, kept[i], text, len);
    }
    return copy;
}

static int put(struct state *s, const struct condition_row *row,
               struct state_bytes bytes, const struct event *record,
               struct error *err)
{
    _cleanup_(event_freep) struct event *about = NULL;
    struct state_bytes key = {row->key, sizeof(row->key)}, event = {0};
    uint8_t id[CONDITION_KEY_LEN] = {0};

    if (!(row->flags & CONDITION_OWN))
        return state_put_condition(s, key, bytes, event, false, err);
    identity_get(record, id);
    about = without_the_rest(record);
    event = (struct state_bytes){about->data, about->len};
    if (row->phase == CONDITION_HELD) /* it goes on from here, whole */
        event = (struct state_bytes){record->data, record->len};
    return state_put_condition(s, key, bytes, event,
                               memcmp(id, row->raise, sizeof(id)) == 0, err);
}

static void remember(void *userdata, const char *bmc,
                     const struct recall *recall)
{
    struct applying *a = userdata;
    struct state_bytes item = {recall, sizeof(*recall)};

    if (a->result == 0)
        a->result = state_add_memory(a->state, bmc, item, a->err);
}

int condition_state_apply(struct state *s, const struct event *record,
                          struct error *err)
{
    struct applying a = {.state = s, .err = err};
    usec_t times[CONDITION_TIMES_MAX];
    struct condition_whole w;
    size_t cursor = 0, len;
    const char *row;

    while (a.result == 0 &&
           (row = event_next(record, EVENT_CONDITION_ROW, &cursor, &len))) {
        struct state_bytes key = {w.row.key, sizeof(w.row.key)};

        if (!condition_read(row, len, times, &w))
            continue;
        if (w.row.phase == CONDITION_OVER)
            a.result = state_end_condition(s, key, err);
        else
            a.result =
                put(s, &w.row, (struct state_bytes){row, len}, record, err);
    }
    if (a.result == 0)
        recall_each(record, remember, &a);
    return a.result;
}

static void load_condition(void *userdata, struct state_bytes row,
                           struct state_bytes event)
{
    struct event about;

    if (row.data && event_view(&about, event.data, event.len) == 0)
        correlate_restore(userdata, row.data, row.len, &about);
}

static void load_memory(void *userdata, struct state_bytes bmc,
                        struct state_bytes item)
{
    _cleanup_free_ char *name = xstrndup(bmc.data ? bmc.data : "", bmc.len);
    struct recall recall;

    if (item.len != sizeof(recall) || !item.data)
        return;
    memcpy(&recall, item.data, sizeof(recall));
    correlate_recall(userdata, name, &recall);
}

int condition_state_load(struct state *s, struct correlator *c,
                         struct error *err)
{
    int r = state_each_condition(s, load_condition, c, err);

    return r < 0 ? r : state_each_memory(s, load_memory, c, err);
}
