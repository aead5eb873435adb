/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the registries of a BMC beside a subscription: who waits for them
 * and not for ever, one that dawdles, the look after a day, a publisher where
 * that is configured. The times are knobs, so that a test waits for what
 * happens and not for a clock.
 */
#include "registry/registry_fetch.h"

#include "redfish_fixture.h"
#include "registry/registry_cache.h"
#include "voice.h"

#define LIST "/redfish/v1/Registries"
#define LOCATOR LIST "/Acme"
#define STORE "/store/Acme.json"
#define POSTS(s) redfish_count(&(s)->service, "POST " COLLECTION " ")

static const char acme[] =
    "{\"RegistryPrefix\":\"Acme\",\"RegistryVersion\":\"1.0.0\",\"Messages\":{"
    "\"Leak\":{\"Message\":\"It leaks.\",\"Severity\":\"Warning\"}}}";

struct story {
    struct scene scene;
    struct registry_fetch *fetch;
    struct registry_fetch_times times;
    const char *publisher_ca;
    char cache[96];
};

static void furnish(struct redfish *r, const char *locations)
{
    _cleanup_free_ char *locator =
        xasprintf("{\"Id\":\"Acme\",\"Registry\":\"Acme.1.0\","
                  "\"Location\":[%s]}",
                  locations);

    redfish_furnish(r, NULL);
    redfish_set(r, "GET", ROOT, 200,
                "{\"EventService\":{\"@odata.id\":\"" SERVICE "\"},"
                "\"Registries\":{\"@odata.id\":\"" LIST "\"}}");
    redfish_set(r, "GET", LIST, 200,
                "{\"Members\":[{\"@odata.id\":\"" LOCATOR "\"}]}");
    redfish_set(r, "GET", LOCATOR, 200, locator);
    redfish_set(r, "GET", STORE, 200, acme);
}

static void prepare(struct story *s)
{
    *s = (struct story){.times = {.wait = USEC_PER_HOUR,
                                  .job = USEC_PER_HOUR,
                                  .again = USEC_PER_DAY,
                                  .tend = USEC_PER_HOUR}};
    scene_init(&s->scene);
    snprintf(s->cache, sizeof(s->cache), "%s/registries",
             s->scene.flow.directory);
    s->scene.flow.bmcs[0].receive = RECEIVE_WEBHOOK;
    s->scene.flow.config.registries.fetch = true;
    s->scene.flow.config.registries.cache = s->cache;
    furnish(&s->scene.service, "{\"Language\":\"en\",\"Uri\":\"" STORE "\"}");
}

static void begin(struct story *s)
{
    struct registry_fetch_setup setup = {.times = &s->times,
                                         .publisher_ca = s->publisher_ca};

    scene_start(&s->scene);
    setup.loop = s->scene.loop;
    setup.talk = s->scene.talk;
    setup.client = s->scene.client;
    setup.pipeline = s->scene.flow.pipeline;
    setup.fleet = s->scene.flow.fleet;
    s->fetch = s->scene.host.registries = registry_fetch_new(&setup);
    registry_fetch_adopt(s->fetch, &s->scene.flow.config);
    keep_adopt(s->scene.host.keep, &s->scene.flow.config);
}

static void end(struct story *s)
{
    keep_free(TAKE(s->scene.host.keep));
    registry_fetch_free(s->fetch);
    scene_done(&s->scene);
}

static const struct registry_own *own(const struct story *s)
{
    return s->scene.flow.bmc->registries;
}

static bool has_acme(const struct story *s)
{
    return own(s) && registry_own_has(own(s), "Acme");
}

static unsigned place_of(const struct story *s, const char *text)
{
    const char *log = s->scene.service.log.data;
    const char *at = log ? strstr(log, text) : NULL;

    return at ? (unsigned)(at - log) : 0;
}

static void test_first(void)
{
    struct story s;

    prepare(&s);
    begin(&s);
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1), "it is subscribed to");
    ok(has_acme(&s), "its registry is here by then");
    ok(place_of(&s, STORE) < place_of(&s, "POST " COLLECTION),
       "... and was asked for before");
    end(&s);
}

/* It holds its registry back: events are worth more than texts. */
static void test_wait(void)
{
    struct story s;

    prepare(&s);
    s.times.wait = USEC_PER_MSEC;
    redfish_set(&s.scene.service, "GET", STORE, 0, "");
    begin(&s);
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1),
       "registries that do not come are waited for so long");
    ok(!has_acme(&s), "... and then events come without them");
    end(&s);
}

/* All the time that there is has gone when the first locator is looked at. */
static void test_dawdler(void)
{
    _cleanup_free_ char *what = NULL;
    struct story s;

    prepare(&s);
    s.times.job = 0;
    begin(&s);
    ok(scene_said(&s.scene, VOICE_REGISTRY_UNUSABLE, 1),
       "one that dawdles is told of");
    what = flow_last_arg(&s.scene.flow, VOICE_REGISTRY_UNUSABLE);
    is_text(what, "(all)", "... with all that it has");
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1),
       "... and subscribed to all the same");
    is_int(redfish_count(&s.scene.service, LOCATOR), 0,
           "... and asked no more");
    ok(own(&s) && !registry_own_is_whole(own(&s)), "... until another time");
    end(&s);
}

static void test_daily(void)
{
    static const char changed[] =
        "{\"RegistryPrefix\":\"Acme\",\"RegistryVersion\":\"1.1.0\","
        "\"Messages\":{\"Drip\":{\"Message\":\"It drips.\","
        "\"Severity\":\"OK\"}}}";
    const struct registry_version any = {REGISTRY_VERSION_ANY, 0, 0};
    struct registry_hit hit = {0};
    struct story s;

    prepare(&s);
    s.times.again = s.times.tend = USEC_PER_MSEC;
    begin(&s);
    ok(wire_wait(s.scene.loop, has_acme(&s)), "a registry is read");
    redfish_set(&s.scene.service, "GET", STORE, 200, changed);
    ok(wire_wait(s.scene.loop,
                 (registry_own_find(own(&s), "Acme", false, &any, "Drip", &hit),
                  hit.message)),
       "when its day is over the BMC is asked, and has another");
    end(&s);
}

static void test_no_daily(void)
{
    struct story s;

    prepare(&s);
    s.times.tend = USEC_PER_MSEC;
    begin(&s);
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1), "it is subscribed to");
    for (int i = 0; i < 50; i++)
        sd_event_run(s.scene.loop, USEC_PER_MSEC);
    is_int(redfish_count(&s.scene.service, "GET " LIST " "), 1,
           "before a day has gone nothing is asked again");
    end(&s);
}

/* A registry of so many bytes at the BMC, and the locator to it. */
static void add_large(struct story *s, const char *name, size_t len)
{
    _cleanup_free_ char *store = xasprintf("/store/%s", name);
    _cleanup_free_ char *at = xasprintf(LIST "/%s", name);
    _cleanup_free_ char *locator = xasprintf(
        "{\"Id\":\"%s\",\"Registry\":\"%s.1.0\",\"Location\":[{\"Uri\":"
        "\"%s\"}]}",
        name, name, store);
    _cleanup_free_ char *padding = xcalloc(1, len + 1);
    _cleanup_free_ char *json = NULL;

    memset(padding, ' ', len);
    json = xasprintf("{\"RegistryPrefix\":\"%s\",\"Messages\":{%s\"Leak\":"
                     "{\"Message\":\"It leaks.\"}}}",
                     name, padding);
    redfish_set(&s->scene.service, "GET", at, 200, locator);
    redfish_set(&s->scene.service, "GET", store, 200, json);
}

/* The cache is for all BMCs. */
static void test_too_much(void)
{
    struct story s;

    prepare(&s);
    redfish_set(&s.scene.service, "GET", LIST, 200,
                "{\"Members\":[{\"@odata.id\":\"" LIST "/One\"},"
                "{\"@odata.id\":\"" LIST "/Two\"},{\"@odata.id\":\"" LIST
                "/Three\"},{\"@odata.id\":\"" LOCATOR "\"}]}");
    add_large(&s, "One", 15u << 20);
    add_large(&s, "Two", 15u << 20);
    add_large(&s, "Three", 15u << 20);
    begin(&s);
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1), "it is subscribed to");
    ok(registry_own_has(own(&s), "One") && registry_own_has(own(&s), "Two"),
       "large registries are read");
    ok(!registry_own_has(own(&s), "Three"), "... up to what one BMC may have");
    ok(has_acme(&s), "... and a small one still is");
    end(&s);
}

/* Its publisher has it; the BMC does not. */
static void test_publisher(bool wanted)
{
    struct wire_identity *ca = wire_identity_new("ca", NULL);
    struct wire_identity *self = wire_identity_new("publisher", ca);
    struct redfish publisher = {.identity = self};
    _cleanup_free_ char *locations = NULL, *path = NULL;
    struct story s;

    prepare(&s);
    redfish_come(&publisher, s.scene.loop);
    redfish_set(&publisher, "GET", "/Acme.1.0.0.json", 200, acme);
    locations = xasprintf("{\"Language\":\"en\",\"Uri\":\"/gone\","
                          "\"PublicationUri\":\"%s/Acme.1.0.0.json\"}",
                          publisher.url);
    furnish(&s.scene.service, locations);
    path = xasprintf("%s/ca.pem", s.scene.flow.directory);
    file_write(path, ca->certificate_pem, strlen(ca->certificate_pem), 0600,
               NULL);
    s.publisher_ca = path;
    s.scene.flow.config.registries.publication = wanted;
    begin(&s);
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1), "it is subscribed to");
    is_int(has_acme(&s), wanted, "a publisher is asked if that is configured");
    is_int(redfish_count(&publisher, "GET /Acme"), wanted, "... and only then");
    is_int(redfish_count(&publisher, "auth=- "), wanted,
           "... without our password");
    end(&s);
    redfish_done(&publisher);
    wire_identity_free(self);
    wire_identity_free(ca);
}

/* Its certificate is signed by somebody whom nobody knows. */
static void test_stranger(void)
{
    struct wire_identity *ca = wire_identity_new("ca", NULL);
    struct redfish publisher = {.identity = ca};
    _cleanup_free_ char *locations = NULL;
    struct story s;

    prepare(&s);
    redfish_come(&publisher, s.scene.loop);
    redfish_set(&publisher, "GET", "/Acme.json", 200, acme);
    locations = xasprintf("{\"PublicationUri\":\"%s/Acme.json\"},"
                          "{\"PublicationUri\":\"http://127.0.0.1:1/Acme\"}",
                          publisher.url);
    furnish(&s.scene.service, locations);
    s.scene.flow.config.registries.publication = true;
    begin(&s);
    ok(wire_wait(s.scene.loop, POSTS(&s.scene) == 1), "it is subscribed to");
    ok(!has_acme(&s), "a publisher without a good certificate is not believed");
    is_int(redfish_count(&publisher, "GET"), 0, "... and asked for nothing");
    end(&s);
    redfish_done(&publisher);
    wire_identity_free(ca);
}

int main(void)
{
    test_first();
    test_wait();
    test_dawdler();
    test_daily();
    test_no_daily();
    test_too_much();
    test_publisher(true);
    test_publisher(false);
    test_stranger();
    return done_testing();
}
