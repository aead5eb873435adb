/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One discovery: the root, then three ways side by side (EventService; the
 * first Manager; the first System), as far as the gate lets them. What the
 * caller waits for is published at the BMC; the rest follows into the same
 * place, unless a newer discovery has taken it meanwhile.
 */
#include "discover.h"

#include <string.h>

#include "discover/discover_read.h"
#include "notebook.h"
#include "reach.h"
#include "util/alloc.h"
#include "util/hashmap.h"
#include "vendors.h"

struct discoverer {
    struct talk *talk;
    struct pipeline *pipeline;
    struct notebook *notebook;
    const struct config *config; /* NULL: none adopted */
    struct hashmap *behind; /* discoveries that go on, by name of the BMC */
};

struct discovery {
    struct discoverer *owner;
    struct bmc *bmc;
    void (*on_done)(void *userdata, unsigned status, const struct error *err);
    void *userdata;
    struct service *service; /* ours until it was published */
    bool published;
    bool has_events; /* the EventService was asked for */
    struct talk_exchange *events, *manager, *system;
};

typedef void on_answer_fn(void *userdata, const struct talk_answer *a);

static void discovery_free(struct discovery *d)
{
    talk_cancel(d->events);
    talk_cancel(d->manager);
    talk_cancel(d->system);
    if (!d->published)
        service_free(d->service);
    free(d);
}

static struct talk_exchange *ask(struct discovery *d, const char *url,
                                 on_answer_fn *on_answer)
{
    struct talk_request r = {
        .bmc = d->bmc,
        .uri = url,
        .on_answer = on_answer,
        .userdata = d,
    };

    return talk_start(d->owner->talk, &r);
}

static void on_refused(void *userdata, const char *uri)
{
    struct discovery *d = userdata;

    reach_refused_uri(d->owner->pipeline, d->bmc, uri);
}

static struct discover_links links_of(struct discovery *d)
{
    return (struct discover_links){d->bmc->config->url, on_refused, d};
}

/* ---- its end */

static bool is_over(const struct discovery *d)
{
    return d->has_events && !d->events && !d->manager && !d->system;
}

/* Enough to know whom we talk to: the rest need not be waited for. */
static bool is_enough(const struct discovery *d)
{
    const struct service *known = d->bmc->service;

    if (!d->has_events || is_over(d))
        return is_over(d);
    /*
     * Known before, or its root alone names the vendor's row without doubt:
     * then Manager and System, which take seconds on some, are not on the
     * way to the first event.
     */
    return (known && known->is_whole) ||
           vendors_is_certain(d->owner->config, d->service);
}

static void note_identity(struct notebook *n, const struct bmc *bmc)
{
    notebook_set(n, bmc->name, "vendor", bmc->vendor);
    notebook_set(n, bmc->name, "model", bmc->model);
    notebook_set(n, bmc->name, "serial", bmc->serial);
    notebook_set(n, bmc->name, "uuid", bmc->uuid);
    notebook_set(n, bmc->name, "host", bmc->host);
}

/* As it was before the start: its first events come before it was asked. */
static void recall_identity(const struct notebook *n, struct bmc *bmc)
{
    struct bmc_identity identity = {
        .vendor = notebook_get(n, bmc->name, "vendor"),
        .model = notebook_get(n, bmc->name, "model"),
        .serial = notebook_get(n, bmc->name, "serial"),
        .uuid = notebook_get(n, bmc->name, "uuid"),
        .host = notebook_get(n, bmc->name, "host"),
    };

    bmc_set_identity(bmc, &identity);
}

static void identify(const struct discoverer *o, struct bmc *bmc)
{
    struct service *s = bmc->service;
    struct bmc_identity identity = {
        /*
         * The root's Vendor is newer than much that is in racks; the System's
         * is what is printed on the machine, and may be the integrator's.
         */
        .vendor = service_maker(s),
        .model = s->model ?: s->product,
        .serial = s->serial,
        .uuid = s->system_uuid ?: s->uuid,
        .host = s->host,
    };

    s->vendor_row = vendors_find(o->config, s);
    bmc_set_identity(bmc, &identity);
    if (o->notebook)
        note_identity(o->notebook, bmc);
}

/* The caller goes on, with what is known; `d` may be gone afterwards. */
static void publish(struct discovery *d)
{
    void (*on_done)(void *, unsigned, const struct error *) = d->on_done;
    void *userdata = d->userdata;
    struct bmc *bmc = d->bmc;
    struct service *old = bmc->service;

    /*
     * What the new documents have not said yet is taken over from the old ones;
     * the System that answers late then overwrites it in place.
     */
    d->published = true;
    bmc->service = d->service;
    if (old)
        service_inherit(d->service, old);
    service_free(old);
    bmc->service->is_whole |= is_over(d);
    identify(d->owner, bmc);
    if (is_over(d)) {
        discovery_free(d);
    } else {
        hashmap_set(d->owner->behind, bmc->name, d);
    }
    /*
     * Last: keep may begin another discovery from in here, which ends this one.
     */
    on_done(userdata, 200, NULL);
}

static void fail(struct discovery *d, const struct talk_answer *a)
{
    d->on_done(d->userdata, a->status, a->err);
    discovery_free(d);
}

/* One of the three ways came to its end; `d` may be gone afterwards. */
static void advance(struct discovery *d)
{
    if (!d->published && is_enough(d)) {
        publish(d);
    } else if (d->published && is_over(d)) {
        hashmap_remove(d->owner->behind, d->bmc->name);
        d->bmc->service->is_whole = true;
        identify(d->owner, d->bmc);
        discovery_free(d);
    }
}

/* ---- Manager and System: what cannot be had is not known */

static void on_manager(void *userdata, const struct talk_answer *a)
{
    struct discovery *d = userdata;

    d->manager = NULL;
    if (a->status == 200) {
        discover_read_manager(d->service, a->json);
        d->service->manager_asked = a->asked;
        d->service->manager_answered = a->answered;
        pipeline_heed_time(d->owner->pipeline, d->bmc, d->service->manager_time,
                           a->asked, a->answered);
    }
    advance(d);
}

static void on_managers(void *userdata, const struct talk_answer *a)
{
    struct discovery *d = userdata;
    struct discover_links links = links_of(d);
    char *url = a->status == 200 ? discover_read_first(a->json, &links) : NULL;

    d->manager = NULL;
    /* Now the Manager itself; the collection's URL stays in managers_url. */
    free(d->service->manager_url);
    d->service->manager_url = url;
    if (url)
        d->manager = ask(d, url, on_manager);
    else
        advance(d);
}

static void on_system(void *userdata, const struct talk_answer *a)
{
    struct discovery *d = userdata;

    d->system = NULL;
    if (a->status == 200)
        discover_read_system(d->service, a->json);
    advance(d);
}

static void on_systems(void *userdata, const struct talk_answer *a)
{
    struct discovery *d = userdata;
    struct discover_links links = links_of(d);
    char *url = a->status == 200 ? discover_read_first(a->json, &links) : NULL;

    d->system = NULL;
    free(d->service->system_url);
    d->service->system_url = url;
    if (url)
        d->system = ask(d, url, on_system);
    else
        advance(d);
}

/* ---- the root and the EventService */

/* A refusal that says "not now" or "not you", in place of "there is none". */
static bool is_failure(const struct talk_answer *a)
{
    return a->status == 0 || a->status == 401 || a->status == 408 ||
           a->status == 429 || a->status >= 500 ||
           (a->status == 200 && !a->json);
}

static void on_events(void *userdata, const struct talk_answer *a)
{
    struct discovery *d = userdata;
    struct discover_links links = links_of(d);

    d->events = NULL;
    d->has_events = true;
    /*
     * 501 is an answer: it has no EventService. Without one the logs are left.
     */
    if (is_failure(a) && a->status != 501) {
        fail(d, a);
        return;
    }
    if (a->status == 200)
        discover_read_events(d->service, a->json, &links);
    else
        d->service->no_events = xstrdup(a->err->text);
    advance(d);
}

static void ask_details(struct discovery *d)
{
    struct service *s = d->service;

    if (s->manager_url)
        d->manager = ask(d, s->manager_url, on_manager);
    else if (s->managers_url)
        d->manager = ask(d, s->managers_url, on_managers);
    if (s->systems_url)
        d->system = ask(d, s->systems_url, on_systems);
}

static void on_root(void *userdata, const struct talk_answer *a)
{
    struct discovery *d = userdata;
    struct discover_links links = links_of(d);
    _cleanup_free_ char *url = NULL;

    d->events = NULL;
    if (a->status != 200 || !a->json) {
        fail(d, a);
        return;
    }
    url = discover_read_root(d->service, a->json, &links);
    /* The EventService first: a BMC's questions go in order, two at a time. */
    if (url)
        d->events = ask(d, url, on_events);
    d->has_events = !url;
    if (!url)
        d->service->no_events = xstrdup("its EventService is elsewhere");
    ask_details(d);
    advance(d);
}

/* ---- the doors */

struct discovery *discover_start(struct discoverer *o, struct bmc *bmc,
                                 void (*on_done)(void *, unsigned,
                                                 const struct error *),
                                 void *userdata)
{
    struct discovery *d = XNEW(struct discovery);

    discover_remove(o, bmc); /* what an older one would still learn */
    d->owner = o;
    d->bmc = bmc;
    d->on_done = on_done;
    d->userdata = userdata;
    d->service = XNEW(struct service);
    /* With the slash, as DSP0266 has it: iLO redirects to that anyway. */
    d->events = ask(d, "/redfish/v1/", on_root);
    return d;
}

void discover_cancel(struct discovery *d)
{
    if (d)
        discovery_free(d);
}

void discover_remove(struct discoverer *o, struct bmc *bmc)
{
    struct discovery *d = hashmap_remove(o->behind, bmc->name);

    if (d)
        discovery_free(d);
}

void discover_adopt(struct discoverer *o, const struct config *config,
                    const struct fleet *fleet)
{
    struct bmc *bmc;
    size_t cursor = 0;

    o->config = config;
    while ((bmc = fleet_next(fleet, &cursor))) {
        if (bmc->service)
            bmc->service->vendor_row = vendors_find(config, bmc->service);
        else if (o->notebook)
            recall_identity(o->notebook, bmc);
    }
}

struct discoverer *discover_new(struct talk *talk, struct pipeline *pipeline,
                                struct notebook *notebook)
{
    struct discoverer *o = XNEW(struct discoverer);

    o->talk = talk;
    o->pipeline = pipeline;
    o->notebook = notebook;
    o->behind = hashmap_new();
    return o;
}

void discover_free(struct discoverer *o)
{
    size_t cursor = 0;
    void *d;

    if (!o)
        return;
    while (hashmap_next(o->behind, &cursor, NULL, &d))
        discovery_free(d);
    hashmap_free(o->behind);
    free(o);
}
