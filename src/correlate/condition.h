/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One condition as it is: a row of plain values, which a record of the spool
 * carries (EVENT_CONDITION_ROW) and the state's database keeps, and from which
 * everything is made again; and what it is about, which is in the record's own
 * fields. Replay assigns rows, it never recomputes them.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event.h"
#include "correlate/recent.h"

#define CONDITION_KEY_LEN RECENT_KEY_LEN
#define CONDITION_ROW_VERSION 1
#define CONDITION_TIMES_MAX 1000 /* of after.count and flapping.cycles */

/* Numbers are part of the disk format. */
enum condition_phase {
    CONDITION_OVER,     /* not there any more */
    CONDITION_COUNTING, /* below the threshold of `after` */
    CONDITION_HELD,     /* raised, waits for `settle` */
    CONDITION_RAISED,
    CONDITION_FLAPPING_UP,   /* raised just now, told as flapping */
    CONDITION_FLAPPING_DOWN, /* cleared just now, told as flapping */
    CONDITION_RESTING,       /* cleared; its times are kept for `flapping` */
    CONDITION_SUMMING,       /* no condition: equal events inside `within` */
    CONDITION_PHASE_END
};

enum {
    CONDITION_OWN = 1,   /* the record is about this condition itself */
    CONDITION_TIMED = 2, /* `last` is the BMC's time, not that of receipt */
    CONDITION_PLAIN = 4, /* COUNTING: of a message that raises nothing */
};

/* All times real; first and last by the BMC's clock, the rest by ours. */
struct condition_row {
    uint8_t version;
    uint8_t phase;
    uint8_t severity;
    uint8_t flags;
    uint32_t cycles; /* of the rule `flapping`; 0: none */
    uint8_t key[CONDITION_KEY_LEN];
    uint8_t raise[CONDITION_KEY_LEN]; /* id of the event that raised it */
    uint64_t identity;                /* of its first identity argument; 0 */
    usec_t first, last;
    usec_t seen;      /* when the last one came */
    usec_t forwarded; /* when a sink was last told of it */
    usec_t due;       /* when something is to be done; USEC_INFINITY */
    usec_t window;    /* of the rule that counts: after, within, flapping */
    uint64_t count;
    uint64_t reported; /* the count last told */
    uint64_t held;     /* sequence of the record that waits; 0 */
};

/* A row with what varies in length; the pointers are somebody else's. */
struct condition_whole {
    struct condition_row row;
    const usec_t *times; /* of what COUNTING and flapping count */
    size_t time_count;
    const char *sinks; /* that were told of it, joined by line ends */
    size_t sinks_len;
};

void condition_write(const struct condition_whole *w, struct buffer *out);

/*
 * False if these bytes are none of ours. The result points into `times`,
 * which has CONDITION_TIMES_MAX places, and into the bytes.
 */
bool condition_read(const void *bytes, size_t len, usec_t *times,
                    struct condition_whole *ret);

/* Whether people would say it is open: told, and not ended. */
bool condition_is_open(const struct condition_row *row);

/* The condition's id: of its key and of the event that raised it. */
void condition_id(const struct condition_row *row,
                  uint8_t ret_id[CONDITION_KEY_LEN]);

/*
 * The key: of BMC, registry, message key, origin and the arguments in `mask`
 * (bit 0: the first). *ret_identity is of the first of these, 0 if none. Where
 * no registry has the message and there are no arguments (logs of iLO: class
 * and code), of what stands in the text with a digit in it.
 * CONDITION_WHOLE: equal in everything, the text of one without arguments too.
 */
#define CONDITION_WHOLE UINT64_MAX
void condition_key(const struct event *e, uint64_t mask,
                   uint8_t ret_key[CONDITION_KEY_LEN], uint64_t *ret_identity);

/* What condition_key() says of an identity argument; never 0. */
uint64_t condition_identity(const char *arg, size_t len);
