/* SPDX-License-Identifier: Apache-2.0 */
/* How a text ends: a file's name, a key, a type. */
#pragma once

#include <stdbool.h>
#include <string.h>

static inline bool ends_in(const char *text, const char *end)
{
    size_t len = strlen(text), end_len = strlen(end);

    return len >= end_len && strcmp(text + len - end_len, end) == 0;
}
