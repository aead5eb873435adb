/* SPDX-License-Identifier: Apache-2.0 */
/* A growing run of bytes; see buffer.h. */
#include "util/buffer.h"

#include <stdio.h>
#include <string.h>

#include "util/alloc.h"

void buffer_done(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){0};
}

void buffer_clear(struct buffer *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = '\0';
}

char *buffer_reserve(struct buffer *b, size_t more)
{
    size_t need = b->len + more + 1;
    size_t cap = b->cap ? b->cap : 64;

    if (need > b->cap) {
        while (cap < need)
            cap *= 2;
        b->data = xrealloc(b->data, cap);
        b->cap = cap;
    }
    return b->data + b->len;
}

void buffer_add(struct buffer *b, const void *data, size_t len)
{
    char *end = buffer_reserve(b, len);

    if (len > 0)
        memcpy(end, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buffer_add_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void buffer_add_char(struct buffer *b, char c)
{
    char *end = buffer_reserve(b, 1);

    end[0] = c;
    end[1] = '\0';
    b->len++;
}

void buffer_printf(struct buffer *b, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return;
    buffer_reserve(b, (size_t)len);
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}

void buffer_add_u64(struct buffer *b, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    buffer_add(b, digits + at, sizeof(digits) - at);
}

void buffer_consume(struct buffer *b, size_t len)
{
    if (len == 0)
        return;
    memmove(b->data, b->data + len, b->len - len);
    b->len -= len;
    b->data[b->len] = '\0';
}

char *buffer_take_text(struct buffer *b)
{
    char *text;

    buffer_reserve(b, 0)[0] = '\0';
    text = xrealloc(TAKE(b->data), b->len + 1); /* some are kept for long */
    *b = (struct buffer){0};
    return text;
}
