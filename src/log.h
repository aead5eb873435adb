/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trawl's diagnostics: one line each on stderr, with the level as journald
 * reads it ("<4>text") unless a terminal is there. Called by the daemon, the
 * sources, subscribe and whoever handles a failure to its end, so that each
 * appears once. Never given secrets, tokens or whole URLs of webhooks.
 */
#pragma once

#include <stdbool.h>

#include "util/clock.h"
#include "util/macro.h"

enum log_level {
    LOG_LEVEL_ERROR = 3,   /* an operator must act */
    LOG_LEVEL_WARNING = 4, /* we act and try again */
    LOG_LEVEL_INFO = 6,    /* a state changed */
    LOG_LEVEL_DEBUG = 7,
};

/* The most talkative level that is written; INFO at first. */
void log_set_level(enum log_level level);

void log_error(const char *format, ...) _printf_(1, 2);
void log_warning(const char *format, ...) _printf_(1, 2);
void log_info(const char *format, ...) _printf_(1, 2);
void log_debug(const char *format, ...) _printf_(1, 2);

/*
 * A limit for one kind of line about one thing (a BMC, a client): the first
 * `burst` lines in each `interval` go out, the rest are counted.
 */
struct log_limit {
    usec_t interval;
    unsigned burst;
    usec_t begun; /* monotonic */
    unsigned lines;
    unsigned silenced;
};

/*
 * Whether a line may be written now; *ret_silenced (may be NULL) gets the
 * number of lines held back since the last one that was.
 */
bool log_limit_pass(struct log_limit *limit, usec_t now,
                    unsigned *ret_silenced);
