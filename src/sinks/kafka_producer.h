/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A producer of librdkafka and what it needs beside it: made, asked whether
 * its topic is there, and thrown away. What becomes of messages is kafka.c's.
 * Private to it; these two alone know librdkafka.
 */
#pragma once

#include <librdkafka/rdkafka.h>

#include "sinks/kafka_options.h"
#include "util/clock.h"
#include "util/error.h"

struct kafka_producer {
    rd_kafka_t *handle; /* NULL: there is none */
    rd_kafka_queue_t *queue;
    rd_kafka_topic_t *topic;
    int event; /* counts what the library has for us; -1: there is none */
};

struct kafka_producer_setup {
    const struct kafka_options *options;
    bool one_by_one; /* one message per batch */
    void (*on_delivery)(rd_kafka_t *handle, const rd_kafka_message_t *message,
                        void *opaque);
    void (*on_error)(rd_kafka_t *handle, int code, const char *text,
                     void *opaque);
    void *opaque;
};

/* Whether the library takes the options; secrets are not read for it. */
int kafka_producer_check(const struct kafka_options *options,
                         struct error *err);

/*
 * Makes one; nothing is sent yet. It is to be closed, after a failure as well;
 * `p->event` is -1 before.
 */
int kafka_producer_open(struct kafka_producer *p,
                        const struct kafka_producer_setup *setup,
                        struct error *err);

/*
 * Asks the brokers for the topic, and waits a little for one that they make on
 * the first question. Blocks for a few seconds at most.
 */
rd_kafka_resp_err_t kafka_producer_reach(const struct kafka_producer *p);

/* Forgets all that it holds, and does not wait for brokers that are away. */
void kafka_producer_close(struct kafka_producer *p);
