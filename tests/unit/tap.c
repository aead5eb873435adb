/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TAP printer of the unit tests; see tap.h. Output is flushed line by
 * line, so that a test that crashes shows how far it came.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tap_count {
    unsigned run;
    unsigned failed;
};

static struct tap_count *count(void)
{
    static struct tap_count the_count;

    return &the_count;
}

/* Text of several lines stays one comment: every line begins with '#'. */
static void comment(const char *label, const char *text)
{
    printf("#   %s", label);
    for (; *text; text++) {
        putchar(*text);
        if (*text == '\n' && text[1])
            fputs("#       ", stdout);
    }
    putchar('\n');
}

static void sentence(bool cond, const char *format, va_list args)
{
    struct tap_count *c = count();
    char text[512];

    vsnprintf(text, sizeof(text), format, args);
    for (char *p = text; *p; p++)
        if (*p == '\n' || *p == '#')
            *p = ' ';
    c->run++;
    if (!cond)
        c->failed++;
    printf("%s %u - %s\n", cond ? "ok" : "not ok", c->run, text);
}

static void place(const char *file, int line)
{
    printf("#   at %s:%d\n", file, line);
}

bool tap_ok(bool cond, const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    sentence(cond, format, args);
    va_end(args);
    if (!cond)
        place(file, line);
    fflush(stdout);
    return cond;
}

bool tap_is_int(int64_t got, int64_t want, const char *file, int line,
                const char *format, ...)
{
    va_list args;

    va_start(args, format);
    sentence(got == want, format, args);
    va_end(args);
    if (got != want) {
        place(file, line);
        printf("#   got:  %lld\n#   want: %lld\n", (long long)got,
               (long long)want);
    }
    fflush(stdout);
    return got == want;
}

bool tap_is_text(const char *got, const char *want, const char *file, int line,
                 const char *format, ...)
{
    bool same = got && want ? strcmp(got, want) == 0 : got == want;
    va_list args;

    va_start(args, format);
    sentence(same, format, args);
    va_end(args);
    if (!same) {
        place(file, line);
        comment("got:  ", got ? got : "(null)");
        comment("want: ", want ? want : "(null)");
    }
    fflush(stdout);
    return same;
}

void diag(const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    comment("", text);
    fflush(stdout);
}

void skip_all(const char *why)
{
    printf("1..0 # SKIP %s\n", why);
    fflush(stdout);
    exit(0);
}

int done_testing(void)
{
    const struct tap_count *c = count();

    printf("1..%u\n", c->run);
    if (c->failed)
        printf("# %u of %u checks failed\n", c->failed, c->run);
    fflush(stdout);
    return c->failed ? 1 : 0;
}
