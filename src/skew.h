/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a BMC's clock is from ours, and whether it is wrong. The two clocks
 * are never mixed: an event keeps the BMC's time and that of its receipt, and
 * what lies between the clocks is estimated here, from what the BMC says when
 * it is asked (to half of the round trip) or else from the events that it
 * sends (which are some time on their way). Needed to read a log for a time
 * of ours. Pure.
 */
#pragma once

#include "event.h"

struct skew {
    int64_t offset;  /* the BMC's clock less ours, µs */
    usec_t margin;   /* by which that may be off */
    usec_t measured; /* real; 0: nothing is known */
    bool asked;      /* the BMC was asked; else it is from an event */
    bool wrong_event, wrong_answer; /* by the last of each kind */
};

enum skew_verdict { SKEW_UNKNOWN, SKEW_RIGHT, SKEW_WRONG };

#define SKEW_TEXT_MAX 64

/*
 * What the BMC answered when it was asked for its time (`text`, NULL: it has
 * none), in a question from `asked` to `answered` (real).
 */
enum skew_verdict skew_take_answer(struct skew *s, const char *text,
                                   usec_t asked, usec_t answered);

/* An event as decoded, just received. One of a log says nothing. */
enum skew_verdict skew_take_event(struct skew *s, const struct event *e);

/* Whether both kinds of evidence agree that it is right. */
bool skew_is_right(const struct skew *s);

/* "3 h 12 min behind", "exact to a second", "not plausible". */
void skew_describe(const struct skew *s, char text[SKEW_TEXT_MAX]);

/* A time of ours on the BMC's clock, as far as that is known. */
usec_t skew_to_bmc(const struct skew *s, usec_t real);
