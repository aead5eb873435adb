/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of voice.h and the registry "Trawl" are the same list, with the
 * same numbers of arguments, and an event of ours is one that the rest of the
 * program understands.
 */
#include "voice.h"

#include <string.h>

#include "registry.h"
#include "resolve.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define REGISTRY TEST_SRCDIR "/registries/Trawl.1.0.0.json"

/* Each key with the number of arguments that is passed with it. */
static const struct {
    const char *key;
    unsigned args;
    const char *clears; /* with a blank between them, or NULL */
} keys[] = {
    {VOICE_PAYLOAD_UNREADABLE, 1, NULL},
    {VOICE_EVENTS_MISSED, 1, NULL},
    {VOICE_BMC_UNREACHABLE, 1, NULL},
    {VOICE_BMC_REACHABLE, 0, VOICE_BMC_UNREACHABLE},
    {VOICE_SUBSCRIPTION_FAILED, 1, NULL},
    {VOICE_SUBSCRIPTION_MADE, 0,
     VOICE_SUBSCRIPTION_FAILED " " VOICE_SUBSCRIPTION_LIMIT
                               " " VOICE_SUBSCRIPTION_LOST},
    {VOICE_SUBSCRIPTION_LOST, 1, NULL},
    {VOICE_SUBSCRIPTION_LIMIT, 2, NULL},
    {VOICE_SUBSCRIPTION_STAYS, 2, NULL},
    {VOICE_SENDER_DOUBTFUL, 1, NULL},
    {VOICE_FLOW_BROKEN, 0, NULL},
    {VOICE_FLOW_PROVEN, 0, VOICE_FLOW_BROKEN},
    {VOICE_LOGIN_REFUSED, 1, NULL},
    {VOICE_LOGIN_ACCEPTED, 0, VOICE_LOGIN_REFUSED},
    {VOICE_LOGS_FOLLOWED, 2, NULL},
    {VOICE_URI_REFUSED, 1, NULL},
    {VOICE_CLOCK_WRONG, 2, NULL},
    {VOICE_CLOCK_RIGHT, 0, VOICE_CLOCK_WRONG},
    {VOICE_REGISTRY_MISSING, 1, NULL},
    {VOICE_REGISTRY_UNUSABLE, 2, NULL},
    {VOICE_EVENT_REFUSED, 2, NULL},
    {VOICE_EVENTS_SKIPPED, 2, NULL},
    {VOICE_SPOOL_DAMAGED, 2, NULL},
    {VOICE_SINK_UNREACHABLE, 2, NULL},
    {VOICE_SINK_REACHABLE, 1, VOICE_SINK_UNREACHABLE},
    {VOICE_SINK_REMOVED, 1, VOICE_SINK_UNREACHABLE},
    {VOICE_SPOOL_SICK, 1, NULL},
    {VOICE_SPOOL_WELL, 0, VOICE_SPOOL_SICK},
    {VOICE_CONDITION_EXPIRED, 2, NULL},
    {VOICE_CONDITION_CLOSED, 2, NULL},
    {VOICE_CONDITION_CLEARED, 2, NULL},
    {VOICE_CONDITION_OVER, 2, NULL},
    {VOICE_CONDITIONS_FULL, 1, NULL},
    {VOICE_COLLECTOR_ISOLATED, 2, NULL},
    {VOICE_COLLECTOR_CONNECTED, 0, VOICE_COLLECTOR_ISOLATED},
};

static const struct registry_message *message_of(const struct registry *r,
                                                 const char *key)
{
    for (size_t i = 0; i < r->message_count; i++)
        if (strcmp(r->messages[i].key, key) == 0)
            return &r->messages[i];
    return NULL;
}

/* The highest %n in a template. */
static unsigned highest_argument(const char *text)
{
    unsigned highest = 0;

    for (; *text; text++)
        if (text[0] == '%' && text[1] > '0' && text[1] <= '9')
            highest = MAX_OF(highest, (unsigned)(text[1] - '0'));
    return highest;
}

static void test_keys(const struct registry *r)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct registry_message *m = message_of(r, keys[i].key);

        if (!ok(m, "%s stands in the registry", keys[i].key))
            continue;
        is_int(m->arg_count, keys[i].args, "... with its arguments");
        is_int(highest_argument(m->text), keys[i].args, "... all in its text");
        ok(m->resolution && *m->resolution, "... and what to do about it");
        ok(m->severity != SEVERITY_UNKNOWN, "... and its severity");
    }
}

static char *all_of(char *const *list)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    for (size_t i = 0; list && list[i]; i++)
        buffer_printf(&text, "%s%s", i > 0 ? " " : "", list[i]);
    return text.len > 0 ? buffer_take_text(&text) : NULL;
}

static void test_clearing(const struct registry *r)
{
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const struct registry_message *m = message_of(r, keys[i].key);
        _cleanup_free_ char *clears = m ? all_of(m->clears) : NULL;

        is_text(clears, keys[i].clears, "what %s clears", keys[i].key);
        for (size_t j = 0; m && m->clears && m->clears[j]; j++)
            ok(message_of(r, m->clears[j]), "... is there");
        if (!clears)
            continue;
        is_int(m->clears_same_origin, !strstr(m->text, "BMC"),
               "... of the same origin, but for a BMC that may have moved");
        is_int(m->severity, SEVERITY_OK, "... by a message that is OK");
    }
}

/* The macros of the header, so that none is forgotten in the table above. */
static void test_header(const struct registry *r)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    size_t macros = 0;

    file_read(TEST_SRCDIR "/src/voice.h", 1u << 20, &text, NULL);
    for (const char *at = text.data; at && (at = strstr(at, "#define VOICE_"));
         at++)
        macros += strncmp(at, "#define VOICE_ORIGIN_", 21) != 0 &&
                  strncmp(at, "#define VOICE_REGISTRY ", 23) != 0;
    is_int(macros, ARRAY_LEN(keys), "every key of the header is tested here");
    is_int(r->message_count, ARRAY_LEN(keys),
           "the registry has no message without a key");
}

static void test_event(void)
{
    struct registry_set *set = registry_set_new();
    _cleanup_(event_freep) struct event *e =
        voice_event(VOICE_SINK_UNREACHABLE, VOICE_ORIGIN_SINK "siem", "siem",
                    "connection refused", 1795160068000000u);
    _cleanup_(event_freep) struct event *bare =
        voice_event(VOICE_SPOOL_WELL, NULL, NULL, NULL, 1);

    registry_set_load(set, TEST_SRCDIR "/registries", REGISTRY_BUNDLED, NULL,
                      NULL);
    resolve_event(&(struct registry_view){.shared = set}, e);
    is_text(event_text(e, EVENT_MESSAGE_ID, NULL), "Trawl.1.0.SinkUnreachable",
            "an event of ours names its message");
    is_text(event_text(e, EVENT_MESSAGE, NULL),
            "The sink 'siem' cannot deliver: connection refused",
            "... and has its text");
    is_int(event_int(e, EVENT_SEVERITY, 0), SEVERITY_WARNING, "... severity");
    is_text(event_text(e, EVENT_SOURCE, NULL), "trawl", "... source");
    is_text(event_text(e, EVENT_ORIGIN, NULL), "trawl:/sinks/siem",
            "... and origin");
    is_int(event_int(e, EVENT_GENERATED, 0), 1, "... and is marked as ours");
    is_int(event_int(e, EVENT_TIME, 0), 1795160068000000, "... at its time");
    ok(!event_has(bare, EVENT_ORIGIN) && !event_has(bare, EVENT_ARG),
       "what is not given is absent");
    registry_set_free(set);
}

int main(void)
{
    _cleanup_(buffer_done) struct buffer text = {0};
    struct error err = {""};
    struct registry *r;

    if (file_read(REGISTRY, 1u << 20, &text, &err) < 0)
        skip_all(err.text);
    r = registry_parse(text.data, text.len, &err);
    if (!ok(r, "the registry can be read %s", err.text))
        return done_testing();
    test_keys(r);
    test_clearing(r);
    test_header(r);
    test_event();
    registry_free(r);
    return done_testing();
}
