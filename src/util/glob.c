/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a `*`, matching goes on as if it stood for nothing, and on a mismatch
 * the last `*` takes one byte more. Earlier stars never need another try.
 */
#include "util/glob.h"

#include <ctype.h>

/* A text in two pieces with a dot between them, read as one. */
struct text {
    const char *a;
    size_t a_len;
    const char *b; /* NULL: there is no dot and no second piece */
    size_t len;    /* in all */
    bool fold;
};

static int fold_byte(const struct text *t, char c)
{
    return t->fold ? tolower((unsigned char)c) : (unsigned char)c;
}

static char byte_at(const struct text *t, size_t i)
{
    if (i < t->a_len)
        return t->a[i];
    return i == t->a_len ? '.' : t->b[i - t->a_len - 1];
}

static bool fits(const struct text *t, char wanted, size_t i)
{
    return wanted == '?' ||
           (wanted && fold_byte(t, wanted) == fold_byte(t, byte_at(t, i)));
}

static bool match(const char *pattern, const struct text *t)
{
    const char *after_star = NULL;
    size_t i = 0, star_at = 0;

    while (i < t->len) {
        if (*pattern == '*') {
            after_star = ++pattern;
            star_at = i;
        } else if (fits(t, *pattern, i)) {
            pattern++;
            i++;
        } else if (after_star) {
            pattern = after_star;
            i = ++star_at;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

bool glob_match(const char *pattern, const char *text, size_t len, bool fold)
{
    struct text t = {text, len, NULL, len, fold};

    return match(pattern, &t);
}

bool glob_match_pair(const char *pattern, const char *a, size_t a_len,
                     const char *b, size_t b_len, bool fold)
{
    struct text t = {a, a_len, b, a_len + 1 + b_len, fold};

    return match(pattern, &t);
}
