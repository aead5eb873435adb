/* SPDX-License-Identifier: Apache-2.0 */
/* The table of fields: what is put in comes out, and bytes are not trusted. */
#include "event.h"

#include <errno.h>
#include <string.h>

#include "tap.h"

static const struct {
    const char *text;
    enum severity severity;
} severities[] = {
    {"OK", SEVERITY_OK},
    {"Ok", SEVERITY_OK},
    {"Warning", SEVERITY_WARNING},
    {"warning", SEVERITY_WARNING},
    {"Critical", SEVERITY_CRITICAL},
    {"Fatal", SEVERITY_CRITICAL},
    {"Informational", SEVERITY_OK},
    {"NORMAL", SEVERITY_OK},
    {"INFORMATIONAL", SEVERITY_OK},
    {"Repaired", SEVERITY_OK},
    {"Cleared", SEVERITY_OK},
    {"NOTICE", SEVERITY_OK},
    {"Minor", SEVERITY_WARNING},
    {"Non-critical", SEVERITY_WARNING},
    {"Major", SEVERITY_CRITICAL},
    {"NonRecoverable", SEVERITY_CRITICAL},
    {" Critical ", SEVERITY_CRITICAL},
    {" ", SEVERITY_UNKNOWN},
    {"purple", SEVERITY_UNKNOWN},
    {"", SEVERITY_UNKNOWN},
};

static void test_fields(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    size_t len = 0, cursor = 0;

    ok(!event_has(e, EVENT_MESSAGE), "a new event has no message");
    is_text(event_text(e, EVENT_MESSAGE, NULL), NULL, "... and gives NULL");
    event_set(e, EVENT_MESSAGE, "first");
    event_set(e, EVENT_ID, "id");
    event_set(e, EVENT_MESSAGE, "second");
    is_text(event_text(e, EVENT_MESSAGE, &len), "second",
            "a value set again replaces the first");
    is_int(len, 6, "its length is told");
    is_text(event_text(e, EVENT_ID, NULL), "id", "other fields stay");
    event_set_int(e, EVENT_TIME, -5);
    is_int(event_int(e, EVENT_TIME, 0), -5, "numbers keep their sign");
    is_int(event_int(e, EVENT_RECEIVED, 7), 7,
           "an absent number is the default");
    event_add(e, EVENT_ARG, "a", 1);
    event_add(e, EVENT_ARG, "", 0);
    event_add(e, EVENT_ARG, "c\0d", 3);
    is_text(event_next(e, EVENT_ARG, &cursor, &len), "a", "a list's first");
    is_text(event_next(e, EVENT_ARG, &cursor, &len), "", "... second, empty");
    event_next(e, EVENT_ARG, &cursor, &len);
    is_int(len, 3, "... third, with a NUL inside");
    ok(!event_next(e, EVENT_ARG, &cursor, &len), "... and its end");
}

static void test_view(void)
{
    _cleanup_(event_freep) struct event *e = event_new();
    struct event view;
    size_t refused = 0;

    event_set(e, EVENT_MESSAGE, "hello");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_WARNING);
    is_int(event_view(&view, e->data, e->len), 0, "its bytes are a table");
    is_text(event_text(&view, EVENT_MESSAGE, NULL), "hello",
            "a view reads the same text");
    is_int(event_int(&view, EVENT_SEVERITY, 0), SEVERITY_WARNING,
           "... and the same number");
    for (size_t len = 1; len < e->len; len++)
        refused += event_view(&view, e->data, len) == -EBADMSG;
    is_int(refused, e->len - 2,
           "bytes cut anywhere but between entries are "
           "refused");
}

static void test_hostile(void)
{
    static const char hostile[][16] = {
        {1, 0, 0, 0, '\xff', '\xff', '\xff', '\xff'},
        {1, 0, 0, 0, 7, 0, 0, 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'},
        {1, 0, 0, 0, 8, 0, 0, 0},
    };
    struct event view;

    for (size_t i = 0; i < ARRAY_LEN(hostile); i++)
        is_int(event_view(&view, hostile[i], sizeof(hostile[i])), -EBADMSG,
               "hostile table %zu is refused", i);
}

static void test_newer_field(void)
{
    static const char newer[] = {'\xf0', 0, 0, 0, 1, 0, 0, 0, 'x', 0,
                                 1,      0, 0, 0, 1, 0, 0, 0, 'y', 0};
    struct event view;

    is_int(event_view(&view, newer, sizeof(newer)), 0,
           "a field of a newer version is skipped");
    is_text(event_text(&view, EVENT_ID, NULL), "y", "... not what follows");
}

int main(void)
{
    test_fields();
    test_view();
    test_hostile();
    test_newer_field();
    for (size_t i = 0; i < ARRAY_LEN(severities); i++)
        is_int(event_severity_parse(severities[i].text,
                                    strlen(severities[i].text)),
               severities[i].severity, "severity '%s'", severities[i].text);
    for (int f = 1; f < EVENT_FIELD_END; f++)
        ok(event_field_name(f) != NULL, "field %d has a name", f);
    return done_testing();
}
