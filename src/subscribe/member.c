/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a subscription is; see member.h. */
#include "subscribe/member.h"

#include <string.h>
#include <strings.h>

#include "util/macro.h"

/* An address in its parts, all of them inside the text. */
struct address {
    const char *scheme, *host, *port, *path;
    size_t scheme_len, host_len, port_len, path_len;
};

static bool take_apart(const char *text, struct address *ret)
{
    const char *colon = strstr(text, "://"), *end, *port;

    if (!colon)
        return false;
    *ret = (struct address){.scheme = text,
                            .scheme_len = (size_t)(colon - text),
                            .host = colon + 3};
    end = ret->host + strcspn(ret->host, "/?#");
    port = memrchr(ret->host, ':', (size_t)(end - ret->host));
    if (port && memchr(port, ']', (size_t)(end - port)))
        port = NULL; /* a colon inside of [::1] */
    ret->host_len = (size_t)((port ? port : end) - ret->host);
    ret->port = port ? port + 1 : NULL;
    ret->port_len = port ? (size_t)(end - ret->port) : 0;
    ret->path = end;
    ret->path_len = strlen(end);
    while (ret->path_len > 0 && ret->path[ret->path_len - 1] == '/')
        ret->path_len--;
    if (!ret->port) {
        ret->port = ret->scheme_len == 5 ? "443" : "80";
        ret->port_len = strlen(ret->port);
    }
    return true;
}

bool member_same_address(const char *a, const char *b)
{
    struct address x, y;

    if (!take_apart(a, &x) || !take_apart(b, &y))
        return strcmp(a, b) == 0;
    return x.scheme_len == y.scheme_len && x.host_len == y.host_len &&
           x.port_len == y.port_len && x.path_len == y.path_len &&
           strncasecmp(x.scheme, y.scheme, x.scheme_len) == 0 &&
           strncasecmp(x.host, y.host, x.host_len) == 0 &&
           memcmp(x.port, y.port, x.port_len) == 0 &&
           memcmp(x.path, y.path, x.path_len) == 0;
}

bool member_has_own_port(const char *address)
{
    struct address a;
    const char *standard;

    if (!take_apart(address, &a))
        return false;
    standard = a.scheme_len == 5 ? "443" : "80";
    return a.port_len != strlen(standard) ||
           memcmp(a.port, standard, a.port_len) != 0;
}

static const char *text_of(const json_t *member, const char *key)
{
    return json_string_value(json_object_get(member, key));
}

/*
 * The same place, as a BMC that mangles addresses shows it: our host and port
 * stand in it somewhere, and our token (which the caller has found).
 */
static bool is_mangled(const char *theirs, const char *ours)
{
    struct address a;

    return take_apart(ours, &a) &&
           memmem(theirs, strlen(theirs), a.host, a.host_len) &&
           memmem(theirs, strlen(theirs), a.port, a.port_len);
}

/* A token is the last part of the path; it may be a short one of an admin. */
static bool ends_with_token(const char *destination, const char *token)
{
    size_t len = token ? strlen(token) : 0;

    for (const char *at = destination; len && (at = strstr(at, token)); at++)
        if (at > destination && at[-1] == '/' &&
            at[len + strspn(at + len, "/")] == '\0')
            return true;
    return false;
}

static bool has_token(const char *destination, const struct member_words *w)
{
    for (size_t i = 0; i < ARRAY_LEN(w->tokens) && w->tokens[i]; i++)
        if (ends_with_token(destination, w->tokens[i]))
            return true;
    return false;
}

/*
 * Our collector's, and no BMC of the fleet lives by it: ours, or that of a
 * BMC that had another name, or of one whose board was moved here.
 */
static bool has_our_context(const json_t *member, const struct member_words *w)
{
    const char *context = text_of(member, "Context");

    if (!context || !w->context)
        return false;
    if (strcmp(context, w->context) == 0)
        return true;
    return strncmp(context, w->context, w->collector_len) == 0 &&
           !(w->has_other &&
             w->has_other(w->userdata, context + w->collector_len));
}

static bool is_current(const char *destination, const struct member_words *w)
{
    if (!w->destination)
        return false;
    if (member_same_address(destination, w->destination) ||
        (w->shown && strcmp(destination, w->shown) == 0))
        return true;
    return ends_with_token(destination, w->tokens[0]) &&
           is_mangled(destination, w->destination);
}

/* Of a vendor's fixed slots: it leads nowhere. */
static bool is_free(const char *destination)
{
    return !destination || !*destination || strstr(destination, "://0.0.0.0");
}

enum member_kind member_classify(const json_t *member,
                                 const struct member_words *words)
{
    const char *destination = text_of(member, "Destination");

    if (words->slots && is_free(destination))
        return MEMBER_FREE;
    if (!destination || !*destination)
        return MEMBER_STREAM;
    if (is_current(destination, words))
        return MEMBER_OURS;
    return has_token(destination, words) || has_our_context(member, words)
               ? MEMBER_STALE
               : MEMBER_STRANGER;
}

bool member_is_off(const json_t *member)
{
    const char *state = text_of(json_object_get(member, "Status"), "State");

    return state && (strcasecmp(state, "Disabled") == 0 ||
                     strcasecmp(state, "Suspended") == 0 ||
                     strcasecmp(state, "StandbyOffline") == 0);
}

json_t *member_terms(const json_t *member)
{
    static const char *const keys[] = {
        "Context",
        "DeliveryRetryPolicy",
        "EventFormatType",
        "EventTypes",
        "RegistryPrefixes",
        "ExcludeRegistryPrefixes",
        "ResourceTypes",
        "MessageIds",
        "ExcludeMessageIds",
        "OriginResources",
        "Severities",
        "SendHeartbeat",
        "SubordinateResources",
    };
    json_t *terms = json_object();

    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        json_t *value = json_object_get(member, keys[i]);

        if (value && !json_is_null(value))
            json_object_set(terms, keys[i], value);
    }
    return terms;
}

/* Which events come at all; without it, all of them. */
static bool is_filter(const char *key)
{
    static const char *const keys[] = {"EventTypes",      "RegistryPrefixes",
                                       "ResourceTypes",   "MessageIds",
                                       "OriginResources", "Severities"};

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

json_t *member_drift(const json_t *terms, const json_t *wanted)
{
    json_t *drift = json_object(), *value;
    const char *key;

    json_object_foreach ((json_t *)terms, key, value)
        if (is_filter(key) && json_array_size(value) > 0 &&
            !json_object_get(wanted, key))
            json_object_set_new(drift, key, json_array());

    json_object_foreach ((json_t *)wanted, key, value) {
        const json_t *is = json_object_get(terms, key);

        if (is && !json_equal(is, value))
            json_object_set(drift, key, value);
    }
    return drift;
}
