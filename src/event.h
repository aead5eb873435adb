/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event is one flat table of fields: an entry after another of field
 * number, length and value, in one run of bytes that is also what the spool
 * holds, so that nothing has to be parsed on a sink's side. Built by decode,
 * completed by the stages, read-only after resolve but for the outcome.
 *
 * Field numbers are part of the disk format: new ones are added at the end,
 * none is ever given away again. The same enum drives formats and matchers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/clock.h"
#include "util/macro.h"

enum event_field {
    EVENT_ID = 1,
    EVENT_TIME,
    EVENT_RECEIVED,
    EVENT_EVENT_TIME, /* the BMC's own text where it differs from time */
    EVENT_COLLECTOR,
    EVENT_BMC_NAME,
    EVENT_BMC_URL,
    EVENT_BMC_LABEL, /* "name=value", repeated */
    EVENT_BMC_VENDOR,
    EVENT_BMC_MODEL,
    EVENT_BMC_SERIAL,
    EVENT_BMC_UUID,
    EVENT_SOURCE,
    EVENT_MESSAGE_ID,
    EVENT_REGISTRY,
    EVENT_REGISTRY_VERSION,
    EVENT_KEY,
    EVENT_SEVERITY, /* enum severity */
    EVENT_MESSAGE,
    EVENT_ARG, /* repeated */
    EVENT_RESOLUTION,
    EVENT_RESOLVED_FROM,
    EVENT_ORIGIN,
    EVENT_ORIGIN_TYPE,
    EVENT_EVENT_TYPE,
    EVENT_EVENT_ID,
    EVENT_GROUP_ID,
    EVENT_MEMBER_ID,
    EVENT_LOG_ENTRY,
    EVENT_CONDITION_STATE,
    EVENT_CONDITION_ID,
    EVENT_CONDITION_COUNT,
    EVENT_CONDITION_FIRST,
    EVENT_CONDITION_LAST,
    EVENT_CONDITION_CLEARS,   /* repeated */
    EVENT_CONDITION_DURATION, /* seconds */
    EVENT_QUIRK,              /* repeated */
    EVENT_OEM,                /* JSON */
    EVENT_RAW,                /* the record as it came */
    /* For Trawl's own use, in no format: */
    EVENT_OUTCOME,           /* enum outcome (ledger.h) */
    EVENT_SINK,              /* names of the sinks it goes to, repeated */
    EVENT_SSE_ID,            /* Last-Event-ID to ask for after this event */
    EVENT_REGISTRY_SEVERITY, /* enum severity, as the registry has it */
    EVENT_QUARANTINE_REASON,
    EVENT_GENERATED,     /* 1: Trawl's own voice, not a BMC's record */
    EVENT_CONDITION_ROW, /* conditions as they are afterwards (condition.h) */
    EVENT_ECHO,          /* what was cleared here, keys (recall.h) */
    EVENT_TWIN,          /* which event this is another record of (recall.h) */
    EVENT_SETTLED,       /* so many held records go on as this one */
    EVENT_CANCELLED,     /* so many held records end with this one */
    EVENT_REPAIRED,      /* 1: a log entry that says it is over by now */
    EVENT_LOG_CURSOR, /* where a log goes on after it (log_cursor.h), repeated
                       */
    EVENT_IN_GAP,     /* 1: it came while others may have been missed (bmc.h) */
    EVENT_BMC_HOST,   /* in formats: what the managed system calls itself */
    EVENT_LOG_NUMBER, /* iLO's log, number and time of its entry (decode_log.c)
                       */
    EVENT_FIELD_END
};

enum event_type {
    EVENT_TYPE_TEXT,
    EVENT_TYPE_LIST, /* text that may be there more than once */
    EVENT_TYPE_INT,
    EVENT_TYPE_TIME, /* usec_t, real */
    EVENT_TYPE_SEVERITY,
    EVENT_TYPE_JSON,
};

enum severity {
    SEVERITY_UNKNOWN,
    SEVERITY_OK,
    SEVERITY_WARNING,
    SEVERITY_CRITICAL,
};

struct event {
    const char *data; /* own.data, or the bytes of somebody else */
    size_t len;
    uint32_t first[EVENT_FIELD_END]; /* 1 + offset of a field's first entry */
    struct buffer own;
};

struct event *event_new(void);

/* NULL is accepted. */
void event_free(struct event *e);
DEFINE_FREEP(struct event, event_free);

/*
 * Makes `e` (which owns nothing) a view of the bytes of an event, which must
 * outlive it. -EBADMSG if they are no table; unknown fields are skipped.
 */
int event_view(struct event *e, const void *data, size_t len);

/* Sets a field of text or JSON, in place of what was there. */
void event_set_text(struct event *e, enum event_field f, const char *text,
                    size_t len);

/* The same for NUL-terminated text; NULL does nothing. */
void event_set(struct event *e, enum event_field f, const char *text);

/* Sets a field of type INT, TIME or SEVERITY. */
void event_set_int(struct event *e, enum event_field f, int64_t value);

/* Adds one more value to a LIST. */
void event_add(struct event *e, enum event_field f, const char *text,
               size_t len);

/* Takes all values of a field away. */
void event_unset(struct event *e, enum event_field f);

bool event_has(const struct event *e, enum event_field f);

/* The text, NUL-terminated, or NULL; `ret_len` may be NULL. */
const char *event_text(const struct event *e, enum event_field f,
                       size_t *ret_len);

/* The number, or `otherwise` if the field is absent. */
int64_t event_int(const struct event *e, enum event_field f, int64_t otherwise);

/* Walks a LIST: start with *cursor = 0; NULL at the end. */
const char *event_next(const struct event *e, enum event_field f,
                       size_t *cursor, size_t *ret_len);

/* The dotted name of a field in format json ("bmc.name"), and its type. */
const char *event_field_name(enum event_field f);
enum event_type event_field_type(enum event_field f);

/* "OK", "Warning", "Critical", "unknown". */
const char *event_severity_name(enum severity s);

/*
 * What BMCs write for a severity, whatever their spelling ("Informational",
 * "Fatal", "Repaired": wire facts 4.3). UNKNOWN if it means nothing to us.
 */
enum severity event_severity_parse(const char *text, size_t len);
