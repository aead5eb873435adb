/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns with `*` (any text, also none) and `?` (one byte). Linear memory,
 * no recursion: at worst pattern length times text length.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Whether the whole text fits; `fold` takes 'A' for 'a'. */
bool glob_match(const char *pattern, const char *text, size_t len, bool fold);

/* The same for "a.b" in two pieces, without putting them together. */
bool glob_match_pair(const char *pattern, const char *a, size_t a_len,
                     const char *b, size_t b_len, bool fold);
