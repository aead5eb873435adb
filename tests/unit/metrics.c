/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of /metrics is what Prometheus reads: every sample has its HELP and
 * TYPE before it, once; labels are escaped; both laws of conservation can be
 * checked from it. And it is served, with /healthz, and nothing else is.
 */
#include "metrics.h"

#include <ctype.h>
#include <errno.h>

#include "flow_fixture.h"
#include "http_client.h"
#include "manual.h"
#include "sinks/sink.h"
#include "wire.h"

#define RECORD "{\"MessageId\":\"ResourceEvent.1.4.ResourceCreated\"}"
#define STRANGE "a\"b\\c\nd"

/* A sink that is never there: what is routed to it is its backlog. */
static struct sink *null_create(const struct sink_setup *setup _unused_)
{
    return xcalloc(1, 1);
}

static int null_start(struct sink *s _unused_, struct error *err)
{
    return error_set(err, -ECONNREFUSED, "nobody is there");
}

static uint64_t null_stop(struct sink *s _unused_, bool clean _unused_)
{
    return 0;
}

static void null_destroy(struct sink *s)
{
    free(s);
}

static const struct sink_type null_type = {
    .name = "null",
    .create = null_create,
    .start = null_start,
    .stop = null_stop,
    .destroy = null_destroy,
};

struct world {
    struct flow flow;
    sd_event *loop;
    struct quarantine *quarantine;
    struct notice_queue *notices;
    struct projector *projector;
    struct outlets *outlets;
    struct metrics_view view;
};

static void start_projector(struct world *w)
{
    _cleanup_free_ char *path = xasprintf("%s/state.db", w->flow.directory);
    struct projector_setup setup = {.spool = w->flow.spool,
                                    .quarantine = w->quarantine,
                                    .notices = w->notices};
    bool lost;

    if (state_open(path, &setup.state, &lost, NULL) < 0 ||
        projector_start(&setup, &w->projector, NULL) < 0)
        diag("no projector");
}

static void on_adopted(void *userdata _unused_)
{
}

static void start_outlets(struct world *w)
{
    struct outlets_setup setup = {
        .loop = w->loop,
        .spool = w->flow.spool,
        .pipeline = w->flow.pipeline,
        .quarantine = w->quarantine,
        .notices = w->notices,
        .projector = w->projector,
        .directory = w->flow.spool_directory,
        .on_adopted = on_adopted,
    };

    if (outlets_new(&setup, &w->outlets, NULL) < 0)
        diag("no outlets");
    outlets_adopt(w->outlets, &w->flow.config);
}

static void world_init(struct world *w)
{
    char path[96];

    *w = (struct world){.notices = notice_queue_new()};
    flow_init(&w->flow);
    w->flow.bmcs[1].name = STRANGE;
    w->flow.options.max_size = 4 * FLOW_SEGMENT;
    w->flow.sinks[0].type = &null_type;
    w->flow.sinks[0].format = &format_json;
    w->flow.config.sink_count = 1;
    w->flow.routes[0].sink_count = 1;
    flow_start(&w->flow);
    sd_event_new(&w->loop);
    snprintf(path, sizeof(path), "%s/quarantine", w->flow.directory);
    quarantine_open(path, &w->quarantine, NULL);
    start_projector(w);
    start_outlets(w);
    w->view = (struct metrics_view){
        .spool = w->flow.spool,
        .ledger = w->flow.ledger,
        .fleet = w->flow.fleet,
        .outlets = w->outlets,
        .conditions = correlate_conditions(w->flow.correlator),
        .quarantine = w->quarantine,
        .recovery = &w->flow.recovery,
        .started = 1795160068 * USEC_PER_SEC,
        .reloads = 3,
        .reload_errors = 1,
    };
}

static void world_done(struct world *w)
{
    outlets_free(w->outlets);
    projector_stop(w->projector);
    quarantine_close(w->quarantine);
    notice_queue_free(w->notices);
    flow_done(&w->flow);
    sd_event_unref(w->loop);
}

static bool is_name(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)text[i]) && text[i] != '_')
            return false;
    return len > 0 && !isdigit((unsigned char)text[0]);
}

/* The end of {name="value"}, or NULL if it is not well formed. */
static const char *end_of_labels(const char *at)
{
    size_t name = strcspn(at + 1, "=");

    if (!is_name(at + 1, name) || at[1 + name + 1] != '"')
        return NULL;
    for (at += 1 + name + 2; *at && *at != '"'; at++)
        if (*at == '\\' && !strchr("\\\"n", *++at))
            return NULL;
    return at[0] == '"' && at[1] == '}' ? at + 2 : NULL;
}

/* A sample of the metric `name`: labels, a blank, a number. */
static bool is_sample(const char *line, const char *name)
{
    const char *at = line + strlen(name);

    if (!*name || strncmp(line, name, strlen(name)) != 0)
        return false;
    if (*at == '{' && !(at = end_of_labels(at)))
        return false;
    return at[0] == ' ' && at[1] && !at[1 + strspn(at + 1, "0123456789")];
}

/* Reads a whole text line by line; false, with the line, if one is wrong. */
static bool is_exposition(char *text)
{
    char name[128] = "", help[128] = "", kind[16];
    char *line;

    while ((line = strsep(&text, "\n")) && text) {
        if (sscanf(line, "# HELP %127s %*s", help) == 1)
            continue;
        if (sscanf(line, "# TYPE %127s %15s", name, kind) == 2) {
            if (strcmp(name, help) == 0 && is_name(name, strlen(name)) &&
                (strcmp(kind, "counter") == 0 || strcmp(kind, "gauge") == 0))
                continue;
        } else if (is_sample(line, name)) {
            continue;
        }
        diag("line: %s", line);
        return false;
    }
    return line && !*line; /* the last line ends too */
}

/* Whether every metric is described once, and counters end in _total. */
static bool is_described_once(const char *text)
{
    char name[128], kind[16], line[160];
    bool good = true;

    for (const char *at = text; (at = strstr(at, "# TYPE ")); at++) {
        bool total;

        sscanf(at, "# TYPE %127s %15s", name, kind);
        total =
            strlen(name) > 6 && strcmp(name + strlen(name) - 6, "_total") == 0;
        snprintf(line, sizeof(line), "# TYPE %s ", name);
        good &= total == (strcmp(kind, "counter") == 0);
        good &= !strstr(at + 1, line);
        if (!good)
            diag("%s", name);
    }
    return good;
}

/* The sum of all samples whose line begins with `name`. */
static uint64_t sum(const char *text, const char *name)
{
    uint64_t all = 0;
    char wanted[128];

    snprintf(wanted, sizeof(wanted), "\n%s", name);
    for (const char *at = text; (at = strstr(at, wanted)); at++) {
        const char *end = at + strlen(wanted);

        if (*end == '{')
            end = end_of_labels(end);
        if (end && *end == ' ')
            all += strtoull(end, NULL, 10);
    }
    return all;
}

static void test_laws(const char *text)
{
    uint64_t in = sum(text, "trawl_records_received_total") +
                  sum(text, "trawl_records_generated_total");
    uint64_t routed = sum(text, "trawl_sink_routed_total");

    is_int(sum(text, "trawl_records_received_total"), 4, "what came in");
    ok(sum(text, "trawl_records_generated_total") >= 1, "what is ours");
    is_int(sum(text, "trawl_records_forwarded_total") +
               sum(text, "trawl_records_suppressed_total") +
               sum(text, "trawl_records_dropped_total") +
               sum(text, "trawl_records_quarantined_total") +
               sum(text, "trawl_records_held"),
           in, "the first law can be read from it");
    ok(routed >= 4, "what a sink is to get");
    is_int(sum(text, "trawl_sink_delivered_total") +
               sum(text, "trawl_sink_refused_total") +
               sum(text, "trawl_sink_skipped_total") +
               sum(text, "trawl_sink_backlog"),
           routed, "the second law too");
}

static void test_text(struct world *w)
{
    _cleanup_(buffer_done) struct buffer text = {0}, copy = {0};

    flow_take(&w->flow, RECORD, NULL);
    flow_take(&w->flow, RECORD, NULL);
    flow_take(&w->flow, RECORD, NULL);
    flow_take(&w->flow, "no json", NULL);
    flow_sync(&w->flow);
    metrics_write(&w->view, &text);
    ok(!strstr(text.data, "{bmc="), "no series for each BMC unless asked for");
    ok(strstr(text.data, "\ntrawl_bmcs_state{state=\"passive\"} 2\n"),
       "BMCs are counted by state");
    ok(strstr(text.data, "\ntrawl_bmcs_way{way=\"sse\"} 0\n"),
       "... and by way");
    ok(strstr(text.data, "\ntrawl_bmcs_without_event 1\n"),
       "... and those that say nothing");
    is_int(sum(text.data, "trawl_bmcs_oldest_event_seconds"),
           w->flow.bmc->last_event / USEC_PER_SEC, "the quietest is dated");
    metrics_write_bmcs(&w->view, &text);
    buffer_add(&copy, text.data, text.len);
    ok(is_exposition(copy.data), "each line is one that Prometheus reads");
    ok(is_described_once(text.data), "each metric is described once");
    ok(strstr(text.data, "{bmc=\"a\\\"b\\\\c\\nd\"}"),
       "the value of a label is escaped");
    ok(strstr(text.data, "trawl_bmc_last_event_seconds{bmc=\"n1\"} "),
       "a BMC's last event is dated");
    ok(strstr(text.data,
              "trawl_bmc_last_event_seconds{bmc=\"a\\\"b\\\\c\\nd\"} "
              "0\n"),
       "... if there was one");
    ok(strstr(text.data, "\ntrawl_records_dropped_total{reason=\"route\"} 0\n"),
       "reasons are there from the start");
    is_int(sum(text.data, "trawl_start_time_seconds"), 1795160068, "the start");
    is_int(sum(text.data, "trawl_reloads_total"), 3, "... and reloads");
    is_int(sum(text.data, "trawl_spool_durable_sequence"), 5, "... the spool");
    ok(!strstr(text.data, w->flow.bmc->token), "no token is in it");
}

/* What an HTTP request got. */
struct answer {
    bool done;
    unsigned status;
    struct buffer body;
};

static void on_done(void *userdata, unsigned status, const char *body,
                    size_t len, const struct error *err)
{
    struct answer *a = userdata;

    a->done = true;
    a->status = status;
    buffer_add(&a->body, body, len);
    if (status == 0)
        diag("%s", err->text);
}

static unsigned ask(struct world *w, struct http_client *client,
                    const char *method, const char *address, const char *path,
                    struct answer *a)
{
    _cleanup_free_ char *url = xasprintf("http://%s%s", address, path);
    struct http_client_request request = {
        .method = method,
        .url = url,
        .timeout = 15 * USEC_PER_SEC,
        .response_max = 1u << 20,
        .on_done = on_done,
        .userdata = a,
    };

    a->done = false;
    buffer_clear(&a->body);
    http_client_start(client, &request, NULL, NULL);
    wire_wait(w->loop, a->done);
    return a->status;
}

static void test_served(struct world *w)
{
    struct http_client *client = NULL;
    struct answer a = {0};
    struct metrics *m = metrics_new(w->loop, &w->view);
    struct error err = {""};
    char address[32];
    uint16_t port;

    close(wire_listen(false, &port));
    snprintf(address, sizeof(address), "127.0.0.1:%u", port);
    http_client_new(w->loop, &client, &err);
    is_int(metrics_prepare(m, address, &err), 0, "an address %s", err.text);
    metrics_adopt(m);
    is_int(ask(w, client, "GET", address, "/metrics", &a), 200, "/metrics");
    test_laws(a.body.data);
    is_int(ask(w, client, "GET", address, "/metrics/bmcs", &a), 200,
           "/metrics/bmcs");
    is_int(sum(a.body.data, "trawl_bmc_records_total"), 4, "... by BMC");
    is_int(ask(w, client, "GET", address, "/healthz", &a), 200, "/healthz");
    is_text(a.body.data, "ok\n", "... says that all is well");
    is_int(ask(w, client, "GET", address, "/", &a), 404, "nothing else");
    is_int(ask(w, client, "POST", address, "/metrics", &a), 405,
           "... and only to be read");
    is_int(metrics_prepare(m, address, &err), 0, "a reload keeps the address");
    metrics_abandon(m);
    is_int(ask(w, client, "GET", address, "/healthz", &a), 200,
           "... also one that is refused");
    is_int(metrics_prepare(m, address, &err), 0, "one that is adopted");
    metrics_adopt(m);
    ok(!wire_listens_for_a_child(), "... with a socket that no child inherits");
    is_int(ask(w, client, "GET", address, "/healthz", &a), 200, "... too");
    is_int(metrics_prepare(m, NULL, &err), 0, "no address");
    metrics_adopt(m);
    is_int(ask(w, client, "GET", address, "/healthz", &a), 0,
           "... nobody listens");
    ok(metrics_prepare(m, "127.0.0.1:x", &err) < 0 &&
           strstr(err.text, "control.metrics"),
       "a bad one is told");
    metrics_abandon(m);
    http_client_free(client);
    metrics_free(m);
    buffer_done(&a.body);
}

static void test_health(struct world *w)
{
    static const char bytes[8000];
    const uint8_t id[SPOOL_ID_LEN] = {0};
    _cleanup_(buffer_done) struct buffer text = {0};

    while (spool_state(w->flow.spool) == SPOOL_OK) {
        spool_append(w->flow.spool, SPOOL_EVENT, 1, id, bytes, sizeof(bytes));
        flow_sync(&w->flow);
    }
    ok(!metrics_health(&w->view, &text), "a full spool is no good health");
    ok(strstr(text.data, "full"), "... and says why: %s", text.data);
}

/* trawl-fields(7) describes each metric, and no other. */
static void test_described(struct world *w)
{
    _cleanup_free_ char *page = manual_read("trawl-fields.7");
    _cleanup_free_ char *section = manual_section(page, "METRICS");
    const char *entries = section;
    struct buffer out = {0};
    char name[128], *entry;

    metrics_write(&w->view, &out);
    metrics_write_bmcs(&w->view, &out);
    for (const char *at = out.data; (at = strstr(at, "# TYPE ")); at++) {
        sscanf(at, "# TYPE %127s", name);
        entry = manual_entry(section, name);
        ok(entry != NULL, "the manual describes %s", name);
        free(entry);
    }
    while ((entry = manual_next(&entries))) {
        _cleanup_free_ char *line = xasprintf("# TYPE %s ", entry);

        ok(strstr(out.data, line) != NULL, "%s is served", entry);
        free(entry);
    }
    buffer_done(&out);
}

int main(void)
{
    struct world w;

    world_init(&w);
    test_text(&w);
    test_described(&w);
    test_served(&w);
    test_health(&w);
    world_done(&w);
    return done_testing();
}
