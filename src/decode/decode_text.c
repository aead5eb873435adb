/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The repair walks over the tokens of a broken JSON text and writes a new one:
 * texts become valid UTF-8 with valid escapes, commas are put where they
 * belong, words that are no JSON become texts. It does not check the grammar
 * beyond that; the strict reader judges the result.
 */
#include "decode/decode_text.h"

#include <ctype.h>
#include <string.h>

#include "config.h"
#include "util/utf8.h"

enum last {
    LAST_NONE, /* nothing yet, or an opening bracket */
    LAST_VALUE,
    LAST_COMMA, /* seen and not yet written: it may be stray */
    LAST_COLON,
};

struct repair {
    const char *at;
    const char *end;
    struct buffer *out;
    struct quirks *quirks;
    enum last last;
    unsigned depth;
    size_t documents;     /* complete ones */
    const char *complete; /* where the last of them ends in the input … */
    size_t complete_out;  /* … and in the output */
};

static size_t count_opening(const char *bytes, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++)
        count += bytes[i] == '{' || bytes[i] == '[';
    return count;
}

/*
 * Counts brackets outside of texts. Broken quoting can mislead it, but then
 * the reader stops there too, or the repair, which counts for itself. Most
 * payloads have too few brackets to be deep at all, which shows much faster.
 */
bool decode_text_is_deep(const char *bytes, size_t len)
{
    bool quoted = false;
    size_t depth = 0;

    if (count_opening(bytes, len) <= CONFIG_DEPTH_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];

        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && depth > 0)
            depth--;
        if (depth > CONFIG_DEPTH_MAX)
            return true;
    }
    return false;
}

static void note(struct repair *r, enum quirk quirk)
{
    r->quirks->met[quirk] = true;
}

/* Writes the comma that is due before a value or key. */
static void begin_value(struct repair *r)
{
    if (r->last == LAST_VALUE || r->last == LAST_COMMA) {
        if (r->depth == 0)
            note(r, QUIRK_SEVERAL_DOCUMENTS);
        else if (r->last == LAST_VALUE)
            note(r, QUIRK_MISSING_COMMA);
        buffer_add_char(r->out, ',');
    }
    r->last = LAST_NONE;
}

/* A value at the top level is a document that would stand without the rest. */
static void end_value(struct repair *r)
{
    r->last = LAST_VALUE;
    if (r->depth > 0)
        return;
    r->documents++;
    r->complete = r->at;
    r->complete_out = r->out->len;
}

/* The code unit of \uXXXX at `at`, or -1. */
static int escaped_unit(const struct repair *r, const char *at)
{
    int unit = 0;

    if (r->end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int c = tolower((unsigned char)at[i]);

        if (!isxdigit(c))
            return -1;
        unit = unit * 16 + (c <= '9' ? c - '0' : c - 'a' + 10);
    }
    return unit;
}

static void copy(struct repair *r, size_t len)
{
    buffer_add(r->out, r->at, len);
    r->at += len;
}

/* \uXXXX, where half a pair becomes the replacement character. */
static void copy_unit(struct repair *r, int unit)
{
    int next = escaped_unit(r, r->at + 6);

    if ((unit & 0xfc00) == 0xd800 && (next & ~0x3ff) == 0xdc00) {
        copy(r, 12);
        return;
    }
    if ((unit & 0xf800) != 0xd800) {
        copy(r, 6);
        return;
    }
    note(r, QUIRK_LONE_SURROGATE);
    buffer_add_text(r->out, "\\ufffd");
    r->at += 6;
}

/* At a backslash; one that begins no escape is doubled and so kept. */
static void copy_escape(struct repair *r)
{
    int unit = escaped_unit(r, r->at);

    if (unit >= 0) {
        copy_unit(r, unit);
        return;
    }
    if (r->end - r->at >= 2 && r->at[1] && strchr("\"\\/bfnrt", r->at[1])) {
        copy(r, 2);
        return;
    }
    note(r, QUIRK_BAD_ESCAPE);
    buffer_add_text(r->out, "\\\\");
    r->at++;
}

/* One character of a text that cannot simply be copied. */
static void copy_odd(struct repair *r)
{
    unsigned char c = (unsigned char)*r->at;
    size_t n = utf8_sequence(r->at, (size_t)(r->end - r->at));

    if (c == '\\') {
        copy_escape(r);
    } else if (c < 0x20) {
        note(r, QUIRK_CONTROL_CHARACTER);
        buffer_printf(r->out, "\\u%04x", c);
        r->at++;
    } else if (n > 0) {
        copy(r, n);
    } else {
        note(r, QUIRK_LATIN1_BYTES);
        utf8_add(r->out, c);
        r->at++;
    }
}

static size_t plain_run(const struct repair *r)
{
    const char *p = r->at;

    while (p < r->end && (unsigned char)*p >= 0x20 &&
           (unsigned char)*p < 0x80 && *p != '"' && *p != '\\')
        p++;
    return (size_t)(p - r->at);
}

/* False if the text has no end. */
static bool repair_text(struct repair *r)
{
    begin_value(r);
    copy(r, 1);
    while (r->at < r->end) {
        copy(r, plain_run(r));
        if (r->at < r->end && *r->at == '"') {
            copy(r, 1);
            end_value(r);
            return true;
        }
        if (r->at < r->end)
            copy_odd(r);
    }
    return false;
}

static size_t count_digits(const char *text, size_t len)
{
    size_t n = 0;

    while (n < len && isdigit((unsigned char)text[n]))
        n++;
    return n;
}

/* The grammar of RFC 8259, section 6: no leading zeros, no bare point. */
static bool is_number(const char *text, size_t len)
{
    size_t at = len > 0 && text[0] == '-';
    size_t n = count_digits(text + at, len - at);

    if (n == 0 || (n > 1 && text[at] == '0'))
        return false;
    at += n;
    if (at < len && text[at] == '.') {
        n = count_digits(text + at + 1, len - at - 1);
        if (n == 0)
            return false;
        at += 1 + n;
    }
    if (at < len && (text[at] == 'e' || text[at] == 'E')) {
        at++;
        at += at < len && (text[at] == '+' || text[at] == '-');
        n = count_digits(text + at, len - at);
        if (n == 0)
            return false;
        at += n;
    }
    return at == len;
}

static bool is_literal(const char *text, size_t len)
{
    return (len == 4 && memcmp(text, "true", 4) == 0) ||
           (len == 4 && memcmp(text, "null", 4) == 0) ||
           (len == 5 && memcmp(text, "false", 5) == 0) || is_number(text, len);
}

static size_t word_run(const struct repair *r)
{
    const char *p = r->at;

    while (p < r->end && (unsigned char)*p > ' ' && !strchr("\"{}[],:", *p))
        p++;
    return (size_t)(p - r->at);
}

/* A word outside of texts. At the top level it is the end of JSON. */
static bool repair_word(struct repair *r)
{
    size_t len = word_run(r);
    const char *end = r->at + len;

    if (len == 0 || r->depth == 0)
        return false;
    begin_value(r);
    if (is_literal(r->at, len)) {
        copy(r, len);
    } else {
        note(r, QUIRK_BARE_WORD);
        buffer_add_char(r->out, '"');
        while (r->at < end)
            copy_odd(r);
        buffer_add_char(r->out, '"');
    }
    end_value(r);
    return true;
}

/* False where it closes more than was opened, or opens too much. */
static bool repair_bracket(struct repair *r, char c)
{
    if (c == '{' || c == '[') {
        begin_value(r);
        copy(r, 1);
        return ++r->depth <= CONFIG_DEPTH_MAX;
    }
    if (r->depth == 0)
        return false;
    if (r->last == LAST_COMMA)
        note(r, QUIRK_STRAY_COMMA);
    r->depth--;
    copy(r, 1);
    end_value(r);
    return true;
}

/* Only remembered: it is written when a value follows. */
static void repair_comma(struct repair *r)
{
    if (r->last == LAST_VALUE)
        r->last = LAST_COMMA;
    else
        note(r, QUIRK_STRAY_COMMA);
    r->at++;
}

/* Steps over a comment if there is one. */
static bool skip_comment(struct repair *r)
{
    size_t left = (size_t)(r->end - r->at);
    const char *end;

    if (left >= 2 && r->at[1] == '/')
        end = memchr(r->at, '\n', left);
    else if (left >= 2 && r->at[1] == '*')
        end = memmem(r->at + 2, left - 2, "*/", 2);
    else
        return false;
    note(r, QUIRK_COMMENT);
    r->at = !end ? r->end : *end == '*' ? end + 2 : end;
    return true;
}

/* Steps over white space and what does no harm between tokens. */
static bool skip_blank(struct repair *r)
{
    unsigned char c = (unsigned char)*r->at;

    if (r->end - r->at >= 3 && memcmp(r->at, "\xef\xbb\xbf", 3) == 0) {
        note(r, QUIRK_BYTE_ORDER_MARK);
        r->at += 3;
        return true;
    }
    if (c > ' ' && c != 0x7f)
        return c == '/' && skip_comment(r);
    if (!strchr(" \t\r\n", c) || c == '\0')
        note(r, QUIRK_CONTROL_CHARACTER);
    r->at++;
    return true;
}

/* Takes one token; false where the text stops being JSON. */
static bool repair_token(struct repair *r)
{
    char c = *r->at;

    switch (c) {
    case '"':
        return repair_text(r);
    case '{':
    case '[':
    case '}':
    case ']':
        return repair_bracket(r, c);
    case ',':
        repair_comma(r);
        return true;
    case ':':
        copy(r, 1);
        r->last = LAST_COLON;
        return true;
    }
    return repair_word(r);
}

bool decode_text_repair(const char *bytes, size_t len, struct quirks *quirks,
                        struct buffer *ret_text, size_t *ret_read)
{
    struct repair r = {
        .at = bytes, .end = bytes + len, .out = ret_text, .quirks = quirks};

    buffer_add_char(ret_text, '['); /* needed if there are several */
    while (r.at < r.end)
        if (!skip_blank(&r) && !repair_token(&r))
            break;
    if (r.documents == 0)
        return false;
    if (r.last == LAST_COMMA && r.at == r.end)
        note(&r, QUIRK_STRAY_COMMA);
    *ret_read = len;
    if (r.at < r.end || r.depth > 0) {
        note(&r, QUIRK_TRAILING_BYTES);
        *ret_read = (size_t)(r.complete - bytes);
    }
    ret_text->len = r.complete_out;
    buffer_add_char(ret_text, ']');
    if (quirks->met[QUIRK_SEVERAL_DOCUMENTS])
        return true;
    ret_text->len--;
    buffer_consume(ret_text, 1);
    return true;
}
