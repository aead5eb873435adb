/* SPDX-License-Identifier: Apache-2.0 */
/* Registries as they are published, and which of them answers. */
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/file.h"

static const struct {
    const char *json;
    const char *prefix; /* NULL: no registry */
    int major, minor, errata;
    const char *why;
} files[] = {
    {"{\"RegistryPrefix\":\"A\",\"RegistryVersion\":\"1.2.3\","
     "\"Messages\":{}}", "A", 1, 2, 3, "an ordinary one"},
    {"{\"RegistryPrefix\":\"HPSUTReg.2.2.0\",\"Messages\":{}}", "HPSUTReg",
     2, 2, 0, "a prefix that carries the version"},
    {"{\"Id\":\"iLOEvents.json\",\"RegistryVersion\":\"7.3.0\","
     "\"Messages\":{}}", "iLOEvents", 7, 3, 0, "only an Id"},
    {"{\"RegistryPrefix\":\"B\",\"RegistryVersion\":\"v1_4_0\","
     "\"Messages\":{}}", "B", 1, 4, 0, "an underscored version"},
    {"{\"RegistryPrefix\":\"C\",\"Messages\":{}}", "C", -1, -1, -1,
     "no version"},
    {"{\"RegistryPrefix\":\"D\"}", NULL, 0, 0, 0, "no Messages"},
    {"{\"Messages\":{}}", NULL, 0, 0, 0, "no name"},
    {"[]", NULL, 0, 0, 0, "a list"},
    {"nonsense", NULL, 0, 0, 0, "no JSON"},
    {"", NULL, 0, 0, 0, "nothing"},
};

static const char quirky[] =
    "{\"RegistryPrefix\":\"Q\",\"RegistryVersion\":\"1.0.0\","
    "\"Outside\":{\"Message\":\"beside Messages\",\"Severity\":\"OK\"},"
    "\"Messages\":{"
    "\"CableOK \":{\"Message\":\"m\",\"Severity\":\"Ok\","
    "\"NumberOfArgs\":\"2\",\"ClearingLogic\":{\"ClearsIf\":"
    "\"SameOriginOfCondition\",\"ClearsMessage\":[\"CableFailed \",null]}},"
    "\"Old\":{\"Message\":\"m\",\"Severity\":\"warning\","
    "\"MessageSeverity\":\"Critical\",\"NumberOfArgs\":1,"
    "\"ParamTypes\":[\"string\",\"number\"]},"
    "\"Bare\":{\"Message\":\"m\",\"ClearingLogic\":{\"ClearsAll\":true}},"
    "\"NoMessage\":{\"Description\":\"only\"}}}";

static void test_files(void)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct error err = {""};
        struct registry *r =
            registry_parse(files[i].json, strlen(files[i].json), &err);

        is_text(r ? r->prefix : NULL, files[i].prefix, "%s", files[i].why);
        if (!r) {
            ok(*err.text, "... and why: %s", err.text);
            continue;
        }
        is_int(r->major, files[i].major, "... major");
        is_int(r->minor, files[i].minor, "... minor");
        is_int(r->errata, files[i].errata, "... errata");
        registry_free(r);
    }
}

static void test_quirks(void)
{
    struct registry *r = registry_parse(quirky, strlen(quirky), NULL);

    is_int(r->message_count, 4, "messages inside and beside Messages");
    is_text(r->messages[0].key, "Bare", "sorted by key");
    ok(r->messages[0].clears_all && !r->messages[0].clears_same_origin,
       "ClearsAll without ClearsIf");
    is_text(r->messages[1].key, "CableOK", "a trailing blank is cut off");
    is_int(r->messages[1].arg_count, 2, "NumberOfArgs as text");
    is_int(r->messages[1].severity, SEVERITY_OK, "a severity misspelt");
    ok(r->messages[1].clears_same_origin, "ClearsIf");
    is_text(r->messages[1].clears[0], "CableFailed", "ClearsMessage, cut too");
    ok(!r->messages[1].clears[1], "... without the null");
    is_int(r->messages[2].severity, SEVERITY_CRITICAL,
           "MessageSeverity before Severity");
    registry_free(r);
}

static void put(const char *folder, const char *file, const char *version,
                const char *key)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    _cleanup_free_ char *json = xasprintf(
        "{\"RegistryPrefix\":\"Fan\",\"RegistryVersion\":\"%s\",\"Messages\":"
        "{\"%s\":{\"Message\":\"of %s\",\"Severity\":\"OK\"}}}",
        version, key, file);

    file_write(path, json, strlen(json), 0644, NULL);
}

static const struct {
    int major, minor, errata;
    const char *want;
    bool exact;
} versions[] = {
    {1, 2, 0, "of 120.json", true},
    {1, 2, 9, "of 121.json", true}, /* same major.minor, newest errata */
    {1, 2, -1, "of 121.json", true},
    {1, 7, -1, "of 140.json", false}, /* same major, highest minor */
    {2, 0, 0, "of 300.json", false},  /* any: the newest */
    {-1, -1, -1, "of 300.json", false},
};

static void test_versions(const struct registry_set *set)
{
    struct registry_hit hit;

    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        bool found = registry_find(set, "fan", versions[i].major,
                                   versions[i].minor, versions[i].errata,
                                   "Key", &hit);

        is_text(found ? hit.message->text : NULL, versions[i].want,
                "version %d.%d.%d", versions[i].major, versions[i].minor,
                versions[i].errata);
        is_int(hit.exact, versions[i].exact, "... exactly or not");
    }
    ok(!registry_find(set, "Fan", 1, 2, 0, "Nothing", &hit), "no such key");
    ok(registry_find(set, "Fan", 1, 2, 0, "Only140", &hit),
       "a key that another version has is found there");
    ok(!registry_find(set, "Pump", 1, 2, 0, "Key", &hit), "no such registry");
    ok(registry_set_has(set, "FAN") && !registry_set_has(set, "Pump"),
       "which registries there are");
}

static void test_trust(struct registry_set *set, const char *folder)
{
    struct registry_hit hit;

    put(folder, "local.json", "0.1.0", "Key");
    registry_set_load(set, folder, REGISTRY_LOCAL, NULL, NULL);
    registry_find(set, "Fan", 1, 2, 0, "Key", &hit);
    is_text(hit.message->text, "of local.json",
            "the admin's is asked first, whatever its version");
}

static void count_problem(void *userdata, const char *text)
{
    diag("%s", text);
    ++*(int *)userdata;
}

static void test_folders(void)
{
    char folder[] = "/tmp/trawl-registry.XXXXXX";
    char local[] = "/tmp/trawl-registry.XXXXXX";
    struct registry_set *set = registry_set_new();
    _cleanup_free_ char *bad = NULL;
    int problems = 0;

    if (!mkdtemp(folder) || !mkdtemp(local))
        abort();
    put(folder, "120.json", "1.2.0", "Key");
    put(folder, "121.json", "1.2.1", "Key");
    put(folder, "140.json", "1.4.0", "Key");
    put(folder, "141.json", "1.4.1", "Only140");
    put(folder, "300.json", "3.0.0", "Key");
    bad = xasprintf("%s/bad.json", folder);
    file_write(bad, "{", 1, 0644, NULL);
    registry_set_load(set, folder, REGISTRY_BUNDLED, count_problem, &problems);
    is_int(problems, 1, "a file that is no registry is told");
    is_int(registry_set_count(set), 5, "... and the others are there");
    test_versions(set);
    test_trust(set, local);
    registry_set_load(set, "/nonexistent", REGISTRY_LOCAL, count_problem,
                      &problems);
    is_int(problems, 1, "a missing folder is an empty one");
    registry_set_free(set);
}

/* The bundled registries against the published ones, where those are. */
static void compare(const struct registry *ours, const struct registry *theirs)
{
    size_t different = 0;

    is_int(ours->message_count, theirs->message_count, "%s: as many messages",
           ours->prefix);
    for (size_t i = 0;
         i < MIN_OF(ours->message_count, theirs->message_count); i++) {
        const struct registry_message *a = &ours->messages[i];
        const struct registry_message *b = &theirs->messages[i];
        bool same = strcmp(a->key, b->key) == 0 &&
                    strcmp(a->text, b->text) == 0 &&
                    a->severity == b->severity &&
                    a->arg_count == b->arg_count &&
                    a->clears_all == b->clears_all &&
                    a->clears_same_origin == b->clears_same_origin;

        for (size_t k = 0; same && a->clears && a->clears[k]; k++)
            same = b->clears && b->clears[k] &&
                   strcmp(a->clears[k], b->clears[k]) == 0;
        if (!same)
            diag("%s differs", a->key);
        different += !same;
    }
    is_int(different, 0, "%s: template, severity, arguments and clearing as "
                         "published", ours->prefix);
}

static struct registry *read_registry(const char *folder, const char *file)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    _cleanup_(buffer_done) struct buffer text = {0};

    if (file_read(path, 32u << 20, &text, NULL) < 0)
        return NULL;
    return registry_parse(text.data, text.len, NULL);
}

static void test_bundled(void)
{
    static const char *const bundled[] = {"ResourceEvent.1.4.2.json",
                                          "StorageDevice.1.5.0.json"};
    const char *corpus = getenv("TRAWL_CORPUS");
    _cleanup_free_ char *published =
        xasprintf("%s/registries", corpus ? corpus : "");

    for (size_t i = 0; i < ARRAY_LEN(bundled); i++) {
        struct registry *ours =
            read_registry(TEST_SRCDIR "/registries", bundled[i]);
        struct registry *theirs =
            corpus ? read_registry(published, bundled[i]) : NULL;

        ok(ours != NULL, "%s is a registry", bundled[i]);
        if (theirs)
            compare(ours, theirs);
        else
            diag("not compared with the published one: no TRAWL_CORPUS");
        registry_free(ours);
        registry_free(theirs);
    }
}

int main(void)
{
    test_files();
    test_quirks();
    test_folders();
    test_bundled();
    return done_testing();
}
