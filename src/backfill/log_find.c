/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk over a BMC's tree, see log_find.h: a list of places to look at, each
 * of which may add further ones behind it.
 */
#include "backfill/log_find.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "service.h"
#include "util/alloc.h"
#include "util/glob.h"
#include "vendors.h"

enum place_kind {
    PLACE_OWNERS,   /* Managers, Systems, Chassis */
    PLACE_OWNER,    /* one of them, which may have logs */
    PLACE_SERVICES, /* its LogServices */
    PLACE_SERVICE,  /* one of these */
};

struct place {
    enum place_kind kind;
    char *uri;
};

struct log_find {
    struct talk *talk;
    struct bmc *bmc;
    void (*on_done)(void *userdata, const struct log_find_result *result);
    void *userdata;
    struct talk_exchange *exchange;
    struct place places[CONFIG_LOG_PLACES_MAX];
    size_t count, at;
    char *logs[CONFIG_LOGS_MAX];
    size_t log_count;
    bool all; /* what its row names was not there: whatever else is */
};

static void look_on(struct log_find *f);

/*
 * Where nothing else is said: what is no event, by the log's name. OpenBMC has
 * most of these beside its EventLog, and a POST code or a line of the host's
 * console comes hundreds of times at each boot.
 */
static const char *const left_out[] = {
    "*dump*", "*postcode*", "*crash*", "*debug*", "*journal*", "*hostlog*",
};

void log_find_cancel(struct log_find *f)
{
    if (!f)
        return;
    talk_cancel(f->exchange);
    for (size_t i = 0; i < f->count; i++)
        free(f->places[i].uri);
    for (size_t i = 0; i < f->log_count; i++)
        free(f->logs[i]);
    free(f);
}

static void finish(struct log_find *f, unsigned status, const struct error *err)
{
    struct log_find_result result = {
        .status = status,
        .err = err,
        .logs = f->logs,
        .count = f->log_count,
    };

    f->on_done(f->userdata, &result);
    log_find_cancel(f);
}

/* The path at the BMC's own address; NULL, and told, if it leads elsewhere. */
static char *path_of(struct log_find *f, const char *uri)
{
    char *url = talk_url(f->talk, f->bmc, uri);
    size_t len = strlen(f->bmc->config->url);

    /*
     * As a path, since cursors are kept by it: a BMC that moves to another
     * address goes on where it was.
     */
    if (url && strncmp(url, f->bmc->config->url, len) == 0 && url[len] == '/')
        memmove(url, url + len, strlen(url + len) + 1);
    return url;
}

/* One not seen before, at the BMC itself, while there is room. */
static void add_place(struct log_find *f, enum place_kind kind, const char *uri)
{
    _cleanup_free_ char *path = uri && *uri ? path_of(f, uri) : NULL;

    if (!path || f->count == CONFIG_LOG_PLACES_MAX)
        return;
    for (size_t i = 0; i < f->count; i++)
        if (strcmp(f->places[i].uri, path) == 0)
            return;
    f->places[f->count++] = (struct place){kind, TAKE(path)};
}

static const char *link_at(const json_t *object, const char *key)
{
    return json_string_value(
        json_object_get(json_object_get(object, key), "@odata.id"));
}

static void add_members(struct log_find *f, enum place_kind kind,
                        const json_t *collection)
{
    const json_t *member;
    size_t i;

    json_array_foreach (json_object_get(collection, "Members"), i, member)
        if (i < CONFIG_LOG_OWNERS_MAX)
            add_place(f, kind,
                      json_string_value(json_object_get(member, "@odata.id")));
}

static const struct option_texts *globs_of(const struct log_find *f)
{
    return &f->bmc->service->vendor_row->logs;
}

static bool has_globs(const struct log_find *f)
{
    return globs_of(f)->count > 0 && !f->all;
}

static bool is_named(const struct log_find *f, const char *uri)
{
    const struct option_texts *globs = globs_of(f);
    size_t len = strlen(uri);

    while (len > 1 && uri[len - 1] == '/')
        len--;
    for (size_t i = 0; i < globs->count; i++)
        if (glob_match(globs->items[i], uri, len, true))
            return true;
    return false;
}

static bool is_left_out(const char *uri)
{
    const char *end = uri + strlen(uri), *name;

    while (end > uri && end[-1] == '/')
        end--;
    for (name = end; name > uri && name[-1] != '/';)
        name--;
    for (size_t i = 0; i < ARRAY_LEN(left_out); i++)
        if (glob_match(left_out[i], name, (size_t)(end - name), true))
            return true;
    return false;
}

static bool is_wanted(const struct log_find *f, const char *uri)
{
    return has_globs(f) ? is_named(f, uri) : !is_left_out(uri);
}

static void add_log(struct log_find *f, const char *entries)
{
    _cleanup_free_ char *path = entries ? path_of(f, entries) : NULL;

    /* Two owners may link to one and the same log. */
    if (!path || f->log_count == CONFIG_LOGS_MAX)
        return;
    for (size_t i = 0; i < f->log_count; i++)
        if (strcmp(f->logs[i], path) == 0)
            return;
    f->logs[f->log_count++] = TAKE(path);
}

/* iDRAC 8 has the entries where others have the service. */
static void take_service(struct log_find *f, const char *uri,
                         const json_t *service)
{
    const json_t *enabled = json_object_get(service, "ServiceEnabled");

    if (json_is_array(json_object_get(service, "Members")))
        add_log(f, uri);
    else if (!json_is_false(enabled))
        add_log(f, link_at(service, "Entries"));
}

static void take_services(struct log_find *f, const json_t *services)
{
    const json_t *member;
    size_t i;

    json_array_foreach (json_object_get(services, "Members"), i, member) {
        const char *uri =
            json_string_value(json_object_get(member, "@odata.id"));

        if (uri && is_wanted(f, uri))
            add_place(f, PLACE_SERVICE, uri);
    }
}

static void take(struct log_find *f, const struct place *p, const json_t *json)
{
    switch (p->kind) {
    case PLACE_OWNERS:
        add_members(f, PLACE_OWNER, json);
        break;
    case PLACE_OWNER:
        add_place(f, PLACE_SERVICES, link_at(json, "LogServices"));
        break;
    case PLACE_SERVICES:
        take_services(f, json);
        break;
    case PLACE_SERVICE:
        take_service(f, p->uri, json);
        break;
    }
}

/* What is not there has no logs; a BMC that does not answer says nothing. */
static void on_answer(void *userdata, const struct talk_answer *a)
{
    struct log_find *f = userdata;

    f->exchange = NULL;
    /* A list that lacks a log for one bad moment would be kept for a day. */
    if (a->status == 0 || a->status == 401 || a->status >= 500) {
        finish(f, a->status, a->err);
        return;
    }
    if (a->status == 200 && a->json)
        take(f, &f->places[f->at], a->json);
    f->at++;
    look_on(f);
}

/* Whether some glob can match below that collection. */
static bool may_be_below(const struct log_find *f, const char *part)
{
    const struct option_texts *globs = globs_of(f);

    for (size_t i = 0; i < globs->count; i++)
        if (strchr(globs->items[i], '*') &&
            (strstr(globs->items[i], part) ||
             strncmp(globs->items[i], "*/LogServices", 13) == 0))
            return true;
    return !has_globs(f);
}

static void begin_places(struct log_find *f)
{
    const struct service *s = f->bmc->service;
    const struct option_texts *globs = globs_of(f);

    for (size_t i = 0; has_globs(f) && i < globs->count; i++)
        /* One that is named in full needs no walk through the tree. */
        if (!strchr(globs->items[i], '*'))
            add_place(f, PLACE_SERVICE, globs->items[i]);
    if (may_be_below(f, "/Managers/"))
        add_place(f, PLACE_OWNERS, s->managers_url);
    if (may_be_below(f, "/Systems/"))
        add_place(f, PLACE_OWNERS, s->systems_url);
    if (may_be_below(f, "/Chassis/"))
        add_place(f, PLACE_OWNERS, s->chassis_url);
    if (f->count == 0) /* never empty: finish() must not run inside start */
        add_place(f, PLACE_OWNERS, "/redfish/v1/Managers");
}

/* Its row of the table may be of another firmware: then without that. */
static bool look_again(struct log_find *f)
{
    if (f->log_count > 0 || !has_globs(f))
        return false;
    for (size_t i = 0; i < f->count; i++)
        free(f->places[i].uri);
    f->count = f->at = 0;
    f->all = true;
    begin_places(f);
    return true;
}

static void look_on(struct log_find *f)
{
    struct talk_request request = {
        .bmc = f->bmc,
        .on_answer = on_answer,
        .userdata = f,
    };

    if (f->at == f->count && !look_again(f)) {
        finish(f, 0, NULL);
        return;
    }
    request.uri = f->places[f->at].uri;
    f->exchange = talk_start(f->talk, &request);
}

struct log_find *log_find_start(struct talk *talk, struct bmc *bmc,
                                void (*on_done)(void *userdata,
                                                const struct log_find_result *),
                                void *userdata)
{
    struct log_find *f = XNEW(struct log_find);

    f->talk = talk;
    f->bmc = bmc;
    f->on_done = on_done;
    f->userdata = userdata;
    begin_places(f);
    look_on(f);
    return f;
}
