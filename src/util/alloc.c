/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that ends the process when memory is gone; see alloc.h. */
#include "util/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void *checked(void *p)
{
    if (!p) {
        fputs("<2>out of memory\n", stderr);
        abort();
    }
    return p;
}

void *xcalloc(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
    return checked(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
    return s ? checked(strdup(s)) : NULL;
}

char *xstrndup(const char *s, size_t len)
{
    char *copy = checked(malloc(len + 1));

    if (len > 0)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *xvasprintf(const char *format, va_list args)
{
    char *text = NULL;

    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    return checked(text);
}

char *xasprintf(const char *format, ...)
{
    char *text;
    va_list args;

    va_start(args, format);
    text = xvasprintf(format, args);
    va_end(args);
    return text;
}

void *xgrow(void *array, size_t *cap, size_t need, size_t element_size)
{
    size_t next = *cap ? *cap : 8;

    if (need <= *cap)
        return array;
    while (next < need)
        next *= 2;
    array = checked(reallocarray(array, next, element_size));
    memset((char *)array + *cap * element_size, 0,
           (next - *cap) * element_size);
    *cap = next;
    return array;
}
