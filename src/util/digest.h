/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and HMAC, of GnuTLS, and bytes as hexadecimal text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DIGEST_LEN 32

struct digest;

/* Begins a SHA-256; digest_end() frees it and writes DIGEST_LEN bytes. */
struct digest *digest_begin(void);
void digest_add(struct digest *d, const void *data, size_t len);

/*
 * The same with the length before it (4 bytes, highest first), so that "ab"
 * "c" is not "a" "bc". Event ids rest on this form: it is frozen.
 */
void digest_add_counted(struct digest *d, const void *data, size_t len);
void digest_end(struct digest *d, uint8_t ret_sum[DIGEST_LEN]);

/* HMAC-SHA-256 of `data` under `key`. */
void digest_hmac(const void *key, size_t key_len, const void *data,
                 size_t data_len, uint8_t ret_sum[DIGEST_LEN]);

/* Whether two texts are the same, in a time that depends on `b` only. */
bool digest_same(const char *a, const char *b);

/* Lower-case hexadecimal, NUL-terminated: `ret_text` takes 2 * len + 1. */
void digest_hex(const uint8_t *bytes, size_t len, char *ret_text);
