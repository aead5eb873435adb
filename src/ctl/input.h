/* SPDX-License-Identifier: Apache-2.0 */
/* What a subcommand is given to read: a file, or "-" for standard input. */
#pragma once

#include "util/buffer.h"
#include "util/error.h"

/*
 * All of it into an empty buffer, up to the size of a registry, unpacked if it
 * is gzip or zip; NUL-terminated.
 */
int input_read(const char *name, struct buffer *ret, struct error *err);
