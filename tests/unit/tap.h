/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TAP for unit tests: each check prints "ok N - sentence" or "not ok N - …"
 * with what was seen and what was wanted. A test's main() calls the checks
 * and ends with `return done_testing();`.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define TAP_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

/* Passes if `cond`; returns it. The sentence says what is true if it passes. */
#define ok(cond, ...) tap_ok((cond), __FILE__, __LINE__, __VA_ARGS__)

/* Passes if both numbers are equal. */
#define is_int(got, want, ...) \
    tap_is_int((int64_t)(got), (int64_t)(want), __FILE__, __LINE__, __VA_ARGS__)

/* Passes if both texts are equal, or both NULL. */
#define is_text(got, want, ...) \
    tap_is_text((got), (want), __FILE__, __LINE__, __VA_ARGS__)

bool tap_ok(bool cond, const char *file, int line, const char *format, ...)
    TAP_PRINTF(4, 5);
bool tap_is_int(int64_t got, int64_t want, const char *file, int line,
                const char *format, ...) TAP_PRINTF(5, 6);
bool tap_is_text(const char *got, const char *want, const char *file, int line,
                 const char *format, ...) TAP_PRINTF(5, 6);

/* A line of explanation that counts as nothing. */
void diag(const char *format, ...) TAP_PRINTF(1, 2);

/*
 * Says that nothing can be tested here, and why; ends the process with status
 * 0, as TAP wants it: a skipped plan is no failure.
 */
void skip_all(const char *why) __attribute__((noreturn));

/* Prints the plan; the exit status: 0 if every check passed, else 1. */
int done_testing(void);
