/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much each has of something that is bounded in all, by name; and what
 * each may keep when it is more: what those with little leave of their share,
 * the others have.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct tally;

struct tally *tally_new(void);

/* NULL is accepted. */
void tally_free(struct tally *t);
DEFINE_FREEP(struct tally, tally_free);

/* So many more, or fewer; never below none. */
void tally_add(struct tally *t, const char *name, int64_t change);

/* Of all together. */
uint64_t tally_total(const struct tally *t);

/*
 * The most that each may have so that all have no more than `limit` together;
 * UINT64_MAX if they have not.
 */
uint64_t tally_share(const struct tally *t, uint64_t limit);

/*
 * Walks all; start with *cursor = 0, false at the end. Meanwhile what is
 * added may only be to those that are there.
 */
bool tally_next(const struct tally *t, size_t *cursor, const char **ret_name,
                uint64_t *ret_count);
