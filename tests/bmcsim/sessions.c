/* SPDX-License-Identifier: Apache-2.0 */
/* See sessions.h. */
#include "sessions.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "resources.h"

static bool has_user(const struct bmc *b)
{
    return *b->dialect.username;
}

/* Compares encoded text, so that nothing from outside has to be decoded. */
static void encode(const char *text, struct buf *ret)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i += 3) {
        unsigned long bits = (unsigned long)(unsigned char)text[i] << 16;
        char four[4];

        if (i + 1 < len)
            bits |= (unsigned long)(unsigned char)text[i + 1] << 8;
        if (i + 2 < len)
            bits |= (unsigned long)(unsigned char)text[i + 2];
        for (int k = 0; k < 4; k++)
            four[k] =
                i + (size_t)k > len ? '=' : digits[bits >> (18 - 6 * k) & 63];
        buf_add(ret, four, 4);
    }
}

static bool is_user(const struct bmc *b, const char *authorization)
{
    _cleanup_(freep) char *pair =
        xasprintf("%s:%s", b->dialect.username, b->dialect.password);
    struct buf expected = {0};
    bool same;

    buf_text(&expected, "Basic ");
    encode(pair, &expected);
    same = strcmp(expected.data, authorization) == 0;
    buf_done(&expected);
    return same;
}

bool sessions_allow(const struct request *r)
{
    const char *token = request_header(r, "X-Auth-Token");
    const char *authorization = request_header(r, "Authorization");

    if (!has_user(r->bmc) || strcmp(r->path, "/redfish") == 0 ||
        strcmp(r->path, "/redfish/v1") == 0)
        return true;
    if (strcmp(r->path, SESSIONS) == 0 && request_is(r, "POST"))
        return true;
    for (struct session *s = r->bmc->sessions; token && s; s = s->next)
        if (strcmp(s->token, token) == 0)
            return true;
    return authorization && is_user(r->bmc, authorization);
}

static char *session_uri(const struct session *s)
{
    return xasprintf(SESSIONS "/%u", s->id);
}

static json_t *show(const struct bmc *b, const struct session *s)
{
    _cleanup_(freep) char *uri = session_uri(s);

    return json_pack("{ss ss ss ss ss}", "@odata.id", uri, "@odata.type",
                     "#Session.v1_7_0.Session", "Id", strrchr(uri, '/') + 1,
                     "Name", "Session", "UserName",
                     has_user(b) ? b->dialect.username : "");
}

static void create(struct request *r, struct reply *ret)
{
    struct bmc *b = r->bmc;
    json_t *body = request_json(r, NULL);
    const char *user = json_string_value(json_object_get(body, "UserName"));
    const char *password = json_string_value(json_object_get(body, "Password"));
    unsigned char bytes[16] = {0};
    struct session *s;

    if (!user || !password) {
        reply_error(ret, 400, "PropertyMissing",
                    "UserName and Password are required.");
    } else if (has_user(b) && (strcmp(user, b->dialect.username) != 0 ||
                               strcmp(password, b->dialect.password) != 0)) {
        reply_error(ret, 401, "ResourceAtUriUnauthorized",
                    "The password is not right.");
    } else {
        s = xcalloc(1, sizeof(*s));
        s->id = ++b->last_session;
        if (getrandom(bytes, sizeof(bytes), 0) < 0)
            abort();
        for (size_t i = 0; i < sizeof(bytes); i++)
            sprintf(s->token + 2 * i, "%02x", bytes[i]);
        s->next = b->sessions;
        b->sessions = s;
        reply_json(ret, 201, show(b, s));
        ret->token = xstrdup(s->token);
        ret->location = session_uri(s);
    }
    json_decref(body);
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
    struct session **at = session_find(r->bmc, tail), *s = *at;

    if (!*tail && request_is(r, "GET")) {
        show_all(r->bmc, ret);
    } else if (!*tail && request_is(r, "POST")) {
        create(r, ret);
    } else if (!s) {
        reply_error(ret, 404, "ResourceMissingAtURI", "There is no session %s.",
                    tail);
    } else if (request_is(r, "GET")) {
        reply_json(ret, 200, show(r->bmc, s));
    } else if (request_is(r, "DELETE")) {
        *at = s->next;
        free(s);
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
        free(s);
    }
}
