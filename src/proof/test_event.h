/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test event of a proof: how each vendor is asked for one, and how it is
 * known again when it arrives. Where a BMC sends what we tell it to, a mark
 * stands in the event; where it sends a text of its own, the first event that
 * looks like a test stands for it. Pure.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "event.h"
#include "util/clock.h"

#define TEST_EVENT_MARK_LEN 28 /* "trawl-test-" and 16 digits, and its end */

struct test_event_facts {
    int dialect;             /* VENDOR_TEST_… */
    const char *mark;        /* of test_event_mark() */
    const char *destination; /* where this BMC posts to; NULL: nowhere */
    usec_t now;              /* real */
};

/* Makes a mark of 64 random bits. */
void test_event_mark(uint64_t random, char ret_mark[TEST_EVENT_MARK_LEN]);

/*
 * The body to ask with; a service that refuses one gets the next `variant`
 * (from 0 on), plainer each time. NULL: there are no more. A new reference.
 */
json_t *test_event_body(const struct test_event_facts *facts, unsigned variant);

/* What an event is to a proof. */
enum test_event_kind {
    TEST_EVENT_NONE,
    TEST_EVENT_LIKE,  /* it looks like somebody's test */
    TEST_EVENT_OTHER, /* bears a mark of Trawl's, of another proof */
    TEST_EVENT_OURS,  /* bears this mark */
};

/* `mark` may be NULL: then none is ours. The event is resolved. */
enum test_event_kind test_event_classify(const struct event *e,
                                         const char *mark);
