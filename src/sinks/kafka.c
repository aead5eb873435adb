/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sink `kafka`: what becomes of each message. The library's own retries do the
 * daily work: no message of ours ever times out within it, and its queue is
 * small, since what waits stands in the spool.
 *
 * Whatever it reports as failed for another reason than the message itself
 * makes work() fail: the producer is thrown away with all it holds and a new
 * one goes on from the cursor. That is the one way out of every trouble, fatal
 * errors of the idempotent producer included, and it keeps the order.
 *
 * A broker refuses a whole batch for one message that is too large. So at the
 * first such report the producer is made anew with one message per batch, and
 * only what is refused then, alone, is refused for good.
 */
#include <errno.h>
#include <string.h>

#include "sinks/cloud_event.h"
#include "sinks/kafka_frontier.h"
#include "sinks/kafka_options.h"
#include "sinks/kafka_producer.h"
#include "sinks/sink.h"
#include "sinks/stall.h"
#include "util/alloc.h"

#define FLUSH_MS 3000     /* at the end of the program */
#define RECORDS_MAX 20000 /* handed over and not yet reported */

struct kafka_sink {
    const struct sink_setup *setup;
    const struct kafka_options *options;
    struct kafka_producer producer; /* not there while stopped */
    struct kafka_frontier frontier;
    bool one_by_one;      /* of the present producer */
    bool next_one_by_one; /* of the next */
    bool stopping;        /* reports may not be handed on any more */
    struct stall stall;
    int failed;           /* negative once this producer is of no use */
    struct error why;     /* and why that is */
    struct error trouble; /* what the library complained about last */
};

static struct kafka_sink *kafka_of(const struct sink *s)
{
    return (struct kafka_sink *)s;
}

/* The first cause counts; what follows from it is noise. */
static void give_up(struct kafka_sink *s, const char *why)
{
    if (s->failed)
        return;
    s->failed = -EIO;
    error_set(&s->why, 0, "topic %s: %s", s->options->topic, why);
}

/* Whether the fault lies in the message (or in one of its batch). */
static bool is_message_fault(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
           code == RD_KAFKA_RESP_ERR_INVALID_MSG ||
           code == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
           code == RD_KAFKA_RESP_ERR_INVALID_RECORD;
}

static void on_message_fault(struct kafka_sink *s, uint64_t ticket,
                             rd_kafka_resp_err_t code)
{
    uint64_t seq = kafka_frontier_seq(&s->frontier, ticket);

    if (s->failed || s->stopping || seq == 0)
        return; /* it will be sent again */
    if (!s->one_by_one) {
        s->next_one_by_one = true;
        give_up(s, "a batch was refused as too large or not valid; its events "
                   "are sent again one by one");
        return;
    }
    s->setup->refused(s->setup->userdata, seq, rd_kafka_err2str(code));
    kafka_frontier_settle(&s->frontier, ticket);
}

static void on_delivery(_unused_ rd_kafka_t *producer,
                        const rd_kafka_message_t *message, void *opaque)
{
    struct kafka_sink *s = opaque;
    uint64_t ticket = (uint64_t)(uintptr_t)message->_private;

    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        kafka_frontier_settle(&s->frontier, ticket);
    else if (is_message_fault(message->err))
        on_message_fault(s, ticket, message->err);
    else
        give_up(s, rd_kafka_err2str(message->err));
}

static void on_error(rd_kafka_t *producer, int code, const char *text,
                     void *opaque)
{
    struct kafka_sink *s = opaque;
    char fatal[256];

    if (code == RD_KAFKA_RESP_ERR__FATAL &&
        rd_kafka_fatal_error(producer, fatal, sizeof(fatal)))
        give_up(s, fatal);
    else
        error_set(&s->trouble, 0, "%s", text);
}

static int kafka_check(const void *options,
                       _unused_ const struct format *format, struct error *err)
{
    return kafka_producer_check(options, err);
}

static struct sink *kafka_create(const struct sink_setup *setup)
{
    struct kafka_sink *s = XNEW(struct kafka_sink);

    s->setup = setup;
    s->options = setup->options;
    s->producer.event = -1;
    return (struct sink *)s;
}

/* What the library last complained about says more than the code does. */
static int reach_topic(struct kafka_sink *s, struct error *err)
{
    const struct kafka_options *o = s->options;
    rd_kafka_resp_err_t code = kafka_producer_reach(&s->producer);

    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    return error_set(
        err, -EHOSTUNREACH, "cannot reach topic %s at %s%s: %s%s%s", o->topic,
        o->brokers.items[0], o->brokers.count > 1 ? " and others" : "",
        rd_kafka_err2str(code), s->trouble.text[0] ? "; " : "",
        s->trouble.text);
}

static int kafka_start(struct sink *sink, struct error *err)
{
    struct kafka_sink *s = kafka_of(sink);
    struct kafka_producer_setup setup = {
        .options = s->options,
        .on_delivery = on_delivery,
        .on_error = on_error,
        .opaque = s,
    };
    int r;

    kafka_frontier_clear(&s->frontier);
    s->failed = 0;
    s->stopping = false;
    s->stall = (struct stall){0};
    s->trouble.text[0] = '\0';
    s->one_by_one = s->next_one_by_one;
    setup.one_by_one = s->one_by_one;
    r = kafka_producer_open(&s->producer, &setup, err);
    if (r == 0)
        r = reach_topic(s, err);
    if (r < 0)
        kafka_producer_close(&s->producer);
    else
        s->next_one_by_one = false;
    return r;
}

static void add_header(void *userdata, const char *name, const char *value)
{
    rd_kafka_header_add(userdata, name, -1, value, -1);
}

static rd_kafka_resp_err_t produce(struct kafka_sink *s,
                                   const struct sink_record *r, uint64_t ticket)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    size_t key_len = 0;
    const char *key = event_text(r->event, EVENT_BMC_NAME, &key_len);
    rd_kafka_resp_err_t code;

    cloud_event_headers(r->event, s->setup->format->content_type, add_header,
                        headers);
    code = rd_kafka_producev(
        s->producer.handle, RD_KAFKA_V_RKT(s->producer.topic),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key_len),
        RD_KAFKA_V_VALUE((void *)r->text, r->len), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_OPAQUE((void *)(uintptr_t)ticket), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        rd_kafka_headers_destroy(headers);
    return code;
}

static enum sink_result kafka_send(struct sink *sink,
                                   const struct sink_record *r,
                                   struct error *err)
{
    struct kafka_sink *s = kafka_of(sink);
    rd_kafka_resp_err_t code;
    uint64_t ticket;

    if (s->failed) {
        error_set(err, 0, "%s", s->why.text);
        return SINK_FAILED;
    }
    if (kafka_frontier_count(&s->frontier) >= RECORDS_MAX)
        return SINK_BUSY;
    ticket = kafka_frontier_add(&s->frontier, r->seq);
    code = produce(s, r, ticket);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        return SINK_TAKEN;
    kafka_frontier_take_back(&s->frontier);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return SINK_BUSY;
    error_set(err, 0, "topic %s: %s", s->options->topic,
              rd_kafka_err2str(code));
    return is_message_fault(code) ? SINK_REFUSED : SINK_FAILED;
}

/* Records that nobody reports on: the brokers are away for too long. */
static void watch_progress(struct kafka_sink *s, usec_t now)
{
    bool owed = kafka_frontier_count(&s->frontier) > 0;

    if (s->frontier.acked != s->stall.seen)
        s->trouble.text[0] = '\0'; /* it was overcome */
    if (stall_look(&s->stall, owed, s->frontier.acked, now) <
        s->options->timeout)
        return;
    give_up(s, s->trouble.text[0] ? s->trouble.text : "no delivery reports");
}

static int kafka_work(struct sink *sink, usec_t now, struct error *err)
{
    struct kafka_sink *s = kafka_of(sink);
    uint64_t ignored;

    /* First the descriptor, then the queue: nothing is overlooked. */
    if (read(s->producer.event, &ignored, sizeof(ignored)) < 0 &&
        errno != EAGAIN)
        give_up(s, strerror(errno));
    while (rd_kafka_poll(s->producer.handle, 0) > 0)
        ;
    watch_progress(s, now);
    return s->failed ? error_set(err, s->failed, "%s", s->why.text) : 0;
}

static uint64_t kafka_acked(const struct sink *sink)
{
    return kafka_of(sink)->frontier.acked;
}

static void kafka_wait(const struct sink *sink, struct pollfd *ret_fd,
                       usec_t *ret_deadline)
{
    const struct kafka_sink *s = kafka_of(sink);

    *ret_fd = (struct pollfd){.fd = s->producer.event, .events = POLLIN};
    *ret_deadline = USEC_INFINITY;
    if (kafka_frontier_count(&s->frontier) > 0)
        *ret_deadline =
            s->stall.owed ? s->stall.since + s->options->timeout : 0;
}

static uint64_t kafka_stop(struct sink *sink, bool clean)
{
    struct kafka_sink *s = kafka_of(sink);

    s->stopping = true;
    if (clean && s->producer.handle)
        rd_kafka_flush(s->producer.handle, FLUSH_MS);
    kafka_producer_close(&s->producer);
    return 0;
}

static void kafka_destroy(struct sink *sink)
{
    struct kafka_sink *s = kafka_of(sink);

    if (!s)
        return;
    kafka_producer_close(&s->producer);
    kafka_frontier_done(&s->frontier);
    free(s);
}

const struct sink_type sink_kafka = {
    .name = "kafka",
    .options = kafka_option_table,
    .options_size = sizeof(struct kafka_options),
    .standard_format = &format_json,
    .check = kafka_check,
    .create = kafka_create,
    .start = kafka_start,
    .send = kafka_send,
    .work = kafka_work,
    .acked = kafka_acked,
    .wait = kafka_wait,
    .stop = kafka_stop,
    .destroy = kafka_destroy,
};
