/* SPDX-License-Identifier: Apache-2.0 */
/* See load.h. */
#include "load.h"

#include <string.h>

#include "http.h"
#include "resources.h"

static const char *const methods[LOAD_METHODS] = {"GET", "POST", "PATCH",
                                                  "DELETE", "other"};

/* The first that fits; the stream and the subscriptions are the dialect's. */
static const struct {
    const char *name, *prefix, *inside;
} kinds[LOAD_KINDS] = {
    {"root", NULL, NULL},
    {"stream", NULL, NULL},
    {"subscriptions", NULL, NULL},
    {"event_service", EVENT_SERVICE, NULL},
    {"logs", "/redfish/v1/", "/LogServices"},
    {"sessions", "/redfish/v1/SessionService", NULL},
    {"tasks", "/redfish/v1/TaskService", NULL},
    {"update", "/redfish/v1/UpdateService", NULL},
    {"registries", "/redfish/v1/Registr", NULL},
    {"managers", "/redfish/v1/Managers", NULL},
    {"systems", "/redfish/v1/Systems", NULL},
    {"chassis", "/redfish/v1/Chassis", NULL},
    {"other", "/", NULL},
    {"nothing", "", NULL},
};

enum { KIND_ROOT, KIND_STREAM, KIND_SUBSCRIPTIONS, KIND_FIRST };

/* By the path alone; what is below the subscriptions counts as these. */
static size_t kind_of(const struct dialect *d, const char *path)
{
    size_t i = KIND_FIRST;

    if (strcmp(path, "/redfish/v1") == 0 || strcmp(path, "/redfish") == 0)
        return KIND_ROOT;
    if (strcmp(path, d->sse_path) == 0)
        return KIND_STREAM;
    if (is_prefix(path, d->subs.path))
        return KIND_SUBSCRIPTIONS;
    while (!is_prefix(path, kinds[i].prefix) ||
           (kinds[i].inside && !strstr(path, kinds[i].inside)))
        i++;
    return i;
}

static void begin(struct load *load)
{
    if (++load->now > load->most)
        load->most = load->now;
    load->most_connections = load->connections;
}

void load_begin(struct bmc *b)
{
    begin(&b->load);
    begin(&b->sim->load);
}

void load_end(struct bmc *b)
{
    b->load.now--;
    b->sim->load.now--;
}

static void connect_one(struct load *load)
{
    if (++load->connections > load->most_connections)
        load->most_connections = load->connections;
}

void load_connected(struct bmc *b)
{
    connect_one(&b->load);
    connect_one(&b->sim->load);
}

void load_disconnected(struct bmc *b)
{
    b->load.connections--;
    b->sim->load.connections--;
}

void load_count(const struct request *r)
{
    size_t kind = kind_of(&r->bmc->dialect, r->path), method = 0;

    while (method < LOAD_METHODS - 1 && !request_is(r, methods[method]))
        method++;
    r->bmc->load.counts[kind][method]++;
    r->sim->load.counts[kind][method]++;
}

void load_reset(struct load *load)
{
    memset(load->counts, 0, sizeof(load->counts));
    load->most = load->now;
    load->most_connections = load->connections;
}

json_t *load_describe(const struct load *load)
{
    json_t *all = json_object();

    for (size_t i = 0; i < LOAD_KINDS; i++) {
        json_t *one = json_object();

        for (size_t k = 0; k < LOAD_METHODS; k++)
            if (load->counts[i][k])
                json_object_set_new(one, methods[k],
                                    json_integer(load->counts[i][k]));
        if (json_object_size(one))
            json_object_set_new(all, kinds[i].name, one);
        else
            json_decref(one);
    }
    return json_pack("{si si si si so}", "now", (int)load->now, "most",
                     (int)load->most, "connections", (int)load->connections,
                     "most_connections", (int)load->most_connections, "kinds",
                     all);
}
