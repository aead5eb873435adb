/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From options to a producer that has reached its brokers; see
 * kafka_producer.h. The library has threads of its own, but calls us back only
 * while the sink's thread polls or flushes, so that nothing here is shared.
 */
#include "sinks/kafka_producer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "util/alloc.h"

#define REACH_MS 5000     /* for a first answer about the topic */
#define REACH_STEP_MS 200 /* while a topic is being made */

static int set(rd_kafka_conf_t *conf, const char *name, const char *value,
               struct error *err)
{
    char text[256];

    if (rd_kafka_conf_set(conf, name, value, text, sizeof(text)) ==
        RD_KAFKA_CONF_OK)
        return 0;
    return error_set(err, -EINVAL, "librdkafka.%s: %s", name, text);
}

static int configure(const struct kafka_options *o, bool read_files,
                     rd_kafka_conf_t **ret, struct error *err)
{
    _cleanup_(kafka_properties_done) struct kafka_properties list = {0};
    rd_kafka_conf_t *conf;
    int r = kafka_options_properties(o, read_files, &list, err);

    if (r < 0)
        return r;
    conf = rd_kafka_conf_new();
    for (size_t i = 0; i < list.count && r == 0; i++) {
        r = set(conf, list.items[i].name, list.items[i].value, err);
        if (list.items[i].optional)
            r = 0;
    }
    if (r < 0) {
        rd_kafka_conf_destroy(conf);
        return r;
    }
    *ret = conf;
    return 0;
}

int kafka_producer_check(const struct kafka_options *options, struct error *err)
{
    rd_kafka_conf_t *conf = NULL;
    int r = configure(options, false, &conf, err);

    if (conf)
        rd_kafka_conf_destroy(conf);
    return r;
}

static int open_queue(struct kafka_producer *p, struct error *err)
{
    static const uint64_t one = 1;

    p->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (p->event < 0)
        return error_set(err, -errno, "cannot make an event descriptor: %s",
                         strerror(errno));
    p->queue = rd_kafka_queue_get_main(p->handle);
    rd_kafka_queue_io_event_enable(p->queue, p->event, &one, sizeof(one));
    return 0;
}

int kafka_producer_open(struct kafka_producer *p,
                        const struct kafka_producer_setup *setup,
                        struct error *err)
{
    rd_kafka_conf_t *conf;
    char text[256];
    int r = configure(setup->options, true, &conf, err);

    if (r < 0)
        return r;
    if (setup->one_by_one)
        set(conf, "batch.num.messages", "1", NULL);
    rd_kafka_conf_set_opaque(conf, setup->opaque);
    rd_kafka_conf_set_dr_msg_cb(conf, setup->on_delivery);
    rd_kafka_conf_set_error_cb(conf, setup->on_error);
    rd_kafka_conf_set_log_cb(conf, NULL); /* modules do not log */
    p->handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
    if (!p->handle) {
        rd_kafka_conf_destroy(conf);
        return error_set(err, -EINVAL, "cannot make a producer: %s", text);
    }
    p->topic = rd_kafka_topic_new(p->handle, setup->options->topic, NULL);
    if (!p->topic)
        return error_set(err, -EINVAL, "topic %s: %s", setup->options->topic,
                         rd_kafka_err2str(rd_kafka_last_error()));
    return open_queue(p, err);
}

static rd_kafka_resp_err_t ask_for_topic(const struct kafka_producer *p,
                                         int timeout_ms)
{
    const struct rd_kafka_metadata *m = NULL;
    rd_kafka_resp_err_t code;

    code = rd_kafka_metadata(p->handle, 0, p->topic, &m, timeout_ms);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return code;
    code = m->topic_cnt == 1 ? m->topics[0].err
                             : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    rd_kafka_metadata_destroy(m);
    return code;
}

rd_kafka_resp_err_t kafka_producer_reach(const struct kafka_producer *p)
{
    usec_t end = clock_monotonic() + REACH_MS * USEC_PER_MSEC;
    rd_kafka_resp_err_t code;

    for (;;) {
        code = ask_for_topic(p, REACH_MS);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
            return code;
        rd_kafka_poll(p->handle, 0); /* on_error tells why */
        if ((code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART &&
             code != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) ||
            clock_monotonic() >= end)
            return code;
        poll(NULL, 0, REACH_STEP_MS);
    }
}

void kafka_producer_close(struct kafka_producer *p)
{
    if (p->handle)
        rd_kafka_purge(p->handle,
                       RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    /* Or the library's threads go on writing to a descriptor that is closed. */
    if (p->queue) {
        rd_kafka_queue_io_event_enable(p->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(p->queue);
    }
    if (p->topic)
        rd_kafka_topic_destroy(p->topic);
    if (p->handle)
        rd_kafka_destroy(p->handle);
    if (p->event >= 0)
        close(p->event);
    p->queue = NULL;
    p->topic = NULL;
    p->handle = NULL;
    p->event = -1;
}
