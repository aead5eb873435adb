/* SPDX-License-Identifier: Apache-2.0 */
/* Which events share an id. The ids themselves are frozen: see the last test.
 */
#include "identity.h"

#include <string.h>

#include "tap.h"

/* An event as decode and resolve leave it. */
static struct event *sample(void)
{
    struct event *e = event_new();

    event_set(e, EVENT_BMC_NAME, "r1-n01");
    event_set(e, EVENT_MESSAGE_ID, "StorageDevice.1.1.DriveFailure");
    event_set(e, EVENT_REGISTRY, "StorageDevice");
    event_set(e, EVENT_REGISTRY_VERSION, "1.1.0");
    event_set(e, EVENT_KEY, "DriveFailure");
    event_set(e, EVENT_ORIGIN, "/redfish/v1/Systems/1/Storage/1/Drives/3");
    event_add(e, EVENT_ARG, "Bay 3", 5);
    event_set_int(e, EVENT_TIME, 1763624067000000);
    event_set_int(e, EVENT_RECEIVED, 1763624068104000);
    event_set(e, EVENT_EVENT_ID, "4711");
    event_set(e, EVENT_MEMBER_ID, "0");
    return e;
}

static const char *id_of(struct event *e)
{
    uint8_t id[IDENTITY_LEN];

    identity_set(e, 0, id);
    return event_text(e, EVENT_ID, NULL);
}

static void test_same(enum event_field f, const char *value, const char *why)
{
    _cleanup_(event_freep) struct event *a = sample(), *b = sample();

    event_set(b, f, value);
    is_text(id_of(b), id_of(a), "%s", why);
}

static void test_other(enum event_field f, const char *value, const char *why)
{
    _cleanup_(event_freep) struct event *a = sample(), *b = sample();

    event_set(b, f, value);
    ok(strcmp(id_of(b), id_of(a)) != 0, "%s", why);
}

static void test_arrival(void)
{
    _cleanup_(event_freep) struct event *a = sample(), *b = sample();

    event_set_int(b, EVENT_RECEIVED, 1763624099000000);
    is_text(id_of(b), id_of(a), "a retry has the same id");
    event_set_int(a, EVENT_TIME, event_int(a, EVENT_RECEIVED, 0));
    event_set_int(b, EVENT_TIME, event_int(b, EVENT_RECEIVED, 0));
    is_text(id_of(b), id_of(a),
            "... also without a usable time, if it has an EventId");
}

static void test_nothing_to_go_by(void)
{
    _cleanup_(event_freep) struct event *a = event_new(), *b = event_new();
    uint8_t id_a[IDENTITY_LEN], id_b[IDENTITY_LEN];

    event_set_int(a, EVENT_TIME, 1);
    event_set_int(a, EVENT_RECEIVED, 1);
    event_set_int(b, EVENT_TIME, 1);
    event_set_int(b, EVENT_RECEIVED, 1);
    identity_set(a, 0, id_a);
    identity_set(b, 1, id_b);
    ok(memcmp(id_a, id_b, sizeof(id_a)) != 0,
       "two records of one payload without time and EventId differ");
}

static void test_args(void)
{
    _cleanup_(event_freep) struct event *a = event_new(), *b = event_new();

    event_set_int(a, EVENT_TIME, 5);
    event_set_int(b, EVENT_TIME, 5);
    event_add(a, EVENT_ARG, "ab", 2);
    event_add(a, EVENT_ARG, "c", 1);
    event_add(b, EVENT_ARG, "a", 1);
    event_add(b, EVENT_ARG, "bc", 2);
    ok(strcmp(id_of(a), id_of(b)) != 0, "\"ab\" \"c\" is not \"a\" \"bc\"");
}

int main(void)
{
    _cleanup_(event_freep) struct event *frozen = sample();

    test_same(EVENT_REGISTRY_VERSION, "1.2.0", "the version does not matter");
    test_same(EVENT_SOURCE, "sse", "the way does not matter");
    test_same(EVENT_MESSAGE, "other words", "the text does not matter");
    test_other(EVENT_BMC_NAME, "r1-n02", "another BMC is another event");
    test_other(EVENT_ORIGIN, "/redfish/v1/Systems/2", "another origin too");
    test_other(EVENT_EVENT_ID, "4712", "another EventId too");
    test_other(EVENT_MEMBER_ID, "1", "another MemberId too");
    test_other(EVENT_KEY, "DriveOK", "another message too");
    test_arrival();
    test_nothing_to_go_by();
    test_args();
    is_text(id_of(frozen), "7584789d908a05d21cd21ec9e24b7d38",
            "the id of trawl.event/1 is what it always was");
    return done_testing();
}
