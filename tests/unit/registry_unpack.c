/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registries as they come off the wire: plain, gzip, zlib, zip; and bombs,
 * torn and damaged ones, which cost no more than the limit and say why.
 */
#include "registry/registry_unpack.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "tap.h"
#include "util/alloc.h"

#define JSON "{\"RegistryPrefix\":\"Acme\",\"Messages\":{}}"
#define LIMIT 1000

static void pack(const void *data, size_t len, int window, struct buffer *ret)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)len};
    size_t room = len + len / 1000 + 100;

    deflateInit2(&z, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
    z.next_out = (Bytef *)buffer_reserve(ret, room);
    z.avail_out = (uInt)room;
    deflate(&z, Z_FINISH);
    ret->len += room - z.avail_out;
    deflateEnd(&z);
}

static void add_number(struct buffer *b, uint32_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        buffer_add_char(b, i < 4 ? (char)(value >> 8 * i) : 0);
}

/* A member of an archive under construction. */
struct member {
    const char *name;
    const char *data;
    bool stored;
    uint32_t local;
    struct buffer packed;
};

static void add_head(struct buffer *zip, const struct member *m)
{
    add_number(zip, m->stored ? 0 : 8, 2);
    add_number(zip, 0, 4); /* time */
    add_number(
        zip, (uint32_t)crc32(0, (const Bytef *)m->data, (uInt)strlen(m->data)),
        4);
    add_number(zip, (uint32_t)m->packed.len, 4);
    add_number(zip, (uint32_t)strlen(m->data), 4);
    add_number(zip, (uint32_t)strlen(m->name), 2);
    add_number(zip, 0, 2); /* extra field */
}

static void archive(struct member *members, size_t count, struct buffer *zip)
{
    uint32_t directory;

    for (size_t i = 0; i < count; i++) {
        struct member *m = &members[i];

        if (m->stored)
            buffer_add_text(&m->packed, m->data);
        else
            pack(m->data, strlen(m->data), -MAX_WBITS, &m->packed);
        m->local = (uint32_t)zip->len;
        buffer_add(zip, "PK\3\4\24\0\0\0", 8);
        add_head(zip, m);
        buffer_add_text(zip, m->name);
        buffer_add(zip, m->packed.data, m->packed.len);
    }
    directory = (uint32_t)zip->len;
    for (size_t i = 0; i < count; i++) {
        buffer_add(zip, "PK\1\2\24\0\24\0\0\0", 10);
        add_head(zip, &members[i]);
        add_number(zip, 0, 2 + 2 + 2 + 4); /* comment, disk, attributes */
        add_number(zip, members[i].local, 4);
        buffer_add_text(zip, members[i].name);
        buffer_done(&members[i].packed);
    }
    buffer_add(zip, "PK\5\6\0\0\0\0", 8);
    add_number(zip, (uint32_t)count, 2);
    add_number(zip, (uint32_t)count, 2);
    add_number(zip, (uint32_t)zip->len - directory - 12, 4);
    add_number(zip, directory, 4);
    add_number(zip, 0, 2);
}

/* What comes out, or NULL; the reason is shown. */
static const char *unpacked(const struct buffer *in, const char *member,
                            struct buffer *out)
{
    struct error err = {""};
    int r;

    buffer_clear(out);
    r = registry_unpack(in->data, in->len, member, LIMIT, out, &err);
    if (r < 0) {
        ok(*err.text, "refused: %s", err.text);
        return NULL;
    }
    return out->data;
}

static void test_streams(struct buffer *out)
{
    static const int windows[] = {MAX_WBITS + 16, MAX_WBITS};

    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        _cleanup_(buffer_done) struct buffer once = {0}, twice = {0};

        pack(JSON, strlen(JSON), windows[i], &once);
        is_text(unpacked(&once, NULL, out), JSON, "%s",
                windows[i] == MAX_WBITS ? "zlib" : "gzip");
        pack(once.data, once.len, windows[0], &twice);
        is_text(unpacked(&twice, NULL, out), JSON, "... packed once more");
        once.len -= 9;
        is_text(unpacked(&once, NULL, out), NULL, "... torn off");
    }
}

static void test_plain(struct buffer *out)
{
    _cleanup_(buffer_done) struct buffer in = {0}, large = {0};

    buffer_add_text(&in, "\xef\xbb\xbf" JSON);
    is_text(unpacked(&in, NULL, out), JSON, "a byte order mark is left out");
    in.len = 0;
    is_text(unpacked(&in, NULL, out), "", "nothing is nothing");
    for (size_t i = 0; i <= LIMIT; i++)
        buffer_add_char(&large, ' ');
    is_int(registry_unpack(large.data, large.len, NULL, LIMIT, out, NULL),
           -EFBIG, "a byte above the limit");
    is_int(registry_unpack(large.data, LIMIT, NULL, LIMIT, out, NULL), 0,
           "just at the limit");
}

static void test_bombs(struct buffer *out)
{
    _cleanup_(buffer_done) struct buffer zeros = {0}, in = {0}, zip = {0};
    _cleanup_free_ char *text = NULL;
    struct member member = {.name = "bomb.json"};

    for (size_t i = 0; i < 1000000; i++)
        buffer_add_char(&zeros, '0');
    pack(zeros.data, zeros.len, MAX_WBITS + 16, &in);
    buffer_clear(out);
    is_int(registry_unpack(in.data, in.len, NULL, LIMIT, out, NULL), -EFBIG,
           "a gzip bomb of %zu bytes", in.len);
    is_int(out->len, 0, "... leaves nothing behind");
    text = buffer_take_text(&zeros);
    member.data = text;
    archive(&member, 1, &zip);
    is_int(registry_unpack(zip.data, zip.len, NULL, LIMIT, out, NULL), -EFBIG,
           "a zip bomb of %zu bytes", zip.len);
}

static void test_archives(struct buffer *out)
{
    struct member members[] = {
        {.name = "readme.txt", .data = "read me"},
        {.name = "de/Acme.1.0.0.json", .data = "{\"Language\":\"de\"}"},
        {.name = "en/Acme.1.0.0.JSON", .data = JSON, .stored = true},
        {.name = "en/Other.json", .data = "{\"Language\":\"en\"}"},
    };
    _cleanup_(buffer_done) struct buffer zip = {0};

    archive(members, ARRAY_LEN(members), &zip);
    is_text(unpacked(&zip, "Other.json", out), "{\"Language\":\"en\"}",
            "the member that is named, in whatever folder");
    is_text(unpacked(&zip, "x/y/Other.json", out), "{\"Language\":\"en\"}",
            "... or with another one");
    is_text(unpacked(&zip, NULL, out), "{\"Language\":\"de\"}",
            "none is named: the first that is JSON");
    is_text(unpacked(&zip, "gone.json", out), "{\"Language\":\"de\"}",
            "... nor is there one of that name");
    archive(members, 1, (zip.len = 0, &zip));
    is_text(unpacked(&zip, NULL, out), NULL, "an archive without a registry");
    archive(&members[2], 1, (zip.len = 0, &zip));
    is_text(unpacked(&zip, NULL, out), JSON, "a member that is only stored");
    zip.data[40 + 18] ^= 1;
    is_text(unpacked(&zip, NULL, out), NULL, "... that is damaged");
}

/* Any end torn off, any byte changed: refused, or read, within its bounds. */
static void test_damage(struct buffer *out)
{
    struct member member = {.name = "a.json", .data = JSON};
    _cleanup_(buffer_done) struct buffer zip = {0};
    size_t read = 0;

    archive(&member, 1, &zip);
    for (size_t len = 0; len < zip.len; len++) {
        _cleanup_free_ char *copy = xstrndup(zip.data, 0);

        copy = xrealloc(copy, len + 1);
        memcpy(copy, zip.data, len);
        buffer_clear(out);
        read +=
            registry_unpack(copy, len, NULL, LIMIT, out, NULL) == 0 && len >= 4;
    }
    is_int(read, 0, "no archive is read that has lost its end");
    for (size_t at = 0; at < zip.len; at++) {
        zip.data[at] ^= 0x55;
        buffer_clear(out);
        if (registry_unpack(zip.data, zip.len, NULL, LIMIT, out, NULL) == 0 &&
            at >= 4 && strcmp(out->data, JSON) != 0)
            ok(false, "byte %zu changed is noticed", at);
        zip.data[at] ^= 0x55;
    }
}

int main(void)
{
    _cleanup_(buffer_done) struct buffer out = {0};

    buffer_add_text(&out, "");
    test_plain(&out);
    test_streams(&out);
    test_bombs(&out);
    test_archives(&out);
    test_damage(&out);
    return done_testing();
}
