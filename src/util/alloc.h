/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for our own small structures. Running out of it ends the process
 * with one line: no code pretends to survive that. Sizes that come from
 * outside are checked against a limit of limits.h before they get here.
 */
#pragma once

#include <stdarg.h>
#include <stddef.h>

#include "util/macro.h"

/* Zeroed memory, never NULL; the caller frees it with free(). */
void *xcalloc(size_t count, size_t size);

/* As realloc(), never NULL. */
void *xrealloc(void *p, size_t size);

/* A copy of `s` (NULL gives NULL); the caller frees it. */
char *xstrdup(const char *s);

/* A NUL-terminated copy of `len` bytes; the caller frees it. */
char *xstrndup(const char *s, size_t len);

/* Formatted text; the caller frees it. */
char *xasprintf(const char *format, ...) _printf_(1, 2);
char *xvasprintf(const char *format, va_list args) _printf_(1, 0);

#define XNEW(type) ((type *)xcalloc(1, sizeof(type)))

/* Grows an array that `cap` describes so that element `need - 1` fits. */
void *xgrow(void *array, size_t *cap, size_t need, size_t element_size);
