/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For how long a far end has owed us an acknowledgement without giving any.
 * Sinks use it to tell a receiver that is frozen from one that is idle. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"

struct stall {
    bool owed;     /* since: */
    usec_t since;  /* the last progress, or when it began to owe */
    uint64_t seen; /* the acknowledgement of that time */
};

/*
 * `owed`: something is not acknowledged; `acked`: how far it has got. Returns
 * the time without progress: 0 if there was some, or if nothing is owed.
 */
usec_t stall_look(struct stall *s, bool owed, uint64_t acked, usec_t now);
