/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All BMCs that are proved: who asks, which events are taken, and who is due.
 * One BMC is proved by one event at a time; whoever asks meanwhile waits for
 * the same. See proof.h.
 */
#include "proof.h"

#include <string.h>

#include "keep.h"
#include "log.h"
#include "proof/prover.h"
#include "util/alloc.h"
#include "util/random.h"
#include "voice.h"

#define TICK (10 * USEC_PER_SEC) /* who is due by subscription.proof */

static struct prover *prover_of(struct proof *p, struct bmc *bmc)
{
    struct prover *prover = hashmap_find(p->provers, bmc->name);

    if (prover)
        return prover;
    prover = XNEW(struct prover);
    prover->owner = p;
    prover->bmc = bmc;
    hashmap_set(p->provers, bmc->name, prover);
    return prover;
}

struct proof_run *proof_start(struct proof *p, struct bmc *bmc,
                              void (*on_result)(void *,
                                                const struct proof_result *),
                              void *userdata)
{
    struct prover *v = prover_of(p, bmc);
    struct proof_run *run = XNEW(struct proof_run);

    run->prover = v;
    run->on_result = on_result;
    run->userdata = userdata;
    run->next = v->runs;
    v->runs = run;
    prover_begin(v, 0);
    return run;
}

void proof_cancel(struct proof_run *run)
{
    struct proof_run **at;

    if (!run)
        return;
    for (at = &run->prover->runs; *at != run;)
        at = &(*at)->next;
    *at = run->next;
    free(run);
}

void proof_after_change(struct proof *p, struct bmc *bmc)
{
    struct prover *v = prover_of(p, bmc);

    if (prover_can_test(bmc))
        prover_begin(v, prover_must_wait(v, clock_monotonic()));
}

/* ---- the arrival */

/* The same once more: the BMC did not hear our answer. */
static bool is_again(const struct prover *v, const struct event *e)
{
    const char *id = event_text(e, EVENT_ID, NULL);

    return id && v->last_id && strcmp(id, v->last_id) == 0;
}

/* A log tells of a test that was asked for long ago, too. */
static bool is_live(const struct proof *p, const struct bmc *bmc,
                    const struct event *e)
{
    const char *source = event_text(e, EVENT_SOURCE, NULL);
    struct keep_view view;

    if (!source || strcmp(source, "log") != 0)
        return true;
    keep_describe(p->host->keep, bmc, &view);
    return view.way && strcmp(view.way, "poll") == 0;
}

/*
 * After a test event was lost any other that comes by itself proves the flow
 * as well: some BMCs say that they send one, and do not.
 */
static void prove_by(struct proof *p, struct bmc *bmc, const struct event *e)
{
    const char *source = event_text(e, EVENT_SOURCE, NULL);

    if (!bmc->flow_broken || !source ||
        (strcmp(source, "webhook") != 0 && strcmp(source, "sse") != 0))
        return;
    bmc->flow_broken = false;
    log_info("%s: no test event arrived, but another one did", bmc->name);
    pipeline_say(p->host->pipeline, bmc, VOICE_FLOW_PROVEN, bmc->config->url,
                 NULL, NULL);
}

static bool on_event(void *userdata, struct bmc *bmc, const struct event *e)
{
    struct proof *p = userdata;
    struct prover *v = hashmap_find(p->provers, bmc->name);
    bool waits = v && v->open && v->asked && !v->arrived;

    switch (test_event_classify(e, waits ? v->mark : NULL)) {
    case TEST_EVENT_NONE:
        prove_by(p, bmc, e);
        return false;
    case TEST_EVENT_LIKE: /* if it is no mark that comes back, the next one */
        if (v && is_again(v, e))
            break;
        if (!waits || !is_live(p, bmc, e))
            return false;
        prover_arrived(v, e);
        break;
    case TEST_EVENT_OTHER:
        break;
    case TEST_EVENT_OURS:
        if (is_live(p, bmc, e))
            prover_arrived(v, e);
        break;
    }
    return !p->config->subscription.forward_tests;
}

/* ---- from time to time */

static void run_due(struct proof *p, struct bmc *bmc, usec_t now)
{
    struct prover *v = prover_of(p, bmc);
    usec_t period = p->config->subscription.proof;

    if (v->due == 0) /* the first at a random moment of the first period */
        v->due = now + period / 4 +
                 (v->asked ? period / 4 * 3 : random_part(period));
    else if (now >= v->due)
        prover_begin(v, prover_must_wait(v, now));
}

static int on_tick(sd_event_source *source, uint64_t now, void *userdata)
{
    struct proof *p = userdata;
    struct bmc *bmc;
    size_t cursor = 0;

    while (p->config->subscription.proof > 0 &&
           (bmc = fleet_next(p->host->fleet, &cursor)))
        if (bmc->config->receive != RECEIVE_PASSIVE && prover_can_test(bmc))
            run_due(p, bmc, now);
    sd_event_source_set_time_relative(source, TICK);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- all of it */

void proof_remove(struct proof *p, struct bmc *bmc)
{
    struct prover *v = hashmap_remove(p->provers, bmc->name);
    struct error gone = {"it left the configuration"};

    if (!v)
        return;
    prover_finish(v, PROOF_REFUSED, &gone);
    prover_free(v);
}

void proof_adopt(struct proof *p, const struct config *config)
{
    p->config = config;
}

struct proof *proof_new(struct source_host *host)
{
    struct proof *p = XNEW(struct proof);

    p->host = host;
    p->provers = hashmap_new();
    pipeline_set_tester(host->pipeline, on_event, p);
    sd_event_add_time_relative(host->loop, &p->tick, CLOCK_MONOTONIC, TICK, 0,
                               on_tick, p);
    return p;
}

void proof_free(struct proof *p)
{
    size_t cursor = 0;
    void *v;

    if (!p)
        return;
    pipeline_set_tester(p->host->pipeline, NULL, NULL);
    while (hashmap_next(p->provers, &cursor, NULL, &v))
        prover_free(v);
    hashmap_free(p->provers);
    sd_event_source_disable_unref(p->tick);
    free(p);
}

void proof_describe(const struct proof *p, const struct bmc *bmc,
                    struct proof_view *ret)
{
    const struct prover *v = hashmap_find(p->provers, bmc->name);

    *ret = (struct proof_view){.broken = bmc->flow_broken};
    if (!v)
        return;
    ret->proved = v->proved;
    ret->took = v->took;
    ret->failed = v->last != PROOF_ARRIVED;
}
