/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions at a Redfish service in the same process: made once, found
 * again, tried again after a refusal (told once, and its end once), and never
 * at another address. Retries wait a second or two, so tests wait for what
 * they lead to.
 */
#include "redfish_fixture.h"
#include "voice.h"

#define POSTS(s) redfish_count(&(s)->service, "POST " COLLECTION " ")
#define MEMBER COLLECTION "/7"

static void begin(struct scene *s)
{
    scene_init(s);
    s->flow.bmcs[0].receive = RECEIVE_WEBHOOK;
    redfish_furnish(&s->service, NULL);
    scene_start(s);
}

/* So many turns that what was asked for would have happened. */
static void turn(struct scene *s)
{
    for (int i = 0; i < 50; i++)
        sd_event_run(s->loop, 1000);
}

static void test_made(void)
{
    _cleanup_free_ char *body = NULL;
    struct scene s;

    begin(&s);
    keep_adopt(s.host.keep, &s.flow.config);
    ok(wire_wait(s.loop, POSTS(&s) == 1), "a subscription is made");
    body = xasprintf("{\"Destination\":\"http://127.0.0.1:8443/events/%s\","
                     "\"Protocol\":\"Redfish\",\"Context\":\"trawl:n1\"}",
                     s.flow.bmc->token);
    ok(strstr(s.service.log.data, body), "... by the plainest body");
    is_int(redfish_count(&s.service, BASIC), 4, "... with the password");
    turn(&s);
    keep_adopt(s.host.keep, &s.flow.config);
    turn(&s);
    is_int(POSTS(&s), 1, "asked again, nothing changed, nothing is done");
    is_int(spool_appended(s.flow.spool), 0, "what works is no event");
    scene_done(&s);
}

static void test_found(void)
{
    _cleanup_free_ char *ours = NULL;
    struct scene s;

    begin(&s);
    ours = xasprintf("{\"Destination\":\"http://127.0.0.1:8443/events/%s\"}",
                     s.flow.bmc->token);
    redfish_set(&s.service, "GET", COLLECTION, 200,
                "{\"Members\":[{\"@odata.id\":\"" COLLECTION "/5\"},{},5,"
                "{\"@odata.id\":\"" COLLECTION "/6\"},"
                "{\"@odata.id\":\"" MEMBER "\"}]}");
    redfish_set(&s.service, "GET", COLLECTION "/6", 200,
                "{\"Destination\":\"http://somebody.else/\"}");
    redfish_set(&s.service, "GET", MEMBER, 200, ours);
    keep_adopt(s.host.keep, &s.flow.config);
    ok(wire_wait(s.loop, redfish_count(&s.service, "GET " MEMBER " ") == 1),
       "the subscriptions that are there are read");
    turn(&s);
    is_int(POSTS(&s), 0, "ours is there and not made twice");
    is_int(redfish_count(&s.service, "GET " COLLECTION "/5 "), 1,
           "one that is gone meanwhile is no failure");
    is_int(spool_appended(s.flow.spool), 0, "... and nothing is told");
    scene_done(&s);
}

static void test_refused(void)
{
    _cleanup_free_ char *why = NULL;
    struct scene s;

    begin(&s);
    redfish_set(&s.service, "POST", COLLECTION, 400,
                "{\"error\":{\"message\":\"no room\"}}");
    keep_adopt(s.host.keep, &s.flow.config);
    ok(scene_said(&s, VOICE_SUBSCRIPTION_FAILED, 1), "a refusal is told");
    why = flow_last_arg(&s.flow, VOICE_SUBSCRIPTION_FAILED);
    is_text(why, "it answered 400: no room", "... in the BMC's words");
    ok(wire_wait(s.loop, POSTS(&s) == 2), "... and tried again");
    turn(&s);
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_FAILED), 1, "... told once");
    redfish_set(&s.service, "POST", COLLECTION, 201, "{}");
    ok(scene_said(&s, VOICE_SUBSCRIPTION_MADE, 1), "its end is told");
    turn(&s);
    is_int(POSTS(&s), 3, "... and that is all");
    is_int(flow_count(&s.flow, VOICE_BMC_UNREACHABLE), 0,
           "a BMC that answers is not unreachable");
    scene_done(&s);
}

static void test_away(void)
{
    struct scene s;

    begin(&s);
    redfish_go_away(&s.service);
    keep_adopt(s.host.keep, &s.flow.config);
    ok(scene_said(&s, VOICE_BMC_UNREACHABLE, 1), "a BMC that is away is told");
    redfish_come(&s.service, s.loop);
    ok(scene_said(&s, VOICE_BMC_REACHABLE, 1), "... and that it is back");
    ok(wire_wait(s.loop, POSTS(&s) == 1), "... and it is subscribed");
    is_int(flow_count(&s.flow, VOICE_SUBSCRIPTION_MADE), 0,
           "nothing was refused, so nothing is taken");
    scene_done(&s);
}

static void test_elsewhere(void)
{
    _cleanup_free_ char *members = NULL, *uri = NULL;
    struct redfish elsewhere = {0};
    struct scene s;

    begin(&s);
    redfish_come(&elsewhere, s.loop);
    members = xasprintf("{\"Members\":[{\"@odata.id\":\"%s" MEMBER "\"}]}",
                        elsewhere.url);
    redfish_set(&s.service, "GET", COLLECTION, 200, members);
    keep_adopt(s.host.keep, &s.flow.config);
    ok(wire_wait(s.loop, POSTS(&s) == 1), "a member elsewhere is passed over");
    uri = flow_last_arg(&s.flow, VOICE_URI_REFUSED);
    ok(uri && strstr(uri, elsewhere.url), "... and told");
    is_int(elsewhere.log.len, 0, "... and not asked");
    redfish_done(&elsewhere);
    scene_done(&s);
}

/* The BMC's fault, met by each attempt. */
static void test_service_elsewhere(void)
{
    struct scene s;

    begin(&s);
    redfish_set(&s.service, "GET", ROOT, 200,
                "{\"EventService\":{\"@odata.id\":\"http://127.0.0.9/x\"}}");
    keep_adopt(s.host.keep, &s.flow.config);
    ok(scene_said(&s, VOICE_URI_REFUSED, 1), "an event service elsewhere");
    is_int(flow_count(&s.flow, VOICE_URI_REFUSED), 1, "... is refused");
    is_int(redfish_count(&s.service, "GET "), 1, "... and not asked");
    scene_done(&s);
}

static void test_no_collection(void)
{
    struct scene s;

    begin(&s);
    redfish_set(&s.service, "GET", SERVICE, 200, "{}");
    keep_adopt(s.host.keep, &s.flow.config);
    ok(wire_wait(s.loop, POSTS(&s) == 1),
       "a service that does not name its collection: the standard's is tried");
    scene_done(&s);
}

static void test_no_public_url(void)
{
    _cleanup_free_ char *why = NULL;
    struct scene s;

    begin(&s);
    s.flow.config.public_url = NULL;
    keep_adopt(s.host.keep, &s.flow.config);
    ok(scene_said(&s, VOICE_SUBSCRIPTION_FAILED, 1), "no public_url is told");
    why = flow_last_arg(&s.flow, VOICE_SUBSCRIPTION_FAILED);
    ok(why && strstr(why, "public_url"), "... by its name");
    is_int(POSTS(&s), 0, "... and nothing is posted");
    scene_done(&s);
}

static void test_changed(void)
{
    struct scene s;

    begin(&s);
    keep_adopt(s.host.keep, &s.flow.config);
    wire_wait(s.loop, POSTS(&s) == 1);
    s.flow.config.public_url = "http://127.0.0.1:9999";
    keep_adopt(s.host.keep, &s.flow.config);
    ok(wire_wait(s.loop, POSTS(&s) == 2), "another address of ours is told");
    ok(strstr(s.service.log.data, "127.0.0.1:9999/events/"), "... to the BMC");
    scene_done(&s);
}

/* Taken out in the middle, at each step. */
static void test_removed(void)
{
    static const char *const steps[] = {
        "GET " ROOT " ",
        "GET " SERVICE " ",
        "GET " COLLECTION " ",
        "POST " COLLECTION " ",
    };

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct config none = {0};
        struct scene s;
        size_t asked;

        begin(&s);
        keep_adopt(s.host.keep, &s.flow.config);
        wire_wait(s.loop, redfish_count(&s.service, steps[i]) == 1);
        keep_remove(s.host.keep, s.flow.bmc);
        fleet_adopt(s.flow.fleet, &none, NULL, NULL); /* frees the BMC */
        asked = s.service.log.len;
        turn(&s);
        is_int(s.service.log.len, asked, "taken out after %s: all is quiet",
               steps[i]);
        scene_done(&s);
    }
}

static void test_removed_while_waiting(void)
{
    struct config none = {0};
    struct scene s;

    begin(&s);
    redfish_go_away(&s.service);
    keep_adopt(s.host.keep, &s.flow.config);
    scene_said(&s, VOICE_BMC_UNREACHABLE, 1);
    keep_remove(s.host.keep, s.flow.bmc);
    keep_remove(s.host.keep, s.flow.bmc);
    fleet_adopt(s.flow.fleet, &none, NULL, NULL);
    turn(&s);
    ok(true, "taken out while it waits, and twice");
    subscribe_free(NULL);
    scene_done(&s);
}

int main(void)
{
    test_made();
    test_found();
    test_refused();
    test_away();
    test_elsewhere();
    test_service_elsewhere();
    test_no_collection();
    test_no_public_url();
    test_changed();
    test_removed();
    test_removed_while_waiting();
    return done_testing();
}
