/* SPDX-License-Identifier: Apache-2.0 */
/* The text of /metrics; see metrics.h. Serving it stands in metrics_serve.c. */
#include "metrics.h"

#include <inttypes.h>
#include <string.h>

#include "backfill.h"
#include "inventory.h"
#include "sources/source.h"
#include "subscribe.h"
#include "talk.h"

static void head(struct buffer *out, const char *name, const char *kind,
                 const char *help)
{
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

static void one(struct buffer *out, const char *name, const char *kind,
                const char *help, uint64_t value)
{
    head(out, name, kind, help);
    buffer_printf(out, "%s %" PRIu64 "\n", name, value);
}

/* A label's value: backslash, quote and line end are escaped. */
static void add_label(struct buffer *out, const char *value)
{
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            buffer_add_char(out, '\\');
        if (*value == '\n')
            buffer_add_text(out, "\\n");
        else
            buffer_add_char(out, *value);
    }
}

static void labelled(struct buffer *out, const char *name, const char *label,
                     const char *value, uint64_t number)
{
    buffer_printf(out, "%s{%s=\"", name, label);
    add_label(out, value);
    buffer_printf(out, "\"} %" PRIu64 "\n", number);
}

/* All outcomes of a kind: one number, or one for each reason. */
static void write_outcomes(const struct ledger *l, const char *kind,
                           const char *name, const char *type, const char *help,
                           struct buffer *out)
{
    head(out, name, type, help);
    for (int o = 1; o < OUTCOME_END; o++) {
        const char *reason = ledger_outcome_reason((enum outcome)o);
        uint64_t count = ledger_outcome(l, (enum outcome)o);

        if (strcmp(ledger_outcome_kind((enum outcome)o), kind) != 0)
            continue;
        if (reason)
            labelled(out, name, "reason", reason, count);
        else
            buffer_printf(out, "%s %" PRIu64 "\n", name, count);
    }
}

static void write_records(const struct ledger *l, struct buffer *out)
{
    one(out, "trawl_records_received_total", "counter",
        "Records that BMCs sent.", ledger_received(l));
    one(out, "trawl_records_generated_total", "counter",
        "Events of Trawl's own.", ledger_generated(l));
    write_outcomes(l, "forwarded", "trawl_records_forwarded_total", "counter",
                   "Records routed to at least one sink.", out);
    write_outcomes(l, "suppressed", "trawl_records_suppressed_total", "counter",
                   "Records counted in another event.", out);
    write_outcomes(l, "dropped", "trawl_records_dropped_total", "counter",
                   "Records that go nowhere, by reason.", out);
    write_outcomes(l, "quarantined", "trawl_records_quarantined_total",
                   "counter", "Payloads that could not be read.", out);
    write_outcomes(l, "held", "trawl_records_held", "gauge",
                   "Records that wait for a decision.", out);
}

static void write_conditions(const struct conditions *t, struct buffer *out)
{
    head(out, "trawl_conditions_open", "gauge",
         "Conditions raised and not cleared.");
    for (int s = SEVERITY_CRITICAL; s >= SEVERITY_UNKNOWN; s--)
        labelled(out, "trawl_conditions_open", "severity",
                 event_severity_name((enum severity)s),
                 conditions_open(t, (enum severity)s));
    one(out, "trawl_conditions_tracked", "gauge",
        "Conditions in memory: open, waiting, and counted only.",
        conditions_count(t));
}

static void write_spool(const struct metrics_view *v, struct buffer *out)
{
    size_t segments = 0;
    uint64_t bytes = spool_size(v->spool, &segments);

    one(out, "trawl_spool_sequence", "gauge", "Last record appended.",
        spool_appended(v->spool));
    one(out, "trawl_spool_durable_sequence", "gauge",
        "Last record on stable storage.", spool_durable(v->spool));
    one(out, "trawl_spool_oldest_sequence", "gauge",
        "Oldest record still there.", spool_oldest(v->spool));
    one(out, "trawl_spool_bytes", "gauge", "Bytes of all segments.", bytes);
    one(out, "trawl_spool_segments", "gauge", "Segment files.", segments);
    one(out, "trawl_spool_state", "gauge",
        "0: takes records, 1: full, 2: cannot be written.",
        spool_state(v->spool));
    one(out, "trawl_spool_recovery_bad_records", "gauge",
        "Unreadable records found at the last start.",
        v->recovery->bad_records);
    one(out, "trawl_spool_recovery_torn_bytes", "gauge",
        "Bytes cut off the end at the last start.", v->recovery->torn_bytes);
    one(out, "trawl_quarantine_bytes", "gauge", "Bytes in quarantine.",
        quarantine_size(v->quarantine));
    one(out, "trawl_quarantine_files", "gauge", "Files in quarantine.",
        quarantine_count(v->quarantine));
}

enum figure {
    SINK_ROUTED,
    SINK_DELIVERED,
    SINK_REFUSED,
    SINK_SKIPPED,
    SINK_REPLAYED,
    SINK_REPLAYING,
    SINK_BACKLOG,
    SINK_CURSOR,
    SINK_UP,
    SINK_LAST_SUCCESS,
    SINK_FIGURES,
};

static const struct {
    const char *name, *kind, *help;
} figures[SINK_FIGURES] = {
    [SINK_ROUTED] = {"trawl_sink_routed_total", "counter",
                     "Records routed to the sink."},
    [SINK_DELIVERED] = {"trawl_sink_delivered_total", "counter",
                        "Records that its far end has acknowledged."},
    [SINK_REFUSED] = {"trawl_sink_refused_total", "counter",
                      "Records refused for good, now in quarantine."},
    [SINK_SKIPPED] = {"trawl_sink_skipped_total", "counter",
                      "Records given up because the spool was full."},
    [SINK_REPLAYED] = {"trawl_sink_replayed_total", "counter",
                       "Records sent again because somebody asked."},
    [SINK_REPLAYING] = {"trawl_sink_replaying", "gauge",
                        "Whether there is more to send again."},
    [SINK_BACKLOG] = {"trawl_sink_backlog", "gauge",
                      "Records that the sink still has to deliver."},
    [SINK_CURSOR] = {"trawl_sink_cursor_sequence", "gauge",
                     "Last record of the spool dealt with."},
    [SINK_UP] = {"trawl_sink_up", "gauge", "Whether it delivers."},
    [SINK_LAST_SUCCESS] = {"trawl_sink_last_success_seconds", "gauge",
                           "Time of the last acknowledgement."},
};

static uint64_t sink_figure(enum figure f, uint64_t routed,
                            const struct deliver_stats *s)
{
    uint64_t settled = s->delivered + s->refused + s->skipped;

    switch (f) {
    case SINK_ROUTED:
        return routed;
    case SINK_DELIVERED:
        return s->delivered;
    case SINK_REFUSED:
        return s->refused;
    case SINK_SKIPPED:
        return s->skipped;
    case SINK_REPLAYED:
        return s->replayed;
    case SINK_REPLAYING:
        return s->replaying;
    case SINK_BACKLOG:
        return routed > settled ? routed - settled : 0;
    case SINK_CURSOR:
        return s->seq;
    case SINK_UP:
        return s->state == DELIVER_UP;
    case SINK_LAST_SUCCESS:
        return s->last_success / USEC_PER_SEC;
    case SINK_FIGURES:
        break;
    }
    return 0;
}

static void write_sinks(const struct metrics_view *v, struct buffer *out)
{
    struct deliver_stats stats;
    const char *sink;

    for (enum figure f = 0; f < SINK_FIGURES; f++) {
        size_t cursor = 0;

        head(out, figures[f].name, figures[f].kind, figures[f].help);
        while (outlets_next(v->outlets, &cursor, &sink, &stats))
            labelled(out, figures[f].name, "sink", sink,
                     sink_figure(f, ledger_routed(v->ledger, sink), &stats));
    }
}

static void write_states(const struct inventory_sums *sums, struct buffer *out)
{
    head(out, "trawl_bmcs_state", "gauge", "BMCs by how it stands with them.");
    for (int i = 0; i < INVENTORY_STATES; i++)
        labelled(out, "trawl_bmcs_state", "state",
                 inventory_state_name((enum inventory_state)i),
                 sums->states[i]);
    head(out, "trawl_bmcs_way", "gauge",
         "BMCs that are listened to, by the way of it.");
    for (int i = INVENTORY_NO_WAY + 1; i < INVENTORY_WAYS; i++)
        labelled(out, "trawl_bmcs_way", "way",
                 inventory_way_name((enum inventory_way)i), sums->ways[i]);
}

static void write_fleet(const struct metrics_view *v, struct buffer *out)
{
    struct inventory_sums sums;

    inventory_sum(inventory_keep(v->host), v->fleet, &sums);
    one(out, "trawl_bmcs", "gauge", "BMCs in the configuration.", sums.bmcs);
    write_states(&sums, out);
    one(out, "trawl_bmcs_degraded", "gauge",
        "BMCs listened to by a lesser way than they offer.", sums.degraded);
    one(out, "trawl_bmcs_flow_broken", "gauge",
        "BMCs listened to whose last test event did not arrive.",
        sums.flow_broken);
    one(out, "trawl_bmcs_without_event", "gauge",
        "BMCs of which no record has come since the start.", sums.never);
    one(out, "trawl_bmcs_oldest_event_seconds", "gauge",
        "Time of the last record of the BMC that is quiet for longest; 0 "
        "before any.",
        sums.oldest_event / USEC_PER_SEC);
}

/* What is asked of BMCs, and what stands there. */
static void write_talk(const struct metrics_view *v, struct buffer *out)
{
    struct subscribe_counts subscriptions = {0};
    struct talk_figures talk = {0};

    if (v->host) {
        subscribe_count(v->host->subscriber, &subscriptions);
        talk_count(v->host->talk, &talk);
    }
    one(out, "trawl_requests_in_flight", "gauge",
        "Requests to BMCs under way; open streams do not count.", talk.running);
    one(out, "trawl_requests_waiting", "gauge",
        "Requests to BMCs that wait for their turn.", talk.waiting);
    one(out, "trawl_streams_open", "gauge", "Streams of events that are open.",
        talk.streams);
    one(out, "trawl_sessions", "gauge", "Sessions that Trawl has at BMCs.",
        talk.sessions);
    one(out, "trawl_subscriptions_made_total", "counter",
        "Subscriptions made at BMCs.", subscriptions.made);
    one(out, "trawl_subscriptions_mended_total", "counter",
        "Subscriptions changed back to what they should be.",
        subscriptions.mended);
    one(out, "trawl_subscriptions_lost_total", "counter",
        "Subscriptions that a BMC had forgotten.", subscriptions.lost);
    one(out, "trawl_logs_reading", "gauge",
        "BMCs whose logs are being read, or wait for that.",
        v->host ? backfill_running(v->host->backfill) +
                      backfill_waiting(v->host->backfill)
                : 0);
}

static uint64_t bmc_last_event(const struct bmc *bmc)
{
    return bmc->last_event / USEC_PER_SEC;
}

static uint64_t bmc_records(const struct bmc *bmc)
{
    return bmc->records;
}

static uint64_t bmc_pushed_back(const struct bmc *bmc)
{
    return bmc->pushed_back;
}

static uint64_t bmc_reachable(const struct bmc *bmc)
{
    return !bmc->unreachable;
}

static const struct {
    const char *name, *kind, *help;
    uint64_t (*get)(const struct bmc *bmc);
} bmc_figures[] = {
    {"trawl_bmc_last_event_seconds", "gauge",
     "Time of the BMC's last record; 0 before the first.", bmc_last_event},
    {"trawl_bmc_records_total", "counter",
     "Records of the BMC since the start.", bmc_records},
    {"trawl_bmc_pushed_back_total", "counter",
     "Requests of the BMC answered 503, and pauses of its stream, because it "
     "had more than its share under way.",
     bmc_pushed_back},
    {"trawl_bmc_reachable", "gauge", "0 while Trawl cannot reach the BMC.",
     bmc_reachable},
};

void metrics_write_bmcs(const struct metrics_view *v, struct buffer *out)
{
    for (size_t i = 0; i < ARRAY_LEN(bmc_figures); i++) {
        const struct bmc *bmc;
        size_t cursor = 0;

        head(out, bmc_figures[i].name, bmc_figures[i].kind,
             bmc_figures[i].help);
        while ((bmc = fleet_next(v->fleet, &cursor)))
            labelled(out, bmc_figures[i].name, "bmc", bmc->name,
                     bmc_figures[i].get(bmc));
    }
}

void metrics_write(const struct metrics_view *v, struct buffer *out)
{
    write_records(v->ledger, out);
    write_conditions(v->conditions, out);
    write_spool(v, out);
    write_sinks(v, out);
    write_fleet(v, out);
    write_talk(v, out);
    one(out, "trawl_start_time_seconds", "gauge", "When this process began.",
        v->started / USEC_PER_SEC);
    one(out, "trawl_reloads_total", "counter", "Configurations adopted.",
        v->reloads);
    one(out, "trawl_reload_errors_total", "counter", "Configurations refused.",
        v->reload_errors);
}

bool metrics_health(const struct metrics_view *v, struct buffer *out)
{
    struct error trouble = {""};

    switch (spool_state(v->spool)) {
    case SPOOL_OK:
        buffer_add_text(out, "ok\n");
        return true;
    case SPOOL_FULL:
        buffer_add_text(out, "the spool is full: BMCs are asked to send "
                             "again later\n");
        return false;
    case SPOOL_SICK:
        break;
    }
    spool_trouble(v->spool, &trouble);
    buffer_printf(out, "the spool cannot be written: %s\n", trouble.text);
    return false;
}
