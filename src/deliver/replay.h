/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sink is to get again: windows over the records that it has dealt
 * with. Up to `resume` only what lies in a window is sent; behind it
 * everything is, as always. The windows stay when they have been passed: a
 * sink that goes back then by what it cannot be sure of (syslog's rewind) may
 * come to stand before `resume`, and shall not send what lies between.
 * Pure: no clock, no file. Of one thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/clock.h"

struct replay_window {
    uint64_t first, last; /* records with these numbers … */
    usec_t since, until;  /* … that arrived in this time (real) */
    char *item; /* of the quarantine, done with once delivered; or NULL */
};

struct replay {
    struct replay_window *windows;
    size_t count, cap;
    bool active;     /* not passed yet */
    uint64_t resume; /* dealt with before it began; 0: there was none */
};

/*
 * Adds a copy, beside those that are under way. `seq` is how far the sink is
 * when it is added.
 */
void replay_add(struct replay *r, const struct replay_window *window,
                uint64_t seq);

/* The first record that may be meant; UINT64_MAX without a replay. */
uint64_t replay_first(const struct replay *r);

/* Whether a record that is for this sink is to be sent. */
bool replay_wants(const struct replay *r, uint64_t seq, usec_t time);

/* The item that was asked for by this record's number alone, or NULL. */
const char *replay_item(const struct replay *r, uint64_t seq);

/* Everything up to `seq` is dealt with: true if this ends what was active. */
bool replay_pass(struct replay *r, uint64_t seq);

void replay_done(struct replay *r);
