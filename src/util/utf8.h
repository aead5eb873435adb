/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8: what is valid, and what to make of bytes that are not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/buffer.h"

/*
 * The length (1 to 4) of the valid sequence at `text`, 0 if there is none:
 * overlong forms, surrogates and code points above U+10FFFF are not valid.
 */
size_t utf8_sequence(const char *text, size_t len);

bool utf8_is_valid(const char *text, size_t len);

/*
 * Adds `text` to `out`, each byte that is not part of valid UTF-8 read as
 * Latin-1: what BMCs send that are not UTF-8 is mostly that.
 */
void utf8_add_repaired(struct buffer *out, const char *text, size_t len);

/* Adds a code point (a surrogate becomes U+FFFD). */
void utf8_add(struct buffer *out, unsigned code_point);

/* The largest length <= limit that does not cut a sequence in two. */
size_t utf8_cut(const char *text, size_t len, size_t limit);
