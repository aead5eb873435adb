/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as an event out of the spool, then each format's writing of it. A
 * table whose texts are no UTF-8 is one that decode never makes: it must do
 * no harm; of any other the output must be valid UTF-8, and of json and ecs
 * valid JSON. Bytes that are no table are taken for a payload, and its events
 * are written. Seeds: tests/golden/cases/NAME.in. Built with
 * -fsanitize=fuzzer,address,undefined.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "formats/format.h"
#include "registry.h"
#include "resolve.h"
#include "util/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

static bool is_json(const char *text, size_t len)
{
    json_t *value = json_loadb(
        text, len, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL,
        NULL);

    json_decref(value);
    return value != NULL;
}

/* Whether all values of a field are such as the stages before make them. */
static bool is_sound_field(const struct event *e, enum event_field f)
{
    enum event_type type = event_field_type(f);
    bool is_text = type == EVENT_TYPE_TEXT || type == EVENT_TYPE_LIST ||
                   type == EVENT_TYPE_JSON;
    size_t cursor = 0, len;
    const char *text;

    while (is_text && (text = event_next(e, f, &cursor, &len))) {
        if (!utf8_is_valid(text, len) || memchr(text, '\0', len))
            return false;
        if (type == EVENT_TYPE_JSON && !is_json(text, len))
            return false;
    }
    return true;
}

static bool is_sound(const struct event *e)
{
    for (enum event_field f = EVENT_ID; f < EVENT_FIELD_END; f++)
        if (!is_sound_field(e, f))
            return false;
    return true;
}

static void check_format(const struct event *e, const char *name, bool sound,
                         size_t max_size)
{
    const struct format *format = format_find(name);
    struct format_options options = {.facility = 3,
                                     .app_name = "trawl",
                                     .max_size = max_size,
                                     .colour = max_size % 2};
    _cleanup_(buffer_done) struct buffer out = {0};

    format->write(e, 7, &options, &out);
    REQUIRE(out.len > 0);
    if (!sound)
        return;
    REQUIRE(utf8_is_valid(out.data, out.len));
    REQUIRE(!memchr(out.data, '\n', out.len));
    if (strcmp(name, "json") == 0 || strcmp(name, "ecs") == 0)
        REQUIRE(is_json(out.data, out.len));
}

static void check_event(const struct event *e, size_t max_size)
{
    static const char *const names[] = {"json", "ecs", "rfc5424", "rfc3164",
                                        "terminal"};
    struct format_options options = {.facility = 3, .app_name = "trawl"};
    _cleanup_(buffer_done) struct buffer out = {0};
    bool sound = is_sound(e);

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        check_format(e, names[i], sound, max_size);
    format_journal.write(e, 7, &options, &out);
    REQUIRE(out.len > 0 && out.data[out.len - 1] == '\n');
}

static void check_payload(const char *bytes, size_t len)
{
    struct decode_options options = {.received = 1795160068104000,
                                     .keep_raw = len % 2};
    struct registry_set *none = registry_set_new();
    struct decode_result result;

    decode_payload(bytes, len, &options, &result);
    for (size_t i = 0; i < result.count; i++) {
        if (!result.items[i].event)
            continue;
        resolve_event(&(struct registry_view){.shared = none},
                      result.items[i].event);
        check_event(result.items[i].event, len % 3 ? 480 + len : 0);
    }
    decode_result_done(&result);
    registry_set_free(none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event e;

    if (event_view(&e, data, size) == 0)
        check_event(&e, size % 3 ? 480 + size : 0);
    else
        check_payload((const char *)data, size);
    return 0;
}
