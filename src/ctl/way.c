/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages, one after the other, each asked what it did; see way.h. They are
 * trawld's own, set up with nothing behind them: no spool, no state, no BMC.
 * So what is told here is what it would do with the first event of its life.
 */
#include "ctl/way.h"

#include <stdio.h>
#include <string.h>

#include "bmc.h"
#include "config.h"
#include "correlate/correlate_parts.h"
#include "ctl/way_parts.h"
#include "decode.h"
#include "formats/text.h"
#include "identity.h"
#include "knowledge.h"
#include "resolve.h"
#include "util/alloc.h"
#include "yaml.h"

struct walk {
    const struct way *way;
    struct config *config;
    const struct config_bmc *bmc;
    struct registry_set *registries;
    struct correlator *correlator;
    usec_t now;
    uint64_t seq;
    struct buffer *out;
};

static struct config *read_config(const char *path)
{
    struct yaml_problems *problems = yaml_problems_new();
    struct config *config = config_read(path, problems);
    struct buffer text = {0};

    if (!config) {
        yaml_problems_print(problems, &text);
        fputs(text.data, stderr);
        buffer_done(&text);
    }
    yaml_problems_free(problems);
    return config;
}

static void on_problem(void *userdata _unused_, const char *text)
{
    fprintf(stderr, "trawlctl: %s\n", text);
}

/* What else correlation has to say is due later, and not asked here. */
static void on_due(void *userdata _unused_, struct event *e _unused_)
{
}

static bool begin(struct walk *k)
{
    const struct config *c;

    k->config = read_config(k->way->config);
    if (!k->config)
        return false;
    c = k->config;
    k->bmc = k->way->bmc ? config_find_bmc(c, k->way->bmc) : NULL;
    if (k->way->bmc && !k->bmc) {
        fprintf(stderr, "trawlctl: there is no BMC %s in %s\n", k->way->bmc,
                k->way->config);
        return false;
    }
    k->registries =
        knowledge_load(c->registries.directories.items,
                       c->registries.directories.count, on_problem, NULL);
    k->now = clock_real();
    k->correlator = correlate_new(c);
    correlate_connect(k->correlator, on_due, on_due, NULL);
    /* An empty stage: no condition is open, nothing was seen before. */
    correlate_adopt(k->correlator, c, k->registries, k->now);
    return true;
}

static void end(struct walk *k)
{
    correlate_free(k->correlator);
    registry_set_free(k->registries);
    config_free(k->config);
}

static void on_route(void *userdata, size_t i, bool matched)
{
    struct way_told *told = userdata;

    told->routes =
        xrealloc(told->routes, (told->asked + 1) * sizeof(*told->routes));
    told->routes[told->asked++] = (struct way_route){i, matched};
}

/* As the pipeline does it, but that nothing is written. */
static void take(struct walk *k, struct event *e, uint32_t place,
                 struct way_told *told)
{
    struct registry_view view = {.shared = k->registries};
    uint8_t id[IDENTITY_LEN];

    event_set(e, EVENT_SOURCE, "webhook");
    event_set(e, EVENT_COLLECTOR, k->config->collector);
    event_set(e, EVENT_BMC_VENDOR, k->way->vendor);
    if (k->bmc)
        bmc_describe(k->bmc, e);
    told->outcome =
        resolve_event(&view, e) ? OUTCOME_DROPPED_IGNORED : OUTCOME_FORWARDED;
    identity_set(e, place, id);
    if (told->outcome == OUTCOME_DROPPED_IGNORED)
        return;
    /* Asked before, for the stage itself does not say which rule it was. */
    told->rule = correlate_rule(k->correlator, e);
    told->outcome = correlate_decide(k->correlator, e, NULL, k->now, NULL);
    told->result = route_trace(k->config, e, on_route, told);
    if (told->outcome == OUTCOME_FORWARDED)
        told->outcome = way_outcome(told->result);
    /* So that the events of one payload meet each other, as they would. */
    correlate_commit(k->correlator, e, told->outcome, ++k->seq);
}

static void take_item(struct walk *k, struct decode_item *item, uint32_t place)
{
    _cleanup_(event_freep) struct event *e = TAKE(item->event);
    struct way_told told = {.place = place + 1, .config = k->config};

    switch (item->kind) {
    case DECODE_EVENT:
    case DECODE_BUFFER_EXCEEDED:
        take(k, e, place, &told);
        break;
    case DECODE_METRIC_REPORT:
        told.outcome = OUTCOME_DROPPED_METRIC_REPORT;
        break;
    case DECODE_UNREADABLE:
        told.outcome = OUTCOME_QUARANTINED;
        told.why = item->why;
        break;
    }
    told.event = e;
    if (k->way->json)
        way_write_json(&told, k->out);
    else
        way_write_text(&told, k->out);
    free(told.routes);
}

int way_show(const struct way *w, const char *bytes, size_t len,
             struct buffer *out)
{
    struct walk k = {.way = w, .out = out};
    struct decode_options options = {0};
    struct decode_result result;
    int count = -1;

    if (begin(&k)) {
        options.received = k.now;
        options.keep_raw = k.config->keep_raw;
        decode_payload(bytes, len, &options, &result);
        for (size_t i = 0; i < result.count; i++)
            take_item(&k, &result.items[i], (uint32_t)i);
        count = (int)result.count;
        decode_result_done(&result);
    }
    end(&k);
    return count;
}
