/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ground that every room of bmcsim stands on: allocation that cannot
 * fail, a growing buffer, error text, time, and small string helpers.
 * bmcsim shares no code with trawld: a test oracle that had the same bugs
 * as what it tests would see none of them.
 */
#ifndef BMCSIM_BASE_H
#define BMCSIM_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef uint64_t usec_t;
#define USEC_MSEC ((usec_t)1000)
#define USEC_SEC ((usec_t)1000000)

#define _cleanup_(f) __attribute__((cleanup(f)))
#define _printf_(a, b) __attribute__((format(printf, a, b)))

struct error {
    char text[512];
};

/* Writes the sentence into err (which may be NULL) and returns code. */
int error_set(struct error *err, int code, const char *format, ...)
    _printf_(3, 4);

/* These end the process when memory runs out. */
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xasprintf(const char *format, ...) _printf_(1, 2);

/* For _cleanup_: frees what the pointer variable points to. */
void freep(void *p);

/* Bytes that grow; data is always followed by a NUL once anything was added.
 * A zeroed struct is an empty buffer. */
struct buf {
    char *data;
    size_t len, cap;
};

void buf_add(struct buf *b, const void *data, size_t len);
void buf_text(struct buf *b, const char *text);
void buf_format(struct buf *b, const char *format, ...) _printf_(2, 3);
/* Adds text as the inside of a JSON string (no quotes around it). */
void buf_json(struct buf *b, const char *text, size_t len);
void buf_done(struct buf *b);

/* Monotonic and wall time in µs. */
usec_t time_now(void);
usec_t time_wall(void);

bool is_prefix(const char *s, const char *prefix);
/* The next word of a comma separated list; *list moves on, NULL at its end.
 * The word is freed by the caller. */
char *list_next(const char **list);
bool list_has(const char *list, const char *word);

#endif
