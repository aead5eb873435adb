/* SPDX-License-Identifier: Apache-2.0 */
/* See say.h. */
#include "ctl/say.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "formats/text.h"
#include "util/alloc.h"

void say(FILE *to, const char *format, ...)
{
    _cleanup_(buffer_done) struct buffer line = {0};
    _cleanup_free_ char *text = NULL;
    va_list args;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    text_add_line(&line, text, strlen(text));
    buffer_add_char(&line, '\n');
    fputs(line.data, to);
}
