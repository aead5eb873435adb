/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subscriptions at the Redfish service of redfish_fixture.h, with the fancies
 * that a test sets: what it refuses, how it says so, how many it takes, how it
 * shows them. And a keep that only writes down what it is told.
 */
#pragma once

#define SCENE_WITHOUT_KEEP
#include "redfish_fixture.h"
#include "service.h"
#include "vendors.h"

#define STORE_MAX 16

struct store {
    struct redfish *redfish;
    json_t *members[STORE_MAX]; /* NULL: none of that id */
    unsigned next;              /* id of the next */
    unsigned limit;             /* 0: STORE_MAX - 1 */
    const char *refuse;         /* a property that it does not know */
    const char *mangle;         /* shown before the token, or NULL */
    bool one_of_each;           /* no two with the same Context */
    bool no_location, no_body, no_patch, no_delete, ignores_policy;
    bool resumes; /* has that action */
    bool forgets; /* takes one, and keeps none */
    unsigned resumed, posted, patched, deleted;
};

/* What keep was told, in one text. */
struct keep {
    struct buffer told;
    struct subscriber *subscriber;
    bool stops; /* as the real one, when it is told that one is down */
};

static void store_answer(struct http_request *q, unsigned status,
                         const json_t *body, const char *location)
{
    struct http_header headers[2] = {{0}, {0}};
    _cleanup_free_ char *text =
        body ? json_dumps(body, JSON_COMPACT | JSON_SORT_KEYS) : xstrdup("");

    if (location)
        headers[0] = (struct http_header){"Location", location};
    http_request_answer(q, status, "application/json", text, strlen(text),
                        headers);
}

static void store_refuse(struct http_request *q, unsigned status,
                         const char *key, const char *property)
{
    json_t *error =
        json_pack("{s{s[{ssss}]}}", "error", "@Message.ExtendedInfo",
                  "MessageId", key, "Message", property ? property : "no");

    store_answer(q, status, error, NULL);
    json_decref(error);
}

static json_t *store_show(const struct store *s, unsigned id)
{
    json_t *shown = json_copy(s->members[id]);
    const char *to = json_string_value(json_object_get(shown, "Destination"));
    const char *token = to ? strrchr(to, '/') : NULL;
    char uri[96];

    snprintf(uri, sizeof(uri), COLLECTION "/%u", id);
    json_object_set_new(shown, "@odata.id", json_string(uri));
    json_object_set_new(shown, "@odata.etag", json_string("W/\"1\""));
    json_object_del(shown, "HttpHeaders");
    if (s->mangle && token) {
        _cleanup_free_ char *other = xasprintf("%s%s", s->mangle, token);

        json_object_set_new(shown, "Destination", json_string(other));
    }
    if (s->resumes)
        json_object_set_new(shown, "Actions",
                            json_pack("{s{ss}}",
                                      "#EventDestination.ResumeSubscription",
                                      "target", "/resume"));
    return shown;
}

static void store_list(const struct store *s, struct http_request *q)
{
    json_t *members = json_array(), *all;

    for (unsigned id = 0; id < STORE_MAX; id++)
        if (s->members[id]) {
            _cleanup_free_ char *uri = xasprintf(COLLECTION "/%u", id);

            json_array_append_new(members, json_pack("{ss}", "@odata.id", uri));
        }
    all = json_pack("{so}", "Members", members);
    store_answer(q, 200, all, NULL);
    json_decref(all);
}

static unsigned store_count(const struct store *s)
{
    unsigned count = 0;

    for (unsigned id = 0; id < STORE_MAX; id++)
        count += s->members[id] != NULL;
    return count;
}

/* Puts one there, as if somebody had made it; its id. */
_unused_
static unsigned store_add(struct store *s, const char *text)
{
    s->members[s->next] = json_loads(text, 0, NULL);
    return s->next++;
}

static bool store_has_context(const struct store *s, const json_t *body)
{
    for (unsigned id = 0; id < STORE_MAX; id++)
        if (s->members[id] &&
            json_equal(json_object_get(s->members[id], "Context"),
                       json_object_get(body, "Context")))
            return true;
    return false;
}

static void store_post(struct store *s, struct http_request *q, json_t *body)
{
    _cleanup_free_ char *uri = xasprintf(COLLECTION "/%u", s->next);
    json_t *shown;

    s->posted++;
    if (s->refuse && json_object_get(body, s->refuse)) {
        store_refuse(q, 400, "Base.1.8.PropertyUnknown", s->refuse);
        return;
    }
    if (s->one_of_each && store_has_context(s, body)) {
        store_refuse(q, 400, "Base.1.8.ResourceAlreadyExists", NULL);
        return;
    }
    if (store_count(s) >= (s->limit ? s->limit : STORE_MAX - 1)) {
        store_refuse(q, 503, "Base.1.8.EventSubscriptionLimitExceeded", NULL);
        return;
    }
    if (s->forgets) {
        store_answer(q, 201, NULL, s->no_location ? NULL : uri);
        return;
    }
    if (s->ignores_policy)
        json_object_set_new(body, "DeliveryRetryPolicy",
                            json_string("TerminateAfterRetries"));
    s->members[s->next] = json_incref(body);
    shown = store_show(s, s->next++);
    store_answer(q, 201, s->no_body ? NULL : shown,
                 s->no_location ? NULL : uri);
    json_decref(shown);
}

static void store_patch(struct store *s, struct http_request *q, unsigned id,
                        json_t *body)
{
    s->patched++;
    if (s->no_patch) {
        store_refuse(q, 405, "Base.1.8.OperationNotAllowed", NULL);
        return;
    }
    json_object_update(s->members[id], body);
    if (s->ignores_policy)
        json_object_set_new(s->members[id], "DeliveryRetryPolicy",
                            json_string("TerminateAfterRetries"));
    json_object_del(s->members[id], "Status");
    store_answer(q, 204, NULL, NULL);
}

static void store_member(struct store *s, struct http_request *q,
                         const char *method, unsigned id, json_t *body)
{
    if (id >= STORE_MAX || !s->members[id]) {
        store_refuse(q, 404, "Base.1.8.ResourceMissingAtURI", NULL);
    } else if (strcmp(method, "PATCH") == 0) {
        store_patch(s, q, id, body);
    } else if (strcmp(method, "DELETE") == 0 && s->no_delete) {
        store_refuse(q, 405, "Base.1.8.OperationNotAllowed", NULL);
    } else if (strcmp(method, "DELETE") == 0) {
        s->deleted++;
        json_decref(TAKE(s->members[id]));
        store_answer(q, 204, NULL, NULL);
    } else {
        json_t *shown = store_show(s, id);

        store_answer(q, 200, shown, NULL);
        json_decref(shown);
    }
}

static void store_resume(struct store *s, struct http_request *q)
{
    s->resumed++;
    for (unsigned id = 0; id < STORE_MAX; id++)
        if (s->members[id])
            json_object_del(s->members[id], "Status");
    store_answer(q, 204, NULL, NULL);
}

static bool store_on_request(void *userdata, struct http_request *q,
                             const char *text)
{
    struct store *s = userdata;
    const char *method = http_request_method(q), *path = http_request_path(q);
    json_t *body = json_loads(text, 0, NULL);
    bool mine = true;

    if (strcmp(path, "/resume") == 0)
        store_resume(s, q);
    else if (strncmp(path, COLLECTION, strlen(COLLECTION)) != 0)
        mine = false;
    else if (path[strlen(COLLECTION)] == '/')
        store_member(s, q, method,
                     (unsigned)atoi(path + strlen(COLLECTION) + 1), body);
    else if (strcmp(method, "POST") == 0)
        store_post(s, q, body);
    else
        store_list(s, q);
    json_decref(body);
    return mine;
}

_unused_
static void store_init(struct store *s, struct redfish *r)
{
    *s = (struct store){.redfish = r, .next = 1};
    r->on_request = store_on_request;
    r->userdata = s;
}

_unused_
static void store_done(struct store *s)
{
    for (unsigned id = 0; id < STORE_MAX; id++)
        json_decref(s->members[id]);
}

/* ---- a keep that listens */

void keep_add_way(struct keep *k _unused_, enum way way _unused_,
                  const struct way_type *type _unused_, void *userdata _unused_)
{
}

void keep_up(struct keep *k, struct bmc *bmc, enum way way,
             const char *how _unused_, bool gap)
{
    buffer_printf(&k->told, "up%d%s%s\n", way, gap ? " gap" : "",
                  bmc->refused ? " again" : "");
    bmc->refused = false;
}

void keep_down(struct keep *k, struct bmc *bmc, enum way way,
               const struct keep_end *end)
{
    buffer_printf(&k->told, "down%d %u %s\n", way, end->status, end->err->text);
    if (k->stops)
        subscribe_way.stop(k->subscriber, bmc);
}

void keep_absent(struct keep *k, struct bmc *bmc, enum way way,
                 const struct error *why)
{
    buffer_printf(&k->told, "absent%d %s\n", way, why->text);
    if (k->stops)
        subscribe_way.stop(k->subscriber, bmc);
}

void keep_suspect(struct keep *k, struct bmc *bmc, const char *why)
{
    buffer_printf(&k->told, "suspect %s %s\n", bmc->name, why);
}

void keep_describe(const struct keep *k _unused_,
                   const struct bmc *bmc _unused_, struct keep_view *ret)
{
    *ret = (struct keep_view){.state = "listening", .way = "webhook"};
}
