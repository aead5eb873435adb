/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When an event happened: the BMC's time if it can be, else the receipt's. A
 * BMC whose clock was never set says 1970 or the year 0, and one whose clock
 * runs away must not put its events into the future of everybody else.
 */
#include "decode/decode_record.h"

#include <string.h>

#include "util/clock.h"

#define TIME_FIRST ((usec_t)1420070400 * USEC_PER_SEC) /* 2015-01-01 */
#define TIME_AHEAD USEC_PER_HOUR
#define YEAR_1971 ((usec_t)31536000 * USEC_PER_SEC)

/* Seconds or, with 13 digits, milliseconds since 1970. */
static bool parse_epoch(const char *text, size_t len, usec_t *ret)
{
    usec_t value = 0;

    if (len == 0 || len > 13 || strspn(text, "0123456789") != len)
        return false;
    for (size_t i = 0; i < len; i++)
        value = value * 10 + (usec_t)(text[i] - '0');
    *ret = value * (len == 13 ? USEC_PER_MSEC : USEC_PER_SEC);
    return true;
}

/* "+0300": the sign stands five from the end, and no colon after it. */
static bool has_plain_offset(const char *text, size_t len)
{
    return len > 20 && (text[len - 5] == '+' || text[len - 5] == '-') &&
           strspn(text + len - 4, "0123456789") == 4;
}

static bool parse(struct record *r, const char *text, size_t len, usec_t *ret,
                  bool *ret_zoneless)
{
    *ret_zoneless = false;
    if (parse_epoch(text, len, ret)) {
        record_note(r, QUIRK_TIMESTAMP_EPOCH);
        return true;
    }
    if (!clock_parse(text, len, ret, ret_zoneless))
        return false;
    if (*ret_zoneless)
        record_note(r, QUIRK_TIMESTAMP_ZONELESS);
    if (has_plain_offset(text, len))
        record_note(r, QUIRK_TIMESTAMP_OFFSET);
    return true;
}

/* Whether `value` is a time that can be; `ret_plain` if it reads as it is. */
static bool take(struct record *r, const struct json_value *value, usec_t *ret,
                 bool *ret_plain)
{
    usec_t received = r->envelope->options->received;
    size_t len = 0;
    const char *text = json_in_text(value, &len);
    bool zoneless;

    *ret_plain = false;
    if (!text || !parse(r, text, len, ret, &zoneless)) {
        record_note(r, text && len > 9 && strncmp(text, "0000-00-00", 10) == 0
                           ? QUIRK_TIMESTAMP_ZERO
                           : QUIRK_TIMESTAMP_UNREADABLE);
        return false;
    }
    if (*ret < TIME_FIRST || *ret > received + TIME_AHEAD) {
        record_note(r, *ret < YEAR_1971 ? QUIRK_TIMESTAMP_ZERO
                                        : QUIRK_TIMESTAMP_OUT_OF_RANGE);
        return false;
    }
    *ret_plain = !zoneless;
    return true;
}

usec_t decode_time_read(const struct json_value *value)
{
    size_t len = 0;
    const char *text = value ? json_in_text(value, &len) : NULL;
    usec_t time;

    if (!text || (!parse_epoch(text, len, &time) &&
                  !clock_parse(text, len, &time, NULL)))
        return 0;
    return time;
}

/* A text of no length is as good as none. */
static const struct json_value *present(const struct json_value *value)
{
    size_t len = 1;

    if (value && json_in_text(value, &len) && len == 0)
        return NULL;
    return value;
}

/* The time of Created where EventTimestamp gave none. */
static usec_t time_created(struct record *r, const struct json_value *created,
                           usec_t otherwise)
{
    usec_t time;
    bool plain;

    return created && take(r, created, &time, &plain) ? time : otherwise;
}

void decode_time(struct record *r)
{
    const struct json_value *sent = present(r->fields[FIELD_EVENT_TIMESTAMP]);
    const struct json_value *created = present(r->fields[FIELD_CREATED]);
    usec_t received = r->envelope->options->received, time = received;
    bool plain = true;

    if (!sent) {
        sent = created;
        created = NULL;
    }
    if (!sent && !r->quirks.met[QUIRK_RECORD_REFERENCE])
        record_note(r, QUIRK_TIMESTAMP_MISSING);
    if (sent && !take(r, sent, &time, &plain))
        time = time_created(r, created, received);
    event_set_int(r->event, EVENT_TIME, (int64_t)time);
    if (!plain)
        record_put(r, EVENT_EVENT_TIME, sent, QUIRK_FIELD_TYPE);
    if (created)
        record_keep(r, "Created", created);
}
