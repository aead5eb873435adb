/* SPDX-License-Identifier: Apache-2.0 */
/* The id of an event; see identity.h. */
#include "identity.h"

#include <string.h>

#include "util/digest.h"

#define SCHEMA "trawl.event/1"

static void add_field(struct digest *d, const struct event *e,
                      enum event_field f)
{
    size_t len = 0;
    const char *text = event_text(e, f, &len);

    digest_add_counted(d, text ? text : "", len);
}

static void add_number(struct digest *d, uint64_t value)
{
    char bytes[8];

    for (int i = 8; i-- > 0; value >>= 8)
        bytes[i] = (char)(value & 0xff);
    digest_add_counted(d, bytes, sizeof(bytes));
}

/* Their number first, lest the last be taken for the field that follows. */
static void add_args(struct digest *d, const struct event *e)
{
    size_t cursor = 0, len;
    const char *arg;
    uint64_t count = 0;

    while ((arg = event_next(e, EVENT_ARG, &cursor, &len)))
        count++;
    add_number(d, count);
    cursor = 0;
    while ((arg = event_next(e, EVENT_ARG, &cursor, &len)))
        digest_add_counted(d, arg, len);
}

void identity_set(struct event *e, uint32_t place, uint8_t ret_id[IDENTITY_LEN])
{
    uint64_t time = (uint64_t)event_int(e, EVENT_TIME, 0);
    uint64_t received = (uint64_t)event_int(e, EVENT_RECEIVED, 0);
    struct digest *d = digest_begin();
    char hex[2 * IDENTITY_LEN + 1];
    uint8_t sum[DIGEST_LEN];

    digest_add_counted(d, SCHEMA, strlen(SCHEMA));
    add_field(d, e, EVENT_BMC_NAME);
    if (event_has(e, EVENT_KEY)) {
        add_field(d, e, EVENT_REGISTRY);
        add_field(d, e, EVENT_KEY);
    } else if (event_has(e, EVENT_MESSAGE_ID)) {
        add_field(d, e, EVENT_MESSAGE_ID);
    } else { /* what it says is all that names it */
        add_field(d, e, EVENT_MESSAGE);
    }
    add_field(d, e, EVENT_ORIGIN);
    add_args(d, e);
    /* A time that is but the receipt's is another when it comes again. */
    add_number(d, time != received ? time : 0);
    add_field(d, e, EVENT_EVENT_ID);
    add_field(d, e, EVENT_MEMBER_ID);
    /* Then only when and where it came tells it from others. */
    if (time == received && !event_has(e, EVENT_EVENT_ID)) {
        add_number(d, received);
        add_number(d, place);
    }
    digest_end(d, sum);
    memcpy(ret_id, sum, IDENTITY_LEN);
    digest_hex(sum, IDENTITY_LEN, hex);
    event_set(e, EVENT_ID, hex);
}

/* Of nothing but what is summed up: said again, it is the same. */
void identity_set_summary(struct event *e,
                          const uint8_t condition[IDENTITY_LEN],
                          const char *state, uint64_t count)
{
    struct digest *d = digest_begin();
    char hex[2 * IDENTITY_LEN + 1];
    uint8_t sum[DIGEST_LEN];

    digest_add_counted(d, SCHEMA, strlen(SCHEMA));
    digest_add_counted(d, (const char *)condition, IDENTITY_LEN);
    digest_add_counted(d, state, strlen(state));
    add_number(d, count);
    digest_end(d, sum);
    digest_hex(sum, IDENTITY_LEN, hex);
    event_set(e, EVENT_ID, hex);
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool identity_get(const struct event *e, uint8_t ret_id[IDENTITY_LEN])
{
    size_t len = 0;
    const char *hex = event_text(e, EVENT_ID, &len);

    if (!hex || len != 2 * IDENTITY_LEN)
        return false;
    for (size_t i = 0; i < IDENTITY_LEN; i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ret_id[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}
