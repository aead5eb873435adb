/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, JSON that is written, buffers: what bytes become on the way out. */
#include <string.h>

#include "tap.h"
#include "util/json_writer.h"
#include "util/utf8.h"

static const struct {
    const char *bytes;
    bool valid;
    const char *repaired;
} utf8_cases[] = {
    {"plain", true, "plain"},
    {"gr\xc3\xbc\xc3\x9f", true, "gr\xc3\xbc\xc3\x9f"},
    {"\xe2\x82\xac", true, "\xe2\x82\xac"},
    {"\xf0\x9f\x94\xa5", true, "\xf0\x9f\x94\xa5"},
    {"T\xfcr", false, "T\xc3\xbcr"},                     /* Latin-1 */
    {"\xc0\x80", false, "\xc3\x80\xc2\x80"},             /* overlong */
    {"\xed\xa0\x80", false, "\xc3\xad\xc2\xa0\xc2\x80"}, /* surrogate */
    {"\xf4\x90\x80\x80", false, "\xc3\xb4\xc2\x90\xc2\x80\xc2\x80"},
    {"cut \xe2\x82", false, "cut \xc3\xa2\xc2\x82"},
    {"\xe0\x80\xaf", false, "\xc3\xa0\xc2\x80\xc2\xaf"},
};

static const struct {
    const char *text;
    size_t len;
    const char *want;
} json_cases[] = {
    {"plain", 5, "\"plain\""},
    {"a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\""},
    {"\n\r\t\x01\x1f", 5, "\"\\n\\r\\t\\u0001\\u001f\""},
    {"a\0b", 3, "\"a\\u0000b\""},
    {"\x7f", 1, "\"\\u007f\""},
    {"T\xfcr", 3, "\"T\xc3\xbcr\""},
    {"", 0, "\"\""},
};

static void test_utf8(void)
{
    for (size_t i = 0; i < ARRAY_LEN(utf8_cases); i++) {
        _cleanup_(buffer_done) struct buffer out = {0};
        const char *bytes = utf8_cases[i].bytes;

        is_int(utf8_is_valid(bytes, strlen(bytes)), utf8_cases[i].valid,
               "UTF-8 case %zu is told right", i);
        utf8_add_repaired(&out, bytes, strlen(bytes));
        is_text(out.data, utf8_cases[i].repaired, "... and repaired");
        ok(utf8_is_valid(out.data, out.len), "... to valid UTF-8");
    }
    is_int(utf8_cut("a\xe2\x82\xac", 4, 3), 1, "a cut spares the sequence");
    is_int(utf8_cut("abc", 3, 9), 3, "no cut where none is needed");
}

static void test_json_text(void)
{
    for (size_t i = 0; i < ARRAY_LEN(json_cases); i++) {
        _cleanup_(buffer_done) struct buffer out = {0};
        struct json_writer w;

        json_writer_init(&w, &out);
        json_writer_text(&w, json_cases[i].text, json_cases[i].len);
        is_text(out.data, json_cases[i].want, "JSON text %zu", i);
    }
}

static void test_json_shape(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};
    struct json_writer w;

    json_writer_init(&w, &out);
    json_writer_open_object(&w);
    json_writer_member(&w, "a", "b");
    json_writer_member(&w, "absent", NULL);
    json_writer_key(&w, "list");
    json_writer_open_array(&w);
    json_writer_i64(&w, INT64_MIN);
    json_writer_u64(&w, UINT64_MAX);
    json_writer_bool(&w, true);
    json_writer_open_object(&w);
    json_writer_close_object(&w);
    json_writer_close_array(&w);
    json_writer_key(&w, "raw");
    json_writer_raw(&w, "{\"x\":1}", 7);
    json_writer_close_object(&w);
    is_text(out.data,
            "{\"a\":\"b\",\"list\":[-9223372036854775808,"
            "18446744073709551615,true,{}],\"raw\":{\"x\":1}}",
            "commas stand where they belong");
}

static void test_buffer(void)
{
    _cleanup_(buffer_done) struct buffer b = {0};
    char *text;

    for (int i = 0; i < 1000; i++)
        buffer_printf(&b, "%d ", i % 10);
    is_int(b.len, 2000, "a buffer grows");
    buffer_consume(&b, 1990);
    is_text(b.data, "5 6 7 8 9 ", "what is consumed leaves the rest");
    text = buffer_take_text(&b);
    is_text(text, "5 6 7 8 9 ", "its text can be taken");
    ok(b.data == NULL && b.len == 0, "... and leaves it empty");
    free(text);
}

int main(void)
{
    test_utf8();
    test_json_text();
    test_json_shape();
    test_buffer();
    return done_testing();
}
