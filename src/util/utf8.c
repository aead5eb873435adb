/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, checked by the table of RFC 3629; see utf8.h. */
#include "util/utf8.h"

#include <string.h>

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Whether the second byte fits the first (RFC 3629, section 4). */
static bool second_fits(unsigned char a, unsigned char b)
{
    if (a == 0xe0)
        return b >= 0xa0 && b <= 0xbf;
    if (a == 0xed)
        return b >= 0x80 && b <= 0x9f;
    if (a == 0xf0)
        return b >= 0x90 && b <= 0xbf;
    if (a == 0xf4)
        return b >= 0x80 && b <= 0x8f;
    return is_tail(b);
}

size_t utf8_sequence(const char *text, size_t len)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t n;

    if (len == 0)
        return 0;
    if (s[0] < 0x80)
        return 1;
    if (s[0] < 0xc2 || s[0] > 0xf4)
        return 0;
    n = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    if (len < n || !second_fits(s[0], s[1]))
        return 0;
    for (size_t i = 2; i < n; i++)
        if (!is_tail(s[i]))
            return 0;
    return n;
}

bool utf8_is_valid(const char *text, size_t len)
{
    size_t n;

    for (size_t at = 0; at < len; at += n) {
        n = utf8_sequence(text + at, len - at);
        if (n == 0)
            return false;
    }
    return true;
}

void utf8_add(struct buffer *out, unsigned code_point)
{
    char bytes[4];
    size_t n;

    if (code_point > 0x10ffff || (code_point & 0xfffff800) == 0xd800)
        code_point = 0xfffd;
    n = code_point < 0x80      ? 1
        : code_point < 0x800   ? 2
        : code_point < 0x10000 ? 3
                               : 4;
    for (size_t i = n; i-- > 1; code_point >>= 6)
        bytes[i] = (char)(0x80 | (code_point & 0x3f));
    bytes[0] = (char)(n == 1 ? code_point : (0xf00u >> n & 0xff) | code_point);
    buffer_add(out, bytes, n);
}

void utf8_add_repaired(struct buffer *out, const char *text, size_t len)
{
    size_t n;

    for (size_t at = 0; at < len; at += n) {
        n = utf8_sequence(text + at, len - at);
        if (n > 0) {
            buffer_add(out, text + at, n);
            continue;
        }
        utf8_add(out, (unsigned char)text[at]);
        n = 1;
    }
}

size_t utf8_cut(const char *text, size_t len, size_t limit)
{
    if (len <= limit)
        return len;
    while (limit > 0 && is_tail((unsigned char)text[limit]))
        limit--;
    return limit;
}
