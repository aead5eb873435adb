/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two tables: ids, and what is the same in an event and its log entry, where
 * each second counts how many came pushed and how many from a log. An entry
 * that has no counterpart yet takes the nearest that has one to give.
 */
#include "correlate/duplicates.h"

#include <string.h>

#include "identity.h"
#include "util/alloc.h"
#include "util/digest.h"

#define LINK_APART USEC_PER_HOUR /* at most, whatever the link */

struct duplicates {
    struct recent *ids;
    struct recent *prints;
    usec_t remember, tolerance;
    bool logs; /* some event came from a log */
};

struct duplicates *duplicates_new(size_t limit)
{
    struct duplicates *d = XNEW(struct duplicates);

    d->ids = recent_new(limit);
    d->prints = recent_new(limit);
    d->remember = USEC_PER_DAY;
    return d;
}

void duplicates_free(struct duplicates *d)
{
    if (!d)
        return;
    recent_free(d->ids);
    recent_free(d->prints);
    free(d);
}

void duplicates_set_times(struct duplicates *d, usec_t remember,
                          usec_t tolerance)
{
    d->remember = remember;
    d->tolerance = tolerance;
}

/* The entry, if it has a counterpart to give to this side. */
static const struct recent_item *counterpart(const struct duplicates *d,
                                             const uint8_t *key, bool is_log)
{
    const struct recent_item *item = recent_find(d->prints, key);

    if (!item)
        return NULL;
    return (is_log ? item->live > item->log : item->log > item->live) ? item
                                                                      : NULL;
}

/* The nearest in time, within the tolerance. */
static const struct recent_item *find_near(const struct duplicates *d,
                                           const uint8_t *print, usec_t time,
                                           bool is_log)
{
    const struct recent_item *item = NULL;
    uint8_t key[RECENT_KEY_LEN];

    for (usec_t apart = 0; !item && apart <= d->tolerance;
         apart += USEC_PER_SEC) {
        recall_key_at(print, time - apart, key);
        item = counterpart(d, key, is_log);
        recall_key_at(print, time + apart, key);
        item = item ?: counterpart(d, key, is_log);
    }
    return item;
}

/*
 * Whether the two ends of a link are one event, by whatever message. A log that
 * was cleared gives its numbers again: then the times differ, and mostly what
 * is said. iLO's number has the time of the entry in it.
 */
static bool is_same_entry(const struct duplicates *d, const struct event *e,
                          const struct recent_item *item)
{
    usec_t time = (usec_t)event_int(e, EVENT_TIME, 0);
    usec_t apart = MAX_OF(item->time, time) - MIN_OF(item->time, time);
    uint8_t print[RECENT_KEY_LEN], key[RECENT_KEY_LEN];

    if (apart <= d->tolerance)
        return true;
    if (apart > LINK_APART || event_has(e, EVENT_LOG_NUMBER))
        return apart <= LINK_APART;
    recall_print(e, print);
    recall_key_at(print, item->time, key);
    return recent_find(d->prints, key) != NULL;
}

static const struct recent_item *find_linked(const struct duplicates *d,
                                             const struct event *e, bool is_log)
{
    const struct recent_item *item;
    uint8_t link[RECENT_KEY_LEN];

    if (!recall_link(e, link))
        return NULL;
    item = counterpart(d, link, is_log);
    return item && is_same_entry(d, e, item) ? item : NULL;
}

/* By the link, by what they are, and last by what they say. */
static const struct recent_item *find_twin(const struct duplicates *d,
                                           const struct event *e)
{
    usec_t time = (usec_t)event_int(e, EVENT_TIME, 0);
    bool is_log = recall_is_from_log(e);
    const struct recent_item *item = find_linked(d, e, is_log);
    uint8_t print[RECENT_KEY_LEN];

    recall_print(e, print);
    item = item ?: find_near(d, print, time, is_log);
    if (!item && recall_text(e, print))
        item = find_near(d, print, time, is_log);
    return item;
}

static void take_id(struct event *e, const uint8_t own[RECENT_KEY_LEN],
                    const struct recent_item *item)
{
    struct recall_twin twin = {.time = item->time};
    char hex[2 * RECENT_KEY_LEN + 1];

    memcpy(twin.own_id, own, sizeof(twin.own_id));
    event_set_text(e, EVENT_TWIN, (const char *)&twin, sizeof(twin));
    digest_hex(item->id, RECENT_KEY_LEN, hex);
    event_set(e, EVENT_ID, hex);
}

bool duplicates_check(const struct duplicates *d, struct event *e)
{
    usec_t received = (usec_t)event_int(e, EVENT_RECEIVED, 0);
    bool is_log = recall_is_from_log(e);
    const struct recent_item *item;
    uint8_t id[RECENT_KEY_LEN];

    if (event_has(e, EVENT_GENERATED) || !identity_get(e, id))
        return false;
    item = recent_find(d->ids, id);
    if (item && item->until > received)
        return true;
    if ((!is_log && !d->logs) || !recall_is_timed(e))
        return false;
    item = find_twin(d, e);
    if (!item || item->until <= received)
        return false;
    take_id(e, id, item);
    return true;
}

static void count(struct duplicates *d, const char *bmc, const struct recall *r,
                  const uint8_t *key)
{
    struct recent_item *item =
        recent_put(d->prints, bmc, key, r->received, r->received + d->remember);

    if (item->live + item->log == 0)
        memcpy(item->id, r->id, sizeof(item->id));
    item->time = r->time;
    item->log = (uint16_t)(item->log + r->from_log);
    item->live = (uint16_t)(item->live + !r->from_log);
}

static bool is_zero(const uint8_t key[RECENT_KEY_LEN])
{
    static const uint8_t zero[RECENT_KEY_LEN];

    return memcmp(key, zero, sizeof(zero)) == 0;
}

void duplicates_apply(struct duplicates *d, const char *bmc,
                      const struct recall *recall)
{
    uint8_t key[RECENT_KEY_LEN];

    recent_put(d->ids, bmc, recall->id, recall->received,
               recall->received + d->remember)
        ->time = recall->time;
    d->logs |= recall->from_log;
    if (!is_zero(recall->key)) {
        recall_key_at(recall->key, recall->time, key);
        count(d, bmc, recall, key);
    }
    if (!is_zero(recall->link))
        count(d, bmc, recall, recall->link);
}
