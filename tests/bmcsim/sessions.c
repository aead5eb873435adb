/* SPDX-License-Identifier: Apache-2.0 */
/* See sessions.h. */
#include "sessions.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "accounts.h"
#include "event.h"
#include "resources.h"

struct session {
    struct session *next;
    unsigned id;
    char token[33];
    char *user, *context; /* context NULL: none */
    usec_t used;          /* monotonic */
    usec_t created;       /* by the BMC's clock */
};

/* It is on no list any more. */
static void session_free(struct session *s)
{
    free(s->user);
    free(s->context);
    free(s);
}

/* Those that nobody used for too long end when somebody looks. */
static void expire(struct bmc *b)
{
    usec_t timeout = (usec_t)b->dialect.sessions.timeout_ms * USEC_MSEC;
    struct session **at = &b->sessions;

    while (timeout && *at) {
        struct session *s = *at;

        if (time_now() < s->used + timeout) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        session_free(s);
    }
}

/* A request with the token keeps the session alive. */
static bool has_token(struct bmc *b, const char *token)
{
    expire(b);
    for (struct session *s = b->sessions; token && s; s = s->next)
        if (strcmp(s->token, token) == 0) {
            s->used = time_now();
            return true;
        }
    return false;
}

bool sessions_allow(struct request *r)
{
    const char *token = request_header(r, "X-Auth-Token");
    const char *authorization = request_header(r, "Authorization");

    if (accounts_open(r->bmc) || strcmp(r->path, "/redfish") == 0 ||
        strcmp(r->path, "/redfish/v1") == 0)
        return true;
    if (strcmp(r->path, SESSIONS) == 0 && request_is(r, "POST"))
        return true;
    if (has_token(r->bmc, token))
        return true;
    if (!authorization)
        return false;
    r->bmc->counters.basic++;
    return accounts_check_basic(r->bmc, authorization);
}

/* Freed by the caller. */
static char *session_uri(const struct session *s)
{
    return xasprintf(SESSIONS "/%u", s->id);
}

static json_t *show(const struct session *s)
{
    _cleanup_(freep) char *uri = session_uri(s);
    _cleanup_(freep) char *created = event_time(TIMESTAMP_Z, s->created);
    json_t *doc = json_pack("{ss ss ss ss ss ss}", "@odata.id", uri,
                            "@odata.type", "#Session.v1_7_0.Session", "Id",
                            strrchr(uri, '/') + 1, "Name", "Session",
                            "UserName", s->user, "CreatedTime", created);

    if (s->context)
        json_object_set_new(doc, "Context", json_string(s->context));
    return doc;
}

/* Not to be guessed, though nobody tries: tests read logs for it. */
static void make_token(struct session *s)
{
    unsigned char bytes[16] = {0};

    if (getrandom(bytes, sizeof(bytes), 0) < 0)
        abort();
    for (size_t i = 0; i < sizeof(bytes); i++)
        sprintf(s->token + 2 * i, "%02x", bytes[i]);
}

/* The token goes into a header, never into the resource. */
static void add(struct bmc *b, json_t *body, struct reply *ret)
{
    struct session *s = xcalloc(1, sizeof(*s));

    s->id = ++b->last_session;
    s->user = xstrdup(json_string_value(json_object_get(body, "UserName")));
    s->context = xstrdup(json_string_value(json_object_get(body, "Context")));
    s->used = time_now();
    s->created = bmc_clock(b);
    make_token(s);
    s->next = b->sessions;
    b->sessions = s;
    b->counters.logins++;
    reply_json(ret, 201, show(s));
    ret->token = xstrdup(s->token);
    ret->location = session_uri(s);
}

/* The order of the refusals is that of the services: who one is, what he sends,
 * whether there is room. */
static void create(struct bmc *b, json_t *body, struct reply *ret)
{
    const struct session_style *style = &b->dialect.sessions;
    const char *user = json_string_value(json_object_get(body, "UserName"));
    const char *password = json_string_value(json_object_get(body, "Password"));

    if (!user || !password)
        reply_refuse(ret, "PropertyMissing", user ? "Password" : "UserName",
                     "UserName and Password are required.");
    else if (!accounts_open(b) && !accounts_check(b, user, password))
        reply_error(ret, 401, "ResourceAtUriUnauthorized",
                    "The password is not right.");
    else if (!style->context && json_object_get(body, "Context"))
        reply_refuse(ret, "PropertyUnknown", "Context",
                     "The property Context is unknown.");
    else if (style->limit > 0 && sessions_count(b) >= (size_t)style->limit)
        reply_error(ret, (unsigned)style->limit_status, "SessionLimitExceeded",
                    "There are %ld sessions already.", style->limit);
    else
        add(b, body, ret);
}

static void show_all(const struct bmc *b, struct reply *ret)
{
    json_t *members = json_array();

    for (struct session *s = b->sessions; s; s = s->next) {
        _cleanup_(freep) char *uri = session_uri(s);

        json_array_append_new(members, resources_link(uri));
    }
    reply_json(ret, 200,
               resources_collection(SESSIONS,
                                    "#SessionCollection.SessionCollection",
                                    "Sessions", members));
}

static struct session **session_find(struct bmc *b, const char *tail)
{
    struct session **at = &b->sessions;

    while (*at && (*tail != '/' || (*at)->id != strtoul(tail + 1, NULL, 10)))
        at = &(*at)->next;
    return at;
}

void sessions_handle(struct request *r, const char *tail, struct reply *ret)
{
    struct session **at, *s;
    json_t *body;

    expire(r->bmc);
    at = session_find(r->bmc, tail);
    s = *at;
    if (!*tail && request_is(r, "GET")) {
        show_all(r->bmc, ret);
    } else if (!*tail && request_is(r, "POST")) {
        body = request_json(r, NULL);
        create(r->bmc, body, ret);
        json_decref(body);
    } else if (!s) {
        reply_error(ret, 404, "ResourceMissingAtURI", "There is no session %s.",
                    tail);
    } else if (request_is(r, "GET")) {
        reply_json(ret, 200, show(s));
    } else if (request_is(r, "DELETE")) {
        *at = s->next;
        session_free(s);
        reply_empty(ret, 204);
    } else {
        reply_error(ret, 405, "OperationNotAllowed", "%s is not allowed here.",
                    r->method);
    }
}

void sessions_clear(struct bmc *b)
{
    while (b->sessions) {
        struct session *s = b->sessions;

        b->sessions = s->next;
        session_free(s);
    }
}

size_t sessions_count(struct bmc *b)
{
    size_t n = 0;

    expire(b);
    for (const struct session *s = b->sessions; s; s = s->next)
        n++;
    return n;
}

json_t *sessions_describe(struct bmc *b)
{
    json_t *all = json_array();

    expire(b);
    for (const struct session *s = b->sessions; s; s = s->next)
        json_array_append_new(
            all,
            json_pack("{si ss so?}", "id", (int)s->id, "user", s->user,
                      "context", s->context ? json_string(s->context) : NULL));
    return all;
}
