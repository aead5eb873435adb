/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and keys of conditions; see condition.h. */
#include "correlate/condition.h"

#include <ctype.h>
#include <string.h>

#include "util/alloc.h"
#include "util/digest.h"

void condition_write(const struct condition_whole *w, struct buffer *out)
{
    uint32_t count = (uint32_t)w->time_count;

    buffer_add(out, &w->row, sizeof(w->row));
    buffer_add(out, &count, sizeof(count));
    if (count > 0)
        buffer_add(out, w->times, count * sizeof(*w->times));
    if (w->sinks_len > 0)
        buffer_add(out, w->sinks, w->sinks_len);
}

/* The bytes are the disk's, and may be those of another version. */
bool condition_read(const void *bytes, size_t len, usec_t *times,
                    struct condition_whole *ret)
{
    const char *at = bytes;
    uint32_t count;

    if (len < sizeof(ret->row) + sizeof(count))
        return false;
    *ret = (struct condition_whole){.times = times};
    memcpy(&ret->row, at, sizeof(ret->row));
    memcpy(&count, at + sizeof(ret->row), sizeof(count));
    at += sizeof(ret->row) + sizeof(count);
    len -= sizeof(ret->row) + sizeof(count);
    if (ret->row.version != CONDITION_ROW_VERSION ||
        ret->row.phase >= CONDITION_PHASE_END ||
        ret->row.severity > SEVERITY_CRITICAL || count > CONDITION_TIMES_MAX ||
        len < count * sizeof(*times))
        return false;
    memcpy(times, at, count * sizeof(*times));
    ret->time_count = count;
    ret->sinks = at + count * sizeof(*times);
    ret->sinks_len = len - count * sizeof(*times);
    return true;
}

bool condition_is_open(const struct condition_row *row)
{
    return row->phase == CONDITION_RAISED ||
           row->phase == CONDITION_FLAPPING_UP ||
           row->phase == CONDITION_FLAPPING_DOWN;
}

/* The key stays when it is raised again; the id is of this one time. */
void condition_id(const struct condition_row *row,
                  uint8_t ret_id[CONDITION_KEY_LEN])
{
    struct digest *d = digest_begin();
    uint8_t sum[DIGEST_LEN];

    digest_add(d, row->key, sizeof(row->key));
    digest_add(d, row->raise, sizeof(row->raise));
    digest_end(d, sum);
    memcpy(ret_id, sum, CONDITION_KEY_LEN);
}

/* FNV-1a: two arguments of one message that collide only share a clear. */
uint64_t condition_identity(const char *arg, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char)arg[i]) * UINT64_C(0x100000001b3);
    return hash ?: 1;
}

/* A value under its length; names of messages differ not by their letters. */
static void add(struct digest *d, const char *text, size_t len, bool fold)
{
    uint32_t head = (uint32_t)len;
    char lower[64];

    digest_add(d, &head, sizeof(head));
    for (size_t done = 0; fold && done < len; done += sizeof(lower)) {
        size_t part = MIN_OF(sizeof(lower), len - done);

        for (size_t i = 0; i < part; i++)
            lower[i] = (char)tolower((unsigned char)text[done + i]);
        digest_add(d, lower, part);
    }
    if (!fold && len > 0)
        digest_add(d, text, len);
}

static void add_field(struct digest *d, const struct event *e,
                      enum event_field f, bool fold)
{
    size_t len = 0;
    const char *text = event_text(e, f, &len);

    add(d, text ? text : "", len, fold);
}

#define SEPARATORS " ,;()"

/* 2025-06-10T21:30:55: when, and not what. */
static bool is_date(const char *word, size_t len)
{
    return len > 5 && strspn(word, "0123456789") == 4 && word[4] == '-';
}

/* 42C, 80%: how bad, and not what. */
static bool is_measure(const char *word, size_t len)
{
    size_t digits = strspn(word, "0123456789.");

    return digits > 0 && digits < len && strchr("CFW%", word[digits]);
}

/*
 * The words of the text that have a digit in them, which tell places apart:
 * "Drive at Port 4I Box 1 Bay 2".
 */
static uint64_t add_numbers(struct digest *d, const struct event *e)
{
    _cleanup_(buffer_done) struct buffer words = {0};
    const char *text = event_text(e, EVENT_MESSAGE, NULL) ?: "";
    size_t len;

    while (*(text += strspn(text, SEPARATORS))) {
        len = strcspn(text, SEPARATORS);
        if (strcspn(text, "0123456789") < len && !is_date(text, len) &&
            !is_measure(text, len)) {
            buffer_add(&words, text, len);
            buffer_add_char(&words, ' ');
        }
        text += len;
    }
    if (words.len == 0)
        return 0;
    add(d, words.data, words.len, false);
    return condition_identity(words.data, words.len);
}

/* What stands for the arguments of a message that has none. */
static void add_text(struct digest *d, const struct event *e, bool whole,
                     uint64_t *ret_identity)
{
    if (event_has(e, EVENT_ARG))
        return;
    if (whole)
        add_field(d, e, EVENT_MESSAGE, false);
    else if (!event_has(e, EVENT_REGISTRY))
        *ret_identity = add_numbers(d, e);
}

void condition_key(const struct event *e, uint64_t mask,
                   uint8_t ret_key[CONDITION_KEY_LEN], uint64_t *ret_identity)
{
    struct digest *d = digest_begin();
    uint8_t sum[DIGEST_LEN];
    size_t cursor = 0, len;
    const char *arg;

    *ret_identity = 0;
    add_field(d, e, EVENT_BMC_NAME, false);
    add_field(d, e, EVENT_REGISTRY, true);
    add_field(d, e, event_has(e, EVENT_KEY) ? EVENT_KEY : EVENT_MESSAGE_ID,
              true);
    add_field(d, e, EVENT_ORIGIN, false);
    for (unsigned i = 0; (arg = event_next(e, EVENT_ARG, &cursor, &len)); i++) {
        if (i < 64 && !(mask >> i & 1)) /* those beyond always count */
            continue;
        add(d, arg, len, false);
        if (!*ret_identity)
            *ret_identity = condition_identity(arg, len);
    }
    add_text(d, e, mask == CONDITION_WHOLE, ret_identity);
    digest_end(d, sum);
    memcpy(ret_key, sum, CONDITION_KEY_LEN);
}
