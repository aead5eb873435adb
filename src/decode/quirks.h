/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The deviations that Trawl knows from real BMCs: decode notes each one that
 * it meets in the event (EVENT_QUIRK), so that an operator sees what a firmware
 * does and a reader of events knows what was repaired. What each means and who
 * sends it stands in quirks.c, in one table.
 *
 * An absent OriginOfCondition or Context, a MessageSeverity without Severity
 * and an Oem object are no deviations: the schema allows them.
 */
#pragma once

#include <stdbool.h>

#include "event.h"

enum quirk {
    /* Bytes: the text is no JSON as RFC 8259 wants it. */
    QUIRK_BYTE_ORDER_MARK,
    QUIRK_LATIN1_BYTES,
    QUIRK_LONE_SURROGATE,
    QUIRK_CONTROL_CHARACTER,
    QUIRK_BAD_ESCAPE,
    QUIRK_MISSING_COMMA,
    QUIRK_STRAY_COMMA,
    QUIRK_BARE_WORD,
    QUIRK_COMMENT,
    QUIRK_SEVERAL_DOCUMENTS,
    QUIRK_TRAILING_BYTES,
    QUIRK_NUL_CHARACTER,
    QUIRK_STREAM_LINES, /* noted by the pipeline: sse_frame.c met it */
    /* Shape: what is around the records. */
    QUIRK_EVENTS_OBJECT,
    QUIRK_EVENT_ARRAY,
    QUIRK_ALERTS_ARRAY,
    QUIRK_OPENMANAGE_ALERT,
    QUIRK_RECORDS_ARRAY,
    QUIRK_BARE_RECORD,
    QUIRK_OEM_ONLY,
    QUIRK_RECORD_REFERENCE,
    QUIRK_TYPE_MISSING,
    QUIRK_TYPE_SPELLING,
    QUIRK_ID_MISSING,
    QUIRK_ID_NUMBER,
    QUIRK_PATH_DOUBLED,
    QUIRK_KEY_CASE,
    QUIRK_DUPLICATE_KEY,
    QUIRK_LOG_ENTRY_FIELDS,
    /* Fields of a record. */
    QUIRK_MESSAGE_ID_MISSING,
    QUIRK_MESSAGE_ID_NULL,
    QUIRK_MESSAGE_ID_ERRATUM,
    QUIRK_MESSAGE_ID_V_VERSION,
    QUIRK_MESSAGE_ID_NO_VERSION,
    QUIRK_MESSAGE_ID_BARE,
    QUIRK_MESSAGE_ID_CLASS_CODE,
    QUIRK_MESSAGE_ID_HEX,
    QUIRK_MESSAGE_ID_OEM,
    QUIRK_MESSAGE_ID_URI,
    QUIRK_EVENT_ID_MISSING,
    QUIRK_EVENT_ID_NUMBER,
    QUIRK_EVENT_ID_ZERO,
    QUIRK_EVENT_ID_PATH,
    QUIRK_MEMBER_ID_MISSING,
    QUIRK_MEMBER_ID_NUMBER,
    QUIRK_EVENT_TYPE_MISSING,
    QUIRK_EVENT_TYPE_INVALID,
    QUIRK_TIMESTAMP_MISSING,
    QUIRK_TIMESTAMP_ZERO,
    QUIRK_TIMESTAMP_ZONELESS,
    QUIRK_TIMESTAMP_OFFSET,
    QUIRK_TIMESTAMP_EPOCH,
    QUIRK_TIMESTAMP_UNREADABLE,
    QUIRK_TIMESTAMP_OUT_OF_RANGE,
    QUIRK_SEVERITY_MISSING,
    QUIRK_SEVERITY_SPELLING,
    QUIRK_SEVERITY_CONFLICT,
    QUIRK_MESSAGE_MISSING,
    QUIRK_MESSAGE_PLACEHOLDER,
    QUIRK_MESSAGE_ARGS_NULL,
    QUIRK_MESSAGE_ARGS_TYPE,
    QUIRK_ORIGIN_STRING,
    QUIRK_ORIGIN_SLASH,
    QUIRK_ORIGIN_EMPTY,
    QUIRK_FIELD_TYPE,
    QUIRK_TEXT_CUT,
    QUIRK_OEM_CUT,
    QUIRK_LOG_ENTRY_EDITED,
    QUIRK_LOG_ENTRY_REPAIRED,
    /* Of the registry, noted by correlate. */
    QUIRK_CLEARING_REPAIRED,
    QUIRK_END
};

/* Those met in one payload or record; begins as {0}. */
struct quirks {
    bool met[QUIRK_END];
};

/* What stands in an event, such as "origin-string". */
const char *quirks_name(enum quirk quirk);

/* Notes it in an event, once: for the stages behind decode. */
void quirks_note(struct event *e, enum quirk quirk);

/* One line for people: what it means, what is made of it, who sends it. */
const char *quirks_meaning(enum quirk quirk);
