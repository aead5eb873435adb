/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies that ask for a test event, and which event is one. */
#include "proof/test_event.h"

#include <string.h>

#include "tap.h"
#include "util/alloc.h"
#include "vendors.h"

#define MARK "trawl-test-00000000000000ff"
#define OTHER "trawl-test-00000000000000fe"

static const struct {
    const char *name;
    int dialect;
    const char *bodies[6];
} dialects[] = {
    {"the specification",
     VENDOR_TEST_PLAIN,
     {"{\"EventId\":\"" MARK "\",\"EventTimestamp\":\"2026-11-20T07:34:28Z\","
      "\"Message\":\"Trawl asked for this event, to see it arrive (" MARK
      ").\",\"MessageArgs\":[\"" MARK "\"],\"MessageId\":"
      "\"ResourceEvent.1.3.TestMessage\",\"OriginOfCondition\":"
      "\"/redfish/v1/EventService\",\"Severity\":\"OK\"}",
      "{\"EventId\":\"" MARK "\",\"EventTimestamp\":\"2026-11-20T07:34:28Z\","
      "\"EventType\":\"Alert\","
      "\"Message\":\"Trawl asked for this event, to see it arrive (" MARK
      ").\",\"MessageArgs\":[\"" MARK "\"],\"MessageId\":"
      "\"ResourceEvent.1.3.TestMessage\",\"OriginOfCondition\":"
      "\"/redfish/v1/EventService\",\"Severity\":\"OK\"}",
      "{\"MessageId\":\"ResourceEvent.1.3.TestMessage\"}",
      "{\"EventType\":\"Alert\"}", "{}", NULL}},
    {"an iDRAC",
     VENDOR_TEST_DELL,
     {"{\"Context\":\"" MARK "\",\"Destination\":\"https://c/events/t\","
      "\"EventTypes\":\"Alert\",\"MessageId\":\"JCP027\","
      "\"Protocol\":\"Redfish\"}"}},
    {"a Supermicro", VENDOR_TEST_SUPERMICRO, {"{}"}},
};

static void test_bodies(void)
{
    struct test_event_facts facts = {
        .mark = MARK,
        .destination = "https://c/events/t",
        .now = 1795160068000000u,
    };

    for (size_t i = 0; i < ARRAY_LEN(dialects); i++) {
        facts.dialect = dialects[i].dialect;
        for (unsigned v = 0; v < 6 && dialects[i].bodies[v]; v++) {
            json_t *body = test_event_body(&facts, v);
            _cleanup_free_ char *text =
                json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS);

            is_text(text, dialects[i].bodies[v], "%s: body %u",
                    dialects[i].name, v);
            json_decref(body);
        }
        ok(!test_event_body(&facts, 5) && !test_event_body(&facts, 99),
           "... and an end");
    }
}

static const struct {
    const char *name, *id, *message_id, *message, *arg;
    enum test_event_kind kind;
} events[] = {
    {"marked in its id", MARK, "X.1.0.Y", "text", NULL, TEST_EVENT_OURS},
    {"in an argument", "1", "X.1.0.Y", "text", MARK, TEST_EVENT_OURS},
    {"in its text", "1", "X.1.0.Y", "see (" MARK ").", "a", TEST_EVENT_OURS},
    {"of another proof", "1", "X.1.0.Y", "text", OTHER, TEST_EVENT_OTHER},
    {"half a mark", "trawl-test-12", "X.1.0.Y", "text", NULL, TEST_EVENT_NONE},
    {"the specification's", "1", "ResourceEvent.1.3.TestMessage", "t", NULL,
     TEST_EVENT_LIKE},
    {"an older bmcweb's", "1", "OpenBMC.0.2.TestEventLog",
     "Generated test event", NULL, TEST_EVENT_LIKE},
    {"in words", "1", "A.1.0.B", "This is a Test Event.", NULL,
     TEST_EVENT_LIKE},
    {"an iDRAC's", "1", "IDRAC.2.8.JCP027", "A job was created", NULL,
     TEST_EVENT_LIKE},
    {"a bare key", "1", "JCP027", "A job was created", NULL, TEST_EVENT_LIKE},
    {"an event", "1", "Alert.1.0.PowerOn", "The self-test passed.", NULL,
     TEST_EVENT_NONE},
    {"nothing", NULL, NULL, NULL, NULL, TEST_EVENT_NONE},
};

static void test_kinds(void)
{
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        _cleanup_(event_freep) struct event *e = event_new();

        event_set(e, EVENT_EVENT_ID, events[i].id);
        event_set(e, EVENT_MESSAGE_ID, events[i].message_id);
        event_set(e, EVENT_MESSAGE, events[i].message);
        if (events[i].arg)
            event_add(e, EVENT_ARG, events[i].arg, strlen(events[i].arg));
        is_int(test_event_classify(e, MARK), events[i].kind, "%s",
               events[i].name);
        if (events[i].kind == TEST_EVENT_OURS)
            is_int(test_event_classify(e, NULL), TEST_EVENT_OTHER,
                   "... but of nobody when none is waited for");
    }
}

int main(void)
{
    char mark[TEST_EVENT_MARK_LEN];

    test_event_mark(255, mark);
    is_text(mark, MARK, "a mark");
    test_bodies();
    test_kinds();
    return done_testing();
}
