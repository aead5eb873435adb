/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between the bytes of a BMC and a strict JSON reader: a check of
 * the nesting before anything is allocated, and the repair of a text that the
 * reader refused. Called by decode.c only; pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "decode/quirks.h"
#include "util/buffer.h"

/* Whether the text nests deeper than CONFIG_DEPTH_MAX. */
bool decode_text_is_deep(const char *bytes, size_t len);

/*
 * Adds to `ret_text` the JSON that `bytes` seems to mean, each repair noted in
 * `quirks`: one value, or with QUIRK_SEVERAL_DOCUMENTS an array of those found
 * after another. `ret_read` is how far that reaches: what follows is no JSON.
 * False if there is no beginning of JSON at all.
 */
bool decode_text_repair(const char *bytes, size_t len, struct quirks *quirks,
                        struct buffer *ret_text, size_t *ret_read);
