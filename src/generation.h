/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which generation of tokens is in force, which one was before, and since
 * when: a line in a file beside the key, for the time of grace goes on over a
 * restart. Without the file the grace begins anew: nobody is locked out for
 * its loss. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "util/clock.h"

#define GENERATION_TEXT_MAX 96

/* Begins as zeroes: nothing is known. */
struct generation {
    int64_t number; /* in force */
    int64_t before; /* 0: none */
    usec_t since;   /* real: when `number` took the place of `before` */
};

/* Reads the line; zeroes if it makes no sense. */
void generation_parse(struct generation *g, const char *text);
void generation_format(const struct generation *g,
                       char ret_text[GENERATION_TEXT_MAX]);

/*
 * The configured one is in force from now on; true if it is another than
 * before. Of one that is new at the very start the one before it in number is
 * taken for the one before.
 */
bool generation_adopt(struct generation *g, int64_t number, usec_t now);

/*
 * The one before while it is good, else 0; *ret_until (real) is when that
 * ends.
 */
int64_t generation_before(const struct generation *g, usec_t grace, usec_t now,
                          usec_t *ret_until);
