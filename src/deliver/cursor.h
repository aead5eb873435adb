/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far a sink has got, on disk: the file `cursor-NAME` beside the segments.
 * It has two slots, each with a generation and a CRC-32, a block apart; a save
 * overwrites the older one and syncs, so that a torn write costs one step and
 * a full disk nothing (the file is written whole when it is made). Used by the
 * thread of its sink (deliver.c).
 */
#pragma once

#include <stdint.h>

#include "util/error.h"
#include "util/macro.h"

#define CURSOR_VERSION 1

struct cursor_state {
    uint64_t seq;     /* everything up to it is dealt with */
    uint64_t counted; /* up to here records stand in the sums; >= seq */
    uint64_t delivered;
    uint64_t refused;
    uint64_t skipped;
};

enum cursor_found {
    CURSOR_NEW,  /* there was none: made with the state given */
    CURSOR_READ, /* the newest whole slot */
    CURSOR_LOST, /* no slot was whole: made again, all zero */
};

struct cursor;

/*
 * Opens the cursor of sink `name`. A missing file is made with `initial`.
 * *ret_state is what to go on from. -EPROTONOSUPPORT for a file of a newer
 * program, which stays untouched.
 */
int cursor_open(const char *directory, const char *name,
                const struct cursor_state *initial, struct cursor **ret,
                struct cursor_state *ret_state, enum cursor_found *ret_found,
                struct error *err);

/*
 * Reads the cursor of sink `name` and leaves it as it is; -ENOENT if there is
 * none, CURSOR_LOST if no slot was whole.
 */
int cursor_look(const char *directory, const char *name,
                struct cursor_state *ret_state, enum cursor_found *ret_found,
                struct error *err);

/* Makes `state` durable. After an error the last one saved still stands. */
int cursor_save(struct cursor *c, const struct cursor_state *state,
                struct error *err);

/* Closes without saving; NULL is accepted. */
void cursor_close(struct cursor *c);
DEFINE_FREEP(struct cursor, cursor_close);
