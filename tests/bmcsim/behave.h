/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a BMC misbehaves at the moment. Set by the configuration file, the
 * control port and scenarios; read by whoever is about to do the right thing.
 */
#ifndef BMCSIM_BEHAVE_H
#define BMCSIM_BEHAVE_H

#include "knob.h"

enum answer {
    ANSWER_WHOLE,
    ANSWER_NEVER,
    ANSWER_HEADERS,
    ANSWER_PART,
    ANSWER_GARBAGE
};
enum greeting { GREETING_SERVE, GREETING_HOLD, GREETING_GARBAGE };

struct behave {
    double drop; /* below 1: a fraction; else how many */
    double drop_carry;
    long delay_ms, answer_delay_ms;
    long refuse, refuse_n, retry_after_s;
    char *refuse_path;
    int answer, greeting;
    char *answer_path, *redirect, *foreign, *foreign_kinds;
    long redirect_status;
    long truncate, cut;
    long repeat;
    long sse_close_after;
    bool sse_stall;
    double clock_offset_s;
    long clock_lost_ms;
    bool reset_connections;
    bool hide;
};

extern const struct knob behave_knobs[];

/* Is the next event lost before anyone is told? Counts down. A fraction is
 * spread evenly, not by chance: tests count. */
bool behave_drops(struct behave *b);

/* The status that a request for path is refused with, or 0. Counts down. */
unsigned behave_refuses(struct behave *b, const char *path);

#endif
