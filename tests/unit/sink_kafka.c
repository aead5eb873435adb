/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink kafka against the mock cluster of librdkafka, within this process:
 * what arrives, in which order, and what the sink makes of each kind of error.
 */
#include "sinks/sink.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "format_sample.h"
#include "sink_drive.h"
#include "sinks/kafka_frontier.h"
#include "sinks/kafka_options.h"
#include "tap.h"

#define PRODUCE 0
#define INIT_PRODUCER_ID 22
#define TOPIC "hardware.events"

struct cluster {
    rd_kafka_t *host;
    rd_kafka_mock_cluster_t *mock;
    char *brokers[1];
    struct kafka_options options;
    struct drive drive;
    struct event *event;
};

static void cluster_init(struct cluster *c)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    rd_kafka_conf_set_log_cb(conf, NULL);
    c->host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    c->mock = rd_kafka_mock_cluster_new(c->host, 1);
    rd_kafka_mock_topic_create(c->mock, TOPIC, 1, 1);
    c->brokers[0] = (char *)rd_kafka_mock_cluster_bootstraps(c->mock);
    c->options = (struct kafka_options){
        .brokers = {c->brokers, 1},
        .topic = (char *)TOPIC,
        .client_id = (char *)"trawl",
        .timeout = 60 * USEC_PER_SEC,
    };
    drive_init(&c->drive, &sink_kafka, &c->options, NULL);
    c->event = sample_event();
}

static void cluster_done(struct cluster *c)
{
    drive_done(&c->drive);
    event_free(c->event);
    rd_kafka_mock_cluster_destroy(c->mock);
    rd_kafka_destroy(c->host);
}

static enum sink_result send_one(struct cluster *c, uint64_t seq)
{
    char text[32];

    snprintf(text, sizeof(text), "{\"n\":%llu}", (unsigned long long)seq);
    return drive_send(&c->drive, seq, c->event, text);
}

static bool send_range(struct cluster *c, uint64_t first, uint64_t last)
{
    for (uint64_t seq = first; seq <= last; seq++)
        if (send_one(c, seq) != SINK_TAKEN)
            return false;
    return true;
}

/* A consumer at the beginning of the topic. */
static rd_kafka_t *open_consumer(const struct cluster *c)
{
    char text[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_topic_partition_list_t *list;
    rd_kafka_t *consumer;

    rd_kafka_conf_set(conf, "bootstrap.servers", c->brokers[0], text,
                      sizeof(text));
    rd_kafka_conf_set(conf, "group.id", "test", text, sizeof(text));
    consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof(text));
    list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, TOPIC, 0)->offset =
        RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    return consumer;
}

static rd_kafka_message_t *next_message(rd_kafka_t *consumer)
{
    rd_kafka_message_t *m;

    for (int i = 0; i < 200; i++) {
        m = rd_kafka_consumer_poll(consumer, 100);
        if (m && !m->err)
            return m;
        if (m)
            rd_kafka_message_destroy(m);
    }
    return NULL;
}

static void is_header(rd_kafka_message_t *m, const char *name, const char *want)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    char text[128];
    size_t len = 0;

    rd_kafka_message_headers(m, &headers);
    if (headers)
        rd_kafka_header_get_last(headers, name, &value, &len);
    snprintf(text, sizeof(text), "%.*s", (int)len,
             value ? (const char *)value : "");
    is_text(text, want, "header %s", name);
}

static void check_message(rd_kafka_message_t *m)
{
    char text[64];

    snprintf(text, sizeof(text), "%.*s", (int)m->key_len, (char *)m->key);
    is_text(text, "r1-n01", "the key is the BMC");
    is_header(m, "ce_specversion", "1.0");
    is_header(m, "ce_id", "7f3a");
    is_header(m, "ce_source", "https://10.0.0.11/redfish/v1");
    is_header(m, "ce_type", "org.dmtf.redfish.StorageDevice.DriveFailure");
    is_header(m, "ce_subject", "/redfish/v1/Drives/3");
    is_header(m, "ce_time", "2026-11-19T07:34:27.000Z");
    is_header(m, "content-type", "application/json");
}

/* The values in the topic from the beginning, in order: first … last. */
static bool arrived(struct cluster *c, uint64_t first, uint64_t last)
{
    rd_kafka_t *consumer = open_consumer(c);
    rd_kafka_message_t *m;
    char want[32];
    bool right = true;

    for (uint64_t seq = first; seq <= last && right; seq++) {
        snprintf(want, sizeof(want), "{\"n\":%llu}", (unsigned long long)seq);
        m = next_message(consumer);
        right = m && m->len == strlen(want) &&
                memcmp(m->payload, want, m->len) == 0;
        if (m && seq == first)
            check_message(m);
        if (m)
            rd_kafka_message_destroy(m);
    }
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    return right;
}

static void test_frontier(void)
{
    struct kafka_frontier f = {0};
    uint64_t tickets[5000];
    bool right = true;

    for (uint64_t i = 0; i < 5000; i++)
        tickets[i] = kafka_frontier_add(&f, 10 * (i + 1));
    kafka_frontier_settle(&f, tickets[1]);
    kafka_frontier_settle(&f, tickets[2]);
    is_int(f.acked, 0, "reports after a gap move nothing");
    kafka_frontier_settle(&f, tickets[0]);
    is_int(f.acked, 30, "the gap closed, all three count");
    is_int(kafka_frontier_seq(&f, tickets[1]), 0, "settled is unknown");
    is_int(kafka_frontier_seq(&f, tickets[3]), 40, "open is known");
    for (uint64_t i = 4999; i > 3; i--)
        kafka_frontier_settle(&f, tickets[i]);
    is_int(f.acked, 30, "backwards, nothing moves");
    kafka_frontier_settle(&f, tickets[3]);
    is_int(f.acked, 50000, "until the first");
    kafka_frontier_add(&f, 60000);
    kafka_frontier_take_back(&f);
    is_int(kafka_frontier_count(&f), 0, "one taken back leaves none");
    kafka_frontier_clear(&f);
    kafka_frontier_settle(&f, tickets[7]);
    ok(f.acked == 0 && right, "old tickets mean nothing after clearing");
    kafka_frontier_done(&f);
}

static const struct {
    const char *name, *value;
    bool accepted;
} properties[] = {
    {"acks", "all", true},
    {"acks", "-1", true},
    {"acks", "1", false},
    {"request.required.acks", "0", false},
    {"enable.idempotence", "true", true},
    {"enable.idempotence", "false", false},
    {"message.timeout.ms", "300000", false},
    {"delivery.timeout.ms", "1", false},
    {"retries", "3", false},
    {"delivery.report.only.error", "true", false},
    {"delivery.report.only.error", "false", true},
    {"transactional.id", "x", false},
    {"queuing.strategy", "lifo", false},
    {"bootstrap.servers", "x", false},
    {"linger.ms", "100", true},
    {"linger.ms", "soon", false},
    {"sasl.username", "trawl", true},
    {"sasl.password_file", "/nonexistent", true},
    {"sasl.passwort_file", "/nonexistent", false},
    {"no.such.property", "1", false},
};

static void test_check(struct cluster *c)
{
    struct error err;
    int r;

    for (size_t i = 0; i < ARRAY_LEN(properties); i++) {
        struct option_pair pair = {(char *)properties[i].name,
                                   (char *)properties[i].value};
        struct kafka_options o = c->options;

        o.properties = (struct option_pairs){&pair, 1};
        err.text[0] = '\0';
        r = sink_kafka.check(&o, &format_json, &err);
        ok((r == 0) == properties[i].accepted, "%s: %s %s %s", pair.name,
           pair.value, r == 0 ? "is accepted" : "is refused:", err.text);
    }
}

static void test_delivery(struct cluster *c)
{
    struct drive *d = &c->drive;
    char large[1100000];

    is_int(drive_start(d), 0, "reaches the topic %s", d->err.text);
    is_int(d->type->acked(d->sink), 0, "nothing is acknowledged yet");
    ok(send_range(c, 1, 1000), "a thousand records are taken");
    ok(drive_until_acked(d, 1000), "and delivered");
    ok(arrived(c, 1, 1000), "each once, in order");
    memset(large, 'x', sizeof(large));
    large[sizeof(large) - 1] = '\0';
    is_int(drive_send(d, 1001, c->event, large), SINK_REFUSED,
           "a message too large for the client is refused: %s", d->err.text);
    is_int(drive_stop(d, true), 0, "stopped");
}

static void test_retries(struct cluster *c)
{
    struct drive *d = &c->drive;

    drive_start(d);
    rd_kafka_mock_push_request_errors(
        c->mock, PRODUCE, 2, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
        RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS);
    send_range(c, 1, 10);
    ok(drive_until_acked(d, 10), "passing errors are the library's affair");
    drive_stop(d, true);
}

static void test_authorisation(struct cluster *c)
{
    struct drive *d = &c->drive;

    drive_start(d);
    rd_kafka_mock_push_request_errors(
        c->mock, PRODUCE, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    send_range(c, 1, 10);
    ok(drive_until_failed(d) < 0, "refused authorisation fails: %s",
       d->err.text);
    ok(strstr(d->err.text, "authorization"), "and says so");
    is_int(d->refusals, 0, "but no event is refused for it");
    is_int(send_one(c, 11), SINK_FAILED, "nothing more is taken");
    drive_stop(d, false);
    is_int(drive_start(d), 0, "begun anew");
    send_range(c, 1, 10);
    ok(drive_until_acked(d, 10), "all are delivered");
    drive_stop(d, true);
}

static void test_too_large(struct cluster *c)
{
    struct drive *d = &c->drive;

    drive_start(d);
    rd_kafka_mock_push_request_errors(c->mock, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    send_range(c, 1, 10);
    ok(drive_until_failed(d) < 0, "a batch too large: %s", d->err.text);
    is_int(d->refusals, 0, "nobody is refused for a batch");
    drive_stop(d, false);
    drive_start(d);
    rd_kafka_mock_push_request_errors(c->mock, PRODUCE, 1,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    send_one(c, 1);
    ok(drive_until_acked(d, 1), "alone, it is settled");
    ok(d->refusals == 1 && d->refused == 1, "by being refused");
    send_range(c, 2, 10);
    ok(drive_until_acked(d, 10), "the others are delivered");
    is_int(d->refusals, 1, "and only it was refused");
    drive_stop(d, true);
}

static void test_fatal(struct cluster *c)
{
    struct drive *d = &c->drive;

    rd_kafka_mock_push_request_errors(
        c->mock, INIT_PRODUCER_ID, 1,
        RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    drive_start(d);
    send_range(c, 1, 10);
    ok(drive_until_failed(d) < 0, "a fatal error: %s", d->err.text);
    drive_stop(d, false);
    is_int(drive_start(d), 0, "a new producer");
    send_range(c, 1, 10);
    ok(drive_until_acked(d, 10), "delivers");
    drive_stop(d, true);
}

static void test_outage(struct cluster *c)
{
    struct drive *d = &c->drive;
    usec_t now;
    uint64_t seq = 0;

    drive_start(d);
    rd_kafka_mock_broker_set_down(c->mock, 1);
    while (seq < 100000 && send_one(c, seq + 1) == SINK_TAKEN)
        seq++;
    ok(seq >= 10000 && seq < 100000, "a full queue makes it busy");
    is_int(drive_round(d), 0, "an outage is waited for");
    now = clock_monotonic();
    is_int(d->type->work(d->sink, now + 30 * USEC_PER_SEC, &d->err), 0,
           "for a while");
    ok(d->type->work(d->sink, now + 61 * USEC_PER_SEC, &d->err) < 0,
       "then it says so: %s", d->err.text);
    now = clock_monotonic();
    is_int(drive_stop(d, false), 0, "stopped");
    ok(clock_monotonic() - now < 10 * USEC_PER_SEC, "without waiting");
    ok(drive_start(d) < 0, "and cannot begin: %s", d->err.text);
    rd_kafka_mock_broker_set_up(c->mock, 1);
    is_int(drive_start(d), 0, "when the broker is back it can");
    send_range(c, 1, 100);
    ok(drive_until_acked(d, 100), "and delivers");
    drive_stop(d, true);
}

static void test_forbidden_topic(struct cluster *c)
{
    struct drive *d = &c->drive;

    rd_kafka_mock_topic_set_error(c->mock, TOPIC,
                                  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    ok(drive_start(d) < 0, "a forbidden topic: %s", d->err.text);
    ok(strstr(d->err.text, TOPIC), "its name is in the text");
    drive_stop(d, false);
    rd_kafka_mock_topic_set_error(c->mock, TOPIC, RD_KAFKA_RESP_ERR_NO_ERROR);
}

int main(void)
{
    static void (*const tests[])(struct cluster * c) = {
        test_check,     test_delivery, test_retries, test_authorisation,
        test_too_large, test_fatal,    test_outage,  test_forbidden_topic,
    };
    struct cluster c;

    test_frontier();
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        cluster_init(&c);
        tests[i](&c);
        cluster_done(&c);
    }
    return done_testing();
}
