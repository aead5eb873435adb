/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that grow at the end. Always NUL-terminated one past `len` once
 * something was added, so text in it can be handed to C functions.
 * Owned by whoever declared it: `_cleanup_(buffer_done) struct buffer b = {0};`
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/macro.h"

struct buffer {
    char *data;
    size_t len;
    size_t cap;
};

/* Frees the bytes and leaves an empty buffer. */
void buffer_done(struct buffer *b);

/* Forgets the contents, keeps the memory. */
void buffer_clear(struct buffer *b);

/* Makes room for `more` bytes and returns where they go (then add to len). */
char *buffer_reserve(struct buffer *b, size_t more);

void buffer_add(struct buffer *b, const void *data, size_t len);
void buffer_add_text(struct buffer *b, const char *text);
void buffer_add_char(struct buffer *b, char c);
void buffer_printf(struct buffer *b, const char *format, ...) _printf_(2, 3);

/* Decimal digits of a number, faster than buffer_printf(). */
void buffer_add_u64(struct buffer *b, uint64_t value);

/* Takes the first `len` bytes away. */
void buffer_consume(struct buffer *b, size_t len);

/* The contents as a string that the caller frees; the buffer is empty after. */
char *buffer_take_text(struct buffer *b);
