/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small words used everywhere: cleanup of locals that own something, handing
 * ownership over, array length, smaller and larger of two.
 */
#pragma once

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* A local that owns: `_cleanup_(thing_freep) struct thing *t = NULL;` */
#define _cleanup_(f) __attribute__((cleanup(f)))
#define _cleanup_free_ _cleanup_(macro_freep)
#define _cleanup_close_ _cleanup_(macro_closep)
#define _printf_(fmt, first) __attribute__((format(printf, fmt, first)))
#define _unused_ __attribute__((unused))

/* Hands the value of a pointer variable over and leaves NULL behind. */
#define TAKE(p)                        \
    ({                                 \
        __typeof__(p) *_take = &(p);   \
        __typeof__(p) _value = *_take; \
        *_take = NULL;                 \
        _value;                        \
    })

/* Hands a structure's value over and leaves zeros behind. */
#define TAKE_STRUCT(s)              \
    ({                              \
        __typeof__(s) _value = (s); \
        (s) = (__typeof__(s)){0};   \
        _value;                     \
    })

/* The same for a file descriptor, which leaves -1 behind. */
#define TAKE_FD(fd)          \
    ({                       \
        int *_take = &(fd);  \
        int _value = *_take; \
        *_take = -1;         \
        _value;              \
    })

/* Defines x_freep() for _cleanup_ from x_free(). */
#define DEFINE_FREEP(type, free_function)         \
    static inline void free_function##p(type **p) \
    {                                             \
        free_function(*p);                        \
    }                                             \
    struct macro_semicolon

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
/* Each side is evaluated once: the smaller of two clocks is asked of both. */
#define MIN_OF(a, b)                       \
    ({                                     \
        __auto_type _min_a = (a);          \
        __auto_type _min_b = (b);          \
        _min_a < _min_b ? _min_a : _min_b; \
    })
#define MAX_OF(a, b)                       \
    ({                                     \
        __auto_type _max_a = (a);          \
        __auto_type _max_b = (b);          \
        _max_a > _max_b ? _max_a : _max_b; \
    })

static inline void macro_freep(void *p)
{
    free(*(void **)p);
}

static inline void macro_closep(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
