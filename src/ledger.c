/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The books; see ledger.h. What a segment's header keeps is text, one count a
 * line ("outcome 1 17", "routed siem 9"), so that a count added later is a
 * line more and an unknown one is skipped.
 */
#include "ledger.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "util/alloc.h"
#include "util/hashmap.h"

#define SAVE_HEAD "trawl-ledger 1\n"

struct ledger {
    uint64_t received;
    uint64_t generated;
    uint64_t outcomes[OUTCOME_END];
    struct hashmap *routed; /* sink name to uint64_t * */
};

static const struct {
    const char *kind;
    const char *reason;
} outcome_words[OUTCOME_END] = {
    [OUTCOME_FORWARDED] = {"forwarded", NULL},
    [OUTCOME_SUPPRESSED_REPEAT] = {"suppressed", "repeat"},
    [OUTCOME_SUPPRESSED_DUPLICATE] = {"suppressed", "duplicate"},
    [OUTCOME_SUPPRESSED_BELOW_THRESHOLD] = {"suppressed", "below_threshold"},
    [OUTCOME_SUPPRESSED_CANCELLED] = {"suppressed", "cancelled"},
    [OUTCOME_DROPPED_ROUTE] = {"dropped", "route"},
    [OUTCOME_DROPPED_UNROUTED] = {"dropped", "unrouted"},
    [OUTCOME_DROPPED_METRIC_REPORT] = {"dropped", "metric_report"},
    [OUTCOME_DROPPED_TEST] = {"dropped", "test"},
    [OUTCOME_DROPPED_IGNORED] = {"dropped", "ignored"},
    [OUTCOME_QUARANTINED] = {"quarantined", NULL},
    [OUTCOME_HELD] = {"held", NULL},
};

struct ledger *ledger_new(void)
{
    struct ledger *l = XNEW(struct ledger);

    l->routed = hashmap_new();
    return l;
}

void ledger_free(struct ledger *l)
{
    size_t cursor = 0;
    void *count;

    if (!l)
        return;
    while (hashmap_next(l->routed, &cursor, NULL, &count))
        free(count);
    hashmap_free(l->routed);
    free(l);
}

static uint64_t *routed_count(struct ledger *l, const char *sink)
{
    uint64_t *count = hashmap_find(l->routed, sink);

    if (!count) {
        count = XNEW(uint64_t);
        hashmap_set(l->routed, sink, count);
    }
    return count;
}

/* A release is a second record of what was received once. */
static void enter_held(struct ledger *l, const struct event *e)
{
    uint64_t cancelled = (uint64_t)event_int(e, EVENT_CANCELLED, 0);
    uint64_t settled = (uint64_t)event_int(e, EVENT_SETTLED, 0);
    uint64_t *held = &l->outcomes[OUTCOME_HELD];

    *held -= MIN_OF(*held, cancelled + settled);
    l->outcomes[OUTCOME_SUPPRESSED_CANCELLED] += cancelled;
}

void ledger_enter(struct ledger *l, const struct event *e)
{
    int64_t outcome = event_int(e, EVENT_OUTCOME, 0);
    size_t cursor = 0;
    const char *sink;

    if (outcome <= 0 || outcome >= OUTCOME_END)
        return;
    if (event_has(e, EVENT_SETTLED))
        ;
    else if (event_int(e, EVENT_GENERATED, 0))
        l->generated++;
    else
        l->received++;
    enter_held(l, e);
    l->outcomes[outcome]++;
    if (outcome != OUTCOME_FORWARDED)
        return;
    while ((sink = event_next(e, EVENT_SINK, &cursor, NULL)))
        ++*routed_count(l, sink);
}

const char *ledger_outcome_kind(enum outcome o)
{
    return outcome_words[o].kind;
}

const char *ledger_outcome_reason(enum outcome o)
{
    return outcome_words[o].reason;
}

uint64_t ledger_received(const struct ledger *l)
{
    return l->received;
}

uint64_t ledger_generated(const struct ledger *l)
{
    return l->generated;
}

uint64_t ledger_outcome(const struct ledger *l, enum outcome o)
{
    return l->outcomes[o];
}

uint64_t ledger_routed(const struct ledger *l, const char *sink)
{
    const uint64_t *count = hashmap_find(l->routed, sink);

    return count ? *count : 0;
}

void ledger_save(const struct ledger *l, struct buffer *out)
{
    size_t cursor = 0;
    const char *sink;
    void *count;

    buffer_add_text(out, SAVE_HEAD);
    buffer_printf(out, "received %" PRIu64 "\n", l->received);
    buffer_printf(out, "generated %" PRIu64 "\n", l->generated);
    for (int i = 1; i < OUTCOME_END; i++)
        buffer_printf(out, "outcome %d %" PRIu64 "\n", i, l->outcomes[i]);
    while (hashmap_next(l->routed, &cursor, &sink, &count))
        buffer_printf(out, "routed %s %" PRIu64 "\n", sink, *(uint64_t *)count);
}

static void load_line(struct ledger *l, const char *line)
{
    char name[128];
    uint64_t count;
    int outcome;

    if (sscanf(line, "received %" SCNu64, &count) == 1)
        l->received = count;
    else if (sscanf(line, "generated %" SCNu64, &count) == 1)
        l->generated = count;
    else if (sscanf(line, "outcome %d %" SCNu64, &outcome, &count) == 2 &&
             outcome > 0 && outcome < OUTCOME_END)
        l->outcomes[outcome] = count;
    else if (sscanf(line, "routed %127s %" SCNu64, name, &count) == 2)
        *routed_count(l, name) = count;
}

int ledger_load(struct ledger *l, const void *data, size_t len)
{
    _cleanup_free_ char *text = xstrndup(data, len);
    char *rest = text + strlen(SAVE_HEAD);

    if (strncmp(text, SAVE_HEAD, strlen(SAVE_HEAD)) != 0)
        return -EBADMSG;
    for (char *line; (line = strsep(&rest, "\n"));)
        load_line(l, line);
    return 0;
}
