/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text that stands for many: r[01-40]-n[01-32] is r01-n01, r01-n02 … The
 * last range turns fastest. A range has numbers, as wide as the first is
 * written when that begins with a zero: [01-40], [1,3,5-7]. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/buffer.h"
#include "util/error.h"
#include "util/macro.h"

struct config_range;

/*
 * Reads a text; without any range it stands for itself. In a URL, brackets
 * around an IPv6 address are no range, but one may stand in it. -EINVAL with
 * the offset of what is wrong, also if it stands for more than
 * CONFIG_BMCS_MAX texts. The caller frees the result.
 */
int config_range_parse(const char *text, bool is_url, struct config_range **ret,
                       size_t *ret_at, struct error *err);
void config_range_free(struct config_range *r);
DEFINE_FREEP(struct config_range, config_range_free);

/* How many texts it stands for: 1 without ranges. */
size_t config_range_count(const struct config_range *r);

/* How many ranges are in it. */
size_t config_range_places(const struct config_range *r);

/* Adds the text at an index. */
void config_range_add_text(const struct config_range *r, size_t index,
                           struct buffer *out);

/* Adds what stands in the range at `place` (from 0) of that text. */
void config_range_add_place(const struct config_range *r, size_t index,
                            size_t place, struct buffer *out);
