/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stages one after the other; see pipeline_stages.h. An event that the
 * correlator makes (a release, a sum, an end) goes the same way from its
 * middle on: it is completed and routed as if a BMC had sent it.
 */
#include "pipeline/pipeline_stages.h"

#include "identity.h"
#include "log.h"
#include "resolve.h"
#include "route.h"

struct registry_view pipeline_stages_view(const struct pipeline_stages *s,
                                          const struct bmc *bmc)
{
    return (struct registry_view){
        .shared = s->setup.registries,
        .own = bmc ? bmc->registries : NULL,
    };
}

void pipeline_stages_set_bmc(const struct pipeline_stages *s, struct event *e,
                             const struct bmc *bmc)
{
    event_set(e, EVENT_COLLECTOR, s->setup.config->collector);
    if (!bmc)
        return;
    bmc_describe(bmc->config, e);
    event_set(e, EVENT_BMC_VENDOR, bmc->vendor);
    event_set(e, EVENT_BMC_MODEL, bmc->model);
    event_set(e, EVENT_BMC_SERIAL, bmc->serial);
    event_set(e, EVENT_BMC_UUID, bmc->uuid);
    event_set(e, EVENT_BMC_HOST, bmc->host);
}

/*
 * In this order: a segment that begins with this record asks for the sums of
 * those before it.
 */
uint64_t pipeline_stages_append(struct pipeline_stages *s, struct event *e)
{
    uint8_t id[IDENTITY_LEN] = {0};
    uint64_t ticket;

    identity_get(e, id);
    ticket = spool_append(s->setup.spool, SPOOL_EVENT,
                          (usec_t)event_int(e, EVENT_RECEIVED, 0), id, e->data,
                          e->len);
    ledger_enter(s->setup.ledger, e);
    return ticket;
}

static enum outcome route(struct pipeline_stages *s, struct event *e)
{
    switch (route_event(s->setup.config, e)) {
    case ROUTE_TO_SINKS:
        return OUTCOME_FORWARDED;
    case ROUTE_DROPPED:
        return OUTCOME_DROPPED_ROUTE;
    case ROUTE_UNMATCHED:
        break;
    }
    if (!s->warned_unrouted)
        log_warning("an event of %s (%s) matches no route and goes nowhere; "
                    "further ones are only counted "
                    "(trawl_records_dropped_total{reason=\"unrouted\"}). "
                    "Add a last route without match to catch them",
                    event_text(e, EVENT_BMC_NAME, NULL) ?: "Trawl",
                    event_text(e, EVENT_MESSAGE_ID, NULL) ?: "no MessageId");
    s->warned_unrouted = true;
    return OUTCOME_DROPPED_UNROUTED;
}

/* What became of a correlated event, into its record and into the books. */
static uint64_t conclude(struct pipeline_stages *s, struct event *e,
                         enum outcome outcome)
{
    event_set_int(e, EVENT_OUTCOME, outcome);
    correlate_commit(s->setup.correlator, e, outcome,
                     spool_appended(s->setup.spool) + 1);
    return pipeline_stages_append(s, e);
}

bool pipeline_stages_complete(struct pipeline_stages *s, struct event *e,
                              const struct bmc *bmc)
{
    struct registry_view view = pipeline_stages_view(s, bmc);

    pipeline_stages_set_bmc(s, e, bmc);
    return !resolve_event(&view, e);
}

/* The same for an event that names its BMC. */
static void complete_ours(void *userdata, struct event *e)
{
    struct pipeline_stages *s = userdata;
    const char *name = event_text(e, EVENT_BMC_NAME, NULL);

    pipeline_stages_complete(
        s, e, name && s->setup.fleet ? fleet_find(s->setup.fleet, name) : NULL);
}

static void emit(void *userdata, struct event *e)
{
    struct pipeline_stages *s = userdata;

    conclude(s, e, route(s, e));
}

uint64_t pipeline_stages_pass(struct pipeline_stages *s, struct event *e,
                              const struct registry_own *own, bool *ret_full)
{
    usec_t now = (usec_t)event_int(e, EVENT_RECEIVED, 0);
    enum outcome outcome;

    correlate_run(s->setup.correlator, now, PIPELINE_DUE_MAX);
    outcome = correlate_decide(s->setup.correlator, e, own, now, ret_full);
    if (outcome == OUTCOME_FORWARDED)
        outcome = route(s, e);
    return conclude(s, e, outcome);
}

uint64_t pipeline_stages_drop(struct pipeline_stages *s, struct event *e,
                              enum outcome outcome)
{
    event_set_int(e, EVENT_OUTCOME, outcome);
    return pipeline_stages_append(s, e);
}

void pipeline_stages_connect(struct pipeline_stages *s)
{
    correlate_connect(s->setup.correlator, complete_ours, emit, s);
}
