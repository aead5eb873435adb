/* SPDX-License-Identifier: Apache-2.0 */
/* What a subcommand is given to read: a file, or "-" for standard input. */
#pragma once

#include "util/buffer.h"
#include "util/error.h"

/* Adds all of it, up to the size of a registry; NUL-terminated. */
int input_read(const char *name, struct buffer *ret, struct error *err);
