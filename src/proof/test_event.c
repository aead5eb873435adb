/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies of SubmitTestEvent and its kin; see test_event.h. */
#include "proof/test_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"
#include "vendors.h"

#define MARK_PREFIX "trawl-test-"
#define MARK_DIGITS 16

/*
 * An iDRAC sends any message of its registry. This one (a job was created)
 * raises nothing, and no one else's doing brings it about every minute.
 */
#define DELL_MESSAGE "JCP027"

void test_event_mark(uint64_t random, char ret_mark[TEST_EVENT_MARK_LEN])
{
    snprintf(ret_mark, TEST_EVENT_MARK_LEN, MARK_PREFIX "%016" PRIx64, random);
}

static void set(json_t *body, const char *key, const char *text)
{
    json_object_set_new(body, key, json_string(text));
}

/* What the specification lets us say of a test event. */
static json_t *whole(const struct test_event_facts *f)
{
    _cleanup_free_ char *text = xasprintf(
        "Trawl asked for this event, to see it arrive (%s).", f->mark);
    char time[CLOCK_TEXT_MAX];
    json_t *body = json_object();

    clock_format(f->now, 0, time);
    set(body, "EventId", f->mark);
    set(body, "EventTimestamp", time);
    set(body, "Message", text);
    json_object_set_new(body, "MessageArgs", json_pack("[s]", f->mark));
    set(body, "MessageId", "ResourceEvent.1.3.TestMessage");
    set(body, "OriginOfCondition", "/redfish/v1/EventService");
    set(body, "Severity", "OK");
    return body;
}

/* Before EventType was deprecated it was required (iLO 5, AMI). */
static json_t *whole_with_type(const struct test_event_facts *f)
{
    json_t *body = whole(f);

    set(body, "EventType", "Alert");
    return body;
}

static json_t *dell(const struct test_event_facts *f)
{
    json_t *body = json_object();

    if (f->destination)
        set(body, "Destination", f->destination);
    set(body, "EventTypes", "Alert");
    set(body, "Context", f->mark);
    set(body, "Protocol", "Redfish");
    set(body, "MessageId", DELL_MESSAGE);
    return body;
}

static json_t *only_id(const struct test_event_facts *f _unused_)
{
    return json_pack("{ss}", "MessageId", "ResourceEvent.1.3.TestMessage");
}

static json_t *only_type(const struct test_event_facts *f _unused_)
{
    return json_pack("{ss}", "EventType", "Alert");
}

static json_t *nothing(const struct test_event_facts *f _unused_)
{
    return json_object();
}

typedef json_t *maker(const struct test_event_facts *f);

static maker *const plain[] = {whole,     whole_with_type, only_id,
                               only_type, nothing,         NULL};
static maker *const of_dell[] = {dell, whole, only_id, NULL};
static maker *const of_supermicro[] = {nothing, whole, NULL};

json_t *test_event_body(const struct test_event_facts *facts, unsigned variant)
{
    maker *const *makers = plain;

    if (facts->dialect == VENDOR_TEST_DELL)
        makers = of_dell;
    else if (facts->dialect == VENDOR_TEST_SUPERMICRO)
        makers = of_supermicro;
    for (unsigned i = 0; i < variant; i++)
        if (!makers[i])
            return NULL;
    return makers[variant] ? makers[variant](facts) : NULL;
}

/* ---- its arrival */

/* The mark in a text, or NULL. */
static const char *find_mark(const char *text)
{
    const char *at = text ? strstr(text, MARK_PREFIX) : NULL;

    if (!at)
        return NULL;
    return strspn(at + strlen(MARK_PREFIX), "0123456789abcdef") >= MARK_DIGITS
               ? at
               : NULL;
}

static enum test_event_kind kind_of_mark(const char *found, const char *mark)
{
    if (!found)
        return TEST_EVENT_NONE;
    return mark && strncmp(found, mark, strlen(mark)) == 0 ? TEST_EVENT_OURS
                                                           : TEST_EVENT_OTHER;
}

/* The words of services that send a text of their own. */
static bool looks_like_test(const struct event *e)
{
    static const char *const keys[] = {"TestMessage", "TestEventLog",
                                       "TestEvent", "SubmitTestEvent",
                                       DELL_MESSAGE};
    static const char *const words[] = {"test event", "test message",
                                        "test alert"};
    const char *key = event_text(e, EVENT_KEY, NULL);
    const char *id = event_text(e, EVENT_MESSAGE_ID, NULL);
    const char *text = event_text(e, EVENT_MESSAGE, NULL);
    const char *dot = id ? strrchr(id, '.') : NULL;

    if (!key)
        key = dot ? dot + 1 : id;
    for (size_t i = 0; key && i < ARRAY_LEN(keys); i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    for (size_t i = 0; text && i < ARRAY_LEN(words); i++)
        if (strcasestr(text, words[i]))
            return true;
    return false;
}

enum test_event_kind test_event_classify(const struct event *e,
                                         const char *mark)
{
    const char *found = find_mark(event_text(e, EVENT_EVENT_ID, NULL));
    const char *arg;
    size_t cursor = 0, len;

    while (!found && (arg = event_next(e, EVENT_ARG, &cursor, &len)))
        found = find_mark(arg);
    if (!found)
        found = find_mark(event_text(e, EVENT_MESSAGE, NULL));
    if (found)
        return kind_of_mark(found, mark);
    return looks_like_test(e) ? TEST_EVENT_LIKE : TEST_EVENT_NONE;
}
