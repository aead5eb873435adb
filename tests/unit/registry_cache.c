/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registries of BMCs in memory and on disk: same bytes once, sets shared,
 * found again after a restart, damage noticed, files that nobody uses removed;
 * and in which order they are asked beside those of the admin and ours.
 */
#include "registry/registry_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "config.h"
#include "registry/registry_locator.h"
#include "registry/registry_view.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/file.h"

static char folder[] = "/tmp/trawl-cache.XXXXXX";

static char *registry_json(const char *prefix, const char *version,
                           const char *key)
{
    return xasprintf("{\"RegistryPrefix\":\"%s\",\"RegistryVersion\":\"%s\","
                     "\"Messages\":{\"%s\":{\"Message\":\"%s %s\","
                     "\"Severity\":\"OK\"}}}",
                     prefix, version, key, prefix, version);
}

static struct registry_cache *open_cache(void)
{
    struct registry_cache *c;
    struct error err = {""};

    if (registry_cache_open(folder, &c, &err) < 0)
        diag("%s", err.text);
    return c;
}

static void claim(struct registry_cache *cache, struct registry_claims *claims,
                  const char *name, const char *json)
{
    struct registry_claim *c = registry_claims_add(claims);
    struct error err = {""};

    c->name = xstrdup(name);
    c->id = xstrdup("HGX_Pump");
    if (registry_cache_put(cache, json, strlen(json), &c->content, &err) < 0)
        c->why = xstrdup(err.text);
}

static const struct registry_own *bind(struct registry_cache *cache,
                                       const char *bmc, const char *name,
                                       const char *json)
{
    struct registry_claims claims = {0};

    claim(cache, &claims, name, json);
    return registry_binding_set(cache, bmc, "http://bmc", "1.0", &claims);
}

static size_t files(void)
{
    char **names;
    size_t count;

    file_list(folder, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(names);
    return count;
}

static const char *text_at(const struct registry_own *own,
                           const struct registry_set *shared,
                           const char *prefix, const char *key)
{
    struct registry_view view = {.shared = shared, .own = own};
    struct registry_version any = {-1, -1, -1};
    struct registry_hit hit;
    bool found = prefix ? registry_view_find(&view, prefix, &any, key, &hit)
                        : registry_view_find_key(&view, key, &hit);

    return found ? hit.message->text : NULL;
}

static void test_sharing(const char *json)
{
    struct registry_cache *c = open_cache();
    const struct registry_own *first = bind(c, "n1", "Pump.1.0", json);
    const struct registry *parsed;

    parsed = registry_content_get(first->claims.items[0].content);
    for (int i = 2; i <= 1000; i++) {
        char name[16];

        snprintf(name, sizeof(name), "n%d", i);
        if (bind(c, name, "Pump.1.0", json) != first)
            ok(false, "%s has the same set", name);
    }
    is_int(registry_cache_count(c), 1, "1000 BMCs cost one content");
    is_int(first->refs, 1000, "... and one set");
    ok(parsed == registry_content_get(first->claims.items[0].content),
       "... and one copy");
    is_int(files(), 1, "... and one file");
    ok(bind(c, "n1", "Pump.1.1", json) != first, "another claim, another set");
    is_int(registry_cache_count(c), 1, "... of the same content");
    ok(bind(c, "n1", "Pump.1.0", json) == first, "... and back");
    registry_cache_close(c);
    is_int(files(), 2, "the index is beside it");
}

/* One BMC may write what it likes, and be taken for no other. */
static void test_forged(void)
{
    struct registry_claims two = {0}, forged = {0};
    _cleanup_free_ char *those = NULL, *its = NULL;

    registry_claims_add(&two)->id = xstrdup("a");
    registry_claims_add(&two)->id = xstrdup("b");
    registry_claims_add(&forged)->id = xstrdup("a\n\n\n\n\n\n\nb");
    those = registry_claims_signature(&two);
    its = registry_claims_signature(&forged);
    ok(strcmp(those, its) != 0, "one claim that reads as two is none of them");
    registry_claims_done(&two);
    registry_claims_done(&forged);
}

static void test_restart(void)
{
    struct registry_cache *c = open_cache();
    const struct registry_binding *b = registry_binding_find(c, "n1000");
    struct registry_set *none = registry_set_new();
    struct registry_content *content;

    if (!ok(b != NULL, "what a BMC claimed is known after a restart"))
        exit(done_testing());
    content = b->own->claims.items[0].content;
    is_text(b->firmware, "1.0", "... and with which firmware");
    ok(!content->registry, "its content is not read before it is needed");
    is_int(b->own->refs, 1000, "... and still shared");
    is_text(text_at(b->own, none, "pump", "Leak"), "Pump 1.0.0",
            "a message is found");
    ok(content->registry != NULL, "... by reading it");
    registry_set_free(none);
    registry_cache_close(c);
}

static void spoil(const char *hash)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, hash);

    file_write(path, "{}", 2, 0644, NULL);
}

static void test_damage(const char *json)
{
    struct registry_cache *c = open_cache();
    const struct registry_binding *b = registry_binding_find(c, "n1");
    struct registry_set *none = registry_set_new();
    struct registry_claims claims = {0};

    ok(registry_own_is_whole(b->own), "whole, as far as is known");
    spoil(b->own->claims.items[0].content->hash);
    is_text(text_at(b->own, none, "Pump", "Leak"), NULL,
            "a damaged file explains nothing");
    ok(!registry_own_is_whole(b->own), "... and is to be fetched again");
    claim(c, &claims, "Pump.1.0", json);
    is_text(text_at(b->own, none, "Pump", "Leak"), "Pump 1.0.0",
            "... which mends it for all");
    registry_claims_done(&claims);
    registry_set_free(none);
    registry_cache_close(c);
}

static void test_refused(void)
{
    struct registry_cache *c = open_cache();
    const struct registry_own *own = bind(c, "n1", "Pump.1.0", "<html>");

    ok(!own->claims.items[0].content && own->claims.items[0].why,
       "what is no registry is refused: %s", own->claims.items[0].why);
    registry_cache_close(c);
    c = open_cache();
    own = registry_binding_find(c, "n1")->own;
    ok(own->claims.items[0].why != NULL, "... and known to be");
    ok(registry_own_is_whole(own), "... and not asked for again");
    registry_cache_close(c);
}

static void test_unused(void)
{
    struct registry_cache *c = open_cache();
    char name[16];

    for (int i = 1; i <= 1000; i++) {
        snprintf(name, sizeof(name), "n%d", i);
        registry_binding_forget(c, name);
    }
    is_int(registry_cache_count(c), 0, "nobody uses it");
    registry_cache_sweep(c, clock_real() + 29 * USEC_PER_DAY);
    is_int(files(), 2, "its file stays for 30 days");
    registry_cache_sweep(c, USEC_PER_DAY);
    is_int(files(), 2, "... also while our clock stands in 1970");
    registry_cache_sweep(c, clock_real() + 31 * USEC_PER_DAY);
    is_int(files(), 1, "... and then goes");
    is_int(registry_cache_size(c), 0, "... and no byte is counted");
    registry_cache_close(c);
}

static void test_index(void)
{
    static const char *const broken[] = {
        "{",
        "[]",
        "{\"format\":2}",
        "{\"format\":1,\"sets\":[[{}]],\"bmcs\":[{\"name\":\"n\"}]}",
        "{\"format\":1,\"sets\":[[{\"name\":\"A\",\"hash\":\"../../x\"}]],"
        "\"bmcs\":[{\"name\":\"n\",\"url\":\"u\",\"firmware\":\"\",\"set\":0},"
        "{\"name\":\"m\",\"url\":\"u\",\"firmware\":\"\",\"set\":9},"
        "{\"name\":\"o\",\"url\":\"u\",\"firmware\":\"\",\"set\":-1}]}",
    };
    _cleanup_free_ char *path = xasprintf("%s/index.json", folder);

    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        struct registry_cache *c;
        int r;

        file_write(path, broken[i], strlen(broken[i]), 0644, NULL);
        r = registry_cache_open(folder, &c, NULL);
        is_int(r, i < 3 ? -EINVAL : 0, "a broken index: %s", broken[i]);
        is_int(registry_cache_count(c), 0, "... leads to nothing");
        registry_cache_close(c);
    }
}

static void test_nowhere(const char *json)
{
    struct registry_set *none = registry_set_new();
    const struct registry_own *own;
    struct registry_cache *c;
    struct error err = {""};

    ok(registry_cache_open("/proc/nothing/here", &c, &err) < 0,
       "without a folder: %s", err.text);
    own = bind(c, "n1", "Pump.1.0", json);
    is_text(text_at(own, none, "Pump", "Leak"), "Pump 1.0.0",
            "... it is kept in memory");
    registry_cache_close(c);
    registry_set_free(none);
}

/* ---- the order */

static void load(struct registry_set *set, enum registry_origin origin,
                 const char *prefix, const char *version, const char *key)
{
    char place[] = "/tmp/trawl-set.XXXXXX";
    _cleanup_free_ char *json = registry_json(prefix, version, key);
    _cleanup_free_ char *path = NULL;

    if (!mkdtemp(place))
        abort();
    path = xasprintf("%s/r.json", place);
    file_write(path, json, strlen(json), 0644, NULL);
    registry_set_load(set, place, origin, NULL, NULL);
    unlink(path);
    rmdir(place);
}

static void test_order(void)
{
    _cleanup_free_ char *pump = registry_json("Pump", "2.0.0", "Leak");
    struct registry_set *set = registry_set_new();
    struct registry_cache *c = open_cache();
    const struct registry_own *own = bind(c, "n1", "WaterPump.1.0", pump);
    struct registry_view view = {set, own};

    is_text(text_at(own, set, "WaterPump", "Leak"), "Pump 2.0.0",
            "by the name that the BMC gives it");
    is_text(text_at(own, set, "HGX_Pump", "Leak"), "Pump 2.0.0",
            "by its file Id");
    ok(registry_view_has(&view, "waterpump") &&
           !registry_view_has(&view, "Fan"),
       "by which names it goes");
    load(set, REGISTRY_BUNDLED, "WaterPump", "9.0.0", "Leak");
    is_text(text_at(own, set, "WaterPump", "Leak"), "WaterPump 9.0.0",
            "one that really has that name stands before it");
    load(set, REGISTRY_BUNDLED, "Pump", "9.0.0", "Leak");
    is_text(text_at(own, set, "Pump", "Leak"), "Pump 2.0.0",
            "the BMC's stands before the bundled one");
    is_text(text_at(NULL, set, "Pump", "Leak"), "Pump 9.0.0",
            "... but not for other BMCs");
    load(set, REGISTRY_LOCAL, "Pump", "1.0.0", "Leak");
    is_text(text_at(own, set, "Pump", "Leak"), "Pump 1.0.0",
            "the admin's stands before both");
    registry_cache_close(c);
    registry_set_free(set);
}

static void test_bare_keys(void)
{
    _cleanup_free_ char *pump = registry_json("Pump", "2.0.0", "Leak");
    _cleanup_free_ char *newer = registry_json("Pump", "2.1.0", "Leak");
    _cleanup_free_ char *fan = registry_json("Fan", "2.0.0", "Leak");
    struct registry_set *set = registry_set_new();
    struct registry_cache *c = open_cache();
    struct registry_claims claims = {0};
    const struct registry_own *own;

    claim(c, &claims, "Pump.2.0", pump);
    claim(c, &claims, "Pump.2.1", newer);
    own = registry_binding_set(c, "n1", "u", "", &claims);
    is_text(text_at(own, set, NULL, "leak"), "Pump 2.1.0",
            "a bare key of one prefix: the newest");
    load(set, REGISTRY_BUNDLED, "Pump", "9.0.0", "Leak");
    is_text(text_at(own, set, NULL, "Leak"), "Pump 2.1.0",
            "... also if another source has that prefix too");
    claim(c, &claims, "Pump.2.0", pump);
    claim(c, &claims, "Fan.2.0", fan);
    own = registry_binding_set(c, "n2", "u", "", &claims);
    is_text(text_at(own, set, NULL, "Leak"), NULL, "two prefixes: nobody's");
    own = registry_binding_find(c, "n1")->own;
    load(set, REGISTRY_BUNDLED, "Fan", "9.0.0", "Leak");
    is_text(text_at(own, set, NULL, "Leak"), NULL,
            "two bundled ones: nobody's, whatever the BMC has");
    registry_cache_close(c);
    registry_set_free(set);
}

/* ---- what real BMCs served, where that is present */

static void check_served(struct registry_cache *c, const char *place,
                         const char *file)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", place, file);
    _cleanup_free_ char *name = registry_locator_prefix(file);
    _cleanup_(buffer_done) struct buffer text = {0};
    struct registry_content *content = NULL;
    struct error err = {""};
    int r = file_read(path, CONFIG_REGISTRY_MAX, &text, &err);

    r = r < 0 ? r : registry_cache_put(c, text.data, text.len, &content, &err);
    ok(r == 0 && registry_locator_agrees(name, content->prefix),
       "%s is taken, as %s%s", file, content ? content->prefix : "", err.text);
    registry_content_unref(content);
}

static void test_served(void)
{
    const char *corpus = getenv("TRAWL_CORPUS");
    _cleanup_free_ char *place =
        xasprintf("%s/registries/served", corpus ? corpus : "");
    struct registry_cache *c;
    char **names = NULL;
    size_t count = 0;

    if (!corpus) {
        diag("what real BMCs served is not here: no TRAWL_CORPUS");
        return;
    }
    c = open_cache();
    file_list(place, ".json", &names, &count, NULL);
    ok(count > 0, "there are registries");
    for (size_t i = 0; i < count; i++) {
        check_served(c, place, names[i]);
        free(names[i]);
    }
    free(names);
    registry_cache_close(c);
}

/* The admin's word on a single message holds for what a BMC serves, too. */
static void test_override(void)
{
    static const char word[] =
        "{\"RegistryPrefix\":\"Pump\",\"RegistryVersion\":\"1.0.0\","
        "\"Messages\":{\"Leak\":{\"Severity\":\"Critical\"}}}";
    _cleanup_free_ char *pump = registry_json("Pump", "2.0.0", "Leak");
    struct registry_version any = {-1, -1, -1};
    struct registry_set *set = registry_set_new();
    struct registry_cache *c = open_cache();
    struct registry_view view = {set, bind(c, "n1", "Pump.2.0", pump)};
    struct registry *local = registry_parse(word, strlen(word), NULL);
    struct registry_hit hit = {0};

    local->origin = REGISTRY_LOCAL;
    registry_set_add(set, local, NULL);
    ok(registry_view_find(&view, "Pump", &any, "Leak", &hit) &&
           hit.registry->origin == REGISTRY_BMC,
       "the admin gave no text: the BMC's is taken");
    ok(hit.override && hit.override->severity == SEVERITY_CRITICAL,
       "... and the admin's severity with it");
    ok(registry_view_find_key(&view, "Leak", &hit) &&
           hit.registry->origin == REGISTRY_BMC,
       "... by the bare key as well");
    registry_cache_close(c);
    registry_set_free(set);
}

static void remove_folder(void)
{
    char **names;
    size_t count;

    file_list(folder, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, names[i]);

        unlink(path);
        free(names[i]);
    }
    free(names);
    rmdir(folder);
}

int main(void)
{
    _cleanup_free_ char *json = registry_json("Pump", "1.0.0", "Leak");

    if (!mkdtemp(folder))
        skip_all("no temporary folder");
    test_sharing(json);
    test_forged();
    test_restart();
    test_damage(json);
    test_refused();
    test_unused();
    test_index();
    test_nowhere(json);
    test_order();
    test_bare_keys();
    test_override();
    test_served();
    remove_folder();
    return done_testing();
}
