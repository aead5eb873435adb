/* SPDX-License-Identifier: Apache-2.0 */
/* A table: what services answer, and what it means. */
#include "subscribe/refusal.h"

#include "tap.h"
#include "util/macro.h"

#define INFO(id, rest)                                                      \
    "{\"error\":{\"@Message.ExtendedInfo\":[{\"MessageId\":\"" id "\"" rest \
    "}]}}"

static const struct {
    const char *name;
    unsigned status;
    const char *answer;
    enum refusal_kind kind;
    unsigned unknown, missing, value;
} cases[] = {
    {"made", 201, "", REFUSAL_NONE, 0, 0, 0},
    {"made, with a remark", 201, INFO("Base.1.8.PropertyUnknown", ""),
     REFUSAL_NONE, 0, 0, 0},
    {"no answer", 0, "", REFUSAL_LATER, 0, 0, 0},
    {"not logged in", 401, "", REFUSAL_LATER, 0, 0, 0},
    {"not allowed", 403, INFO("Base.1.8.InsufficientPrivilege", ""),
     REFUSAL_LATER, 0, 0, 0},
    {"busy", 503, "", REFUSAL_LATER, 0, 0, 0},
    {"busy, as a bad request", 400,
     INFO("Base.1.8.ServiceTemporarilyUnavailable", ""), REFUSAL_LATER, 0, 0,
     0},
    {"too fast", 429, "{\"error\":{\"message\":\"rate limit exceeded\"}}",
     REFUSAL_LATER, 0, 0, 0},
    {"not there", 404, "", REFUSAL_NEVER, 0, 0, 0},
    {"not so", 405, "", REFUSAL_NEVER, 0, 0, 0},
    {"no word", 400, "", REFUSAL_BODY, 0, 0, 0},
    {"no JSON", 422, "<html>", REFUSAL_BODY, 0, 0, 0},
    {"tripped", 500, INFO("Base.1.8.InternalError", ""), REFUSAL_BODY, 0, 0, 0},
    {"not implemented", 501, "", REFUSAL_BODY, 0, 0, 0},
    {"iLO 5", 400,
     INFO("Base.1.0.PropertyNotWritableOrUnknown",
          ",\"MessageArgs\":[\"DeliveryRetryPolicy\"]"),
     REFUSAL_BODY, LADDER_POLICY, 0, 0},
    {"iLO 4", 400,
     "{\"Messages\":[{\"MessageID\":\"Base.0.10.PropertyUnknown\","
     "\"MessageArgs\":[\"Context\"]}],\"Type\":\"ExtendedError.0.9.6\"}",
     REFUSAL_BODY, LADDER_CONTEXT, 0, 0},
    {"bmcweb", 400,
     "{\"EventTypes@Message.ExtendedInfo\":[{\"MessageId\":"
     "\"Base.1.19.PropertyUnknown\",\"MessageArgs\":[\"EventTypes\"]}]}",
     REFUSAL_BODY, LADDER_EVENT_TYPES, 0, 0},
    {"a value, then its property", 400,
     INFO("Base.1.8.PropertyValueNotInList",
          ",\"MessageArgs\":[\"RetryForever\",\"DeliveryRetryPolicy\"]"),
     REFUSAL_BODY, 0, 0, LADDER_POLICY},
    {"a pointer", 400,
     INFO("Base.1.8.PropertyUnknown",
          ",\"RelatedProperties\":[\"#/Oem/Hpe/TTLUnits\"]"),
     REFUSAL_BODY, LADDER_OEM, 0, 0},
    {"in the sentence only", 400,
     INFO("Base.1.8.PropertyMissing",
          ",\"Message\":\"The property EventTypes is required.\""),
     REFUSAL_BODY, 0, LADDER_EVENT_TYPES, 0},
    {"no part of a word", 400,
     INFO("Base.1.8.PropertyUnknown", ",\"MessageArgs\":[\"ContextId\"]"),
     REFUSAL_BODY, 0, 0, 0},
    {"two at once", 400,
     "{\"error\":{\"@Message.ExtendedInfo\":["
     "{\"MessageId\":\"Base.1.8.PropertyUnknown\",\"MessageArgs\":"
     "[\"SendHeartbeat\"]},{\"MessageId\":\"Base.1.8.PropertyMissing\","
     "\"MessageArgs\":[\"RegistryPrefixes\"]}]}}",
     REFUSAL_BODY, LADDER_HEARTBEAT, LADDER_PREFIXES, 0},
    {"by its code", 400,
     "{\"error\":{\"code\":\"Base.1.8.PropertyUnknown\",\"message\":"
     "\"HttpHeaders is unknown\"}}",
     REFUSAL_BODY, LADDER_HEADERS, 0, 0},
    {"the address", 400,
     INFO("Base.1.8.PropertyValueFormatError",
          ",\"MessageArgs\":[\"http://c/\",\"Destination\"]"),
     REFUSAL_BODY, 0, 0, LADDER_DESTINATION},
    {"the address, for it is there", 400,
     INFO("Base.1.8.PropertyValueConflict",
          ",\"MessageArgs\":[\"Destination\"],"
          "\"Message\":\"It already exists.\""),
     REFUSAL_EXISTS, 0, 0, LADDER_DESTINATION},
    {"iDRAC's word for there is one", 400,
     INFO("Base.1.12.PropertyValueModified",
          ",\"MessageArgs\":[\"Destination\"]"),
     REFUSAL_EXISTS, 0, 0, 0},
    {"there is one", 400, INFO("Base.1.8.ResourceAlreadyExists", ""),
     REFUSAL_EXISTS, 0, 0, 0},
    {"there is one, by status", 409, "", REFUSAL_EXISTS, 0, 0, 0},
    {"there is one, in words", 400,
     INFO("IDRAC.2.8.SYS999",
          ",\"Message\":\"The subscription Already Exists.\""),
     REFUSAL_EXISTS, 0, 0, 0},
    {"full", 503, INFO("Base.1.8.EventSubscriptionLimitExceeded", ""),
     REFUSAL_LIMIT, 0, 0, 0},
    {"full, of anything", 400,
     INFO("Base.1.8.CreateLimitReachedForResource", ""), REFUSAL_LIMIT, 0, 0,
     0},
    {"full, in words", 403,
     "{\"error\":{\"message\":\"Maximum number of subscriptions reached\"}}",
     REFUSAL_LIMIT, 0, 0, 0},
    {"a limit of a property is not full", 400,
     INFO("Base.1.8.PropertyValueOutOfRange",
          ",\"MessageArgs\":[\"HeartbeatIntervalMinutes\"],"
          "\"Message\":\"beyond the limit\""),
     REFUSAL_BODY, 0, 0, LADDER_HEARTBEAT},
};

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        json_t *answer = json_loads(cases[i].answer, 0, NULL);
        struct refusal r = refusal_read(cases[i].status, answer);

        is_int(r.kind, cases[i].kind, "%s", cases[i].name);
        ok(r.unknown == cases[i].unknown && r.missing == cases[i].missing &&
               r.value == cases[i].value,
           "... and what it names");
        json_decref(answer);
    }
    is_text(refusal_property(LADDER_HEADERS), "HttpHeaders", "a name");
    ok(!refusal_property(1u << 20), "... or none");
    return done_testing();
}
