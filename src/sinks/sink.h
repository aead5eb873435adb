/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where events go. A sink is one file, one row in sink.c and one line of the
 * makefile. It knows one far end: how to reach it, how to hand it a record and
 * what it has acknowledged. Retry, order, cursor and quarantine stand once, in
 * deliver.c, which calls a sink from one thread of its own; a sink may block
 * for a short time in start() only.
 */
#pragma once

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "formats/format.h"
#include "option.h"
#include "util/clock.h"
#include "util/error.h"

struct sink; /* each type begins its own structure as it likes */

enum sink_result {
    SINK_TAKEN,   /* on its way; acked() will tell */
    SINK_BUSY,    /* not now: wait for the descriptor or the deadline */
    SINK_REFUSED, /* this event can never be taken, for a cause in itself */
    SINK_FAILED,  /* the far end is gone: stop, back off, start, go on */
};

struct sink_record {
    uint64_t seq;
    const struct event *event;
    const char *text; /* in the sink's format; NUL-terminated */
    size_t len;
};

struct sink_setup {
    const char *name;    /* of the sink in the configuration */
    const void *options; /* by the type's table */
    const struct format *format;
    /*
     * For a refusal that arrives after the record was taken (a delivery
     * report); called from send() or work() only. The record then counts as
     * acknowledged.
     */
    void (*refused)(void *userdata, uint64_t seq, const char *why);
    void *userdata;
};

struct sink_type {
    const char *name;
    const struct option *options; /* ends with key NULL; may be NULL */
    size_t options_size;
    const struct format *standard_format;
    bool fixed_format; /* `format:` cannot be chosen (journald) */

    /* Checks options against each other, without touching anything. */
    int (*check)(const void *options, const struct format *format,
                 struct error *err);

    /* What the format is to know of this sink, set to defaults; or NULL. */
    void (*format_options)(const void *options, struct format_options *ret);

    /* Makes the object; reaches nothing. `setup` outlives it. */
    struct sink *(*create)(const struct sink_setup *setup);

    /* Reaches the far end; at most some seconds. */
    int (*start)(struct sink *s, struct error *err);

    /* Hands over one record, without waiting for its acknowledgement. */
    enum sink_result (*send)(struct sink *s, const struct sink_record *r,
                             struct error *err);

    /* Lets it read, write and look at the time. Negative: SINK_FAILED. */
    int (*work)(struct sink *s, usec_t now, struct error *err);

    /*
     * All records taken up to this sequence are acknowledged, without a gap;
     * 0 before the first.
     */
    uint64_t (*acked)(const struct sink *s);

    /* What to wait for: fd -1 for none, deadline (monotonic) or infinity. */
    void (*wait)(const struct sink *s, struct pollfd *ret_fd,
                 usec_t *ret_deadline);

    /*
     * Drops the connection. Returns the sequence to go on from at the next
     * start when that lies before what was acknowledged (syslog over TCP goes
     * back by `rewind`), else 0. `clean`: the program ends, say good-bye.
     */
    uint64_t (*stop)(struct sink *s, bool clean);

    /* SIGHUP: open the file again. May be NULL. */
    void (*reopen)(struct sink *s);

    void (*destroy)(struct sink *s);
};

/* The type of that name, or NULL; and "file, journald, …" for messages. */
const struct sink_type *sink_find(const char *name);
const char *sink_names(void);

extern const struct sink_type sink_file;
extern const struct sink_type sink_journald;
extern const struct sink_type sink_kafka;
extern const struct sink_type sink_syslog;
