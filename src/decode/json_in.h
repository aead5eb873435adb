/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as BMCs send it, read into a tree by yyjson; the only file that knows
 * yyjson. Reading is strict: what real BMCs get wrong is mended beforehand, by
 * decode_text.c, where it can be noted. Numbers stay the text that was sent,
 * so that no digit of a 20-digit id is lost. The control socket reads its
 * requests with it, and trawlctl the answers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "util/error.h"
#include "util/json_writer.h"
#include "util/macro.h"

struct json_in;    /* a document; owns all of its values */
struct json_value; /* one value in it */

enum json_type {
    JSON_IN_NULL,
    JSON_IN_BOOL,
    JSON_IN_NUMBER,
    JSON_IN_TEXT,
    JSON_IN_ARRAY,
    JSON_IN_OBJECT,
};

/*
 * Reads one JSON value that fills `bytes`. NULL if it is none, with the cause
 * and its offset in `err`. The caller frees it; it does not refer to `bytes`.
 */
struct json_in *json_in_read(const char *bytes, size_t len, struct error *err);

/* NULL is accepted. */
void json_in_free(struct json_in *doc);
DEFINE_FREEP(struct json_in, json_in_free);

const struct json_value *json_in_root(const struct json_in *doc);

enum json_type json_in_type(const struct json_value *v);

/* Members of an array or object; 0 for all else. */
size_t json_in_count(const struct json_value *v);

/*
 * The text of a text, number (as sent) or boolean, NUL-terminated but possibly
 * with NULs inside; NULL for all else.
 */
const char *json_in_text(const struct json_value *v, size_t *ret_len);

/* A walk over the members of an array or object. */
struct json_walk {
    const struct json_value *at;
    size_t left;
    bool keys;
};

struct json_walk json_in_walk(const struct json_value *container);

/* The next member or NULL; `ret_key` is NULL in an array, and may be NULL. */
const struct json_value *json_in_next(struct json_walk *w, const char **ret_key,
                                      size_t *ret_key_len);

/* The member of an object with just that key, or NULL. */
const struct json_value *json_in_find(const struct json_value *object,
                                      const char *key);

/* Writes a value, compact. Recursive: the depth was checked before reading. */
void json_in_write(const struct json_value *v, struct json_writer *w);
