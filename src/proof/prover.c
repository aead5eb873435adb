/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof of one BMC: it is asked for a test event, body after body until it
 * takes one, and then the event is waited for. It may be here before the
 * BMC's answer to the question is.
 */
#include "proof/prover.h"

#include <errno.h>
#include <string.h>

#include "keep.h"
#include "log.h"
#include "service.h"
#include "talk.h"
#include "util/alloc.h"
#include "util/random.h"
#include "vendors.h"
#include "voice.h"

#define WINDOW (30 * USEC_PER_SEC)      /* an event that takes longer is lost */
#define INTERVAL_MIN (2 * USEC_PER_SEC) /* for any BMC */

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

void prover_finish(struct prover *v, enum proof_end end,
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
    struct error why;

    error_set(&why, -ETIMEDOUT,
              "it said that it sends a test event, and none arrived within "
              "%llu s",
              (unsigned long long)(WINDOW / USEC_PER_SEC));
    prover_finish(v, PROOF_LOST, &why);
    return 0;
}

static void wake_after(struct prover *v, usec_t delay,
                       sd_event_time_handler_t handler)
{
    sd_event_source_disable_unref(TAKE(v->timer));
    sd_event_add_time_relative(v->owner->host->loop, &v->timer, CLOCK_MONOTONIC,
                               delay, 0, handler, v);
}

/* ---- the question: talk answers it, so that nothing watches over it */

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
        prover_finish(v, PROOF_ARRIVED, NULL);
    } else if (a->status / 100 == 2) {
        wake_after(v, WINDOW, on_window);
    } else if (a->status == 404 || a->status == 405) {
        prover_finish(v, PROOF_UNSUPPORTED, a->err);
    } else if (is_of_the_body(a->status)) {
        v->variant++;
        v->asked = 0;
        ask(v);
    } else {
        prover_finish(v, a->status == 429 ? PROOF_TOO_SOON : PROOF_REFUSED,
                      a->err);
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
        prover_finish(v, PROOF_REFUSED, &none);
        return;
    }
    r.body = body;
    v->asked = clock_monotonic();
    v->exchange = talk_start(v->owner->host->talk, &r);
    json_decref(body);
}

bool prover_can_test(const struct bmc *bmc)
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

usec_t prover_must_wait(const struct prover *v, usec_t now)
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

    if (!prover_can_test(v->bmc)) {
        prover_finish(v, PROOF_UNSUPPORTED, &none);
    } else if (passes_us_by(v)) {
        prover_finish(v, PROOF_UNSUPPORTED, &by);
    } else if (prover_must_wait(v, clock_monotonic()) > 0) {
        prover_finish(v, PROOF_TOO_SOON, &soon);
    } else {
        test_event_mark(random_bits(), v->mark);
        ask(v);
    }
    return 0;
}

void prover_begin(struct prover *v, usec_t delay)
{
    if (v->open)
        return;
    v->open = true;
    v->due = 0;
    wake_after(v, delay, on_begin);
}

void prover_arrived(struct prover *v, const struct event *e)
{
    v->took = clock_monotonic() - v->asked;
    v->proved = clock_real();
    free(v->last_id);
    v->last_id = xstrdup(event_text(e, EVENT_ID, NULL));
    log_info("%s: a test event arrived after %llu ms", v->bmc->name,
             (unsigned long long)(v->took / USEC_PER_MSEC));
    v->arrived = true;
    if (!v->exchange)
        prover_finish(v, PROOF_ARRIVED, NULL);
}

void prover_free(struct prover *v)
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
