/* SPDX-License-Identifier: Apache-2.0 */
/* The books: the law holds whatever is entered, and survives a segment. */
#include "ledger.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

static void enter(struct ledger *l, enum outcome o, bool generated,
                  const char *sink)
{
    _cleanup_(event_freep) struct event *e = event_new();

    event_set_int(e, EVENT_OUTCOME, o);
    if (generated)
        event_set_int(e, EVENT_GENERATED, 1);
    if (sink)
        event_add(e, EVENT_SINK, sink, strlen(sink));
    ledger_enter(l, e);
}

static uint64_t settled(const struct ledger *l)
{
    uint64_t sum = 0;

    for (int o = 1; o < OUTCOME_END; o++)
        sum += ledger_outcome(l, o);
    return sum;
}

int main(void)
{
    struct ledger *l = ledger_new(), *again = ledger_new();
    _cleanup_(buffer_done) struct buffer saved = {0};
    unsigned seed = 1;

    for (int i = 0; i < 1000; i++)
        enter(l, 1 + rand_r(&seed) % (OUTCOME_END - 1), i % 7 == 0, "siem");
    enter(l, OUTCOME_FORWARDED, false, "a.b-c_d");
    is_int(ledger_received(l) + ledger_generated(l), settled(l),
           "received + generated = all outcomes");
    is_int(ledger_generated(l), 143, "our own are told apart");
    is_int(ledger_routed(l, "siem") + 1, ledger_outcome(l, OUTCOME_FORWARDED),
           "only what is forwarded is routed");
    ledger_save(l, &saved);
    is_int(ledger_load(again, saved.data, saved.len), 0, "they can be kept");
    is_int(ledger_received(again), ledger_received(l), "... received");
    is_int(settled(again), settled(l), "... outcomes");
    is_int(ledger_routed(again, "siem"), ledger_routed(l, "siem"),
           "... routed");
    is_int(ledger_routed(again, "a.b-c_d"), 1, "... for every name");
    is_int(ledger_load(again, "nonsense", 8), -EBADMSG,
           "other bytes are no books");
    is_int(ledger_routed(l, "never"), 0, "a sink never seen has none");
    ok(!ledger_outcome_reason(OUTCOME_FORWARDED), "forwarded has no reason");
    is_text(ledger_outcome_kind(OUTCOME_DROPPED_ROUTE), "dropped",
            "outcomes have a kind");
    is_text(ledger_outcome_reason(OUTCOME_DROPPED_ROUTE), "route",
            "... and a reason");
    ledger_free(l);
    ledger_free(again);
    return done_testing();
}
