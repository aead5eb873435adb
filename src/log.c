/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics to stderr; see log.h. A line is written with one call, so that
 * lines of several threads do not mix. Line ends inside a text become blanks:
 * what a BMC sends must not be able to forge a line, or to steer a terminal.
 */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "util/utf8.h"

#define LINE_MAX_BYTES 2048

static enum log_level most = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
    most = level;
}

/* C1 as well (CSI is one), which are two bytes: a terminal obeys them too. */
static void blank_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c < ' ' || c == 0x7f)
            text[i] = ' ';
        else if (c == 0xc2 && i + 1 < len && (text[i + 1] & 0xe0) == 0x80)
            text[i] = text[i + 1] = ' ';
    }
}

static void write_line(enum log_level level, const char *format, va_list args)
{
    char line[LINE_MAX_BYTES];
    int head = 0, n;

    if (level > most)
        return;
    if (!isatty(STDERR_FILENO))
        head = snprintf(line, sizeof(line), "<%d>", level);
    n = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format, args);
    if (n < 0)
        return;
    n += head;
    if (n > LINE_MAX_BYTES - 2) /* the last letter may be cut in two */
        n = (int)utf8_cut(line, LINE_MAX_BYTES - 2, LINE_MAX_BYTES - 3);
    blank_controls(line + head, (size_t)(n - head));
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nobody is left to tell */
}

#define DEFINE_LEVEL(name, level)        \
    void name(const char *format, ...)   \
    {                                    \
        va_list args;                    \
                                         \
        va_start(args, format);          \
        write_line(level, format, args); \
        va_end(args);                    \
    }                                    \
    struct log_semicolon

DEFINE_LEVEL(log_error, LOG_LEVEL_ERROR);
DEFINE_LEVEL(log_warning, LOG_LEVEL_WARNING);
DEFINE_LEVEL(log_info, LOG_LEVEL_INFO);
DEFINE_LEVEL(log_debug, LOG_LEVEL_DEBUG);

bool log_limit_pass(struct log_limit *limit, usec_t now, unsigned *ret_silenced)
{
    if (limit->begun == 0 || now - limit->begun >= limit->interval) {
        limit->begun = now;
        limit->lines = 0;
    }
    if (limit->lines >= limit->burst) {
        limit->silenced++;
        return false;
    }
    limit->lines++;
    if (ret_silenced)
        *ret_silenced = limit->silenced;
    limit->silenced = 0;
    return true;
}
