/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms in which an event goes out. A format is one file, one row in
 * format.c and one line of the makefile. It only reads the event and writes
 * bytes; framing and sending are the sink's.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "util/buffer.h"

struct format_options {
    int facility;         /* of syslog, 0 to 23 */
    const char *app_name; /* APP-NAME of RFC 5424 */
    size_t max_size;      /* 0: no limit; else the message is shortened */
    bool colour;          /* of the terminal form */
    bool syslog;          /* goes to a syslog receiver: needs its header */
};

struct format {
    const char *name;
    const char *content_type;

    /* Adds one event, without a line end. `seq` is its place in the spool. */
    void (*write)(const struct event *e, uint64_t seq,
                  const struct format_options *options, struct buffer *out);
};

/* The format of that name, or NULL. */
const struct format *format_find(const char *name);

/* "json, ecs, …" for messages. */
const char *format_names(void);

extern const struct format format_json;
extern const struct format format_ecs;
extern const struct format format_cef;
extern const struct format format_rfc5424;
extern const struct format format_rfc3164; /* for /dev/log */
extern const struct format format_terminal;
extern const struct format format_journal; /* of journald; never chosen */
