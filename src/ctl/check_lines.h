/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On which line the members of a document's sections stand: the keys of
 * "Messages", the elements of "entries" or "rules". A tree of JSON knows no
 * lines, and no key that stands twice.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct check_line {
    char *section; /* member of the root: "Messages" */
    char *key;     /* NULL in an array */
    size_t index;  /* from 0 */
    unsigned line; /* from 1 */
};

struct check_lines {
    struct check_line *items;
    size_t count, cap;
};

/* `bytes` must be well-formed JSON. */
void check_lines_read(const char *bytes, size_t len, struct check_lines *ret);
void check_lines_done(struct check_lines *lines);

/* The line of a key (or, with NULL, of an element); 0 if it is not there. */
unsigned check_lines_find(const struct check_lines *lines, const char *section,
                          const char *key, size_t index);

/* The line on which a byte stands. */
unsigned check_lines_of_byte(const char *bytes, size_t len, size_t at);
