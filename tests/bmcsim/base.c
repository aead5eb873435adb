/* SPDX-License-Identifier: Apache-2.0 */
/* See base.h. Running out of memory ends the process: a simulator that goes
 * on with half of its state would only make tests lie. */
#include "base.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int error_set(struct error *err, int code, const char *format, ...)
{
    va_list args;

    if (err) {
        va_start(args, format);
        vsnprintf(err->text, sizeof(err->text), format, args);
        va_end(args);
    }
    return code;
}

static void *checked(void *p)
{
    if (!p) {
        fputs("bmcsim: out of memory\n", stderr);
        abort();
    }
    return p;
}

void *xcalloc(size_t n, size_t size)
{
    return checked(calloc(n ? n : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
    return checked(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
    return s ? checked(strdup(s)) : NULL;
}

char *xasprintf(const char *format, ...)
{
    va_list args;
    char *text = NULL;
    int len;

    va_start(args, format);
    len = vasprintf(&text, format, args);
    va_end(args);
    return checked(len < 0 ? NULL : text);
}

void freep(void *p)
{
    free(*(void **)p);
}

/* One byte more than asked for is always there, for the NUL. */
static void buf_room(struct buf *b, size_t more)
{
    size_t need = b->len + more + 1;

    if (need <= b->cap)
        return;
    b->cap = b->cap * 2 > need ? b->cap * 2 : need + 64;
    b->data = xrealloc(b->data, b->cap);
}

void buf_add(struct buf *b, const void *data, size_t len)
{
    buf_room(b, len);
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = 0;
}

void buf_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_format(struct buf *b, const char *format, ...)
{
    char probe[1];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(probe, sizeof(probe), format, args);
    va_end(args);
    if (len < 0)
        return;
    buf_room(b, (size_t)len);
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}

void buf_json(struct buf *b, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '"' || c == '\\')
            buf_format(b, "\\%c", c);
        else if (c < 0x20)
            buf_format(b, "\\u%04x", c);
        else
            buf_add(b, &text[i], 1);
    }
}

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){0};
}

static usec_t clock_usec(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (usec_t)t.tv_sec * USEC_SEC + (usec_t)t.tv_nsec / 1000;
}

usec_t time_now(void)
{
    return clock_usec(CLOCK_MONOTONIC);
}

usec_t time_wall(void)
{
    return clock_usec(CLOCK_REALTIME);
}

bool is_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

char *list_next(const char **list)
{
    const char *start = *list;
    size_t len;

    if (!start)
        return NULL;
    start += strspn(start, ", ");
    len = strcspn(start, ",");
    *list = start[len] ? start + len + 1 : NULL;
    return len ? checked(strndup(start, len)) : NULL;
}

bool list_has(const char *list, const char *word)
{
    while (list) {
        _cleanup_(freep) char *one = list_next(&list);

        if (one && strcmp(one, word) == 0)
            return true;
    }
    return false;
}
