/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether what is open is still so, asked of a Redfish service in the same
 * process: what a Status must say to end a condition, what ends none, and that
 * no more is asked than need be.
 */
#include "recheck.h"

#include "recheck/recheck_judge.h"
#include "redfish_fixture.h"
#include "voice.h"

#define DRIVE "/redfish/v1/Systems/1/Storage/1/Drives/3"
#define POWER "/redfish/v1/Chassis/1/Power#/PowerSupplies/1"

static const struct {
    const char *origin;
    bool is;
} places[] = {
    {DRIVE, true},
    {POWER, true},
    {"/redfish/v1/Fabrics/1/Switches/2", true},
    {"/redfish/v1/UpdateService/FirmwareInventory/BMC", true},
    {"/redfish/v1/Systems/1", false}, /* whole machines */
    {"/redfish/v1/Chassis/1", false},
    {"/redfish/v1/Managers/BMC", false},
    {"/redfish/v1/Chassis", false},
    {"/redfish/v1/EventService", false},
    {"/redfish/v1/", false},
    {"Bay 3", false},
    {"https://elsewhere/redfish/v1/a/b", false},
    {"", false},
};

static const struct {
    const char *json, *origin;
    bool well;
    const char *why;
} resources[] = {
    {"{\"Status\":{\"Health\":\"OK\"}}", DRIVE, true, "Health OK"},
    {"{\"Status\":{\"Health\":\"OK\",\"State\":\"Enabled\","
     "\"HealthRollup\":\"OK\",\"Conditions\":[]}}",
     DRIVE, true, "all is well"},
    {"{\"Status\":{\"Health\":\"ok\",\"State\":\"enabled\"}}", DRIVE, true,
     "in other letters"},
    {"{\"Status\":{\"Health\":\"OK\",\"State\":null,\"HealthRollup\":null}}",
     DRIVE, true, "no word is no bad word"},
    {"{\"Status\":{\"Health\":\"OK\",\"Conditions\":[{\"Severity\":\"OK\"}]}}",
     DRIVE, true, "a condition that is good"},
    {"{\"Status\":{\"Health\":\"Critical\"}}", DRIVE, false, "Critical"},
    {"{\"Status\":{\"Health\":\"Warning\",\"State\":\"Enabled\"}}", DRIVE,
     false, "Warning"},
    {"{\"Status\":{\"Health\":\"OK\",\"State\":\"Absent\"}}", DRIVE, false,
     "it is absent"},
    {"{\"Status\":{\"Health\":\"OK\",\"HealthRollup\":\"Critical\"}}", DRIVE,
     false, "something below is not well"},
    {"{\"Status\":{\"Health\":\"OK\",\"Conditions\":[{\"Severity\":"
     "\"Warning\"}]}}",
     DRIVE, false, "a condition that is not good"},
    {"{\"Status\":{\"Health\":null}}", DRIVE, false, "Health is null"},
    {"{\"Status\":{\"State\":\"Enabled\"}}", DRIVE, false, "no Health"},
    {"{\"Status\":\"OK\"}", DRIVE, false, "a Status that is none"},
    {"{}", DRIVE, false, "no Status"},
    {"[]", DRIVE, false, "no resource"},
    {"{\"Status\":{\"Health\":\"Critical\"},\"PowerSupplies\":[{},"
     "{\"Status\":{\"Health\":\"OK\"}}]}",
     POWER, true, "the part, not the whole"},
    {"{\"Status\":{\"Health\":\"OK\"},\"PowerSupplies\":[{\"Status\":"
     "{\"Health\":\"OK\"}}]}",
     POWER, false, "a part that is not there"},
    {"{\"Status\":{\"Health\":\"OK\"},\"PowerSupplies\":{\"x\":1}}", POWER,
     false, "a pointer into another thing"},
};

static void test_judge(void)
{
    _cleanup_free_ char *list = recheck_list_of(DRIVE "/");

    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        is_int(recheck_is_place(places[i].origin), places[i].is,
               "'%s' is worth a question, or not", places[i].origin);
    for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
        json_t *json = json_loads(resources[i].json, 0, NULL);

        is_int(recheck_is_well(json, resources[i].origin), resources[i].well,
               "%s", resources[i].why);
        json_decref(json);
    }
    ok(!recheck_is_well(NULL, DRIVE), "no JSON says nothing");
    is_text(list, "/redfish/v1/Systems/1/Storage/1/Drives",
            "the list that a drive stands in");
}

/* ---- with a service */

#define CHASSIS "/redfish/v1/Chassis/1/Sensors"
#define OK_STATUS "{\"Status\":{\"Health\":\"OK\",\"State\":\"Enabled\"}}"

struct story {
    struct scene scene;
    struct recheck *recheck;
};

static void begin(struct story *s)
{
    static const struct recheck_times at_once = {0, 0, 0};
    struct recheck_setup setup = {.times = &at_once};

    *s = (struct story){0};
    scene_init(&s->scene);
    s->scene.flow.bmcs[0].receive = RECEIVE_SSE;
    scene_start(&s->scene);
    setup.loop = s->scene.loop;
    setup.talk = s->scene.talk;
    setup.pipeline = s->scene.flow.pipeline;
    setup.correlator = s->scene.flow.correlator;
    s->recheck = recheck_new(&setup);
}

static void end(struct story *s)
{
    flow_law(&s->scene.flow);
    recheck_free(s->recheck);
    scene_done(&s->scene);
}

static void fail_at(struct story *s, const char *key, const char *origin)
{
    _cleanup_free_ char *body =
        xasprintf("{\"Events\":[{\"MessageId\":\"%s\",\"MessageArgs\":[\"x\"],"
                  "\"OriginOfCondition\":{\"@odata.id\":\"%s\"}}]}",
                  key, origin);

    flow_take(&s->scene.flow, body, NULL);
}

static void turn(struct story *s)
{
    for (int i = 0; i < 50; i++)
        sd_event_run(s->scene.loop, 1000);
}

static size_t open_at(struct story *s, const char *origin)
{
    const struct condition *c = correlate_list(s->scene.flow.correlator, "n1");
    size_t count = 0;

    for (; c; c = c->next)
        count += condition_is_open(&c->row) && strcmp(c->text, origin) == 0;
    return count;
}

/* One that is well again, one that is not, one that nobody can read. */
static void test_status(void)
{
    _cleanup_free_ char *text = NULL;
    struct story s;

    begin(&s);
    redfish_set(&s.scene.service, "GET", DRIVE, 200, OK_STATUS);
    redfish_set(&s.scene.service, "GET", DRIVE "1", 200,
                "{\"Status\":{\"Health\":\"Critical\"}}");
    redfish_set(&s.scene.service, "GET", DRIVE "2", 200, "<html>");
    redfish_set(&s.scene.service, "GET", DRIVE "3", 403, "{}");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE);
    fail_at(&s, "StorageDevice.1.5.DrivePredictiveFailure", DRIVE);
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE "1");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE "2");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE "3");
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    ok(wire_wait(s.scene.loop, redfish_count(&s.scene.service, DRIVE "3 ")),
       "the places of what is open are read");
    turn(&s);
    is_int(open_at(&s, DRIVE), 0, "what is well again is over");
    is_int(open_at(&s, DRIVE "1") + open_at(&s, DRIVE "2") +
               open_at(&s, DRIVE "3"),
           3, "... what is not, and what cannot be read, stays");
    is_int(flow_count(&s.scene.flow, VOICE_CONDITION_OVER), 2,
           "... each is told");
    text = flow_last_arg(&s.scene.flow, VOICE_CONDITION_OVER);
    ok(strstr(text, "drive"), "... with what it was: %s", text);
    is_int(redfish_count(&s.scene.service, "GET " DRIVE " "), 1,
           "two of one place are one question");
    end(&s);
}

/* A resource that is not there any more, and one whose list cannot be had. */
static void test_gone(void)
{
    struct story s;

    begin(&s);
    redfish_set(&s.scene.service, "GET", CHASSIS, 200,
                "{\"Members\":[{\"@odata.id\":\"" CHASSIS "/Fan2\"},"
                "{\"@odata.id\":\"" CHASSIS "/Fan3/\"}]}");
    fail_at(&s, "ResourceEvent.1.4.ResourceErrorsDetected", CHASSIS "/Fan1");
    fail_at(&s, "ResourceEvent.1.4.ResourceErrorsDetected", CHASSIS "/Fan3");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE);
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    ok(wire_wait(s.scene.loop, open_at(&s, CHASSIS "/Fan1") == 0),
       "what its list does not have any more is over");
    ok(wire_wait(s.scene.loop,
                 redfish_count(&s.scene.service, "Storage/1/Drives ")),
       "the list of each is read");
    turn(&s);
    is_int(open_at(&s, CHASSIS "/Fan3"), 1, "what is listed stays");
    is_int(open_at(&s, DRIVE), 1, "and what has no list that can be read");
    end(&s);
}

/* Nothing is asked where nothing could come of it. */
static void test_quiet(void)
{
    struct story s;

    begin(&s);
    recheck_bmc(NULL, s.scene.flow.bmc);
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    fail_at(&s, "StorageDevice.1.5.DriveFailure", "/redfish/v1/Systems/1");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", "Bay 3");
    pipeline_say(s.scene.flow.pipeline, s.scene.flow.bmc, VOICE_CLOCK_WRONG,
                 "/redfish/v1/Systems/1/Clock", "1970", NULL);
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    turn(&s);
    is_int(redfish_count(&s.scene.service, "GET"), 0, "nothing is asked");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE);
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    recheck_remove(s.recheck, s.scene.flow.bmc);
    recheck_remove(s.recheck, s.scene.flow.bmc);
    turn(&s);
    is_int(redfish_count(&s.scene.service, "GET"), 0,
           "nor of a BMC that leaves");
    end(&s);
}

/* A BMC that has trouble itself is left alone; so are far too many places. */
static void test_bounds(void)
{
    struct story s;
    char origin[96];

    begin(&s);
    redfish_set(&s.scene.service, "GET", DRIVE, 503, "{}");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE "1");
    fail_at(&s, "StorageDevice.1.5.DriveFailure", DRIVE);
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    ok(wire_wait(s.scene.loop, redfish_count(&s.scene.service, DRIVE " ")),
       "the newest is asked about first");
    turn(&s);
    is_int(redfish_count(&s.scene.service, DRIVE "1 "), 0,
           "a BMC that has trouble is asked no more");
    redfish_set(&s.scene.service, "GET", DRIVE, 200, "{}");
    for (int i = 0; i < 40; i++) {
        snprintf(origin, sizeof(origin), DRIVE "x%d", i);
        fail_at(&s, "StorageDevice.1.5.DriveFailure", origin);
    }
    recheck_bmc(s.recheck, s.scene.flow.bmc);
    turn(&s);
    ok(wire_wait(s.scene.loop,
                 redfish_count(&s.scene.service, "GET " DRIVE "x") == 32),
       "of very many places so many are asked about");
    turn(&s);
    is_int(redfish_count(&s.scene.service, "GET " DRIVE "x"), 32,
           "... no more");
    end(&s);
}

int main(void)
{
    test_judge();
    test_status();
    test_gone();
    test_quiet();
    test_bounds();
    return done_testing();
}
