/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks; see skew.h. */
#include "skew.h"

#include <stdio.h>
#include <string.h>

#include "config.h"

#define TIME_FIRST ((usec_t)1420070400 * USEC_PER_SEC) /* 2015-01-01 */
#define ANSWER_STANDS USEC_PER_DAY /* for so long no event knows better */
#define EVENT_STANDS USEC_PER_HOUR

static usec_t size_of(int64_t offset)
{
    return (usec_t)(offset < 0 ? -offset : offset);
}

enum skew_verdict skew_take_answer(struct skew *s, const char *text,
                                   usec_t asked, usec_t answered)
{
    usec_t time, middle = asked + (answered - asked) / 2;
    bool zoneless;

    /* A clock of ours that was set back meanwhile measures nothing. */
    if (!text || answered < asked)
        return SKEW_UNKNOWN;
    if (!clock_parse(text, strlen(text), &time, &zoneless) || zoneless)
        return SKEW_UNKNOWN; /* firmware that cannot say it is no bad clock */
    s->offset = (int64_t)(time - middle);
    s->margin = (answered - asked) / 2 + USEC_PER_SEC; /* it has seconds */
    s->measured = answered;
    s->asked = true;
    s->wrong_answer = size_of(s->offset) > CONFIG_SKEW_MAX + s->margin;
    return s->wrong_answer ? SKEW_WRONG : SKEW_RIGHT;
}

/* The newest event is the least delayed, until a better one comes. */
static void estimate(struct skew *s, int64_t offset, usec_t received)
{
    usec_t stands = s->asked ? ANSWER_STANDS : EVENT_STANDS;

    if (s->measured && received < s->measured + stands &&
        (s->asked || offset < s->offset))
        return;
    *s = (struct skew){
        .offset = offset,
        .margin = CONFIG_SKEW_MAX, /* how long it was on its way */
        .measured = received,
        .wrong_event = s->wrong_event,
        .wrong_answer = s->wrong_answer,
    };
}

static bool is_from_log(const struct event *e)
{
    const char *source = event_text(e, EVENT_SOURCE, NULL);

    return source && strcmp(source, "log") == 0;
}

/*
 * An event may come late and say nothing against the clock, but not before it
 * happened. One without a usable time stands at its receipt, and says so.
 */
enum skew_verdict skew_take_event(struct skew *s, const struct event *e)
{
    usec_t time = (usec_t)event_int(e, EVENT_TIME, 0);
    usec_t received = (usec_t)event_int(e, EVENT_RECEIVED, 0);

    if (is_from_log(e))
        return SKEW_UNKNOWN;
    if (time == received) {
        if (!event_has(e, EVENT_EVENT_TIME))
            return SKEW_UNKNOWN; /* it bears no time at all */
        s->wrong_event = true;
        return SKEW_WRONG;
    }
    estimate(s, (int64_t)(time - received), received);
    s->wrong_event = time > received + CONFIG_SKEW_MAX;
    return s->wrong_event ? SKEW_WRONG : SKEW_RIGHT;
}

bool skew_is_right(const struct skew *s)
{
    return !s->wrong_event && !s->wrong_answer;
}

void skew_describe(const struct skew *s, char text[SKEW_TEXT_MAX])
{
    usec_t size = size_of(s->offset);
    unsigned long long seconds = size / USEC_PER_SEC;
    const char *side = s->offset < 0 ? "behind" : "ahead";

    if (!s->measured || (s->wrong_event && size <= CONFIG_SKEW_MAX))
        snprintf(text, SKEW_TEXT_MAX, "not plausible");
    else if (seconds == 0)
        snprintf(text, SKEW_TEXT_MAX, "exact to a second");
    else if (size < USEC_PER_HOUR)
        snprintf(text, SKEW_TEXT_MAX, "%llu min %llu s %s", seconds / 60,
                 seconds % 60, side);
    else if (size < USEC_PER_DAY)
        snprintf(text, SKEW_TEXT_MAX, "%llu h %llu min %s", seconds / 3600,
                 seconds / 60 % 60, side);
    else
        snprintf(text, SKEW_TEXT_MAX, "%llu days %s", seconds / 86400, side);
}

usec_t skew_to_bmc(const struct skew *s, usec_t real)
{
    if (!s->measured || (s->offset < 0 && real < size_of(s->offset)))
        return s->measured ? 0 : real;
    return real + (usec_t)s->offset;
}
