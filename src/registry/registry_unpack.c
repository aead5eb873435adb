/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking by zlib; see registry_unpack.h. Of the zip format only what an
 * archive of registries needs: one disk, stored or deflated members, sizes
 * below 4 GiB. Sizes that an archive states are never believed: what is read
 * is bounded by the bytes that are there, what is written by the limit.
 */
#include "registry/registry_unpack.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "util/alloc.h"

#define LAYERS_MAX 3 /* a zip with gzip on the way is two */
#define CHUNK 65536u

#define WINDOW_RAW (-MAX_WBITS)
#define WINDOW_FRAMED (MAX_WBITS + 32) /* gzip or zlib, as the header says */

#define END_SIGNATURE 0x06054b50u
#define END_LEN 22u
#define COMMENT_MAX 65535u
#define ENTRY_SIGNATURE 0x02014b50u
#define ENTRY_LEN 46u
#define LOCAL_SIGNATURE 0x04034b50u
#define LOCAL_LEN 30u
#define METHOD_STORED 0
#define METHOD_DEFLATED 8

struct bytes {
    const uint8_t *data;
    size_t len;
};

static unsigned u16_at(struct bytes b, size_t at)
{
    return (unsigned)b.data[at] | (unsigned)b.data[at + 1] << 8;
}

static uint32_t u32_at(struct bytes b, size_t at)
{
    return u16_at(b, at) | (uint32_t)u16_at(b, at + 2) << 16;
}

static int too_large(size_t limit, struct error *err)
{
    return error_set(err, -EFBIG, "unpacked it is larger than %zu bytes",
                     limit);
}

/* Runs an inflater that was begun until its stream ends. */
static int run_inflate(z_stream *z, size_t limit, struct buffer *ret,
                       struct error *err)
{
    size_t before = ret->len;
    int r;

    do {
        z->next_out = (Bytef *)buffer_reserve(ret, CHUNK);
        z->avail_out = CHUNK;
        r = inflate(z, Z_NO_FLUSH);
        ret->len += CHUNK - z->avail_out;
        /* Chunk by chunk: a bomb ends at the limit, not when it is unpacked. */
        if (ret->len - before > limit)
            return too_large(limit, err);
    } while (r == Z_OK && (z->avail_in > 0 || z->avail_out == 0));
    if (r == Z_STREAM_END)
        return 0;
    return error_set(err, -EINVAL, "it cannot be unpacked: %s",
                     z->msg ? z->msg : "it ends too early");
}

static int inflate_all(struct bytes in, int window, size_t limit,
                       struct buffer *ret, struct error *err)
{
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)in.data,
        .avail_in = (uInt)in.len,
    };
    int r;

    if (in.len > UINT32_MAX || inflateInit2(&z, window) != Z_OK)
        return error_set(err, -EINVAL,
                         "it cannot be unpacked: zlib does not "
                         "take %zu bytes",
                         in.len);
    r = run_inflate(&z, limit, ret, err);
    inflateEnd(&z);
    return r;
}

/* One member as the archive's directory describes it. */
struct entry {
    unsigned flags, method;
    uint32_t checksum, packed, local;
    const char *name;
    size_t name_len;
};

/* Where the record at the end of the archive stands; false: nowhere. */
static bool find_end(struct bytes zip, size_t *ret)
{
    size_t lowest = 0;

    if (zip.len < END_LEN)
        return false;
    if (zip.len > END_LEN + COMMENT_MAX)
        lowest = zip.len - END_LEN - COMMENT_MAX;
    /* Backwards, for a comment of any length up to the most may follow it. */
    for (size_t at = zip.len - END_LEN + 1; at-- > lowest;)
        if (u32_at(zip, at) == END_SIGNATURE) {
            *ret = at;
            return true;
        }
    return false;
}

/* Reads the entry at *at and moves on; false at the end. */
static bool next_entry(struct bytes zip, size_t *at, struct entry *ret)
{
    size_t here = *at, rest;

    if (here > zip.len || zip.len - here < ENTRY_LEN ||
        u32_at(zip, here) != ENTRY_SIGNATURE)
        return false;
    *ret = (struct entry){
        .flags = u16_at(zip, here + 8),
        .method = u16_at(zip, here + 10),
        .checksum = u32_at(zip, here + 16),
        .packed = u32_at(zip, here + 20),
        .local = u32_at(zip, here + 42),
        .name = (const char *)zip.data + here + ENTRY_LEN,
        .name_len = u16_at(zip, here + 28),
    };
    rest =
        (size_t)ret->name_len + u16_at(zip, here + 30) + u16_at(zip, here + 32);
    if (zip.len - here - ENTRY_LEN < rest)
        return false;
    *at = here + ENTRY_LEN + rest;
    return true;
}

static bool ends_in(const struct entry *e, const char *text)
{
    size_t len = strlen(text);

    return e->name_len >= len &&
           strncasecmp(e->name + e->name_len - len, text, len) == 0;
}

/* Whether it is that file, in whatever folder of the archive. */
static bool is_named(const struct entry *e, const char *member)
{
    const char *slash = strrchr(member, '/');
    const char *file = slash ? slash + 1 : member;
    size_t len = strlen(file);

    return *file && ends_in(e, file) &&
           (e->name_len == len || e->name[e->name_len - len - 1] == '/');
}

static bool find_entry(struct bytes zip, const char *member, struct entry *ret)
{
    bool found = false;
    struct entry e;
    size_t end, at;

    if (!find_end(zip, &end))
        return false;
    at = u32_at(zip, end + 16);
    while (next_entry(zip, &at, &e)) {
        if (member && is_named(&e, member)) {
            *ret = e;
            return true;
        }
        if (!found && ends_in(&e, ".json")) {
            *ret = e;
            found = true;
        }
    }
    return found;
}

/* The packed bytes of a member, as far as the archive really has them. */
static bool entry_bytes(struct bytes zip, const struct entry *e,
                        struct bytes *ret)
{
    size_t at = e->local, head;

    if (at > zip.len || zip.len - at < LOCAL_LEN ||
        u32_at(zip, at) != LOCAL_SIGNATURE)
        return false;
    /*
     * Name and extra field stand here again, and the extra field may be of
     * another length than the directory says.
     */
    head = LOCAL_LEN + u16_at(zip, at + 26) + u16_at(zip, at + 28);
    if (zip.len - at < head || zip.len - at - head < e->packed)
        return false;
    *ret = (struct bytes){zip.data + at + head, e->packed};
    return true;
}

static int copy_all(struct bytes in, size_t limit, struct buffer *ret,
                    struct error *err)
{
    if (in.len > limit)
        return too_large(limit, err);
    buffer_add(ret, in.data, in.len);
    return 0;
}

static int unzip(struct bytes zip, const char *member, size_t limit,
                 struct buffer *ret, struct error *err)
{
    struct bytes packed;
    struct entry e;
    size_t before = ret->len;
    int r;

    if (!find_entry(zip, member, &e))
        return error_set(err, -EINVAL, "the archive has no registry in it");
    /* Bit 0 of the flags: encrypted. */
    if ((e.flags & 1) || !entry_bytes(zip, &e, &packed) ||
        (e.method != METHOD_STORED && e.method != METHOD_DEFLATED))
        return error_set(err, -EINVAL,
                         "the archive is damaged, encrypted or "
                         "of an unknown kind");
    r = e.method == METHOD_STORED
            ? copy_all(packed, limit, ret, err)
            : inflate_all(packed, WINDOW_RAW, limit, ret, err);
    if (r == 0 && crc32_z(0, (const Bytef *)ret->data + before,
                          ret->len - before) != e.checksum)
        r = error_set(err, -EINVAL,
                      "the archive is damaged: its checksum "
                      "is another");
    return r;
}

static bool is_zip(struct bytes b)
{
    return b.len >= 4 && u32_at(b, 0) == LOCAL_SIGNATURE;
}

/* gzip, or zlib, which some servers send for "deflate". */
static bool is_framed(struct bytes b)
{
    if (b.len < 2)
        return false;
    return (b.data[0] == 0x1f && b.data[1] == 0x8b) ||
           (b.data[0] == 0x78 && (b.data[0] << 8 | b.data[1]) % 31 == 0);
}

static struct bytes without_mark(struct bytes b)
{
    if (b.len >= 3 && memcmp(b.data, "\xef\xbb\xbf", 3) == 0)
        return (struct bytes){b.data + 3, b.len - 3};
    return b;
}

int registry_unpack(const void *data, size_t len, const char *member,
                    size_t limit, struct buffer *ret, struct error *err)
{
    struct bytes now = {data, len};
    _cleanup_(buffer_done) struct buffer layer = {0};

    for (int i = 0; is_zip(now) || is_framed(now); i++) {
        _cleanup_(buffer_done) struct buffer next = {0};
        int r;

        if (i == LAYERS_MAX)
            return error_set(err, -EINVAL, "it is packed more than %d times",
                             LAYERS_MAX);
        r = is_zip(now) ? unzip(now, member, limit, &next, err)
                        : inflate_all(now, WINDOW_FRAMED, limit, &next, err);
        if (r < 0)
            return r;
        buffer_done(&layer);
        layer = TAKE_STRUCT(next);
        now = (struct bytes){(const uint8_t *)layer.data, layer.len};
    }
    return copy_all(without_mark(now), limit, ret, err);
}
