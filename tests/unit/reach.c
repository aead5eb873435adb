/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of a BMC that stops and starts to answer or to obey: each
 * change once, whichever way noticed it; and that a refused password is not
 * tried until an account is locked.
 */
#include "reach.h"

#include "flow_fixture.h"
#include "voice.h"

static const struct error why = {"connection refused"};

static void begin(struct flow *f)
{
    flow_init(f);
    flow_start(f);
}

static void test_away(void)
{
    char *text;
    struct flow f;

    begin(&f);
    reach_worked(f.pipeline, f.bmc, "subscribed");
    is_int(spool_appended(f.spool), 0, "what works from the start is no event");
    reach_failed(f.pipeline, f.bmc, 0, "subscribe", &why);
    reach_failed(f.pipeline, f.bmc, 0, "open its event stream", &why);
    is_int(flow_count(&f, VOICE_BMC_UNREACHABLE), 1, "no answer is told once");
    text = flow_last_arg(&f, VOICE_BMC_UNREACHABLE);
    is_text(text, why.text, "... and why");
    ok(f.bmc->unreachable, "... and known");
    reach_worked(f.pipeline, f.bmc, "subscribed");
    reach_worked(f.pipeline, f.bmc, "subscribed");
    is_int(flow_count(&f, VOICE_BMC_REACHABLE), 1, "its end is told once");
    is_int(flow_count(&f, VOICE_SUBSCRIPTION_MADE), 0, "... as what it was");
    reach_failed(f.pipeline, f.bmc, 0, "subscribe", &why);
    is_int(flow_count(&f, VOICE_BMC_UNREACHABLE), 2, "the next spell again");
    free(text);
    flow_law(&f);
    flow_done(&f);
}

/* What answers with a refusal is there; and one reason is told once. */
static void test_locked(void)
{
    struct flow f;

    begin(&f);
    reach_failed(f.pipeline, f.bmc, 0, "reach it", &why);
    reach_login_refused(f.pipeline, f.bmc, 0);
    is_int(flow_count(&f, VOICE_BMC_REACHABLE), 1,
           "one that refuses a login can be reached");
    reach_login_refused(f.pipeline, f.bmc, 0);
    reach_failed(f.pipeline, f.bmc, 401, "discover it", &why);
    is_int(flow_count(&f, VOICE_LOGIN_REFUSED), 1, "the refusal is told");
    is_int(flow_count(&f, VOICE_SUBSCRIPTION_FAILED), 0,
           "... and nothing that only follows from it");
    flow_done(&f);
}

static void test_refused(void)
{
    struct flow f;

    begin(&f);
    reach_failed(f.pipeline, f.bmc, 503, "subscribe", &why);
    reach_failed(f.pipeline, f.bmc, 400, "subscribe", &why);
    is_int(flow_count(&f, VOICE_SUBSCRIPTION_FAILED), 1,
           "a refusal is told once");
    reach_failed(f.pipeline, f.bmc, 0, "subscribe", &why);
    is_int(flow_count(&f, VOICE_BMC_UNREACHABLE), 1,
           "silence is another thing");
    reach_worked(f.pipeline, f.bmc, "subscribed");
    is_int(flow_count(&f, VOICE_SUBSCRIPTION_MADE), 1, "both are ended");
    is_int(flow_count(&f, VOICE_BMC_REACHABLE), 1, "... each by its own");
    flow_done(&f);
}

static void test_uris(void)
{
    struct flow f;

    begin(&f);
    for (int i = 0; i < 50; i++)
        reach_refused_uri(f.pipeline, f.bmc, "http://elsewhere/");
    ok(flow_count(&f, VOICE_URI_REFUSED) >= 1, "a URI elsewhere is told");
    ok(flow_count(&f, VOICE_URI_REFUSED) <= 4, "... and not for ever");
    flow_done(&f);
}

static void test_password(void)
{
    struct flow f;

    begin(&f);
    reach_login_refused(f.pipeline, f.bmc, 0);
    ok(reach_may_log_in(f.bmc, 0) && reach_delay(f.bmc, 5) == 5,
       "a password refused once is tried again");
    is_int(flow_count(&f, VOICE_LOGIN_REFUSED), 0, "... and not told yet");
    reach_login_refused(f.pipeline, f.bmc, USEC_PER_SEC);
    ok(reach_is_held(f.bmc) && !reach_may_log_in(f.bmc, USEC_PER_SEC),
       "one refused twice is not");
    is_int(flow_count(&f, VOICE_LOGIN_REFUSED), 1, "... which is told");
    is_int(reach_delay(f.bmc, 5), 30 * USEC_PER_MINUTE, "... for half an hour");
    is_int(reach_delay(f.bmc, USEC_PER_HOUR), USEC_PER_HOUR, "... or longer");
    ok(!reach_may_log_in(f.bmc, 30 * USEC_PER_MINUTE), "not a second earlier");
    ok(reach_may_log_in(f.bmc, 30 * USEC_PER_MINUTE + USEC_PER_SEC),
       "then once");
    reach_login_refused(f.pipeline, f.bmc, 31 * USEC_PER_MINUTE);
    ok(!reach_may_log_in(f.bmc, 60 * USEC_PER_MINUTE), "... and waits again");
    is_int(flow_count(&f, VOICE_LOGIN_REFUSED), 1,
           "... which is not told anew");
    reach_begin(f.bmc);
    ok(reach_may_log_in(f.bmc, 31 * USEC_PER_MINUTE), "... or until a reload");
    reach_login_accepted(f.pipeline, f.bmc);
    reach_login_accepted(f.pipeline, f.bmc);
    is_int(flow_count(&f, VOICE_LOGIN_ACCEPTED), 1, "its end is told once");
    reach_login_refused(f.pipeline, f.bmc, 0);
    reach_login_accepted(f.pipeline, f.bmc);
    reach_login_refused(f.pipeline, f.bmc, 0);
    ok(!reach_is_held(f.bmc), "two in a row are counted, not two ever");
    flow_law(&f);
    flow_done(&f);
}

/* A start: what the records say of conditions, and flags of a new fleet. */
static void restart(struct flow *f)
{
    size_t cursor = 0;
    struct bmc *bmc;

    flow_sync(f);
    for (uint64_t seq = 1; seq <= spool_appended(f->spool); seq++) {
        _cleanup_(flow_record_freep) struct flow_record *r = flow_read(f, seq);

        correlate_apply(f->correlator, &r->event);
    }
    while ((bmc = fleet_next(f->fleet, &cursor)))
        bmc->unreachable = bmc->refused = bmc->clock_wrong = bmc->login_told =
            false;
    reach_restore(f->fleet, f->correlator);
}

static void test_restart(void)
{
    struct bmc *other;
    struct flow f;

    begin(&f);
    other = fleet_find(f.fleet, "n2");
    reach_failed(f.pipeline, f.bmc, 0, "subscribe", &why);
    reach_failed(f.pipeline, other, 503, "subscribe", &why);
    pipeline_say(f.pipeline, other, VOICE_CLOCK_WRONG, "http://127.0.0.2",
                 "1970", NULL);
    reach_login_refused(f.pipeline, other, 0);
    reach_login_refused(f.pipeline, other, 0);
    restart(&f);
    ok(f.bmc->unreachable && !f.bmc->refused && !f.bmc->clock_wrong,
       "after a start it is known who was away");
    ok(!other->unreachable && other->refused && other->clock_wrong,
       "... who refused, and whose clock was wrong");
    ok(!f.bmc->login_told && other->login_told, "... and who our password");
    reach_failed(f.pipeline, f.bmc, 0, "subscribe", &why);
    is_int(flow_count(&f, VOICE_BMC_UNREACHABLE), 1, "it is not told again");
    reach_worked(f.pipeline, f.bmc, "subscribed");
    reach_worked(f.pipeline, other, "subscribed");
    is_int(flow_count(&f, VOICE_BMC_REACHABLE), 1, "its end is");
    is_int(flow_count(&f, VOICE_SUBSCRIPTION_MADE), 1, "... each");
    reach_login_accepted(f.pipeline, other);
    is_int(flow_count(&f, VOICE_LOGIN_ACCEPTED), 1, "... and that of a login");
    restart(&f);
    ok(!other->login_told, "nothing is left of a login");
    ok(!f.bmc->unreachable && !other->refused, "and then nothing stands");
    flow_law(&f);
    flow_done(&f);
}

int main(void)
{
    test_away();
    test_locked();
    test_refused();
    test_uris();
    test_password();
    test_restart();
    return done_testing();
}
