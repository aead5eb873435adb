/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a failure on its way up to whoever tells the operator. Code
 * decides by the negative errno that a function returns; people read this.
 */
#pragma once

#include "util/macro.h"

struct error {
    char text[512];
};

/*
 * Writes the text (err may be NULL) and returns `code`, so that "set the text
 * and fail" is one statement. errno is kept.
 */
int error_set(struct error *err, int code, const char *format, ...)
    _printf_(3, 4);

/* Puts "prefix: " before the text that is there; returns `code`. */
int error_prefix(struct error *err, int code, const char *format, ...)
    _printf_(3, 4);
