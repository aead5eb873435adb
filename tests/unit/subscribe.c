/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions at a Redfish service in the same process: made, found again,
 * mended, replaced, taken back; and never anybody else's. What keep is told
 * stands in one text.
 */
#include "subscribe.h"

#include "subscription_store.h"
#include "voice.h"

#define STRANGER "{\"Destination\":\"https://other/\",\"Context\":\"x\"}"
#define STREAM "{\"SubscriptionType\":\"SSE\"}"

struct stage {
    struct scene scene;
    struct store store;
    struct keep keep;
    struct vendor vendor;
    const char *destination;
    char *made; /* the text of `destination` */
};

static void start(struct stage *t)
{
    struct bmc *bmc = t->scene.flow.bmc;

    subscribe_way.start(t->scene.host.subscriber, bmc);
}

static void begin(struct stage *t)
{
    struct service *service = XNEW(struct service);

    *t = (struct stage){.vendor = {.name = "plain"}};
    scene_init(&t->scene);
    t->scene.flow.bmcs[0].receive = RECEIVE_WEBHOOK;
    t->scene.flow.config.subscription.check = USEC_PER_HOUR;
    store_init(&t->store, &t->scene.service);
    scene_start(&t->scene);
    t->keep.subscriber = t->scene.host.subscriber;
    t->scene.host.keep = &t->keep;
    service->subscriptions_url =
        xasprintf("%s" COLLECTION, t->scene.service.url);
    service->vendor_row = &t->vendor;
    t->scene.flow.bmc->service = service;
    t->made = bmc_destination(t->scene.flow.bmc, &t->scene.flow.config);
}

static void end(struct stage *t)
{
    free(t->made);
    buffer_done(&t->keep.told);
    scene_done(&t->scene);
    store_done(&t->store);
}

/* So many turns that what was asked for would have happened. */
static void turn(struct stage *t)
{
    for (int i = 0; i < 60; i++)
        sd_event_run(t->scene.loop, 1000);
}

static bool has_told(const struct stage *t, const char *text)
{
    return t->keep.told.len > 0 && strstr(t->keep.told.data, text);
}

/* Waits until keep was told this, then a while for what should not come. */
#define told(t, text)                                               \
    ({                                                              \
        bool _told = wire_wait((t)->scene.loop, has_told(t, text)); \
        turn(t);                                                    \
        _told;                                                      \
    })

static void hear_no_more(struct stage *t)
{
    buffer_clear(&t->keep.told);
}

static const char *text_at(const struct stage *t, unsigned id, const char *key)
{
    return json_string_value(json_object_get(t->store.members[id], key));
}

static void check(struct stage *t)
{
    subscribe_way.check(t->scene.host.subscriber, t->scene.flow.bmc);
}

static char *ours(const struct stage *t, const char *more)
{
    return xasprintf("{\"Destination\":\"%s\",\"Context\":\"trawl:c1:n1\"%s}",
                     t->made, more);
}

static void test_made(void)
{
    struct stage t;

    begin(&t);
    store_add(&t.store, STRANGER);
    store_add(&t.store, STREAM);
    start(&t);
    ok(told(&t, "up2 gap\n"), "a subscription is made, and told");
    is_int(t.store.posted, 1, "... with one body");
    is_text(text_at(&t, 3, "Destination"), t.made, "... to our address");
    is_text(text_at(&t, 3, "Context"), "trawl:c1:n1", "... with our context");
    is_text(text_at(&t, 3, "DeliveryRetryPolicy"), "RetryForever",
            "... and tried for ever");
    is_text(json_string_value(json_object_get(
                json_array_get(
                    json_object_get(t.store.members[3], "HttpHeaders"), 0),
                "X-Trawl-Secret")),
            t.scene.flow.bmc->secret, "... with the second secret");
    ok(strcmp(t.scene.flow.bmc->secret, t.scene.flow.bmc->token) != 0,
       "... which is another than the token");
    is_int(t.store.deleted + t.store.patched, 0, "nothing else is touched");
    is_int(spool_appended(t.scene.flow.spool), 0, "what works is no event");
    check(&t);
    turn(&t);
    is_int(t.store.posted, 1, "looked at, nothing is done");
    end(&t);
}

static void test_found(void)
{
    _cleanup_free_ char *text = NULL;
    struct stage t;

    begin(&t);
    text = ours(&t, "");
    store_add(&t.store, STRANGER);
    store_add(&t.store, text);
    start(&t);
    ok(told(&t, "up2\n"), "one that is there is found, and no gap told");
    is_int(t.store.posted + t.store.patched, 0, "... and taken as it is");
    end(&t);
}

/* By token and by context; new first, then the old one. */
static void test_stale(void)
{
    _cleanup_free_ char *by_token = NULL;
    struct stage t;

    begin(&t);
    by_token = xasprintf("{\"Destination\":\"https://old:1/events/%s\"}",
                         t.scene.flow.bmc->token);
    store_add(&t.store, STRANGER);
    store_add(&t.store, by_token);
    store_add(&t.store, "{\"Destination\":\"https://old/x\","
                        "\"Context\":\"trawl:c1:n1\"}");
    store_add(&t.store, "{\"Destination\":\"https://old/x\","
                        "\"Context\":\"trawl:c2:n1\"}");
    start(&t);
    ok(told(&t, "up2 gap\n"), "made beside stale ones of ours");
    ok(t.store.members[5] && !t.store.members[2] && !t.store.members[3],
       "... which are removed");
    ok(t.store.members[1] && t.store.members[4], "... and no others");
    ok(strstr(strstr(t.scene.service.log.data, "POST "), "DELETE "),
       "... after the new one was there");
    end(&t);
}

static void test_one_of_each(void)
{
    struct stage t;

    begin(&t);
    t.store.one_of_each = true;
    store_add(&t.store, "{\"Destination\":\"https://old/x\","
                        "\"Context\":\"trawl:c1:n1\"}");
    start(&t);
    ok(told(&t, "up2 gap\n"), "one that takes no second");
    ok(!t.store.members[1] && t.store.members[2],
       "... has the stale one removed first");
    is_int(t.store.posted, 2, "... and is asked again");
    end(&t);
}

static void test_full(void)
{
    _cleanup_free_ char *others = NULL;
    struct stage t;

    begin(&t);
    t.store.limit = 2;
    store_add(&t.store, STRANGER);
    store_add(&t.store, STREAM);
    start(&t);
    ok(told(&t, "down2 503"), "no room is told");
    is_int(flow_count(&t.scene.flow, VOICE_SUBSCRIPTION_LIMIT), 1,
           "... as an event of ours");
    others = flow_last_arg(&t.scene.flow, VOICE_SUBSCRIPTION_LIMIT);
    is_text(others, "1", "... with the number of others");
    is_int(store_count(&t.store), 2, "... none of which is removed");
    hear_no_more(&t);
    start(&t);
    ok(told(&t, "down2 503"), "and again");
    is_int(flow_count(&t.scene.flow, VOICE_SUBSCRIPTION_LIMIT), 1,
           "... without a word more");
    hear_no_more(&t);
    t.store.limit = 3;
    start(&t);
    ok(told(&t, "up2 gap again"), "until there is room");
    end(&t);
}

static void test_full_of_ours(void)
{
    struct stage t;

    begin(&t);
    t.store.limit = 2;
    store_add(&t.store, STRANGER);
    store_add(&t.store, "{\"Destination\":\"https://old/x\","
                        "\"Context\":\"trawl:c1:n1\"}");
    start(&t);
    ok(told(&t, "up2 gap\n"), "full of ours: room is made");
    ok(t.store.members[1] && !t.store.members[2] && t.store.members[3],
       "... of ours alone");
    end(&t);
}

/* It says that there is one, and means a stranger's or who knows what. */
static void test_exists_not(void)
{
    struct stage t;

    begin(&t);
    redfish_set(&t.scene.service, "POST", "/x", 409, "");
    t.scene.service.on_request = NULL;
    redfish_set(&t.scene.service, "GET", COLLECTION, 200, "{\"Members\":[]}");
    redfish_set(&t.scene.service, "POST", COLLECTION, 409, "{}");
    start(&t);
    ok(told(&t, "down2 409"), "one that says it exists for ever is given up");
    is_int(redfish_count(&t.scene.service, "POST " COLLECTION " "), 6,
           "... after every body");
    is_int(redfish_count(&t.scene.service, "GET " COLLECTION " "), 2,
           "... and a second look");
    end(&t);
}

static void test_climbs(void)
{
    struct subscribe_view view;
    struct stage t;

    begin(&t);
    t.store.refuse = "DeliveryRetryPolicy";
    start(&t);
    ok(told(&t, "up2 gap\n"), "another body is tried");
    is_int(t.store.posted, 2, "... at once");
    ok(subscribe_describe(t.scene.host.subscriber, t.scene.flow.bmc, &view),
       "which can be seen");
    is_text(view.body, "context,format,type,headers", "... what was taken");
    is_text(view.uri, COLLECTION "/1", "... and where");
    ok(view.checked, "... and since when that is known");
    end(&t);
}

static void test_no_location(void)
{
    struct stage t;

    begin(&t);
    t.store.no_location = t.store.no_body = true;
    start(&t);
    ok(told(&t, "up2 gap\n"), "without a Location it is looked for");
    is_int(t.store.posted, 1, "... and found");
    hear_no_more(&t);
    json_decref(TAKE(t.store.members[1]));
    check(&t);
    ok(told(&t, "up2 gap again"), "... where it can be lost, too");
    end(&t);
}

/* It takes one after the other, and keeps none. */
static void test_forgets(bool no_location)
{
    struct stage t;

    begin(&t);
    t.store.forgets = true;
    t.store.no_location = no_location;
    start(&t);
    ok(told(&t, "up2 gap\n"), "one that does not show is taken as it is");
    for (unsigned i = 2; i <= 3; i++) {
        check(&t);
        turn(&t);
        is_int(t.store.posted, i, "... and made again");
    }
    check(&t);
    ok(told(&t, "absent2 it takes a subscription, and keeps none"),
       "... but not for ever");
    is_int(t.store.posted, 3, "... and no fourth time");
    hear_no_more(&t);
    start(&t);
    ok(told(&t, "absent2"), "after a rest once more, and that is enough");
    is_int(t.store.posted, 4, "... of it");
    hear_no_more(&t);
    t.store.forgets = false;
    start(&t);
    ok(told(&t, "up2 gap\n"), "once it keeps one");
    is_int(t.scene.flow.bmc->unseen, 0, "... all is forgiven");
    end(&t);
}

/* What it does not show, it may have: its events come. */
static void test_hides(void)
{
    struct stage t;

    begin(&t);
    t.store.forgets = true;
    start(&t);
    told(&t, "up2 gap\n");
    t.scene.flow.bmc->heard = clock_monotonic();
    for (unsigned i = 0; i < 5; i++) {
        check(&t);
        turn(&t);
    }
    is_int(t.store.posted, 1, "one that brings events is left alone");
    ok(!has_told(&t, "absent2"), "... whatever it shows of it");
    end(&t);
}

static void test_mangled(void)
{
    struct stage t;

    begin(&t);
    t.store.mangle = "https://10.0.0.1/somewhere";
    t.store.no_location = t.store.no_body = true;
    start(&t);
    ok(told(&t, "up2 gap\n"), "an address that is shown otherwise");
    hear_no_more(&t);
    check(&t);
    turn(&t);
    is_int(t.store.posted, 1, "... is known again");
    is_int(t.store.deleted, 0, "... and not taken for a stale one");
    end(&t);
}

static void counted(struct stage *t, unsigned made, unsigned mended,
                    unsigned lost)
{
    struct subscribe_counts counts;

    subscribe_count(t->scene.host.subscriber, &counts);
    is_int(counts.made, made, "so many are counted as made");
    is_int(counts.mended, mended, "... as mended");
    is_int(counts.lost, lost, "... as lost");
}

/* The sign of a reboot: it is gone. */
static void test_lost(void)
{
    struct stage t;

    begin(&t);
    start(&t);
    told(&t, "up2");
    hear_no_more(&t);
    json_decref(TAKE(t.store.members[1]));
    check(&t);
    ok(told(&t, "up2 gap again"), "one that is gone is made again, with a gap");
    is_int(flow_count(&t.scene.flow, VOICE_SUBSCRIPTION_LOST), 1, "... told");
    ok(t.store.members[2], "... and is there");
    hear_no_more(&t);
    json_decref(t.store.members[2]);
    t.store.members[2] = json_loads(STRANGER, 0, NULL);
    check(&t);
    ok(told(&t, "up2 gap again"), "another in its place");
    is_int(t.store.posted, 3, "... is not ours");
    ok(t.store.members[2], "... and not touched");
    counted(&t, 3, 0, 2);
    end(&t);
}

/* Changed at the BMC: by PATCH, and where that is refused by another. */
static void test_mended(void)
{
    struct stage t;

    begin(&t);
    start(&t);
    told(&t, "up2");
    hear_no_more(&t);
    json_object_set_new(t.store.members[1], "Context", json_string("x"));
    json_object_set_new(t.store.members[1], "DeliveryRetryPolicy",
                        json_string("TerminateAfterRetries"));
    check(&t);
    ok(wire_wait(t.scene.loop, t.store.patched == 1), "it is mended");
    turn(&t);
    is_text(text_at(&t, 1, "Context"), "trawl:c1:n1", "... its context");
    is_text(text_at(&t, 1, "DeliveryRetryPolicy"), "RetryForever",
            "... its policy");
    is_int(t.store.posted, 1, "... where it stands");
    counted(&t, 1, 1, 0);
    t.store.no_patch = true;
    json_object_set_new(t.store.members[1], "RegistryPrefixes",
                        json_pack("[s]", "Base"));
    check(&t);
    ok(told(&t, "up2 gap"), "a filter that cannot be taken away");
    is_int(t.store.posted, 2, "... leads to another one");
    ok(!t.store.members[1] && t.store.members[2], "... in its place");
    end(&t);
}

static void test_off(void)
{
    _cleanup_free_ char *text = NULL;
    struct stage t;

    begin(&t);
    text = ours(&t, ",\"Status\":{\"State\":\"Disabled\"}");
    store_add(&t.store, text);
    t.store.resumes = true;
    start(&t);
    ok(told(&t, "up2 gap\n"), "one that was switched off");
    is_int(t.store.resumed, 1, "... is resumed");
    is_int(t.store.posted, 0, "... where it stands");
    hear_no_more(&t);
    t.store.resumes = false;
    json_object_set_new(t.store.members[1], "Status",
                        json_pack("{ss}", "State", "Disabled"));
    check(&t);
    ok(told(&t, "up2 gap"), "or, where that cannot be done,");
    ok(t.store.posted == 1 && !t.store.members[1], "... made anew");
    end(&t);
}

/* What a service makes of it is not fought over. */
static void test_stubborn(void)
{
    unsigned posted;
    struct stage t;

    begin(&t);
    t.store.ignores_policy = true;
    start(&t);
    ok(told(&t, "up2 gap\n"), "one that keeps its own policy");
    ok(t.store.patched <= 1 && t.store.posted == 1, "... is asked once more");
    posted = t.store.posted + t.store.patched;
    check(&t);
    turn(&t);
    check(&t);
    turn(&t);
    is_int(t.store.posted + t.store.patched, posted, "... and left alone then");
    end(&t);
}

static void test_slots(void)
{
    struct stage t;

    begin(&t);
    t.vendor.fixed_slots = true;
    store_add(&t.store, STRANGER);
    store_add(&t.store, "{\"Destination\":\"\"}");
    start(&t);
    ok(told(&t, "up2 gap\n"), "a free slot is taken");
    is_int(t.store.posted, 0, "... none is made");
    is_text(text_at(&t, 2, "Destination"), t.made, "... with our address");
    t.store.no_delete = true;
    subscribe_leave(t.scene.host.subscriber, t.scene.flow.bmc, NULL, NULL);
    ok(wire_wait(t.scene.loop, strcmp(text_at(&t, 2, "Destination"), "") == 0),
       "taken back, it leads nowhere");
    hear_no_more(&t);
    json_object_set_new(t.store.members[2], "Destination",
                        json_string("https://other/"));
    start(&t);
    ok(told(&t, "down2 400 all of its slots are in use"), "all in use");
    end(&t);
}

static void test_never(void)
{
    struct stage t;

    begin(&t);
    t.vendor.never = true;
    start(&t);
    ok(told(&t, "absent2 it is of a kind"), "a kind that must not be");
    is_int(t.scene.service.log.len, 0, "... is not asked");
    end(&t);
}

/* Builds differ: what is known of a kind only explains. */
static void test_https_only(void)
{
    struct stage t;

    begin(&t);
    t.vendor.https_only = true;
    t.store.refuse = "Destination";
    start(&t);
    ok(told(&t, "down2 400"), "an address that is refused");
    ok(has_told(&t, "https: only"), "... and what is known of its kind");
    is_int(t.store.posted, 1, "... after one body, for none would help");
    end(&t);
}

static void test_no_public_url(void)
{
    struct stage t;

    begin(&t);
    t.scene.flow.config.public_url = NULL;
    start(&t);
    ok(told(&t, "absent2 public_url"), "no public_url is told by its name");
    end(&t);
}

static void test_answers(void)
{
    static const struct {
        unsigned list, post;
        const char *told;
    } rows[] = {
        {404, 201, "absent2"},   {503, 201, "down2 503"},
        {401, 201, "down2 401"}, {200, 405, "absent2"},
        {200, 503, "down2 503"}, {200, 400, "down2 400 it answered 400: no"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct stage t;

        begin(&t);
        t.keep.stops = true;
        t.scene.service.on_request = NULL;
        redfish_set(&t.scene.service, "GET", COLLECTION, rows[i].list,
                    "{\"Members\":[]}");
        redfish_set(&t.scene.service, "POST", COLLECTION, rows[i].post,
                    "{\"error\":{\"message\":\"no\"}}");
        start(&t);
        ok(told(&t, rows[i].told), "%u, %u: %s", rows[i].list, rows[i].post,
           rows[i].told);
        end(&t);
    }
}

static void test_elsewhere(void)
{
    _cleanup_free_ char *members = NULL;
    struct redfish elsewhere = {0};
    struct stage t;

    begin(&t);
    redfish_come(&elsewhere, t.scene.loop);
    members = xasprintf("{\"Members\":[{\"@odata.id\":\"%s/7\"},{},5,"
                        "{\"@odata.id\":\"" COLLECTION "/9\"}],"
                        "\"Members@odata.nextLink\":\"%s/more\"}",
                        elsewhere.url, elsewhere.url);
    t.scene.service.on_request = NULL;
    redfish_set(&t.scene.service, "GET", COLLECTION, 200, members);
    redfish_set(&t.scene.service, "POST", COLLECTION, 201, "{}")->header[0] =
        (struct http_header){"Location", COLLECTION "/7"};
    start(&t);
    ok(told(&t, "up2 gap\n"), "what leads elsewhere is passed over");
    is_int(flow_count(&t.scene.flow, VOICE_URI_REFUSED), 2, "... and told");
    is_int(elsewhere.log.len, 0, "... and not asked");
    redfish_done(&elsewhere);
    end(&t);
}

static void on_left(void *userdata, bool ok, const struct error *err _unused_)
{
    *(int *)userdata = ok ? 1 : -1;
}

static void test_left(void)
{
    _cleanup_free_ char *stale = NULL;
    struct stage t;
    int left = 0;

    begin(&t);
    stale = xasprintf("{\"Destination\":\"https://old:1/events/%s\"}",
                      t.scene.flow.bmc->token);
    start(&t);
    told(&t, "up2");
    store_add(&t.store, STRANGER);
    store_add(&t.store, stale);
    subscribe_leave(t.scene.host.subscriber, t.scene.flow.bmc, on_left, &left);
    ok(wire_wait(t.scene.loop, left != 0) && left == 1, "it is taken back");
    ok(!t.store.members[1] && !t.store.members[3] && t.store.members[2],
       "... all of ours, and nothing else");
    check(&t);
    turn(&t);
    is_int(t.store.posted, 1, "... and not made again by itself");
    hear_no_more(&t);
    start(&t);
    ok(told(&t, "up2"), "but when it is started");
    end(&t);
}

/* Out of the configuration: its own copy of it does the rest. */
static void test_removed(void)
{
    static const struct config none = {.collector = "c1"};
    struct stage t;

    begin(&t);
    start(&t);
    told(&t, "up2");
    subscribe_remove(t.scene.host.subscriber, t.scene.flow.bmc);
    fleet_adopt(t.scene.flow.fleet, &none, NULL, NULL);
    t.scene.flow.bmcs[0] = (struct config_bmc){0};
    ok(wire_wait(t.scene.loop, t.store.deleted == 1),
       "a BMC that leaves the configuration is left in order");
    end(&t);
}

static void test_stays(void)
{
    static const struct config none = {.collector = "c1"};
    _cleanup_free_ char *name = NULL;
    struct stage t;

    begin(&t);
    start(&t);
    told(&t, "up2");
    t.store.no_delete = true;
    subscribe_remove(t.scene.host.subscriber, t.scene.flow.bmc);
    fleet_adopt(t.scene.flow.fleet, &none, NULL, NULL);
    ok(scene_said(&t.scene, VOICE_SUBSCRIPTION_STAYS, 1),
       "what cannot be taken back is told");
    name = flow_last_arg(&t.scene.flow, VOICE_SUBSCRIPTION_STAYS);
    is_text(name, "n1", "... with the name");
    end(&t);
}

/* Stopped in the middle, at each step. */
static void test_stopped(void)
{
    static const char *const steps[] = {
        "GET " COLLECTION " ",
        "POST " COLLECTION " ",
        "GET " COLLECTION "/1 ",
    };

    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        struct stage t;
        size_t asked;

        begin(&t);
        start(&t);
        wire_wait(t.scene.loop, redfish_count(&t.scene.service, steps[i]) == 1);
        subscribe_way.stop(t.scene.host.subscriber, t.scene.flow.bmc);
        asked = t.scene.service.log.len;
        turn(&t);
        is_int(t.scene.service.log.len, asked, "stopped after %s: all is quiet",
               steps[i]);
        ok(t.keep.told.len == 0, "... and nothing told");
        subscribe_way.stop(t.scene.host.subscriber, t.scene.flow.bmc);
        end(&t);
    }
    subscribe_free(NULL);
}

int main(void)
{
    test_made();
    test_found();
    test_stale();
    test_one_of_each();
    test_full();
    test_full_of_ours();
    test_exists_not();
    test_climbs();
    test_no_location();
    test_forgets(false);
    test_forgets(true);
    test_hides();
    test_mangled();
    test_lost();
    test_mended();
    test_off();
    test_stubborn();
    test_slots();
    test_never();
    test_https_only();
    test_no_public_url();
    test_answers();
    test_elsewhere();
    test_left();
    test_removed();
    test_stays();
    test_stopped();
    return done_testing();
}
