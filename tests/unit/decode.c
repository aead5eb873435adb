/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits and hostile input of decode; its fields and shapes are in the golden
 * cases. Each payload here is made by a rule, since it would be too large, or
 * too many, to write down.
 */
#include "decode.h"

#include <string.h>

#include "config.h"
#include "decode/json_in.h"
#include "tap.h"
#include "util/alloc.h"
#include "util/utf8.h"

#define RECEIVED ((usec_t)1795160068104000)
#define MIB ((size_t)1 << 20)

static const char good[] =
    "{\"@odata.type\": \"#Event.v1_7_0.Event\", \"Id\": \"1\", \"Events\": ["
    "{\"EventType\": \"Alert\", \"EventId\": \"7\", \"MemberId\": \"1\","
    " \"EventTimestamp\": \"2026-11-20T07:30:00Z\", \"Severity\": \"OK\","
    " \"Message\": \"L\\u00fcfter \\ud83d\\ude00\", \"Context\": \"secret\","
    " \"MessageArgs\": [\"a\", 2, null], \"MessageId\": \"Contoso.1.0.X\","
    " \"OriginOfCondition\": {\"@odata.id\": \"/redfish/v1/Systems/1\"}},"
    "{\"MessageId\": \"Contoso.1.0.Y\", \"Oem\": {\"Contoso\": {\"a\": 1}}}]}";

/* before, then `count` times `unit`, then after */
struct flood {
    const char *what;
    const char *before;
    const char *unit;
    size_t bytes; /* of all units together */
    const char *after;
    size_t events;
    size_t unreadable;
};

static const struct flood floods[] = {
    {"bare empty objects", "", "{},", 4 * MIB, "", 0, 101},
    {"an array of empty objects", "[", "{},", 4 * MIB, "{}]", 0, 101},
    {"Events of empty objects", "{\"Events\":[", "{},", 4 * MIB, "{}]}", 0,
     101},
    {"Events of numbers", "{\"Events\":[", "1,", 4 * MIB, "1]}", 0, 101},
    {"20,000 records", "{\"Events\":[", "{\"EventId\":\"1\"},", 320000,
     "{\"EventId\":\"2\"}]}", CONFIG_RECORDS_MAX, 1},
    {"10,000 records", "{\"Events\":[", "{\"EventId\":\"1\"},",
     16 * (CONFIG_RECORDS_MAX - 1), "{\"EventId\":\"2\"}]}", CONFIG_RECORDS_MAX,
     0},
    {"opening brackets", "", "[", 4 * MIB, "", 0, 1},
    {"opening braces", "", "{\"a\":", 4 * MIB, "", 0, 1},
    {"closing brackets", "", "]", 4 * MIB, "", 0, 1},
    {"quotes", "{\"Events\":[", "\"", 4 * MIB, "]}", 0, 101},
    {"backslashes", "{\"Message\":\"", "\\", 4 * MIB, "\"}", 0, 1},
    {"commas", "{\"Events\":[", ",", 4 * MIB, "{\"EventId\":\"1\"}]}", 1, 0},
    {"words", "{\"Events\":[", "x ", 4 * MIB, "]}", 0, 101},
    {"a long digit string", "{\"EventId\":", "9", 4 * MIB, "}", 1, 0},
    {"members of an envelope", "{\"Events\":[{\"EventId\":\"1\"}]",
     ",\"a\":\"b\"", 1 * MIB, "}", 1, 1},
    {"members of a record", "{\"Events\":[{\"EventId\":\"1\"", ",\"a\":\"b\"",
     1 * MIB, "}]}", 1, 0},
    {"one member again and again", "{\"Events\":[{\"EventId\":\"1\"",
     ",\"EventId\":\"b\"", 1 * MIB, "}]}", 1, 0},
    {"one in other letters again and again", "{\"Events\":[{\"eventid\":\"1\"",
     ",\"iD\":1", 4 * MIB, "}]}", 1, 0},
    {"more than any body", "{\"Message\":\"", "a", 17 * MIB, "\"}", 0, 1},
};

static struct decode_result decode(const char *bytes, size_t len, bool raw)
{
    struct decode_options options = {.received = RECEIVED, .keep_raw = raw};
    struct decode_result result;

    decode_payload(bytes, len, &options, &result);
    return result;
}

static size_t count(const struct decode_result *result, enum decode_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < result->count; i++)
        n += result->items[i].kind == kind;
    return n;
}

static bool has_quirk(const struct event *e, const char *name)
{
    size_t cursor = 0;
    const char *quirk;

    while ((quirk = event_next(e, EVENT_QUIRK, &cursor, NULL)))
        if (strcmp(quirk, name) == 0)
            return true;
    return false;
}

/* What holds for every result, whatever was sent. */
static bool is_sound(const struct decode_result *result)
{
    for (size_t i = 0; i < result->count; i++) {
        const struct decode_item *item = &result->items[i];

        if (item->kind == DECODE_UNREADABLE) {
            if (!item->bytes || !item->why[0] || item->event)
                return false;
        } else if (item->kind == DECODE_EVENT &&
                   (!item->event || !event_has(item->event, EVENT_TIME) ||
                    !event_has(item->event, EVENT_RECEIVED))) {
            return false;
        }
    }
    return result->count > 0;
}

static void add_units(struct buffer *b, const char *unit, size_t bytes)
{
    size_t len = strlen(unit);

    for (size_t n = 0; n + len <= bytes; n += len)
        buffer_add(b, unit, len);
}

static void check_flood(const struct flood *flood)
{
    _cleanup_(buffer_done) struct buffer b = {0};
    struct decode_result result;

    buffer_add_text(&b, flood->before);
    add_units(&b, flood->unit, flood->bytes);
    buffer_add_text(&b, flood->after);
    result = decode(b.data, b.len, false);
    ok(is_sound(&result), "%s: sound", flood->what);
    is_int(count(&result, DECODE_EVENT), flood->events, "%s: events",
           flood->what);
    is_int(count(&result, DECODE_UNREADABLE), flood->unreadable,
           "%s: unreadable", flood->what);
    decode_result_done(&result);
}

static void check_nothing_lost(void)
{
    _cleanup_(buffer_done) struct buffer b = {0};
    _cleanup_(json_in_freep) struct json_in *rest = NULL;
    const struct decode_item *last;
    struct decode_result result;

    buffer_add_text(&b, "{\"Events\":[");
    add_units(&b, "{\"EventId\":\"1\"},", 16 * 12000);
    buffer_add_text(&b, "null]}");
    result = decode(b.data, b.len, false);
    last = &result.items[result.count - 1];
    rest = json_in_read(last->bytes, last->len, NULL);
    is_text(last->why, "2001 more records, over the limits of a payload",
            "the records over the limit are counted");
    is_int(rest ? json_in_count(json_in_root(rest)) : 0, 2001,
           "and all of them are kept as one array");
    is_int(result.count, CONFIG_RECORDS_MAX + 1, "which is one item");
    decode_result_done(&result);
}

static void check_depth(size_t depth, bool readable)
{
    _cleanup_(buffer_done) struct buffer b = {0};
    struct decode_result result;

    /* The record is three deep already. */
    buffer_add_text(&b, "{\"Events\":[{\"MessageArgs\":");
    add_units(&b, "[", depth - 3);
    add_units(&b, "]", depth - 3);
    buffer_add_text(&b, "}]}");
    result = decode(b.data, b.len, false);
    is_int(count(&result, DECODE_EVENT), readable ? 1 : 0,
           "JSON nested %zu deep is %s", depth, readable ? "read" : "refused");
    is_int(result.count, 1, "and is one item");
    decode_result_done(&result);
}

static void check_long_text(void)
{
    _cleanup_(buffer_done) struct buffer b = {0};
    struct decode_result result;
    const struct event *e;
    const char *text;
    size_t len = 0;

    buffer_add_text(&b, "{\"EventId\":\"1\",\"Message\":\"x");
    add_units(&b, "ü", 100000);
    buffer_add_text(&b, "\"}");
    result = decode(b.data, b.len, false);
    e = result.items[0].event;
    text = event_text(e, EVENT_MESSAGE, &len);
    is_int(len, CONFIG_TEXT_MAX - 1, "a text is cut between characters");
    ok(utf8_is_valid(text, len), "and stays valid");
    ok(has_quirk(e, "text-cut"), "which is noted");
    event_text(e, EVENT_RAW, &len);
    is_int(len, b.len, "and raw has all of it");
    decode_result_done(&result);
}

static void check_long_oem(void)
{
    _cleanup_(buffer_done) struct buffer b = {0};
    _cleanup_(json_in_freep) struct json_in *oem = NULL;
    struct decode_result result;
    const struct event *e;
    const char *text;
    size_t len = 0;

    buffer_add_text(&b, "{\"EventId\":\"1\",\"Small\":1,\"Large\":\"");
    add_units(&b, "x", 100000);
    buffer_add_text(&b, "\",\"Last\":2}");
    result = decode(b.data, b.len, false);
    e = result.items[0].event;
    text = event_text(e, EVENT_OEM, &len);
    is_text(text, "{\"Small\":1,\"Last\":2}", "what fits into oem is there");
    ok(has_quirk(e, "oem-cut") && event_has(e, EVENT_RAW),
       "what does not is noted and stands in raw");
    decode_result_done(&result);
}

static void check_raw(void)
{
    struct decode_result result = decode(good, strlen(good), true);
    const char *raw = event_text(result.items[1].event, EVENT_RAW, NULL);

    is_text(raw,
            "{\"MessageId\":\"Contoso.1.0.Y\",\"Oem\":{\"Contoso\":{\"a\":1}}}",
            "keep_raw keeps each record");
    raw = event_text(result.items[0].event, EVENT_RAW, NULL);
    ok(raw && !strstr(raw, "secret"), "but not its Context");
    decode_result_done(&result);
    result = decode(good, strlen(good), false);
    ok(!event_has(result.items[0].event, EVENT_RAW), "and only then");
    decode_result_done(&result);
}

static void check_old_receipt(void)
{
    struct decode_options options = {.received = 12 * USEC_PER_SEC};
    struct decode_result result;

    decode_payload(good, strlen(good), &options, &result);
    is_int(event_int(result.items[0].event, EVENT_TIME, 0), options.received,
           "with no clock of our own the receipt's time stands");
    decode_result_done(&result);
}

static void check_prefixes(void)
{
    bool sound = true;

    for (size_t len = 0; len <= strlen(good); len++) {
        /* An exact copy, so that a read beyond it is seen. */
        _cleanup_free_ char *copy = malloc(len ? len : 1);
        struct decode_result result;

        memcpy(copy, good, len);
        result = decode(copy, len, true);
        sound = sound && is_sound(&result);
        decode_result_done(&result);
    }
    ok(sound, "every beginning of a payload gives a sound result");
}

static void check_changed_bytes(void)
{
    uint32_t random = 1;
    bool sound = true;

    for (int round = 0; round < 5000; round++) {
        _cleanup_free_ char *copy = xstrdup(good);
        struct decode_result result;

        for (int i = 0; i < 1 + round % 4; i++) {
            random = random * 1664525u + 1013904223u;
            copy[random / 7 % strlen(good)] = (char)(random >> 24);
        }
        result = decode(copy, strlen(good), true);
        sound = sound && is_sound(&result);
        decode_result_done(&result);
    }
    ok(sound, "5,000 payloads with changed bytes give sound results");
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(floods); i++)
        check_flood(&floods[i]);
    check_nothing_lost();
    check_depth(CONFIG_DEPTH_MAX, true);
    check_depth(CONFIG_DEPTH_MAX + 1, false);
    check_long_text();
    check_long_oem();
    check_raw();
    check_old_receipt();
    check_prefixes();
    check_changed_bytes();
    return done_testing();
}
