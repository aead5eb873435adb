/* SPDX-License-Identifier: Apache-2.0 */
/* What records leave behind; see recall.h. */
#include "correlate/recall.h"

#include <string.h>

#include "identity.h"
#include "ledger.h"
#include "util/digest.h"

bool recall_is_timed(const struct event *e)
{
    return event_int(e, EVENT_TIME, 0) != event_int(e, EVENT_RECEIVED, 0);
}

bool recall_is_from_log(const struct event *e)
{
    const char *source = event_text(e, EVENT_SOURCE, NULL);

    return source &&
           (strcmp(source, "log") == 0 || strcmp(source, "poll") == 0);
}

static void add_field(struct digest *d, const struct event *e,
                      enum event_field f)
{
    size_t len = 0;
    const char *text = event_text(e, f, &len);

    digest_add_counted(d, text ? text : "", len);
}

/* What a message goes by: key, MessageId, or nothing but its text. */
static enum event_field name_of(const struct event *e)
{
    if (event_has(e, EVENT_KEY))
        return EVENT_KEY;
    return event_has(e, EVENT_MESSAGE_ID) ? EVENT_MESSAGE_ID : EVENT_MESSAGE;
}

/* Which BMC said what; a log has another EventId. */
static struct digest *begin(const struct event *e)
{
    struct digest *d = digest_begin();

    add_field(d, e, EVENT_BMC_NAME);
    add_field(d, e, EVENT_REGISTRY);
    add_field(d, e, name_of(e));
    return d;
}

static void end(struct digest *d, uint8_t ret[RECENT_KEY_LEN])
{
    uint8_t sum[DIGEST_LEN];

    digest_end(d, sum);
    memcpy(ret, sum, RECENT_KEY_LEN);
}

/* Lenovo's events name the log as their origin, and its entries none. */
static void add_origin(struct digest *d, const struct event *e)
{
    size_t len = 0;
    const char *text = event_text(e, EVENT_ORIGIN, &len);

    if (!text || strstr(text, "/LogServices/"))
        digest_add_counted(d, "", 0);
    else
        digest_add_counted(d, text, len);
}

void recall_print(const struct event *e, uint8_t ret[RECENT_KEY_LEN])
{
    struct digest *d = begin(e);
    size_t cursor = 0, len;
    const char *arg;

    add_origin(d, e);
    while ((arg = event_next(e, EVENT_ARG, &cursor, &len)))
        digest_add_counted(d, arg, len);
    end(d, ret);
}

static bool has_link(const struct event *e)
{
    return event_has(e, EVENT_LOG_NUMBER) || event_has(e, EVENT_LOG_ENTRY);
}

/* That of a BMC, by itself. */
static void digest_of(const struct event *e, enum event_field f,
                      uint8_t ret[RECENT_KEY_LEN])
{
    const char *name = event_field_name(f);
    struct digest *d = digest_begin();

    digest_add_counted(d, name, strlen(name));
    add_field(d, e, EVENT_BMC_NAME);
    add_field(d, e, f);
    end(d, ret);
}

bool recall_link(const struct event *e, uint8_t ret[RECENT_KEY_LEN])
{
    if (!has_link(e))
        return false;
    digest_of(
        e, event_has(e, EVENT_LOG_NUMBER) ? EVENT_LOG_NUMBER : EVENT_LOG_ENTRY,
        ret);
    return true;
}

/* A text that somebody wrote, of a side that has nothing better. */
static bool meets_by_text(const struct event *e)
{
    const char *text = event_text(e, EVENT_MESSAGE, NULL);
    const char *from = event_text(e, EVENT_RESOLVED_FROM, NULL);

    if (!text || !*text || (from && strcmp(from, "none") == 0))
        return false;
    return recall_is_from_log(e) ? !event_has(e, EVENT_REGISTRY) : !has_link(e);
}

bool recall_text(const struct event *e, uint8_t ret[RECENT_KEY_LEN])
{
    if (!meets_by_text(e))
        return false;
    digest_of(e, EVENT_MESSAGE, ret);
    return true;
}

void recall_key_at(const uint8_t print[RECENT_KEY_LEN], usec_t time,
                   uint8_t ret[RECENT_KEY_LEN])
{
    uint64_t second = time / USEC_PER_SEC, part;

    memcpy(ret, print, RECENT_KEY_LEN);
    memcpy(&part, ret, sizeof(part));
    part ^= second * UINT64_C(0xd6e8feb86659fd93);
    memcpy(ret, &part, sizeof(part));
}

static bool has_name(const struct event *e)
{
    return event_has(e, name_of(e));
}

static bool is_zero(const uint8_t key[RECENT_KEY_LEN])
{
    static const uint8_t zero[RECENT_KEY_LEN];

    return memcmp(key, zero, sizeof(zero)) == 0;
}

static void fill(const struct event *e, struct recall *r)
{
    *r = (struct recall){
        .kind = RECALL_SEEN,
        .from_log = recall_is_from_log(e),
        .time = (usec_t)event_int(e, EVENT_TIME, 0),
        .received = (usec_t)event_int(e, EVENT_RECEIVED, 0),
    };
    identity_get(e, r->id);
}

/*
 * The id it came with, which leads to the other event's id from now on; the
 * print counts where the other one stands.
 */
static void heed_twin(const struct event *e, struct recall *r,
                      struct recall *ret_own)
{
    size_t len;
    const char *bytes = event_text(e, EVENT_TWIN, &len);
    struct recall_twin twin;

    *ret_own = (struct recall){0};
    if (!bytes || len != sizeof(twin))
        return;
    memcpy(&twin, bytes, sizeof(twin));
    *ret_own = *r;
    memcpy(ret_own->id, twin.own_id, sizeof(twin.own_id));
    r->time = twin.time;
}

static void each_seen(const struct event *e, const char *bmc,
                      void (*each)(void *userdata, const char *bmc,
                                   const struct recall *recall),
                      void *userdata)
{
    uint8_t text[RECENT_KEY_LEN];
    struct recall seen, own;
    bool again = event_int(e, EVENT_OUTCOME, 0) == OUTCOME_SUPPRESSED_DUPLICATE;

    if (!recall_is_timed(e) && !event_has(e, EVENT_EVENT_ID))
        return; /* no way to know it again */
    fill(e, &seen);
    heed_twin(e, &seen, &own);
    if (own.kind)
        each(userdata, bmc, &own);
    if (recall_is_timed(e) && (!again || own.kind)) {
        recall_print(e, seen.key);
        recall_link(e, seen.link);
    }
    each(userdata, bmc, &seen);
    if (is_zero(seen.key) || !recall_text(e, text))
        return;
    memset(seen.key, 0, sizeof(seen.key));
    recall_key_at(text, seen.time, seen.link);
    each(userdata, bmc, &seen);
}

void recall_each(const struct event *record,
                 void (*each)(void *userdata, const char *bmc,
                              const struct recall *recall),
                 void *userdata)
{
    const char *bmc = event_text(record, EVENT_BMC_NAME, NULL) ?: "";
    size_t len = 0;
    const char *keys = event_text(record, EVENT_ECHO, &len);
    struct recall echo;

    if (!event_has(record, EVENT_GENERATED) &&
        !event_has(record, EVENT_SETTLED) &&
        !event_has(record, EVENT_QUARANTINE_REASON) && has_name(record))
        each_seen(record, bmc, each, userdata);
    fill(record, &echo);
    echo.kind = RECALL_ECHO;
    if (!recall_is_timed(record))
        echo.time = 0; /* nothing is known to be older */
    for (size_t at = 0; at + RECENT_KEY_LEN <= len; at += RECENT_KEY_LEN) {
        memcpy(echo.key, keys + at, RECENT_KEY_LEN);
        each(userdata, bmc, &echo);
    }
}
