/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a list of problems prints, without the lines that quote the source
 * (they begin with a blank): what tests of the configuration compare.
 */
#pragma once

#include <string.h>

#include "util/buffer.h"
#include "yaml.h"

/* The caller frees the text, which is empty if there are no problems. */
static inline char *problem_lines(const struct yaml_problems *p)
{
    _cleanup_(buffer_done) struct buffer all = {0};
    struct buffer heads = {0};
    const char *at, *end;

    yaml_problems_print(p, &all);
    buffer_add_text(&heads, "");
    for (at = all.data; at && *at; at = end + 1) {
        end = strchr(at, '\n');
        if (*at != ' ')
            buffer_add(&heads, at, (size_t)(end + 1 - at));
    }
    return buffer_take_text(&heads);
}
