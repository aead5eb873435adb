/* SPDX-License-Identifier: Apache-2.0 */
/* Registries as they are published, and which of them answers. */
#include "registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
     "\"Messages\":{}}",
     "A", 1, 2, 3, "an ordinary one"},
    {"{\"RegistryPrefix\":\"HPSUTReg.2.2.0\",\"Messages\":{}}", "HPSUTReg", 2,
     2, 0, "a prefix that carries the version"},
    {"{\"Id\":\"iLOEvents.json\",\"RegistryVersion\":\"7.3.0\","
     "\"Messages\":{}}",
     "iLOEvents", 7, 3, 0, "only an Id"},
    {"{\"RegistryPrefix\":\"B\",\"RegistryVersion\":\"v1_4_0\","
     "\"Messages\":{}}",
     "B", 1, 4, 0, "an underscored version"},
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
        bool found =
            registry_find(set, "fan", versions[i].major, versions[i].minor,
                          versions[i].errata, "Key", &hit);

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

/* A message without a text is the admin's word on single attributes. */
static void test_override(struct registry_set *set, const char *folder)
{
    static const char json[] =
        "{\"RegistryPrefix\":\"Fan\",\"Messages\":{\"Key\":"
        "{\"Severity\":\"Critical\",\"Resolution\":\"Run.\"},"
        "\"Unheard\":{\"Severity\":\"OK\"}}}";
    _cleanup_free_ char *path = xasprintf("%s/override.json", folder);
    struct registry_hit hit;

    file_write(path, json, strlen(json), 0644, NULL);
    registry_set_load(set, folder, REGISTRY_LOCAL, NULL, NULL);
    ok(registry_find(set, "Fan", 1, 2, 0, "Key", &hit) && *hit.message->text &&
           hit.override,
       "a local message without a text is laid over the one that has it");
    is_int(hit.override->severity, SEVERITY_CRITICAL, "... its severity");
    is_text(hit.override->resolution, "Run.", "... its resolution");
    ok(!registry_find(set, "Fan", 1, 2, 0, "Unheard", &hit),
       "... and does not make a message of its own");
    unlink(path);
}

static void test_own_files(const char *folder)
{
    static const char json[] = "{\"schema\":\"trawl.clearing/1\"}";
    _cleanup_free_ char *path = xasprintf("%s/own.json", folder);
    struct registry_set *set = registry_set_new();
    int problems = 0;

    file_write(path, json, strlen(json), 0644, NULL);
    registry_set_load(set, folder, REGISTRY_LOCAL, count_problem, &problems);
    is_int(problems, 0, "Trawl's own kinds of files are no bad registries");
    registry_set_free(set);
    unlink(path);
}

static struct registry *repeated(const char *head, const char *piece,
                                 size_t count, const char *tail,
                                 struct error *err)
{
    _cleanup_(buffer_done) struct buffer text = {0};

    buffer_add_text(&text, head);
    for (size_t i = 0; i < count; i++)
        buffer_printf(&text, piece, i);
    buffer_add_text(&text, tail);
    return registry_parse(text.data, text.len, err);
}

static const struct {
    const char *head, *piece;
    size_t count;
    const char *tail, *why;
} hostile[] = {
    {"{\"RegistryPrefix\":\"H\",\"Messages\":{",
     "\"k%zu\":{\"Message\":\"m\"},", 60000, "\"end\":{\"Message\":\"m\"}}}",
     "too many messages"},
    {"", "[", 1000, "", "deep nesting"},
    {"{\"a\":", "{\"a\":", 5000000, "", "deep nesting of megabytes"},
    {"{\"Messages\":{}}", "                                ", 700000, "",
     "more bytes than the limit"},
};

/* A key twice, once without a text: the one with a text answers. */
static void test_twice(void)
{
    static const char json[] =
        "{\"RegistryPrefix\":\"H\",\"Messages\":{\"k\":{\"Severity\":"
        "\"OK\"},\"k\":{\"Message\":\"m\"},\"K\":{\"Message\":\"M\"}}}";
    struct registry *r = registry_parse(json, strlen(json), NULL);

    is_text(registry_message_find(r, "k")->text, "m", "a key that is twice");
    is_text(registry_message_find(r, "K")->text, "M", "... and in capitals");
    registry_free(r);
}

static void test_hostile(void)
{
    static const char json[] =
        "{\"RegistryPrefix\":\"H\",\"Messages\":{\"k\":{\"Message\":"
        "\"%99\",\"NumberOfArgs\":-7,\"ParamTypes\":{}},\"l\":"
        "{\"Message\":\"\",\"NumberOfArgs\":99999999999}}}";
    struct registry *r = registry_parse(json, strlen(json), NULL);

    is_int(r->messages[0].arg_count, 0, "a negative number of arguments");
    is_int(r->messages[1].arg_count, 64, "an absurd one is cut to the limit");
    registry_free(r);
    for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
        struct error err = {""};

        r = repeated(hostile[i].head, hostile[i].piece, hostile[i].count,
                     hostile[i].tail, &err);
        ok(!r && *err.text, "%s: %s", hostile[i].why, err.text);
        registry_free(r);
    }
}

/* One key in so many letters, and a list that names it as often. */
static void test_spellings(void)
{
    enum { MANY = 45000 };
    struct buffer json = {0};
    char key[17] = "AAAAAAAAAAAAAAAA";
    struct registry *r;

    buffer_add_text(&json, "{\"RegistryPrefix\":\"S\",\"Messages\":{");
    for (int i = 0; i < MANY; i++) {
        for (int bit = 0; bit < 16; bit++)
            key[bit] = i >> bit & 1 ? 'a' : 'A';
        buffer_printf(&json, "\"%s\":{\"Message\":\"m\"},", key);
    }
    buffer_add_text(&json, "\"Over\":{\"Message\":\"m\",\"ClearingLogic\":"
                           "{\"ClearsMessage\":[null");
    for (int i = 0; i < MANY; i++)
        buffer_add_text(&json, ",\"aaaaaaaaaaaaaaaa\"");
    buffer_add_text(&json, "]}}}}");
    r = registry_parse(json.data, json.len, NULL);
    is_int(r->message_count, MANY + 1, "a key in all its spellings is read");
    ok(registry_message_find(r, "aaaaaaaaaaaaaaaa"), "... and found as one");
    registry_free(r);
    buffer_done(&json);
}

/* Types as bits: "number" or anything else, as many as there are arguments. */
static void test_types(void)
{
    static const char json[] =
        "{\"RegistryPrefix\":\"T\",\"Messages\":{"
        "\"a\":{\"Message\":\"\",\"NumberOfArgs\":3},"
        "\"b\":{\"Message\":\"\",\"NumberOfArgs\":3,\"ParamTypes\":"
        "[\"string\",\"Number\",7,\"number\"]},"
        "\"c\":{\"Message\":\"\",\"ParamTypes\":[\"number\"]}}}";
    struct registry *r = registry_parse(json, strlen(json), NULL);

    ok(!r->messages[0].typed, "a message need not say its types");
    ok(r->messages[1].typed, "... one that does");
    is_int(r->messages[1].number_args, 2, "... says which are numbers");
    is_int(r->messages[2].number_args, 1, "... and how many there are");
    registry_free(r);
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
    test_override(set, local);
    test_own_files(local);
    test_trust(set, local);
    registry_set_load(set, "/nonexistent", REGISTRY_LOCAL, count_problem,
                      &problems);
    is_int(problems, 1, "a missing folder is an empty one");
    registry_set_free(set);
}

/*
 * The bundled registries against the published ones, where those are. What
 * differs and may: the guide prints texts without the marks that the files put
 * around names (`Token`), so that resolutions are compared without them.
 */
static bool same_text(const char *a, const char *b)
{
    a = a ? a : "";
    b = b ? b : "";
    for (;; a++, b++) {
        a += strspn(a, "` ");
        b += strspn(b, "` ");
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

static bool same_lists(char **a, char **b)
{
    size_t i = 0;

    if (!a || !b)
        return !a && !b;
    while (a[i] && b[i] && strcmp(a[i], b[i]) == 0)
        i++;
    return !a[i] && !b[i];
}

static bool same_types(const struct registry_message *a,
                       const struct registry_message *b)
{
    return a->typed == b->typed && a->number_args == b->number_args;
}

static bool same_message(const struct registry_message *a,
                         const struct registry_message *b)
{
    return strcmp(a->key, b->key) == 0 && strcmp(a->text, b->text) == 0 &&
           a->severity == b->severity && a->arg_count == b->arg_count &&
           same_types(a, b) && same_text(a->resolution, b->resolution) &&
           same_text(a->deprecated, b->deprecated) &&
           same_text(a->replaced_by, b->replaced_by) &&
           a->clears_all == b->clears_all &&
           a->clears_same_origin == b->clears_same_origin &&
           same_lists(a->clears, b->clears);
}

static void compare(const struct registry *ours, const struct registry *theirs)
{
    size_t different = 0;

    is_int(ours->message_count, theirs->message_count, "%s: as many messages",
           ours->prefix);
    for (size_t i = 0; i < MIN_OF(ours->message_count, theirs->message_count);
         i++) {
        bool same = same_message(&ours->messages[i], &theirs->messages[i]);

        if (!same)
            diag("%s differs", ours->messages[i].key);
        different += !same;
    }
    is_int(different, 0,
           "%s: template, arguments, severity, resolution, "
           "deprecation and clearing as published",
           ours->prefix);
}

static struct registry *read_registry(const char *folder, const char *file)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    _cleanup_(buffer_done) struct buffer text = {0};

    if (file_read(path, 32u << 20, &text, NULL) < 0)
        return NULL;
    return registry_parse(text.data, text.len, NULL);
}

static const struct {
    const char *file;
    const char *published; /* NULL: nowhere but in the guide */
    size_t messages;
} bundled[] = {
    /* 1.21.1 corrects only what surrounds the messages of 1.21.0. */
    {"Base.1.21.0.json", "Base.1.21.1.json", 119},
    {"ResourceEvent.1.4.2.json", "ResourceEvent.1.4.2.json", 28},
    {"Storage.1.0.0.json", NULL, 7},
    {"StorageCoS.1.0.0.json", NULL, 3},
    {"StorageConnection.1.0.0.json", NULL, 3},
    {"StorageDevice.1.5.0.json", "StorageDevice.1.5.0.json", 40},
    {"Swordfish.1.1.0.json", NULL, 7},
    {"TaskEvent.1.0.5.json", "TaskEvent.1.0.5.json", 9},
    {"Update.1.3.0.json", "Update.1.3.0.json", 20},
};

/* Every %n of a template has its argument, and every argument a %n. */
static void check_templates(const struct registry *r)
{
    size_t wrong = 0;

    for (size_t i = 0; i < r->message_count; i++) {
        const struct registry_message *m = &r->messages[i];
        unsigned highest = 0;

        for (const char *c = strchr(m->text, '%'); c; c = strchr(c + 1, '%'))
            highest = MAX_OF(highest, (unsigned)atoi(c + 1));
        if (highest != m->arg_count || m->severity == SEVERITY_UNKNOWN ||
            !m->resolution) {
            diag("%s is not whole", m->key);
            wrong++;
        }
    }
    is_int(wrong, 0,
           "%s: placeholders, arguments, severity and resolution "
           "are whole",
           r->prefix);
}

static void test_bundled(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");
    _cleanup_free_ char *folder =
        xasprintf("%s/registries", corpus ? corpus : "");

    for (size_t i = 0; i < ARRAY_LEN(bundled); i++) {
        struct registry *ours =
            read_registry(TEST_SRCDIR "/registries", bundled[i].file);
        struct registry *theirs =
            corpus && bundled[i].published
                ? read_registry(folder, bundled[i].published)
                : NULL;

        ok(ours != NULL, "%s is a registry", bundled[i].file);
        is_int(ours->message_count, bundled[i].messages, "... whole");
        check_templates(ours);
        if (theirs)
            compare(ours, theirs);
        else
            diag("not compared with a published one");
        registry_free(ours);
        registry_free(theirs);
    }
}

int main(void)
{
    test_files();
    test_quirks();
    test_twice();
    test_hostile();
    test_spellings();
    test_types();
    test_folders();
    test_bundled();
    return done_testing();
}
