/* SPDX-License-Identifier: Apache-2.0 */
/* See registry_locator.h; the quirks are those of wire facts 4.5. */
#include "registry/registry_locator.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "util/alloc.h"
#include "util/utf8.h"

#define NAME_MAX_LEN 256u /* the longest of a real BMC has 60 bytes */

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text && *text ? text : NULL;
}

/* "en", "En" of Dell, "en-US", "en_US", "default", nothing, others. */
static int rank_of(const char *language)
{
    if (!language)
        return 3;
    if (strcasecmp(language, "en") == 0)
        return 0;
    if (strncasecmp(language, "en-", 3) == 0 ||
        strncasecmp(language, "en_", 3) == 0)
        return 1;
    return strcasecmp(language, "default") == 0 ? 2 : 4;
}

static void add_place(struct registry_locator *l, const json_t *location,
                      const char *key, enum registry_place_kind kind)
{
    const char *uri = text_of(location, key);
    struct registry_place *p;

    if (!uri || l->place_count == REGISTRY_PLACES_MAX)
        return;
    p = &l->places[l->place_count++];
    p->kind = kind;
    p->uri = xstrdup(uri);
    p->rank = rank_of(text_of(location, "Language"));
    if (kind == REGISTRY_PLACE_ARCHIVE)
        p->member = xstrdup(text_of(location, "ArchiveFile"));
}

static void add_location(struct registry_locator *l, const json_t *location,
                         bool publication)
{
    const json_t *uri = json_object_get(location, "Uri");

    if (json_is_object(uri)) /* {"extref": "/…"} of services before 2015 */
        add_place(l, uri, "extref", REGISTRY_PLACE_URI);
    else
        add_place(l, location, "Uri", REGISTRY_PLACE_URI);
    add_place(l, location, "ArchiveUri", REGISTRY_PLACE_ARCHIVE);
    if (publication)
        add_place(l, location, "PublicationUri", REGISTRY_PLACE_PUBLICATION);
}

/* By language, then as they stand: few, so that insertion does. */
static void sort_places(struct registry_locator *l)
{
    for (size_t i = 1; i < l->place_count; i++) {
        struct registry_place p = l->places[i];
        size_t to = i;

        for (; to > 0 && l->places[to - 1].rank > p.rank; to--)
            l->places[to] = l->places[to - 1];
        l->places[to] = p;
    }
}

static bool has_word(const char *text, const char *word)
{
    return text && strcasestr(text, word);
}

/* Attribute and privilege registries stand in the same collection. */
static bool is_other(const struct registry_locator *l)
{
    static const char *const words[] = {"AttributeRegistry",
                                        "PrivilegeRegistry"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (has_word(l->name, words[i]) || has_word(l->id, words[i]))
            return true;
    return false;
}

static void read_locations(struct registry_locator *l, const json_t *root,
                           bool publication)
{
    const json_t *locations = json_object_get(root, "Location");
    json_t *location;
    size_t i;

    if (json_is_object(locations)) /* one, without the list around it */
        add_location(l, locations, publication);
    json_array_foreach (locations, i, location)
        add_location(l, location, publication);
    sort_places(l);
}

/* Names are for people: what is longer is cut, between two letters. */
static char *some_of(const char *name)
{
    return xstrndup(name, utf8_cut(name, strlen(name), NAME_MAX_LEN));
}

int registry_locator_parse(const char *json, size_t len, bool publication,
                           struct registry_locator *ret, struct error *err)
{
    /* What stands behind the object does not count: a NUL, or a second one. */
    json_t *root = json_loadb(json, len, JSON_DISABLE_EOF_CHECK, NULL);
    const char *id = text_of(root, "Id");
    const char *name = text_of(root, "Registry")
                           ?: text_of(root, "Schema") ?: id
                           ?: text_of(root, "Name");
    bool is_object = json_is_object(root);

    *ret = (struct registry_locator){0};
    if (name) {
        ret->id = id ? some_of(id) : NULL;
        ret->name = some_of(name);
        ret->other = is_other(ret);
        read_locations(ret, root, publication);
    }
    json_decref(root);
    if (!is_object)
        return error_set(err, -EINVAL,
                         "the BMC's description of it is no "
                         "JSON object");
    if (!name)
        return error_set(err, -EINVAL,
                         "the BMC's description of it has "
                         "neither Registry nor Id");
    return 0;
}

void registry_locator_done(struct registry_locator *l)
{
    for (size_t i = 0; i < l->place_count; i++) {
        free(l->places[i].uri);
        free(l->places[i].member);
    }
    free(l->id);
    free(l->name);
    *l = (struct registry_locator){0};
}

char *registry_locator_prefix(const char *name)
{
    if (*name == '#')
        name++;
    else if (strncmp(name, "%23", 3) == 0) /* iLO escapes it in the Id */
        name += 3;
    return xstrndup(name, strcspn(name, "."));
}

/* Its letters and digits alone; the caller frees it. */
static char *bare_name(const char *name)
{
    char *bare = xstrdup(name), *to = bare;

    for (const char *from = name; *from; from++)
        if (isalnum((unsigned char)*from))
            *to++ = *from;
    *to = '\0';
    return bare;
}

bool registry_locator_agrees(const char *name, const char *prefix)
{
    _cleanup_free_ char *a = bare_name(name), *b = bare_name(prefix);

    if (!*a || !*b) /* of signs alone: as they stand */
        return *name && strcasecmp(name, prefix) == 0;
    return strcasestr(a, b) || strcasestr(b, a);
}
