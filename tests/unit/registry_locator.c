/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locators as BMCs serve them: names, languages, places and their order; and
 * each of those in TRAWL_CORPUS/locators, where that is present.
 */
#include "registry/registry_locator.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "util/alloc.h"
#include "util/buffer.h"
#include "util/file.h"
#include "util/utf8.h"

#define AT(language, uri) "{\"Language\":\"" language "\",\"Uri\":\"" uri "\"}"

static const struct {
    const char *why, *json;
    const char *name;   /* NULL: it is none */
    const char *places; /* kind and URI of each, in order */
} cases[] = {
    {"an ordinary one",
     "{\"Id\":\"Acme\",\"Registry\":\"Acme.1.0\",\"Location\":[" AT("en",
                                                                    "/a") "]}",
     "Acme.1.0", "u/a "},
    {"English first, its countries, default, none, others",
     "{\"Id\":\"Acme\",\"Location\":[" AT("de", "/de") "," AT(
         "default",
         "/df") ",{\"Uri\":\"/none\"}," AT("en-US",
                                           "/us") "," AT("en_GB",
                                                         "/gb") "," AT("En",
                                                                       "/En") "]}",
     "Acme", "u/En u/us u/gb u/df u/none u/de "},
    {"no Registry, but Schema",
     "{\"Id\":\"x\",\"Schema\":\"Base.1.0.0\",\"Location\":[" AT(
         "en", "/registries/B") "]}",
     "Base.1.0.0", "u/registries/B "},
    {"an archive and its publisher",
     "{\"Registry\":\"A.1.0\",\"Location\":[{\"Language\":\"en\","
     "\"PublicationUri\":\"https://p/a\",\"ArchiveUri\":\"/a.zip\","
     "\"ArchiveFile\":\"a.json\",\"Uri\":\"/a\"}]}",
     "A.1.0", "u/a a/a.zip:a.json phttps://p/a "},
    {"one place without a list",
     "{\"Registry\":\"A\",\"Location\":" AT("en", "/a") "}", "A", "u/a "},
    {"an external reference of old services",
     "{\"Registry\":\"A\",\"Location\":[{\"Language\":\"en\",\"Uri\":"
     "{\"extref\":\"/a\"}}]}",
     "A", "u/a "},
    {"no place", "{\"Registry\":\"A.1.0\"}", "A.1.0", ""},
    {"places of the wrong kind",
     "{\"Registry\":\"A\",\"Location\":[1,null,{\"Uri\":7},[]]}", "A", ""},
    {"text after it", "{\"Registry\":\"A\"}garbage", "A", ""},
    {"no name", "{\"Location\":[]}", NULL, NULL},
    {"a list", "[]", NULL, NULL},
    {"no JSON", "<html>", NULL, NULL},
};

static char *format_places(const struct registry_locator *l)
{
    static const char kinds[] = {[REGISTRY_PLACE_URI] = 'u',
                                 [REGISTRY_PLACE_ARCHIVE] = 'a',
                                 [REGISTRY_PLACE_PUBLICATION] = 'p'};
    struct buffer out = {0};

    buffer_add_text(&out, "");
    for (size_t i = 0; i < l->place_count; i++)
        buffer_printf(&out, "%c%s%s%s ", kinds[l->places[i].kind],
                      l->places[i].uri, l->places[i].member ? ":" : "",
                      l->places[i].member ?: "");
    return buffer_take_text(&out);
}

static void test_cases(void)
{
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct registry_locator l;
        struct error err = {""};
        int r = registry_locator_parse(cases[i].json, strlen(cases[i].json),
                                       true, &l, &err);
        _cleanup_free_ char *places = format_places(&l);

        is_text(r < 0 ? NULL : l.name, cases[i].name, "%s", cases[i].why);
        if (cases[i].name)
            is_text(places, cases[i].places, "... its places");
        else
            ok(*err.text, "... and why: %s", err.text);
        registry_locator_done(&l);
    }
}

static void test_publication(void)
{
    static const char json[] = "{\"Registry\":\"A\",\"Location\":[{\"Language"
                               "\":\"en\",\"PublicationUri\":\"https://p\"}]}";
    struct registry_locator l;

    registry_locator_parse(json, strlen(json), false, &l, NULL);
    is_int(l.place_count, 0, "no publisher is asked unless configured");
    registry_locator_done(&l);
}

static const struct {
    const char *name, *prefix;
} prefixes[] = {
    {"Base.1.18.0", "Base"},          {"#SUTReg.v2_2_0.SUTReg", "SUTReg"},
    {"%23SUTReg.v2_2_0.S", "SUTReg"}, {"HGX_Base", "HGX_Base"},
    {"iLOEvents.json", "iLOEvents"},  {"", ""},
};

static const struct {
    const char *name, *prefix;
    bool agree;
} pairs[] = {
    {"Base", "Base", true},
    {"iDRAC", "IDRAC", true},
    {"Event", "EventRegistry", true},
    {"HGX_OpenBMC", "OpenBMC", true},
    {"SUTReg", "HPSUTReg", true},
    {"HPECDUAlarms", "HPE_CDUAlarms", true},
    {"HGX-Base", "HGXBase", true},
    {"StorageDevice", "Base", false},
    {"_", "Base", false},
    {"", "Base", false},
    {"Base", "", false},
    {"`", "`", true}, /* of signs alone: as they stand */
    {"`", "Base", false},
};

static void test_names(void)
{
    for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
        _cleanup_free_ char *prefix = registry_locator_prefix(prefixes[i].name);

        is_text(prefix, prefixes[i].prefix, "prefix of '%s'", prefixes[i].name);
    }
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
        is_int(registry_locator_agrees(pairs[i].name, pairs[i].prefix),
               pairs[i].agree, "'%s' and '%s'", pairs[i].name, pairs[i].prefix);
}

/* All that a file of the corpus has: documents by their place. */
static void check_document(const char *file, const char *key, json_t *json)
{
    _cleanup_free_ char *text = json_dumps(json, 0);
    struct registry_locator l;
    struct error err = {""};
    int r = registry_locator_parse(text, strlen(text), false, &l, &err);

    ok(r == 0 && l.place_count > 0 && *l.places[0].uri == '/', "%s: %s%s%s",
       file, key, *err.text ? ": " : "", err.text);
    ok(r == 0 && l.place_count > 0 && l.places[0].rank == 0,
       "... English first: %s", l.place_count ? l.places[0].uri : "");
    is_int(l.other, strstr(key, "AttributeRegistry") != NULL,
           "... of messages or of attributes: %s", l.name);
    registry_locator_done(&l);
}

static void check_file(const char *folder, const char *file)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    _cleanup_(buffer_done) struct buffer text = {0};
    json_t *root = NULL, *document;
    const char *key;

    if (file_read(path, 16u << 20, &text, NULL) == 0)
        root = json_loadb(text.data, text.len, 0, NULL);
    ok(json_object_size(root) > 0, "%s", file);
    json_object_foreach (root, key, document)
        if (!json_object_get(document, "Members"))
            check_document(file, key, document);
    json_decref(root);
}

/* Of a name that nobody would read to its end. */
static void test_long_name(void)
{
    struct registry_locator l;
    char name[601] = "x", json[640];
    struct error err;

    for (size_t i = 1; i < 600; i += 2)
        memcpy(name + i, "ü", 2);
    name[599] = '\0';
    snprintf(json, sizeof(json), "{\"Id\":\"%s\",\"Registry\":\"%s\"}", "a",
             name);
    registry_locator_parse(json, strlen(json), false, &l, &err);
    ok(strlen(l.name) > 250 && strlen(l.name) <= 256, "a long name is cut");
    ok(utf8_is_valid(l.name, strlen(l.name)), "... between two letters");
    registry_locator_done(&l);
}

static void test_corpus(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");
    _cleanup_free_ char *folder =
        xasprintf("%s/locators", corpus ? corpus : "");
    char **names = NULL;
    size_t count = 0;

    if (!corpus) {
        diag("the locators of real BMCs are not here: no TRAWL_CORPUS");
        return;
    }
    file_list(folder, ".json", &names, &count, NULL);
    ok(count > 0, "there are locators");
    for (size_t i = 0; i < count; i++) {
        check_file(folder, names[i]);
        free(names[i]);
    }
    free(names);
}

int main(void)
{
    test_cases();
    test_publication();
    test_names();
    test_long_name();
    test_corpus();
    return done_testing();
}
