/* SPDX-License-Identifier: Apache-2.0 */
/* See behave.h. */
#include "behave.h"

#define AT(f) offsetof(struct behave, f)

const struct knob behave_knobs[] = {
    {"drop", KNOB_REAL, AT(drop), NULL,
     "below 1: that fraction of the events is lost; else the next n"},
    {"delay_ms", KNOB_INT, AT(delay_ms), NULL, "events leave this late"},
    {"answer_delay_ms", KNOB_INT, AT(answer_delay_ms), NULL,
     "answers to requests are this late"},
    {"refuse", KNOB_INT, AT(refuse), NULL,
     "answer requests with this status (0: do not)"},
    {"refuse_path", KNOB_TEXT, AT(refuse_path), NULL,
     "only those whose path begins so"},
    {"refuse_n", KNOB_INT, AT(refuse_n), NULL,
     "only the next n of them (0: all)"},
    {"retry_after_s", KNOB_INT, AT(retry_after_s), NULL,
     "with Retry-After (0: without)"},
    {"answer", KNOB_CHOICE, AT(answer), "whole never headers part garbage",
     "of an answer comes: all, nothing, its head alone, its first half and "
     "the end of the connection, or what is no JSON"},
    {"answer_path", KNOB_TEXT, AT(answer_path), NULL,
     "answer and redirect: only paths that begin so"},
    {"redirect", KNOB_TEXT, AT(redirect), NULL,
     "answers are redirections to this origin (empty: are not)"},
    {"redirect_status", KNOB_INT, AT(redirect_status), NULL,
     "with this status (0: 307)"},
    {"foreign", KNOB_TEXT, AT(foreign), NULL,
     "URIs in answers point to this origin (empty: do not)"},
    {"foreign_kinds", KNOB_TEXT, AT(foreign_kinds), NULL,
     "comma list, only: odata next registry archive sse task location action"},
    {"greeting", KNOB_CHOICE, AT(greeting), "serve hold garbage",
     "new connections are served, left without a word, or told nonsense "
     "and ended"},
    {"truncate", KNOB_INT, AT(truncate), NULL,
     "events end after so many bytes (0: whole)"},
    {"cut", KNOB_INT, AT(cut), NULL,
     "posts break off after so many bytes of body (0: whole)"},
    {"repeat", KNOB_INT, AT(repeat), NULL,
     "each event is sent so many times more"},
    {"sse_close_after", KNOB_INT, AT(sse_close_after), NULL,
     "a stream ends after n events (0: does not)"},
    {"sse_stall", KNOB_BOOL, AT(sse_stall), NULL,
     "streams stay open and say nothing"},
    {"clock_offset_s", KNOB_REAL, AT(clock_offset_s), NULL,
     "the BMC's clock is ahead by this"},
    {"clock_lost_ms", KNOB_INT, AT(clock_lost_ms), NULL,
     "for so long after a boot its clock counts from 1970"},
    {"reset_connections", KNOB_BOOL, AT(reset_connections), NULL,
     "reset all connections now, and new ones as they come"},
    {"hide", KNOB_BOOL, AT(hide), NULL, "events are not put into the log"},
    {.name = NULL},
};

bool behave_drops(struct behave *b)
{
    if (b->drop >= 1) {
        b->drop = b->drop - 1 < 1 ? 0 : b->drop - 1;
        return true;
    }
    b->drop_carry += b->drop;
    if (b->drop_carry < 1 - 1e-9)
        return false;
    b->drop_carry -= 1;
    return true;
}

unsigned behave_refuses(struct behave *b, const char *path)
{
    if (b->refuse <= 0)
        return 0;
    if (*b->refuse_path && !is_prefix(path, b->refuse_path))
        return 0;
    if (b->refuse_n > 0 && --b->refuse_n == 0) {
        unsigned last = (unsigned)b->refuse;

        b->refuse = 0;
        return last;
    }
    return (unsigned)b->refuse;
}
