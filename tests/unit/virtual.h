/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Correlation in virtual time, without spool and threads: events go through
 * identity, correlate and route as in pipeline.c, and every record is kept in
 * a list that stands for the spool. A start reads that list again, all of it
 * or what a state's database had not applied yet. For the scripts and for the
 * model.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "correlate/condition_state.h"
#include "config.h"
#include "identity.h"
#include "registry.h"
#include "registry/registry_cache.h"
#include "resolve.h"
#include "route.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/digest.h"
#include "util/file.h"

struct virtual_world {
    char directory[64];
    struct config *config;
    struct registry_set *registries;
    struct registry_cache *cache;   /* of what BMCs serve, or NULL */
    const struct registry_own *own; /* of every BMC, or NULL */
    struct correlator *correlator;
    struct ledger *ledger;
    struct event **records; /* the spool: all there ever was */
    size_t count, cap;
    size_t applied; /* of the database */
    size_t first;   /* records before it are gone */
    struct state *state;
    usec_t now;
};

/* What resolve does. */
static void virtual_resolve(const struct virtual_world *w, struct event *e)
{
    resolve_event(&(struct registry_view){w->registries, w->own}, e);
}

static void virtual_complete(void *userdata, struct event *e)
{
    virtual_resolve(userdata, e);
}

static void virtual_conclude(struct virtual_world *w, struct event *e,
                             enum outcome outcome)
{
    struct event *copy = event_new();

    event_set_int(e, EVENT_OUTCOME, outcome);
    correlate_commit(w->correlator, e, outcome, w->count + 1);
    ledger_enter(w->ledger, e);
    buffer_add(&copy->own, e->data, e->len);
    memcpy(copy->first, e->first, sizeof(e->first));
    copy->data = copy->own.data;
    copy->len = copy->own.len;
    w->records = xgrow(w->records, &w->cap, w->count + 1, sizeof(*w->records));
    w->records[w->count++] = copy;
}

static enum outcome virtual_route(struct virtual_world *w, struct event *e)
{
    switch (route_event(w->config, e)) {
    case ROUTE_TO_SINKS:
        return OUTCOME_FORWARDED;
    case ROUTE_DROPPED:
        return OUTCOME_DROPPED_ROUTE;
    case ROUTE_UNMATCHED:
        break;
    }
    return OUTCOME_DROPPED_UNROUTED;
}

static void virtual_emit(void *userdata, struct event *e)
{
    virtual_conclude(userdata, e, virtual_route(userdata, e));
}

/* Time goes on, and what is due happens when it is due. */
_unused_
static void virtual_advance(struct virtual_world *w, usec_t now)
{
    usec_t due;

    while ((due = correlate_due(w->correlator)) <= now)
        correlate_run(w->correlator, MAX_OF(due, w->now), 1);
    w->now = MAX_OF(w->now, now);
}

/* A resolved event that has its BMC, times and source, at `now`. */
_unused_
static enum outcome virtual_take(struct virtual_world *w, struct event *e)
{
    uint8_t id[IDENTITY_LEN];
    enum outcome outcome;

    identity_set(e, (uint32_t)w->count, id);
    outcome = correlate_decide(w->correlator, e, w->own, w->now, NULL);
    if (outcome == OUTCOME_FORWARDED)
        outcome = virtual_route(w, e);
    virtual_conclude(w, e, outcome);
    return outcome;
}

static void virtual_connect(struct virtual_world *w)
{
    correlate_connect(w->correlator, virtual_complete, virtual_emit, w);
    correlate_adopt(w->correlator, w->config, w->registries, w->now);
}

/* What the projector does, with all that is there. */
_unused_
static void virtual_save(struct virtual_world *w)
{
    struct error err = {""};
    int r = state_begin(w->state, &err);

    for (size_t i = w->applied; r == 0 && i < w->count; i++)
        r = condition_state_apply(w->state, w->records[i], &err);
    r = r < 0
            ? r
            : state_trim_memory(w->state, (uint64_t)w->config->correlate.memory,
                                RECENT_SHARE_MIN, &err);
    r = r < 0 ? r : state_commit(w->state, w->count, &err);
    if (r < 0)
        diag("%s", err.text);
    w->applied = w->count;
}

/* A start after a crash; with the database, or from the records alone. */
_unused_
static void virtual_restart(struct virtual_world *w, bool with_state)
{
    size_t from = with_state ? w->applied : w->first;

    correlate_free(w->correlator);
    w->correlator = correlate_new(w->config);
    if (with_state)
        condition_state_load(w->state, w->correlator, NULL);
    for (size_t i = from; i < w->count; i++)
        correlate_apply(w->correlator, w->records[i]);
    virtual_connect(w);
}

static void virtual_read_config(struct virtual_world *w, const char *yaml)
{
    _cleanup_free_ char *path = xasprintf("%s/trawl.yaml", w->directory);
    struct yaml_problems *problems = yaml_problems_new();
    _cleanup_(buffer_done) struct buffer text = {0};

    file_write(path, yaml, strlen(yaml), 0600, NULL);
    w->config = config_read(path, problems);
    if (!w->config) {
        yaml_problems_print(problems, &text);
        diag("%s", text.data);
        abort();
    }
    yaml_problems_free(problems);
}

/* A world with that configuration; the registries are the bundled ones. */
_unused_
static void virtual_begin(struct virtual_world *w, const char *yaml)
{
    static const char path[] = "/tmp/trawl-virtual-XXXXXX";
    _cleanup_free_ char *database = NULL;
    struct clearing *clearing;
    bool lost;

    *w = (struct virtual_world){.now = UINT64_C(1795160000) * USEC_PER_SEC};
    memcpy(w->directory, path, sizeof(path));
    if (!mkdtemp(w->directory))
        skip_all("no temporary folder");
    virtual_read_config(w, yaml);
    w->registries = registry_set_new();
    registry_set_load(w->registries, TEST_SRCDIR "/registries",
                      REGISTRY_BUNDLED, NULL, NULL);
    clearing = clearing_new();
    clearing_load(clearing, TEST_SRCDIR "/registries", NULL, NULL);
    registry_set_take(w->registries, NULL, clearing);
    w->ledger = ledger_new();
    w->correlator = correlate_new(w->config);
    virtual_connect(w);
    database = xasprintf("%s/state.db", w->directory);
    if (state_open(database, &w->state, &lost, NULL) < 0)
        skip_all("no database");
}

/* One more registry that every BMC serves. */
_unused_
static bool virtual_serve(struct virtual_world *w, const char *json)
{
    _cleanup_free_ char *folder = xasprintf("%s/registries", w->directory);
    struct registry_claims claims = {0};
    struct registry_claim *c;

    if (!w->cache)
        registry_cache_open(folder, &w->cache, NULL);
    for (size_t i = 0; w->own && i < w->own->claims.count; i++) {
        c = registry_claims_add(&claims);
        c->name = xstrdup(w->own->claims.items[i].name);
        c->content = w->own->claims.items[i].content;
        c->content->refs++;
    }
    c = registry_claims_add(&claims);
    if (registry_cache_put(w->cache, json, strlen(json), &c->content, NULL) < 0)
        c->why = xstrdup("it is none");
    c->name = xstrdup(c->content ? c->content->prefix : "none");
    w->own = registry_binding_set(w->cache, "all", "http://all", "1", &claims);
    return w->own->claims.items[w->own->claims.count - 1].content != NULL;
}

static void virtual_remove_registries(struct virtual_world *w)
{
    _cleanup_free_ char *folder = xasprintf("%s/registries", w->directory);
    char **names = NULL;
    size_t count = 0;

    registry_cache_close(w->cache);
    file_list(folder, "", &names, &count, NULL);
    for (size_t i = 0; i < count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, names[i]);

        unlink(path);
        free(names[i]);
    }
    free(names);
    rmdir(folder);
}

_unused_
static void virtual_end(struct virtual_world *w)
{
    static const char *const files[] = {"trawl.yaml", "state.db",
                                        "state.db-wal", "state.db-shm"};

    state_close(w->state);
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", w->directory, files[i]);

        unlink(path);
    }
    virtual_remove_registries(w);
    rmdir(w->directory);
    correlate_free(w->correlator);
    for (size_t i = 0; i < w->count; i++)
        event_free(w->records[i]);
    free(w->records);
    ledger_free(w->ledger);
    registry_set_free(w->registries);
    config_free(w->config);
}

_unused_
static bool virtual_conserves(const struct virtual_world *w)
{
    uint64_t outcomes = 0;

    for (int o = 1; o < OUTCOME_END; o++)
        outcomes += ledger_outcome(w->ledger, (enum outcome)o);
    return outcomes == ledger_received(w->ledger) + ledger_generated(w->ledger);
}
