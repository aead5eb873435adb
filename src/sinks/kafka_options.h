/* SPDX-License-Identifier: Apache-2.0 */
/* What can be configured of sink `kafka`, and what would break the promise. */
#pragma once

#include "option.h"
#include "util/clock.h"
#include "util/error.h"

struct kafka_options {
    struct option_texts brokers;
    char *topic;
    char *client_id;
    int compression; /* index; 0: lz4 if the library has it */
    usec_t timeout;
    struct option_pairs properties; /* `librdkafka:` */
};

extern const struct option kafka_option_table[];

struct kafka_property {
    char *name;
    char *value;
    bool optional; /* of those that not every library has */
};

struct kafka_properties {
    struct kafka_property *items;
    size_t count, cap;
};

void kafka_properties_done(struct kafka_properties *list);

/*
 * All properties to give to the library, in order: what keeps the promise,
 * then the user's. -EINVAL for one that another option sets, or with which
 * events could get lost or out of order. `read_files`: NAME_file becomes NAME
 * with the secret in that file; else with an empty text (a check touches no
 * file). The caller ends the list, also after an error.
 */
int kafka_options_properties(const struct kafka_options *o, bool read_files,
                             struct kafka_properties *ret, struct error *err);
