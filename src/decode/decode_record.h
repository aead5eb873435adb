/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of a payload on its way to becoming an event. decode.c finds the
 * records and calls decode_record(); the files below it each read one kind of
 * field: decode_ids.c, decode_message.c, decode_origin.c and decode_time.c.
 * Private to decode.
 */
#pragma once

#include "decode.h"
#include "decode/json_in.h"
#include "decode/quirks.h"

enum record_field {
    FIELD_CREATED,
    FIELD_EVENT_GROUP_ID,
    FIELD_EVENT_ID,
    FIELD_EVENT_TIMESTAMP,
    FIELD_EVENT_TYPE,
    FIELD_ID,
    FIELD_LINKS,
    FIELD_LOG_ENTRY,
    FIELD_MEMBER_ID,
    FIELD_MESSAGE,
    FIELD_MESSAGE_ARGS,
    FIELD_MESSAGE_ID,
    FIELD_MESSAGE_SEVERITY,
    FIELD_OEM,
    FIELD_ORIGIN,
    FIELD_RESOLUTION,
    FIELD_SEVERITY,
    FIELD_CONTEXT, /* may hold a secret: kept nowhere */
    FIELD_END
};

/* What the records of one payload share; owned by decode.c. */
struct decode_envelope {
    const struct decode_options *options;
    struct quirks quirks; /* of the bytes and of the envelope */
    struct buffer others; /* members of unknown fields: "a":1,"b":{} */
};

struct record {
    const struct decode_envelope *envelope;
    const struct json_value *object;
    const struct json_value *fields[FIELD_END]; /* NULL: absent or null */
    bool exact[FIELD_END]; /* ... and in the schema's spelling */
    struct event *event;   /* not owned */
    struct quirks quirks;
    struct buffer others; /* members for EVENT_OEM, as in the envelope */
    bool keep_raw;        /* something did not fit */
};

/* The field that a key names, FIELD_END if none; `ret_exact`: spelt so. */
enum record_field decode_field_find(const char *key, size_t len,
                                    bool *ret_exact);

/* The event of a record (any object); the caller frees it. */
struct event *decode_record(const struct decode_envelope *envelope,
                            const struct json_value *object);

/* For the readers of fields: */

void record_note(struct record *r, enum quirk quirk);

/*
 * Sets or adds `value` as text, within the limit of a text. A number, object
 * or array is kept as its JSON; `odd` is noted then. False if it is empty.
 */
bool record_put(struct record *r, enum event_field f,
                const struct json_value *value, enum quirk odd);

/* Keeps a value that has no field of its own in EVENT_OEM. */
void record_keep(struct record *r, const char *key,
                 const struct json_value *value);

/* Adds a member to others; false if it does not fit any more. */
bool decode_add_member(struct buffer *others, const char *key,
                       const struct json_value *value);

void decode_ids(struct record *r);
void decode_message(struct record *r);
void decode_severity(struct record *r);
void decode_origin(struct record *r);
void decode_time(struct record *r);

/* After the others, if the record is an entry of a log. */
void decode_log(struct record *r);

/* Of an event: which entry of iLO's log tells of the same. */
void decode_log_number(struct record *r);

/* The members of a log's page, or NULL if the object is no page. */
const struct json_value *decode_log_members(const struct json_value *object);

/* Whether an object can be an entry of a log, or a link to one. */
bool decode_log_is_entry(const struct json_value *object);

/* A key that says nothing about the event. */
bool decode_log_is_dull(const char *key);

/* Whether the entry says that what it told of is over. */
bool decode_log_is_repaired(const struct json_value *entry);

/* The entry's number in all that its log ever had (iLO); NULL: not said. */
const struct json_value *decode_log_serial(const struct json_value *entry);

/* When the entry was last changed, as it says; NULL if it does not. */
const struct json_value *decode_log_changed(const struct json_value *entry);

/* A time as BMCs write it, however absurd; 0 if it is none at all. */
usec_t decode_time_read(const struct json_value *value);
