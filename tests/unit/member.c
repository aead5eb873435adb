/* SPDX-License-Identifier: Apache-2.0 */
/* Tables: whose a subscription is, and whether it is as it was. */
#include "subscribe/member.h"

#include <string.h>

#include "tap.h"
#include "util/alloc.h"

#define T "0123456789abcdef0123456789abcdef01234567"
#define OLD "fedcba9876543210fedcba9876543210fedcba98"
#define AT(d) "{\"Destination\":\"" d "\"}"
#define OF(d, c) "{\"Destination\":\"" d "\",\"Context\":\"" c "\"}"

static const struct {
    const char *name, *member;
    enum member_kind kind;
} cases[] = {
    {"ours", AT("https://c.example:8443/events/" T), MEMBER_OURS},
    {"a slash at the end", AT("https://c.example:8443/events/" T "/"),
     MEMBER_OURS},
    {"capitals", AT("HTTPS://C.Example:8443/events/" T), MEMBER_OURS},
    {"ours with a strange context",
     OF("https://c.example:8443/events/" T, "RedfishEvent"), MEMBER_OURS},
    {"mangled", AT("https:////c.example/8443//events/" T "//"), MEMBER_OURS},
    {"a longer last part", AT("https://c.example:8443/events/" T "x"),
     MEMBER_STRANGER},
    {"our token not at the end", AT("https://d.example/" T "/x"),
     MEMBER_STRANGER},
    {"another host", AT("https://d.example:8443/events/" T), MEMBER_STALE},
    {"another port", AT("https://c.example:9443/events/" T), MEMBER_STALE},
    {"an old token", AT("https://c.example:8443/events/" OLD), MEMBER_STALE},
    {"our context, elsewhere", OF("https://d.example/x", "trawl:c1:n1"),
     MEMBER_STALE},
    {"our collector's, of a name that is gone",
     OF("https://c.example:8443/events/x", "trawl:c1:gone"), MEMBER_STALE},
    {"our collector's, of another that is here too",
     OF("https://c.example:8443/events/x", "trawl:c1:twin"), MEMBER_STRANGER},
    {"another collector's", OF("https://d.example/events/x", "trawl:c2:n1"),
     MEMBER_STRANGER},
    {"another collector's whose name begins like ours",
     OF("https://d.example/events/x", "trawl:c11:n1"), MEMBER_STRANGER},
    {"at our address, without our token",
     AT("https://c.example:8443/events/other"), MEMBER_STRANGER},
    {"a stranger", OF("https://other/", "x"), MEMBER_STRANGER},
    {"a stream", "{\"SubscriptionType\":\"SSE\"}", MEMBER_STREAM},
    {"a stream with our context", "{\"Context\":\"trawl:c1:n1\"}",
     MEMBER_STREAM},
    {"null", "{\"Destination\":null}", MEMBER_STREAM},
    {"no text", "{\"Destination\":5}", MEMBER_STREAM},
    {"empty", AT(""), MEMBER_STREAM},
    {"no object", "[]", MEMBER_STREAM},
};

static bool has_twin(void *userdata _unused_, const char *name)
{
    return strcmp(name, "twin") == 0;
}

static struct member_words words(void)
{
    return (struct member_words){
        .destination = "https://c.example:8443/events/" T,
        .tokens = {T, OLD},
        .context = "trawl:c1:n1",
        .collector_len = strlen("trawl:c1:"),
        .has_other = has_twin,
    };
}

static enum member_kind classify(const char *text, const struct member_words *w)
{
    json_t *member = json_loads(text, 0, NULL);
    enum member_kind kind = member_classify(member, w);

    json_decref(member);
    return kind;
}

static void test_kinds(void)
{
    struct member_words w = words();

    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        is_int(classify(cases[i].member, &w), cases[i].kind, "%s",
               cases[i].name);
    w.shown = "https://10.0.0.1/e/" T;
    is_int(classify(AT("https://10.0.0.1/e/" T), &w), MEMBER_OURS,
           "as it was shown when it was made");
    w.slots = true;
    is_int(classify("{}", &w), MEMBER_FREE, "a slot without an address");
    is_int(classify(AT("http://0.0.0.0"), &w), MEMBER_FREE, "... or with none");
    is_int(classify(AT("https://other/"), &w), MEMBER_STRANGER,
           "a slot in use");
    w.destination = NULL;
    is_int(classify(AT("https://c.example:8443/events/" T), &w), MEMBER_STALE,
           "without an address of ours all that is ours is of yesterday");
}

static void test_addresses(void)
{
    ok(member_same_address("https://a:443/x", "https://a/x/"),
       "a standard port");
    ok(member_same_address("http://[::1]:80/", "http://[::1]"), "and of IPv6");
    ok(!member_same_address("https://a/x", "http://a/x"), "another scheme");
    ok(!member_same_address("https://a/X", "https://a/x"), "another path");
    ok(!member_same_address("https://a", "https://ab"), "another host");
    ok(member_has_own_port("https://a:8443/") &&
           !member_has_own_port("https://[::1]:443/") &&
           !member_has_own_port("http://a") && !member_has_own_port("a"),
       "a port of its own");
    ok(member_same_address("x", "x") && !member_same_address("x", "https://x"),
       "what is no address is compared as it is");
}

static void test_off(void)
{
    static const struct {
        const char *text;
        bool off;
    } states[] = {
        {"{}", false},
        {"{\"Status\":{\"State\":\"Enabled\"}}", false},
        {"{\"Status\":{\"State\":\"Disabled\"}}", true},
        {"{\"Status\":{\"State\":\"Suspended\"}}", true},
        {"{\"Status\":5}", false},
    };

    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        json_t *member = json_loads(states[i].text, 0, NULL);

        is_int(member_is_off(member), states[i].off, "off: %s", states[i].text);
        json_decref(member);
    }
}

static char *drift_of(const char *now, const char *before)
{
    json_t *a = json_loads(now, 0, NULL), *b = json_loads(before, 0, NULL);
    json_t *is = member_terms(a), *was = member_terms(b);
    json_t *drift = member_drift(is, was);
    char *text = json_dumps(drift, JSON_COMPACT | JSON_SORT_KEYS);

    json_decref(a);
    json_decref(b);
    json_decref(is);
    json_decref(was);
    json_decref(drift);
    return text;
}

static void test_drift(void)
{
    static const struct {
        const char *name, *now, *before, *drift;
    } rows[] = {
        {"as it was", "{\"Id\":\"1\",\"Context\":\"a\"}",
         "{\"Id\":\"2\",\"Context\":\"a\"}", "{}"},
        {"another policy", "{\"DeliveryRetryPolicy\":\"SuspendRetries\"}",
         "{\"DeliveryRetryPolicy\":\"RetryForever\",\"Context\":\"a\"}",
         "{\"DeliveryRetryPolicy\":\"RetryForever\"}"},
        {"a filter", "{\"EventTypes\":[\"Alert\"]}",
         "{\"EventTypes\":[\"Alert\",\"StatusChange\"]}",
         "{\"EventTypes\":[\"Alert\",\"StatusChange\"]}"},
        {"what is not shown any more is no drift", "{}", "{\"Context\":\"a\"}",
         "{}"},
        {"a filter that was not there", "{\"Severities\":[\"OK\"]}", "{}",
         "{\"Severities\":[]}"},
        {"... or that holds nothing", "{\"Severities\":[]}", "{}", "{}"},
        {"null is absent", "{\"Context\":\"a\"}", "{\"Context\":null}", "{}"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        _cleanup_free_ char *text = drift_of(rows[i].now, rows[i].before);

        is_text(text, rows[i].drift, "%s", rows[i].name);
    }
}

int main(void)
{
    test_kinds();
    test_addresses();
    test_off();
    test_drift();
    return done_testing();
}
