/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of failures; see error.h. */
#include "util/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int error_set(struct error *err, int code, const char *format, ...)
{
    int saved = errno;
    va_list args;

    if (err) {
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    errno = saved;
    return code;
}

int error_prefix(struct error *err, int code, const char *format, ...)
{
    char before[sizeof(err->text)];
    char after[sizeof(err->text)];
    int saved = errno;
    va_list args;

    if (!err)
        return code;
    va_start(args, format);
    vsnprintf(before, sizeof(before), format, args);
    va_end(args);
    memcpy(after, err->text, sizeof(after));
    if (snprintf(err->text, sizeof(err->text), "%s: %s", before, after) < 0)
        err->text[0] = '\0';
    errno = saved;
    return code;
}
