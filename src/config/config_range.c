/* SPDX-License-Identifier: Apache-2.0 */
/* See config_range.h. Texts are made when they are asked for, not kept. */
#include "config/config_range.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "config.h"
#include "util/alloc.h"

#define DIGITS "0123456789"
/* Nine digits fit an unsigned, whatever they are. */
#define DIGITS_MAX 9

/* "5-7", or "5" alone. */
struct span {
    unsigned from, to;
    unsigned width; /* with zeros in front; 0: as it is */
};

/* What stands in brackets. */
struct place {
    size_t start, end; /* in the text: of '[' and after ']' */
    struct span *spans;
    size_t span_count, span_cap;
    size_t count;  /* numbers in all */
    size_t stride; /* texts for which it stays the same */
};

struct config_range {
    char *text;
    struct place *places;
    size_t place_count, place_cap;
    size_t count;
};

/* Where it reads. */
struct scan {
    const char *start, *at;
    struct error *err;
};

void config_range_free(struct config_range *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->place_count; i++)
        free(r->places[i].spans);
    free(r->places);
    free(r->text);
    free(r);
}

/*
 * Whether the bracket at `at` of a URL belongs to an IPv6 address: a colon
 * comes before the next bracket.
 */
static bool is_address(const char *at)
{
    size_t len = strcspn(at + 1, "[]");

    return memchr(at + 1, ':', len) != NULL;
}

static int parse_number(struct scan *s, unsigned *ret, size_t *ret_digits)
{
    *ret_digits = strspn(s->at, DIGITS);
    if (*ret_digits == 0)
        return error_set(s->err, -EINVAL,
                         "a number is missing here: a range is written as "
                         "[1-40], [01-40] or [1,3,5-7]");
    if (*ret_digits > DIGITS_MAX)
        return error_set(s->err, -EINVAL,
                         "a number of a range has at most %d digits",
                         DIGITS_MAX);
    *ret = (unsigned)strtoul(s->at, NULL, 10);
    s->at += *ret_digits;
    return 0;
}

static int parse_span(struct scan *s, struct place *p)
{
    const char *start = s->at;
    struct span span = {0};
    size_t digits, more;
    int r = parse_number(s, &span.from, &digits);

    if (r < 0)
        return r;
    /* [01-40]: as many digits as the first number has, if it begins with 0. */
    span.width = digits > 1 && *start == '0' ? (unsigned)digits : 0;
    span.to = span.from;
    if (*s->at == '-') {
        s->at++;
        r = parse_number(s, &span.to, &more);
    }
    if (r < 0)
        return r;
    if (span.to < span.from) {
        s->at = start;
        return error_set(s->err, -EINVAL,
                         "the range runs backwards: from %u to %u", span.from,
                         span.to);
    }
    p->spans =
        xgrow(p->spans, &p->span_cap, p->span_count + 1, sizeof(*p->spans));
    p->spans[p->span_count++] = span;
    p->count += (size_t)(span.to - span.from) + 1;
    return 0;
}

/* From '[' to behind ']'. The place is the range's own at once. */
static int parse_place(struct scan *s, struct config_range *range)
{
    struct place *p;
    int r;

    range->places = xgrow(range->places, &range->place_cap,
                          range->place_count + 1, sizeof(*range->places));
    p = &range->places[range->place_count++];
    *p = (struct place){.start = (size_t)(s->at - s->start)};
    do {
        s->at++;
        r = parse_span(s, p);
    } while (r == 0 && *s->at == ',');
    if (r < 0)
        return r;
    if (*s->at != ']')
        return error_set(s->err, -EINVAL,
                         "the range that begins with '%.*s' is not closed by "
                         "']'",
                         (int)(s->at - s->start - p->start),
                         s->start + p->start);
    p->end = (size_t)(++s->at - s->start);
    if (p->count > CONFIG_BMCS_MAX ||
        range->count * p->count > CONFIG_BMCS_MAX) {
        s->at = s->start + p->start;
        return error_set(s->err, -EINVAL,
                         "with this range it stands for more than %u BMCs",
                         CONFIG_BMCS_MAX);
    }
    range->count *= p->count;
    return 0;
}

/* The last place runs fastest, as digits do. */
static void set_strides(struct config_range *range)
{
    size_t stride = 1;

    for (size_t i = range->place_count; i > 0; i--) {
        range->places[i - 1].stride = stride;
        stride *= range->places[i - 1].count;
    }
}

int config_range_parse(const char *text, bool is_url, struct config_range **ret,
                       size_t *ret_at, struct error *err)
{
    _cleanup_(config_range_freep) struct config_range *range =
        XNEW(struct config_range);
    struct scan s = {range->text, range->text, err};
    int r = 0;

    range->count = 1;
    s.start = s.at = range->text = xstrdup(text);
    while (r == 0 && *(s.at += strcspn(s.at, "["))) {
        if (is_url && is_address(s.at))
            s.at++;
        else
            r = parse_place(&s, range);
    }
    if (r < 0) {
        *ret_at = (size_t)(s.at - s.start);
        return r;
    }
    set_strides(range);
    *ret = TAKE(range);
    return 0;
}

size_t config_range_count(const struct config_range *r)
{
    return r->count;
}

size_t config_range_places(const struct config_range *r)
{
    return r->place_count;
}

void config_range_add_place(const struct config_range *r, size_t index,
                            size_t place, struct buffer *out)
{
    const struct place *p = &r->places[place];
    const struct span *span = p->spans;
    size_t nth = index / p->stride % p->count;

    for (; nth > span->to - span->from; span++)
        nth -= (size_t)(span->to - span->from) + 1;
    buffer_printf(out, "%0*u", (int)span->width, span->from + (unsigned)nth);
}

void config_range_add_text(const struct config_range *r, size_t index,
                           struct buffer *out)
{
    size_t at = 0;

    for (size_t i = 0; i < r->place_count; i++) {
        buffer_add(out, r->text + at, r->places[i].start - at);
        config_range_add_place(r, index, i, out);
        at = r->places[i].end;
    }
    buffer_add_text(out, r->text + at);
}
