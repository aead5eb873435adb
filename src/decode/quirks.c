/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of quirks; see quirks.h. The names are part of what users see and
 * never change their meaning; the manual of quirks is printed from here.
 */
#include "decode/quirks.h"

#include <string.h>

struct quirk_info {
    const char *name;
    const char *meaning;
};

static const struct quirk_info quirks[QUIRK_END] = {
    [QUIRK_BYTE_ORDER_MARK] =
        {"byte-order-mark",
         "the body begins with a UTF-8 byte order mark; skipped"},
    [QUIRK_LATIN1_BYTES] =
        {"latin1-bytes",
         "bytes that are not UTF-8, read as Latin-1 (texts typed by people)"},
    [QUIRK_LONE_SURROGATE] =
        {"lone-surrogate",
         "half of an escaped UTF-16 pair, replaced by U+FFFD"},
    [QUIRK_CONTROL_CHARACTER] =
        {"control-character",
         "a raw line end, tab, NUL or other control character in the JSON, "
         "escaped inside texts, skipped outside (OME-M, SEL texts)"},
    [QUIRK_BAD_ESCAPE] =
        {"bad-escape",
         "a backslash that JSON does not know, taken as it stands"},
    [QUIRK_MISSING_COMMA] =
        {"missing-comma",
         "no comma between two values or members; put in (early OpenBMC)"},
    [QUIRK_STRAY_COMMA] =
        {"stray-comma", "a comma with no value after or before it; left out"},
    [QUIRK_BARE_WORD] =
        {"bare-word",
         "a word or number that is no JSON (NaN, 0x1F, 007), read as text"},
    [QUIRK_COMMENT] = {"comment", "a comment in the JSON; left out"},
    [QUIRK_SEVERAL_DOCUMENTS] =
        {"several-documents",
         "several JSON values after another in one body; each is read"},
    [QUIRK_TRAILING_BYTES] =
        {"trailing-bytes",
         "bytes after the JSON that are none; they go to the quarantine"},
    [QUIRK_NUL_CHARACTER] = {"nul-character",
                             "an escaped U+0000 in a text, replaced by U+FFFD"},
    [QUIRK_STREAM_LINES] = {"stream-lines",
                            "lines of an event stream without \"data:\" before "
                            "them, joined to the "
                            "line that has it"},
    [QUIRK_EVENTS_OBJECT] =
        {"events-object",
         "Events is one record in place of an array (Foxconn)"},
    [QUIRK_EVENT_ARRAY] =
        {"event-array", "the array of records is called Event (Huawei iBMC)"},
    [QUIRK_ALERTS_ARRAY] = {"alerts-array",
                            "the array of records is called Alerts"},
    [QUIRK_OPENMANAGE_ALERT] =
        {"openmanage-alert",
         "an alert of an AlertService: AlertMessageId, SeverityName, "
         "RecommendedAction and TimeStamp in place of an event's fields "
         "(OpenManage)"},
    [QUIRK_RECORDS_ARRAY] =
        {"records-array",
         "the body is an array of records without an envelope"},
    [QUIRK_BARE_RECORD] =
        {"bare-record",
         "the body is one record without an envelope (replay of bmcweb's SSE, "
         "bodies of SubmitTestEvent)"},
    [QUIRK_OEM_ONLY] =
        {"oem-only",
         "no records, only an Oem object; taken as one event (iLO)"},
    [QUIRK_RECORD_REFERENCE] = {"record-reference",
                                "the record is only a link to itself (NVIDIA)"},
    [QUIRK_TYPE_MISSING] = {"type-missing",
                            "the envelope has no @odata.type (Cray, iDRAC10)"},
    [QUIRK_TYPE_SPELLING] =
        {"type-spelling",
         "an @odata.type unlike #Event.v1_7_0.Event (AMI, iLO4)"},
    [QUIRK_ID_MISSING] =
        {"id-missing", "the envelope has no Id (iLO5, heartbeats of bmcweb)"},
    [QUIRK_ID_NUMBER] =
        {"id-number", "the envelope's Id is a number (task events of bmcweb)"},
    [QUIRK_PATH_DOUBLED] = {"path-doubled",
                            "a link that holds its path twice (iDRAC 7.10.90)"},
    [QUIRK_KEY_CASE] =
        {"key-case",
         "a field's name in other letters: EventID, MessageID, EventTimeStamp, "
         "logEntry (iLO4, ODIM, Foxconn, NVIDIA)"},
    [QUIRK_DUPLICATE_KEY] =
        {"duplicate-key",
         "a field stands twice; the last, or the one well spelt, counts and "
         "the other is kept in oem (NVIDIA)"},
    [QUIRK_LOG_ENTRY_FIELDS] =
        {"log-entry-fields",
         "fields of a LogEntry in the record (AMI, Gigabyte, early OpenBMC)"},
    [QUIRK_MESSAGE_ID_MISSING] =
        {"message-id-missing",
         "no MessageId, or an empty one (SEL of Supermicro, Huawei)"},
    [QUIRK_MESSAGE_ID_NULL] =
        {"message-id-null",
         "MessageId is the word NULL; taken as absent (iLO)"},
    [QUIRK_MESSAGE_ID_ERRATUM] =
        {"message-id-erratum",
         "a version of three numbers: Alert.1.0.0.X (Intel, Foxconn, Lenovo, "
         "bmcweb before 2024-12)"},
    [QUIRK_MESSAGE_ID_V_VERSION] =
        {"message-id-v-version",
         "a version such as v1_4_0 in the MessageId (Supermicro)"},
    [QUIRK_MESSAGE_ID_NO_VERSION] =
        {"message-id-no-version",
         "registry and key without a version (iDRAC10)"},
    [QUIRK_MESSAGE_ID_BARE] =
        {"message-id-bare",
         "the key alone, without a registry (iDRAC9, OME-M)"},
    [QUIRK_MESSAGE_ID_CLASS_CODE] =
        {"message-id-class-code", "two numbers, class and code (logs of iLO)"},
    [QUIRK_MESSAGE_ID_HEX] =
        {"message-id-hex",
         "a hexadecimal number as MessageId (iRMC, SEL of iDRAC)"},
    [QUIRK_MESSAGE_ID_OEM] =
        {"message-id-oem",
         "a log entry without MessageId; its Oem object names the message "
         "(Lenovo, iLO4)"},
    [QUIRK_MESSAGE_ID_URI] =
        {"message-id-uri",
         "a link to a registry, or a fragment, as MessageId; its name and key "
         "are taken"},
    [QUIRK_EVENT_ID_MISSING] = {"event-id-missing",
                                "no EventId (Foxconn, OneView, OME-M)"},
    [QUIRK_EVENT_ID_NUMBER] = {"event-id-number",
                               "EventId is a number (task events of bmcweb)"},
    [QUIRK_EVENT_ID_ZERO] = {"event-id-zero",
                             "EventId is all zeros, taken as absent (iLO)"},
    [QUIRK_EVENT_ID_PATH] = {"event-id-path",
                             "EventId is a path and an epoch (Gigabyte, ZT)"},
    [QUIRK_MEMBER_ID_MISSING] = {"member-id-missing",
                                 "no MemberId (NVIDIA, Wiwynn, Intel, Cray)"},
    [QUIRK_MEMBER_ID_NUMBER] = {"member-id-number",
                                "MemberId is a number (bmcweb before 2024-10)"},
    [QUIRK_EVENT_TYPE_MISSING] =
        {"event-type-missing", "no EventType (bmcweb since 2024-06, Foxconn)"},
    [QUIRK_EVENT_TYPE_INVALID] =
        {"event-type-invalid",
         "EventType is Event, which is none (NVIDIA, bmcweb to 2024-06)"},
    [QUIRK_TIMESTAMP_MISSING] = {"timestamp-missing",
                                 "no EventTimestamp (Cray)"},
    [QUIRK_TIMESTAMP_ZERO] =
        {"timestamp-zero",
         "a clock never set: 0000-00-00 or 1970; the receipt's time is taken "
         "(iLO, iDRAC)"},
    [QUIRK_TIMESTAMP_ZONELESS] = {"timestamp-zoneless",
                                  "a time without an offset, taken as UTC"},
    [QUIRK_TIMESTAMP_OFFSET] =
        {"timestamp-offset",
         "an offset without its colon, such as +0300 (iDRAC)"},
    [QUIRK_TIMESTAMP_EPOCH] = {"timestamp-epoch",
                               "a time in seconds or milliseconds since 1970"},
    [QUIRK_TIMESTAMP_UNREADABLE] =
        {"timestamp-unreadable", "a time that is none; the receipt's is taken"},
    [QUIRK_TIMESTAMP_OUT_OF_RANGE] =
        {"timestamp-out-of-range",
         "a time before 2015 or an hour ahead; the receipt's is taken"},
    [QUIRK_SEVERITY_MISSING] =
        {"severity-missing",
         "neither MessageSeverity nor Severity (iDRAC10, Lenovo)"},
    [QUIRK_SEVERITY_SPELLING] =
        {"severity-spelling",
         "a severity unlike OK, Warning, Critical (Dell, NVIDIA, Cisco, iLO); "
         "one that means nothing to us is kept in oem"},
    [QUIRK_SEVERITY_CONFLICT] =
        {"severity-conflict",
         "MessageSeverity and Severity disagree; the second is kept in oem"},
    [QUIRK_MESSAGE_MISSING] = {"message-missing",
                               "no Message, or an empty one (iLO, NVIDIA)"},
    [QUIRK_MESSAGE_PLACEHOLDER] =
        {"message-placeholder",
         "a placeholder left in Message, such as %1 or %s (old bmcweb)"},
    [QUIRK_MESSAGE_ARGS_NULL] =
        {"message-args-null",
         "MessageArgs is null or holds a null, which is read as empty text "
         "(iDRAC10, Intel)"},
    [QUIRK_MESSAGE_ARGS_TYPE] =
        {"message-args-type",
         "MessageArgs is no array, or holds something other than text"},
    [QUIRK_ORIGIN_STRING] =
        {"origin-string",
         "OriginOfCondition is text, not a link object (iLO5, bmcweb, OME-M)"},
    [QUIRK_ORIGIN_SLASH] =
        {"origin-slash",
         "a slash at the end of OriginOfCondition; taken off (iLO)"},
    [QUIRK_ORIGIN_EMPTY] =
        {"origin-empty",
         "OriginOfCondition without a link in it; taken as absent"},
    [QUIRK_FIELD_TYPE] =
        {"field-type",
         "a field of another type than its schema says, kept as text"},
    [QUIRK_TEXT_CUT] = {"text-cut", "a text or list longer than Trawl's limit; "
                                    "of a payload, whole in raw"},
    [QUIRK_OEM_CUT] = {"oem-cut",
                       "more unknown fields than Trawl's limit; whole in raw"},
    [QUIRK_LOG_ENTRY_EDITED] =
        {"log-entry-edited",
         "a log entry that was changed after it was made; the time of the "
         "change counts (iLO)"},
    [QUIRK_LOG_ENTRY_REPAIRED] =
        {"log-entry-repaired",
         "a log entry that says the fault is over: Repaired, Resolved; its "
         "severity becomes OK (iLO, OpenBMC)"},
    [QUIRK_CLEARING_REPAIRED] =
        {"clearing-repaired",
         "its registry alone could not pair it; a rule of a trawl.clearing "
         "file did (Power, iLOResourceEvents, OpenBMC, Lenovo)"},
};

const char *quirks_name(enum quirk quirk)
{
    return quirks[quirk].name;
}

void quirks_note(struct event *e, enum quirk quirk)
{
    const char *name = quirks_name(quirk), *noted;
    size_t cursor = 0;

    while ((noted = event_next(e, EVENT_QUIRK, &cursor, NULL)))
        if (strcmp(noted, name) == 0)
            return;
    event_add(e, EVENT_QUIRK, name, strlen(name));
}

const char *quirks_meaning(enum quirk quirk)
{
    return quirks[quirk].meaning;
}
