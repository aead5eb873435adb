/* SPDX-License-Identifier: Apache-2.0 */
/* The options of sink `kafka`; see kafka_options.h. */
#include "sinks/kafka_options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "util/buffer.h"
#include "util/file.h"

#define FILE_SUFFIX "_file" /* of a property whose value is a secret */

static const char *const compressions[] = {"auto", "none", "gzip", "snappy",
                                           "lz4",  "zstd", NULL};

const struct option kafka_option_table[] = {
    {
        .key = "brokers",
        .kind = OPTION_TEXTS,
        .offset = offsetof(struct kafka_options, brokers),
        .meaning = "host:port of some brokers of the cluster",
        .required = true,
    },
    {
        .key = "topic",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct kafka_options, topic),
        .meaning = "topic to write to; the key is the BMC's name",
        .required = true,
    },
    {
        .key = "client_id",
        .kind = OPTION_TEXT,
        .offset = offsetof(struct kafka_options, client_id),
        .standard = "trawl",
        .meaning = "what the brokers call us in their logs",
    },
    {
        .key = "compression",
        .kind = OPTION_CHOICE,
        .offset = offsetof(struct kafka_options, compression),
        .standard = "auto",
        .choices = compressions,
        .meaning = "of batches; auto: lz4 if the library has it",
    },
    {
        .key = "timeout",
        .kind = OPTION_DURATION,
        .offset = offsetof(struct kafka_options, timeout),
        .standard = "60s",
        .meaning = "without a delivery report, then begin anew",
        .min = (int64_t)USEC_PER_SEC,
        .max = (int64_t)USEC_PER_DAY,
    },
    {
        .key = "librdkafka",
        .kind = OPTION_PAIRS,
        .offset = offsetof(struct kafka_options, properties),
        .meaning = "properties of librdkafka; NAME_file reads a secret's file",
    },
    {0},
};

/* Properties of the library that have only one right value, or none. */
static const struct fixed {
    const char *name;
    const char *values[2]; /* that are accepted */
    const char *why;
} fixed[] = {
    {"acks", {"all", "-1"}, "a leader that dies would take events with it"},
    {"request.required.acks",
     {"all", "-1"},
     "a leader that dies would take events with it"},
    {"enable.idempotence", {"true"}, "a retry could change the order"},
    {"enable.gapless.guarantee", {"false"}, "it is experimental"},
    {"message.timeout.ms", {"0"}, "events would be given up after it"},
    {"delivery.timeout.ms", {"0"}, "events would be given up after it"},
    {"retries", {0}, "events would be given up after so many"},
    {"message.send.max.retries", {0}, "events would be given up after so many"},
    {"queuing.strategy", {"fifo"}, "the order would be lost"},
    {"transactional.id", {0}, "transactions are not used"},
    {"delivery.report.only.error",
     {"false"},
     "nothing would ever be acknowledged"},
    {"enabled_events", {0}, "delivery reports would not arrive"},
    {"bootstrap.servers", {0}, "option `brokers` sets it"},
    {"metadata.broker.list", {0}, "option `brokers` sets it"},
    {"client.id", {0}, "option `client_id` sets it"},
    {"compression.type", {0}, "option `compression` sets it"},
    {"compression.codec", {0}, "option `compression` sets it"},
};

void kafka_properties_done(struct kafka_properties *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].value);
    }
    free(list->items);
    *list = (struct kafka_properties){0};
}

/* Takes both texts over. */
static struct kafka_property *take(struct kafka_properties *list, char *name,
                                   char *value)
{
    list->items =
        xgrow(list->items, &list->cap, list->count + 1, sizeof(*list->items));
    list->items[list->count] = (struct kafka_property){name, value, false};
    return &list->items[list->count++];
}

static struct kafka_property *add(struct kafka_properties *list,
                                  const char *name, const char *value)
{
    return take(list, xstrdup(name), xstrdup(value));
}

static void add_brokers(struct kafka_properties *list,
                        const struct kafka_options *o)
{
    struct buffer text = {0};

    for (size_t i = 0; i < o->brokers.count; i++) {
        if (i > 0)
            buffer_add_char(&text, ',');
        buffer_add_text(&text, o->brokers.items[i]);
    }
    take(list, xstrdup("bootstrap.servers"), buffer_take_text(&text));
}

static void add_promises(struct kafka_properties *list,
                         const struct kafka_options *o)
{
    bool choose = o->compression == 0;

    add(list, "client.id", o->client_id);
    add(list, "acks", "all");
    add(list, "enable.idempotence", "true");
    add(list, "message.timeout.ms", "0");
    add(list, "partitioner", "murmur2_random"); /* as Java's clients do */
    add(list, "linger.ms", "5");
    add(list, "queue.buffering.max.messages", "10000");
    add(list, "queue.buffering.max.kbytes", "65536");
    add(list, "socket.keepalive.enable", "true");
    add(list, "compression.type", choose ? "lz4" : compressions[o->compression])
        ->optional = choose;
    add(list, "ssl.endpoint.identification.algorithm", "https")->optional =
        true;
}

static int check_property(const struct option_pair *p, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
        if (strcmp(fixed[i].name, p->name) != 0)
            continue;
        for (size_t v = 0; v < ARRAY_LEN(fixed[i].values); v++)
            if (fixed[i].values[v] && strcmp(fixed[i].values[v], p->value) == 0)
                return 0;
        return error_set(err, -EINVAL, "librdkafka.%s cannot be %s: %s",
                         p->name, p->value, fixed[i].why);
    }
    return 0;
}

/* "sasl.password_file" is sasl.password, with its value in a file. */
static int add_property(struct kafka_properties *list,
                        const struct option_pair *p, bool read_files,
                        struct error *err)
{
    size_t len = strlen(p->name), end = strlen(FILE_SUFFIX);
    char *value = NULL;
    int r = check_property(p, err);

    if (r < 0)
        return r;
    if (len <= end || strcmp(p->name + len - end, FILE_SUFFIX) != 0) {
        add(list, p->name, p->value);
        return 0;
    }
    r = read_files ? file_read_secret(p->value, &value, err) : 0;
    if (r == 0)
        take(list, xstrndup(p->name, len - end), value ? value : xstrdup(""));
    return r;
}

int kafka_options_properties(const struct kafka_options *o, bool read_files,
                             struct kafka_properties *ret, struct error *err)
{
    int r = 0;

    if (o->brokers.count == 0)
        return error_set(err, -EINVAL, "brokers: at least one is needed");
    add_brokers(ret, o);
    add_promises(ret, o);
    for (size_t i = 0; i < o->properties.count && r == 0; i++)
        r = add_property(ret, &o->properties.items[i], read_files, err);
    return r;
}
