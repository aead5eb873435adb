/* SPDX-License-Identifier: Apache-2.0 */
/* See mangle.h. An answer is read and written again only where something has
 * to be changed in it. */
#include "mangle.h"

#include <string.h>

/* By the name of the member: what it leads to. */
static const struct {
    const char *member, *kind;
} leads[] = {
    {"@odata.id", "odata"},        {"Members@odata.nextLink", "next"},
    {"Uri", "registry"},           {"ArchiveUri", "archive"},
    {"ServerSentEventUri", "sse"}, {"TaskMonitor", "task"},
    {"target", "action"},
};

static const char *kind_of(const char *member)
{
    for (size_t i = 0; i < sizeof(leads) / sizeof(leads[0]); i++)
        if (strcmp(leads[i].member, member) == 0)
            return leads[i].kind;
    return NULL;
}

/* No kinds: all of them. */
static bool is_foreign(const struct bmc *b, const char *kind)
{
    const char *kinds = b->behave.foreign_kinds;

    return kind && *b->behave.foreign && (!*kinds || list_has(kinds, kind));
}

/* The URI as it shall be seen, or NULL when it stays. */
static char *changed(const struct bmc *b, const char *kind, const char *uri)
{
    if (*uri != '/')
        return NULL;
    if (is_foreign(b, kind))
        return xasprintf("%s%s", b->behave.foreign, uri);
    if (b->dialect.trailing_slash && strcmp(kind, "odata") == 0 &&
        !strpbrk(uri, "?#") && uri[strlen(uri) - 1] != '/')
        return xasprintf("%s/", uri);
    return NULL;
}

/* Every member of that name, however deep. */
static void walk(const struct bmc *b, json_t *json)
{
    json_t *value;
    const char *name;
    size_t i;

    json_array_foreach (json, i, value)
        walk(b, value);
    json_object_foreach (json, name, value) {
        const char *kind = kind_of(name);
        char *uri = kind && json_is_string(value)
                        ? changed(b, kind, json_string_value(value))
                        : NULL;

        if (uri)
            json_string_set(value, uri);
        else
            walk(b, value);
        free(uri);
    }
}

/* What is packed or no JSON stays as it is. */
static void change_body(const struct bmc *b, struct reply *reply)
{
    json_t *json;

    if (!reply->body || reply->gzip || reply->type)
        return;
    json = json_loadb(reply->body, reply->len, 0, NULL);
    if (!json)
        return;
    walk(b, json);
    free(reply->body);
    reply_json(reply, reply->status, json);
}

/* With 202 it is the monitor of a task. */
static void change_location(const struct bmc *b, struct reply *reply)
{
    const char *kind = reply->status == 202 ? "task" : "location";
    char *location;

    if (!reply->location)
        return;
    location = is_foreign(b, kind) ? changed(b, kind, reply->location)
                                   : changed(b, "odata", reply->location);
    if (!location)
        return;
    free(reply->location);
    reply->location = location;
}

/* Under the same headers: only who reads it finds out. */
static void make_garbage(struct reply *reply)
{
    static const char garbage[] = "<html>\xff\xfe{\"Members\": [ } \x01 login";

    free(reply->body);
    reply->body = xstrdup(garbage);
    reply->len = strlen(garbage);
}

static bool is_meant(const struct request *r)
{
    return is_prefix(r->path, r->bmc->behave.answer_path);
}

bool mangle_redirects(const struct request *r, struct reply *ret)
{
    const struct behave *how = &r->bmc->behave;

    if (!*how->redirect || !is_meant(r))
        return false;
    reply_empty(ret, how->redirect_status > 0 ? (unsigned)how->redirect_status
                                              : 307);
    ret->location = xasprintf("%s%s", how->redirect, r->path);
    return true;
}

void mangle_reply(const struct request *r, struct reply *reply)
{
    const struct bmc *b = r->bmc;

    if (reply->stream)
        return;
    if (b->dialect.trailing_slash || *b->behave.foreign) {
        change_location(b, reply);
        change_body(b, reply);
    }
    if (!is_meant(r))
        return;
    if (b->behave.answer == ANSWER_GARBAGE)
        make_garbage(reply);
    else if (reply->body)
        reply->fault = b->behave.answer;
    else if (b->behave.answer == ANSWER_NEVER)
        reply->fault = ANSWER_NEVER;
}
