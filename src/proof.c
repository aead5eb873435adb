/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One BMC is proved by one event at a time; whoever asks meanwhile waits for
 * the same. The event may be here before the BMC's answer to the question is.
 * See proof.h.
 */
#include "proof.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "keep.h"
#include "log.h"
#include "proof/test_event.h"
#include "service.h"
#include "talk.h"
#include "util/alloc.h"
#include "vendors.h"
#include "voice.h"

#define WINDOW (30 * USEC_PER_SEC)      /* an event that takes longer is lost */
#define INTERVAL_MIN (2 * USEC_PER_SEC) /* for any BMC */
#define TICK (10 * USEC_PER_SEC)        /* who is due by subscription.proof */

/* One who waits for a result. */
struct proof_run {
    struct proof_run *next;
    struct prover *prover;
    void (*on_result)(void *userdata, const struct proof_result *result);
    void *userdata;
};

/* What is known of one BMC. */
struct prover {
    struct proof *owner;
    struct bmc *bmc;
    struct proof_run *runs;
    struct talk_exchange *exchange;
    sd_event_source *timer; /* the window's end, or when to begin */
    char mark[TEST_EVENT_MARK_LEN];
    unsigned variant; /* the first body that was not refused */
    usec_t asked;     /* monotonic, of the last test; 0: never */
    usec_t due;       /* monotonic, of the next by itself; 0: not set */
    usec_t proved, took;
    enum proof_end last; /* of those that were asked; ARRIVED at first */
    char *last_id;       /* of the last event that was taken */
    bool open;           /* waiting for an event */
    bool arrived;        /* it is here, only the BMC's answer is not */
    bool answered;       /* the BMC said that it sends one */
};

struct proof {
    struct source_host *host;
    const struct config *config;
    struct hashmap *provers; /* by BMC name */
    sd_event_source *tick;
};

static uint64_t random_bits(void)
{
    uint64_t bits = 0;

    getrandom(&bits, sizeof(bits), GRND_NONBLOCK);
    return bits;
}

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

/* ---- the end of a proof */

static void tell_change(struct prover *v, enum proof_end end)
{
    struct pipeline *pipeline = v->owner->host->pipeline;
    const char *url = v->bmc->config->url;

    if (end == PROOF_LOST && !v->bmc->flow_broken) {
        v->bmc->flow_broken = true;
        log_warning("%s: it said that it sends a test event, and none arrived "
                    "within %llu s",
                    v->bmc->name, (unsigned long long)(WINDOW / USEC_PER_SEC));
        pipeline_say(pipeline, v->bmc, VOICE_FLOW_BROKEN, url, NULL, NULL);
    } else if (end == PROOF_ARRIVED && v->bmc->flow_broken) {
        v->bmc->flow_broken = false;
        pipeline_say(pipeline, v->bmc, VOICE_FLOW_PROVEN, url, NULL, NULL);
    }
}

static void finish(struct prover *v, enum proof_end end,
                   const struct error *why)
{
    struct error none = {""};
    struct proof_result result = {
        .end = end,
        .took = end == PROOF_ARRIVED ? v->took : 0,
        .err = why ? why : &none,
    };
    struct proof_run *run, *runs = TAKE(v->runs);

    talk_cancel(TAKE(v->exchange));
    sd_event_source_disable_unref(TAKE(v->timer));
    v->open = v->arrived = false;
    if (end != PROOF_TOO_SOON)
        v->last = end;
    tell_change(v, end);
    while ((run = runs)) {
        runs = run->next;
        if (run->on_result)
            run->on_result(run->userdata, &result);
        free(run);
    }
}

static int on_window(sd_event_source *source _unused_, uint64_t now _unused_,
                     void *userdata)
{
    struct prover *v = userdata;
    struct error why = {"no test event arrived in time"};

    if (v->arrived)
        finish(v, PROOF_ARRIVED, NULL);
    else
        finish(v, v->answered ? PROOF_LOST : PROOF_REFUSED, &why);
    return 0;
}

static void wake_after(struct prover *v, usec_t delay,
                       sd_event_time_handler_t handler)
{
    sd_event_source_disable_unref(TAKE(v->timer));
    sd_event_add_time_relative(v->owner->host->loop, &v->timer, CLOCK_MONOTONIC,
                               delay, 0, handler, v);
}

/* ---- the question */

static void ask(struct prover *v);

static bool is_of_the_body(unsigned status)
{
    return status == 400 || status == 422 || status == 500 || status == 501;
}

static void on_answer(void *userdata, const struct talk_answer *a)
{
    struct prover *v = userdata;

    v->exchange = NULL;
    if (v->arrived) {
        finish(v, PROOF_ARRIVED, NULL);
    } else if (a->status / 100 == 2) {
        v->answered = true;
    } else if (a->status == 404 || a->status == 405) {
        finish(v, PROOF_UNSUPPORTED, a->err);
    } else if (is_of_the_body(a->status)) {
        v->variant++;
        v->asked = 0;
        ask(v);
    } else {
        finish(v, a->status == 429 ? PROOF_TOO_SOON : PROOF_REFUSED, a->err);
    }
}

static json_t *body_of(const struct prover *v)
{
    _cleanup_free_ char *destination =
        bmc_destination(v->bmc, v->owner->config);
    struct test_event_facts facts = {
        .dialect = v->bmc->service->vendor_row->test,
        .mark = v->mark,
        .destination = destination,
        .now = clock_real(),
    };

    return test_event_body(&facts, v->variant);
}

static void ask(struct prover *v)
{
    struct error none = {"it takes none of the bodies that we know"};
    struct talk_request r = {
        .bmc = v->bmc,
        .method = "POST",
        .uri = v->bmc->service->test_url,
        .on_answer = on_answer,
        .userdata = v,
    };
    json_t *body = body_of(v);

    if (!body) { /* the next proof begins with the first again */
        v->variant = 0;
        finish(v, PROOF_REFUSED, &none);
        return;
    }
    r.body = body;
    v->asked = clock_monotonic();
    v->answered = false;
    v->exchange = talk_start(v->owner->host->talk, &r);
    wake_after(v, WINDOW, on_window);
    json_decref(body);
}

static bool can_test(const struct bmc *bmc)
{
    return bmc->service && bmc->service->test_url &&
           bmc->service->vendor_row->test != VENDOR_TEST_NONE;
}

/*
 * iDRAC posts its test event to the address that it is told, whether anybody
 * is subscribed or not; on a stream nothing comes of it.
 */
static bool passes_us_by(const struct prover *v)
{
    struct keep_view view = {0};

    if (v->bmc->service->vendor_row->test != VENDOR_TEST_DELL ||
        !v->owner->host->keep)
        return false;
    keep_describe(v->owner->host->keep, v->bmc, &view);
    return view.way && strcmp(view.way, "sse") == 0;
}

/* How long the BMC still wants to be left alone. */
static usec_t must_wait(const struct prover *v, usec_t now)
{
    usec_t interval = v->bmc->service->vendor_row->test_interval;

    interval = MAX_OF(interval, INTERVAL_MIN);
    return v->asked == 0 || now >= v->asked + interval
               ? 0
               : v->asked + interval - now;
}

static int on_begin(sd_event_source *source _unused_, uint64_t now _unused_,
                    void *userdata)
{
    struct prover *v = userdata;
    struct error none = {"it has no action that sends a test event"};
    struct error by = {"its test events do not come on its stream"};
    struct error soon = {"it was tried a moment ago"};

    if (!can_test(v->bmc)) {
        finish(v, PROOF_UNSUPPORTED, &none);
    } else if (passes_us_by(v)) {
        finish(v, PROOF_UNSUPPORTED, &by);
    } else if (must_wait(v, clock_monotonic()) > 0) {
        finish(v, PROOF_TOO_SOON, &soon);
    } else {
        test_event_mark(random_bits(), v->mark);
        ask(v);
    }
    return 0;
}

/* From the loop's next turn, or when the BMC may be asked again. */
static void begin(struct prover *v, usec_t delay)
{
    if (v->open)
        return;
    v->open = true;
    v->due = 0;
    wake_after(v, delay, on_begin);
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
    begin(v, 0);
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

    if (can_test(bmc))
        begin(v, must_wait(v, clock_monotonic()));
}

/* ---- the arrival */

/* The same once more: the BMC did not hear our answer. */
static bool is_again(const struct prover *v, const struct event *e)
{
    const char *id = event_text(e, EVENT_ID, NULL);

    return id && v->last_id && strcmp(id, v->last_id) == 0;
}

static void arrived(struct prover *v, const struct event *e)
{
    v->took = clock_monotonic() - v->asked;
    v->proved = clock_real();
    free(v->last_id);
    v->last_id = xstrdup(event_text(e, EVENT_ID, NULL));
    log_info("%s: a test event arrived after %llu ms", v->bmc->name,
             (unsigned long long)(v->took / USEC_PER_MSEC));
    v->arrived = true;
    if (!v->exchange)
        finish(v, PROOF_ARRIVED, NULL);
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

static bool on_event(void *userdata, struct bmc *bmc, const struct event *e)
{
    struct proof *p = userdata;
    struct prover *v = hashmap_find(p->provers, bmc->name);
    bool waits = v && v->open && v->asked && !v->arrived;

    switch (test_event_classify(e, waits ? v->mark : NULL)) {
    case TEST_EVENT_NONE:
        return false;
    case TEST_EVENT_LIKE: /* if it is no mark that comes back, the next one */
        if (v && is_again(v, e))
            break;
        if (!waits || !is_live(p, bmc, e))
            return false;
        arrived(v, e);
        break;
    case TEST_EVENT_OTHER:
        break;
    case TEST_EVENT_OURS:
        if (is_live(p, bmc, e))
            arrived(v, e);
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
                 (v->asked ? period / 4 * 3
                           : (period / 65536) * (random_bits() & 0xffff));
    else if (now >= v->due)
        begin(v, must_wait(v, now));
}

static int on_tick(sd_event_source *source, uint64_t now, void *userdata)
{
    struct proof *p = userdata;
    struct bmc *bmc;
    size_t cursor = 0;

    while (p->config->subscription.proof > 0 &&
           (bmc = fleet_next(p->host->fleet, &cursor)))
        if (bmc->config->receive != RECEIVE_PASSIVE && can_test(bmc))
            run_due(p, bmc, now);
    sd_event_source_set_time_relative(source, TICK);
    return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

/* ---- all of it */

static void prover_free(struct prover *v)
{
    struct proof_run *run;

    talk_cancel(v->exchange);
    sd_event_source_disable_unref(v->timer);
    while ((run = v->runs)) {
        v->runs = run->next;
        free(run);
    }
    free(v->last_id);
    free(v);
}

void proof_remove(struct proof *p, struct bmc *bmc)
{
    struct prover *v = hashmap_remove(p->provers, bmc->name);
    struct error gone = {"it left the configuration"};

    if (!v)
        return;
    finish(v, PROOF_REFUSED, &gone);
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
