/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON inside what a BMC serves as a registry: as it stands, packed by
 * gzip or zlib, or a member of a zip archive. What it is, its first bytes
 * say, not the header of the answer. Pure and bounded: a bomb costs no more
 * memory than the limit.
 */
#pragma once

#include <stddef.h>

#include "util/buffer.h"
#include "util/error.h"

/*
 * Adds the JSON to `ret`, at most `limit` bytes of it. `member` names the
 * file in an archive; with NULL, or if there is none of that name, it is the
 * first one named *.json. -EFBIG above the limit, -EINVAL for bytes that
 * cannot be unpacked, both with a text; `ret` is then as before.
 */
int registry_unpack(const void *data, size_t len, const char *member,
                    size_t limit, struct buffer *ret, struct error *err);
