/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends what: by the registry's letter, and by the shipped repairs where
 * registries of BMCs break their own rules. The small registries here are of
 * our own writing and broken in the same ways.
 */
#include "clearing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "registry/registry_cache.h"
#include "resolve.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

#define MESSAGE(severity, rest) \
    "{\"Message\":\"m\",\"Severity\":\"" severity "\"" rest "}"
#define ENDS(list)                                                \
    ",\"ClearingLogic\":{\"ClearsIf\":\"SameOriginOfCondition\"," \
    "\"ClearsMessage\":[" list "]}"
#define ENDS_ANYWHERE(list) ",\"ClearingLogic\":{\"ClearsMessage\":[" list "]}"
#define CODE(code) ",\"Oem\":{\"Lenovo\":{\"EventID\":\"" code "\"}}"

static const struct {
    const char *prefix, *messages;
} broken[] = {
    {"Power",
     "\"PowerSupplyFailed\":" MESSAGE(
         "Critical",
         "") ","
             "\"PowerSupplyRestored\":" MESSAGE(
                 "OK",
                 ENDS(
                     "\"PowerSupplyFailure\"")) ","
                                                "\"PowerCritical\":" MESSAGE(
                                                    "Critical",
                                                    "") ","
                                                        "\"FrequencyCritical\""
                                                        ":" MESSAGE(
                                                            "Critical",
                                                            "") ","
                                                                "\"FrequencyNoL"
                                                                "ongerCritical"
                                                                "\":" MESSAGE(
                                                                    "Warning",
                                                                    ENDS(
                                                                        "\"Powe"
                                                                        "rCriti"
                                                                        "cal"
                                                                        "\""))},
    {"Fabric", "\"CableFailed\":" MESSAGE(
                   "Critical",
                   "") ","
                       "\"CableOK \":" MESSAGE("OK", ENDS("\"CableFailed\""))},
    {"iLOEvents", "\"FanFailed\":" MESSAGE(
                      "Critical", "") ","
                                      "\"ServerReset\":" MESSAGE("OK", "")},
    {"iLOResourceEvents",
     "\"FansHealthBad\":" MESSAGE(
         "Warning", "") ","
                        "\"FansHealthOk\":" MESSAGE(
                            "OK", ENDS_ANYWHERE("\"FansHealthBad\","
                                                "\"FanFailed\""))},
    {"iLOSecurityEvents",
     "\"AtRisk\":" MESSAGE(
         "Warning", "") ","
                        "\"AtOK\":" MESSAGE(
                            "OK", ",\"Oem\":{\"Hpe\":{\"ClearingLogic\":"
                                  "{\"ClearsIf\":\"SameOriginOfCondition\","
                                  "\"ClearsMessages\":[\"AtRisk\"]}}}")},
    {"OpenBMC",
     "\"SensorThresholdCriticalHighGoingHigh\":" MESSAGE(
         "Critical",
         ",\"NumberOfArgs\":3") ","
                                "\"SensorThresholdCriticalHighGoingLow\""
                                ":" MESSAGE("OK", ",\"NumberOfArgs\":3")},
    /* As bmcweb serves it: the standard's messages, none of its logic. */
    {"JobEvent",
     "\"JobSuspended\":" MESSAGE("Warning", "") ",\"JobResumed\":" MESSAGE(
         "OK", "") ",\"JobRemoved\":" MESSAGE("OK", "") ",\"JobProgressChanged"
                                                        "\":" MESSAGE("Warning",
                                                                      "")},
    /* A registry with logic of its own is taken at its word. */
    {"NetworkDevice",
     "\"CableRemoved\":" MESSAGE("Warning", "") ",\"CableInserted\":" MESSAGE(
         "OK",
         "") ",\"LinkUp\":" MESSAGE("OK",
                                    ENDS("\"LinkDown\"")) ",\"LinkDown\""
                                                          ":" MESSAGE("Warning",
                                                                      "")},
    {"Alert",
     "\"CoolingLossAssert\":" MESSAGE(
         "Critical", "") ",\"CoolingLossDeassert\":" MESSAGE("OK", "")},
    {"EventRegistry",
     "\"FQXSPXX0026G\":" MESSAGE(
         "Warning",
         CODE("0x806F0001")) ","
                             "\"FQXSPXX2030I\":" MESSAGE(
                                 "OK",
                                 CODE(
                                     "0x816F0001")) ","
                                                    "\"FQXSPXX4000I\":" MESSAGE(
                                                        "OK",
                                                        CODE("0x40000001"))},
};

static const struct {
    const char *id, *target; /* NULL: it ends nothing */
    bool same_origin, repaired;
} ends[] = {
    {"StorageDevice.1.5.DriveOK", "StorageDevice.DriveFailure", true, false},
    {"StorageDevice.1.5.DriveFailure", "StorageDevice.DrivePredictiveFailure",
     true, false},
    {"StorageDevice.1.5.DriveMissing", NULL, false, false},
    {"Power.1.0.PowerSupplyRestored", "Power.PowerSupplyFailed", true, true},
    {"Power.1.0.PowerSupplyRestored", "Power.PowerSupplyFailure", true, false},
    {"Power.1.0.FrequencyNoLongerCritical", "Power.FrequencyCritical", true,
     true},
    {"Fabric.1.0.CableOK", "Fabric.CableFailed", true, false},
    {"iLOResourceEvents.1.0.FansHealthOk", "iLOEvents.FanFailed", false, true},
    {"iLOResourceEvents.1.0.FansHealthOk", "iLOResourceEvents.FansHealthBad",
     false, false},
    {"iLOSecurityEvents.1.0.AtOK", "iLOSecurityEvents.AtRisk", true, false},
    {"OpenBMC.0.1.SensorThresholdCriticalHighGoingLow",
     "OpenBMC.SensorThresholdCriticalHighGoingHigh", false, true},
    {"OpenBMC.0.1.SensorThresholdCriticalHighGoingHigh", NULL, false, false},
    {"EventRegistry.1.0.FQXSPXX2030I", "EventRegistry.FQXSPXX0026G", true,
     true},
    {"EventRegistry.1.0.FQXSPXX4000I", NULL, false, false},
    {"EventRegistry.1.0.FQXSPPU2003I", "EventRegistry.FQXSPPU0003N", true,
     true},
    {"Storage.1.0.LowSpaceWarningThresholdCleared",
     "Swordfish.LowSpaceWarningThresholdTriggered", true, true},
    {"TaskEvent.1.0.TaskResumed", "TaskEvent.TaskPaused", true, false},
    {"JobEvent.1.1.JobResumed", "JobEvent.JobSuspended", true, true},
    {"SensorEvent.1.0.ReadingBelowUpperCriticalThreshold",
     "SensorEvent.ReadingAboveUpperCriticalThreshold", true, true},
    {"NetworkDevice.1.0.LinkUp", "NetworkDevice.LinkDown", true, false},
    {"NetworkDevice.1.0.CableInserted", NULL, false, false},
    {"Alert.1.0.0.CoolingLossDeassert", "Alert.CoolingLossAssert", true, true},
    {"Alert.1.0.0.CoolingLossAssert", NULL, false, false},
    {"iLOResourceEvents.1.0.DriveInserted2", "iLOResourceEvents.DriveRemoved2",
     true, true},
    {"IDRAC.2.8.TMP0123", "IDRAC.TMP0120", false, true},
    {"iDRAC.1.5.PSU0017", "IDRAC.PSU0001", false, true},
    {"IDRAC.2.8.PDR1017", "IDRAC.PDR1001", true, true},
    {"IDRAC.2.8.TMP0120", NULL, false, false},
    {"Nobody.1.0.Knows", NULL, false, false},
    {"", NULL, false, false},
};

static const struct {
    const char *id;
    bool raises, repaired;
} raisers[] = {
    {"StorageDevice.1.5.DriveFailure", true, false},
    {"StorageDevice.1.5.DriveInserted", false, false}, /* clearable but OK */
    {"StorageDevice.1.5.WriteCacheDataLoss", false, false},
    {"ResourceEvent.1.4.ResourceErrorsDetected", true, false},
    {"Power.1.0.PowerSupplyFailed", true, true},
    {"Power.1.0.PowerSupplyFailure", true, false}, /* by the letter */
    {"Power.1.0.FrequencyCritical", true, true},
    {"iLOEvents.1.0.FanFailed", true, true},
    {"iLOEvents.1.0.ServerReset", false, false},
    {"JobEvent.1.1.JobSuspended", true, true},
    {"JobEvent.1.1.JobProgressChanged", true, true}, /* JobRemoved */
    {"JobEvent.1.1.JobRemoved", false, false},
    {"NetworkDevice.1.0.CableRemoved", false, false},
    {"Alert.1.0.0.CoolingLossAssert", true, true},
    {"Alert.1.0.0.CoolingLossDeassert", false, false},
    {"IDRAC.TMP0120", true, true},
    {"IDRAC.2.8.RAC1195", false, false},
    {"OpenBMC.0.1.SensorThresholdCriticalHighGoingHigh", true, true},
    {"OpenBMC.0.1.SensorThresholdCriticalHighGoingLow", false, false},
    {"EventRegistry.1.0.FQXSPXX0026G", true, true},
    {"EventRegistry.1.0.FQXSPPU0003N", true, true},
    {"Nobody.1.0.Knows", false, false},
};

static struct event *resolved(const struct registry_view *view, const char *id)
{
    struct event *e = event_new();

    event_set(e, EVENT_MESSAGE_ID, id);
    resolve_event(view, e);
    return e;
}

static const struct clearing_target *find(const struct clearing_answer *a,
                                          const char *wanted)
{
    for (size_t i = 0; i < a->count; i++) {
        _cleanup_free_ char *name =
            xasprintf("%s.%s", a->targets[i].registry, a->targets[i].key);

        if (strcmp(name, wanted) == 0)
            return &a->targets[i];
    }
    return NULL;
}

static void test_ends(const struct clearing *c,
                      const struct registry_view *view)
{
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        _cleanup_(event_freep) struct event *e = resolved(view, ends[i].id);
        const struct clearing_target *t;
        struct clearing_answer a;
        bool any = clearing_of(c, view, e, &a);

        if (!ends[i].target) {
            ok(!any, "'%s' ends nothing", ends[i].id);
        } else {
            t = find(&a, ends[i].target);
            ok(t != NULL, "%s ends %s", ends[i].id, ends[i].target);
            is_int(t && t->same_origin, ends[i].same_origin,
                   "... of its origin");
            is_int(t && t->repaired, ends[i].repaired, "... by a repair");
        }
        clearing_answer_done(&a);
    }
}

static void test_all(const struct clearing *c, const struct registry_view *view)
{
    _cleanup_(event_freep) struct event *e =
        resolved(view, "ResourceEvent.1.4.ResourceRemoved");
    _cleanup_(event_freep) struct event *wrong =
        resolved(view, "Power.1.0.FrequencyNoLongerCritical");
    struct clearing_answer a;

    clearing_of(c, view, e, &a);
    ok(a.clears_all && a.all_same_origin, "ClearsAll, of its origin");
    clearing_answer_done(&a);
    clearing_of(c, view, wrong, &a);
    ok(!find(&a, "Power.PowerCritical"), "a replaced target is gone");
    clearing_answer_done(&a);
    clearing_of(NULL, view, wrong, &a);
    ok(find(&a, "Power.PowerCritical"), "... and there without repairs");
    clearing_answer_done(&a);
}

static void test_all_lost(const struct clearing *c,
                          const struct registry_view *view)
{
    _cleanup_(event_freep) struct event *e =
        resolved(view, "JobEvent.1.1.JobRemoved");
    struct clearing_answer a;

    clearing_of(c, view, e, &a);
    ok(a.clears_all && a.all_same_origin && a.all_repaired,
       "ClearsAll of a copy that lost it, of its origin");
    clearing_answer_done(&a);
    clearing_of(NULL, view, e, &a);
    ok(!a.clears_all, "... which it does not say itself");
    clearing_answer_done(&a);
}

static void test_raisers(const struct clearing *c,
                         const struct registry_view *view)
{
    for (size_t i = 0; i < ARRAY_LEN(raisers); i++) {
        _cleanup_(event_freep) struct event *e = resolved(view, raisers[i].id);
        bool repaired;

        is_int(clearing_is_raiser(c, view, e, &repaired), raisers[i].raises,
               "%s raises or not", raisers[i].id);
        is_int(repaired, raisers[i].repaired, "... thanks to a repair");
    }
}

static void test_severities(const struct clearing *c,
                            const struct registry_view *view)
{
    _cleanup_(event_freep) struct event *e = event_new();
    _cleanup_(event_freep) struct event *f = event_new();

    event_set(e, EVENT_MESSAGE_ID, "StorageDevice.1.5.DriveFailure");
    event_set_int(e, EVENT_SEVERITY, SEVERITY_OK);
    resolve_event(view, e);
    ok(clearing_is_raiser(c, view, e, NULL),
       "OK in the payload alone does not unmake a raise");
    event_set(f, EVENT_MESSAGE_ID, "StorageDevice.1.5.DriveInserted");
    event_set_int(f, EVENT_SEVERITY, SEVERITY_WARNING);
    resolve_event(view, f);
    ok(clearing_is_raiser(c, view, f, NULL),
       "a Warning of the payload makes one of what the registry calls OK");
}

static const struct {
    const char *id;
    const char *args[4];
    uint64_t want;
    const char *why;
} identities[] = {
    {"StorageDevice.1.5.DriveFailure", {"Bay 3"}, 1, "texts tell apart"},
    {"StorageDevice.1.5.DrivePredictedMediaLifeLow",
     {"Bay 3", "7", "10"},
     1,
     "numbers do not"},
    {"OpenBMC.0.1.SensorThresholdCriticalHighGoingHigh",
     {"T", "9", "8"},
     1,
     "a repair names the sensor"},
    {"Storage.1.0.LowSpaceWarningThresholdTriggered",
     {"80", "Pool"},
     2,
     "a repair names the second"},
    {"IDRAC.2.8.PSU0001", {"1"}, 1, "a number may be the name of a part"},
    {"Nobody.1.0.Knows",
     {"a", "12.5", "b"},
     5,
     "without types, those that are no numbers"},
    {"Nobody.1.0.Knows", {NULL}, 0, "no arguments"},
};

static void test_identity(const struct clearing *c,
                          const struct registry_view *view)
{
    for (size_t i = 0; i < ARRAY_LEN(identities); i++) {
        _cleanup_(event_freep) struct event *e =
            resolved(view, identities[i].id);

        for (size_t k = 0; k < 4 && identities[i].args[k]; k++)
            event_add(e, EVENT_ARG, identities[i].args[k],
                      strlen(identities[i].args[k]));
        is_int(clearing_identity_args(c, view, e), identities[i].want, "%s",
               identities[i].why);
    }
}

static const struct {
    const char *id, *by;
} ended[] = {
    {"StorageDevice.1.5.DriveFailure", "StorageDevice.DriveOK"},
    {"Power.1.0.PowerSupplyFailed", "Power.PowerSupplyInserted"},
    {"iLOEvents.1.0.FanFailed", "iLOResourceEvents.FansHealthOk"},
    {"EventRegistry.1.0.FQXSPXX0026G", "EventRegistry.FQXSPXX2030I"},
    {"ResourceEvent.1.4.ResourceErrorsDetected",
     "ResourceEvent.ResourceRemoved"},
    {"JobEvent.1.1.JobSuspended", "JobEvent.JobResumed"},
    {"JobEvent.1.1.JobProgressChanged", "JobEvent.JobRemoved"},
};

static void test_ended(const struct clearing *c,
                       const struct registry_view *view)
{
    for (size_t i = 0; i < ARRAY_LEN(ended); i++) {
        _cleanup_(event_freep) struct event *e = resolved(view, ended[i].id);
        struct clearing_answer a;

        clearing_ended_by(c, view, e, &a);
        ok(find(&a, ended[i].by), "%s is ended by %s", ended[i].id,
           ended[i].by);
        clearing_answer_done(&a);
    }
}

static void count_problem(void *userdata, const char *text)
{
    diag("%s", text);
    ++*(int *)userdata;
}

static void put(const char *folder, const char *file, const char *json)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);

    file_write(path, json, strlen(json), 0644, NULL);
}

/* The admin's file, read last, stands above ours. */
static void test_admin(struct clearing *c, const struct registry_view *view,
                       const char *folder)
{
    static const char json[] =
        "{\"schema\":\"trawl.clearing/1\",\"rules\":["
        "{\"registry\":\"Power\",\"key\":\"PowerSupplyRestored\","
        "\"replace\":[\"Other.Thing\"]},"
        "{\"registry\":\"Nobody\",\"key\":\"Kno*\",\"raises\":true,"
        "\"identity\":[2]},"
        "{\"registry\":\"Somebody\",\"identity\":[]},"
        "{\"registry\":\"Stars\",\"key\":\"?-*-up-?\","
        "\"add\":[\"?-*-down-?\",\"Other.*\"]},"
        "{\"registry\":\"Stars\",\"key\":\"*two*\",\"add\":[\"*2*\"]},"
        "{\"key\":\"NoRegistry\"},{\"registry\":\"X\",\"ad\":[]},"
        "{\"registry\":\"X\",\"identity\":[65]},"
        "{\"registry\":\"X\",\"add\":\"text\"},3,"
        "{\"registry\":\"X\",\"add\":[],\"replace\":[]}]}";
    _cleanup_(event_freep) struct event *e =
        resolved(view, "Power.1.0.PowerSupplyRestored");
    _cleanup_(event_freep) struct event *odd =
        resolved(view, "Nobody.1.0.Knows");
    _cleanup_(event_freep) struct event *plain =
        resolved(view, "Somebody.1.0.Knows");
    _cleanup_(event_freep) struct event *starred = event_new();
    _cleanup_(event_freep) struct event *two = event_new();
    struct clearing_answer a;
    int problems = 0;

    put(folder, "admin.json", json);
    event_set(starred, EVENT_REGISTRY, "Stars");
    event_set(starred, EVENT_KEY, "a-port 12-up-b");
    event_set(two, EVENT_REGISTRY, "Stars");
    event_set(two, EVENT_KEY, "onetwothree");
    clearing_load(c, folder, count_problem, &problems);
    is_int(problems, 6, "rules that are wrong are told, each");
    clearing_of(c, view, e, &a);
    ok(a.count == 1 && find(&a, "Other.Thing"),
       "the admin's rule replaces the registry's and ours");
    clearing_answer_done(&a);
    clearing_of(c, view, starred, &a);
    ok(find(&a, "Stars.a-port 12-down-b") && find(&a, "Other.port 12"),
       "a wildcard in a target stands for what that of the key was");
    clearing_answer_done(&a);
    clearing_of(c, view, two, &a);
    ok(find(&a, "Stars.*2*"), "... of two stars neither is known");
    clearing_answer_done(&a);
    event_set_int(odd, EVENT_SEVERITY, SEVERITY_OK);
    ok(clearing_is_raiser(c, view, odd, NULL),
       "raises: true makes a condition whatever its severity");
    is_int(clearing_identity_args(c, view, odd), 2, "... told apart as named");
    event_add(plain, EVENT_ARG, "a text", 6);
    is_int(clearing_identity_args(c, view, plain), 0,
           "... and by no argument where none is named");
}

static char *json_of(size_t i)
{
    return xasprintf("{\"RegistryPrefix\":\"%s\",\"RegistryVersion\":\"1.0.0\","
                     "\"Messages\":{%s}}",
                     broken[i].prefix, broken[i].messages);
}

/* The same repairs, whoever has the registries: the admin or the BMC. */
static void test_served(const struct clearing *c, const char *folder)
{
    _cleanup_free_ char *directory = xasprintf("%s/cache", folder);
    struct registry_claims claims = {0};
    struct registry_set *bundled = registry_set_new();
    struct registry_view view = {.shared = bundled};
    struct registry_cache *cache;

    registry_set_load(bundled, TEST_SRCDIR "/registries", REGISTRY_BUNDLED,
                      NULL, NULL);
    registry_cache_open(directory, &cache, NULL);
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct registry_claim *claim = registry_claims_add(&claims);
        _cleanup_free_ char *json = json_of(i);

        claim->name = xstrdup(broken[i].prefix);
        registry_cache_put(cache, json, strlen(json), &claim->content, NULL);
    }
    view.own = registry_binding_set(cache, "b", "http://b", "1", &claims);
    diag("served by the BMC");
    test_ends(c, &view);
    test_all(c, &view);
    test_all_lost(c, &view);
    test_raisers(c, &view);
    test_identity(c, &view);
    test_ended(c, &view);
    registry_cache_close(cache);
    registry_set_free(bundled);
}

int main(void)
{
    char folder[] = "/tmp/trawl-clearing.XXXXXX";
    struct registry_set *set = registry_set_new();
    struct registry_view view = {.shared = set};
    struct clearing *c = clearing_new();
    int problems = 0;

    if (!mkdtemp(folder))
        abort();
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        _cleanup_free_ char *name = xasprintf("%s.json", broken[i].prefix);
        _cleanup_free_ char *json = json_of(i);

        put(folder, name, json);
    }
    registry_set_load(set, folder, REGISTRY_LOCAL, count_problem, &problems);
    registry_set_load(set, TEST_SRCDIR "/registries", REGISTRY_BUNDLED,
                      count_problem, &problems);
    clearing_load(c, TEST_SRCDIR "/registries", count_problem, &problems);
    is_int(problems, 0, "registries and repairs are read without a complaint");
    test_ends(c, &view);
    test_all(c, &view);
    test_all_lost(c, &view);
    test_raisers(c, &view);
    test_severities(c, &view);
    test_identity(c, &view);
    test_ended(c, &view);
    test_served(c, folder);
    test_admin(c, &view, folder);
    clearing_free(c);
    registry_set_free(set);
    return done_testing();
}
