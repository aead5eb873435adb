/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of the spool as a line: for people in the format terminal, for
 * scripts in the format json. With its outcome the line says besides what
 * became of the record: " (suppressed: repeat)", or a member `record`:
 *   {"seq": 42, "outcome": "suppressed", "reason": "repeat", "sinks": []}
 */
#pragma once

#include <stdbool.h>

#include "event.h"
#include "spool.h"
#include "util/buffer.h"

struct spell {
    bool json;
    bool outcome;
    bool colour;
};

/* Whether it went to at least one sink. */
bool spell_is_forwarded(const struct event *e);

/* Adds the line, without its end. */
void spell_record(const struct spell *s, const struct event *e,
                  const struct spool_record *record, struct buffer *out);
