/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a segment, and the walk past damage. */
#include "spool/segment.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spool/segment_walk.h"
#include "spool.h"
#include "tap.h"
#include "util/macro.h"

static struct segment_header sample(void)
{
    struct segment_header h = {.number = 7,
                               .first_seq = 1234567890123,
                               .created = 99,
                               .checkpoint_seq = 1234567890000,
                               .checkpoint_len = 5};

    memcpy(h.uuid, "0123456789abcdef", 16);
    memcpy(h.checkpoint, "sums!", 5);
    return h;
}

static void test_header(void)
{
    struct segment_header h = sample(), back = {0};
    uint8_t block[SEGMENT_HEADER_SIZE];

    segment_format_header(&h, block);
    is_int(segment_parse_header(block, sizeof(block), &back), SEGMENT_VALID,
           "a header is read back");
    ok(back.number == h.number && back.first_seq == h.first_seq &&
           back.created == h.created &&
           back.checkpoint_seq == h.checkpoint_seq &&
           memcmp(back.uuid, h.uuid, 16) == 0,
       "with all its numbers");
    ok(back.checkpoint_len == 5 && memcmp(back.checkpoint, "sums!", 5) == 0,
       "and the checkpoint");
    is_int(segment_parse_header(block, 100, &back), SEGMENT_BROKEN,
           "half a header is broken");
    memset(block, 0, sizeof(block));
    is_int(segment_parse_header(block, sizeof(block), &back), SEGMENT_BLANK,
           "zeros are a segment not used yet");
    is_int(segment_parse_header(block, 0, &back), SEGMENT_BLANK,
           "and so is an empty file");
}

static void test_header_damage(void)
{
    struct segment_header h = sample(), back;
    uint8_t block[SEGMENT_HEADER_SIZE];
    unsigned believed = 0;

    segment_format_header(&h, block);
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= 1u << i % 8;
        if (segment_parse_header(block, sizeof(block), &back) == SEGMENT_VALID)
            believed++;
        block[i] ^= 1u << i % 8;
    }
    is_int(believed, 0, "a header with any byte changed is not believed");
}

static void test_header_version(void)
{
    static const struct {
        size_t offset;
        uint8_t bytes[4];
        enum segment_kind kind;
        const char *what;
    } cases[] = {
        {8, {2, 0, 0, 0}, SEGMENT_NEWER, "version 2 is newer"},
        {8, {1, 0, 0, 1}, SEGMENT_NEWER, "so is a large one"},
        {8, {0, 0, 0, 0}, SEGMENT_BROKEN, "version 0 never was"},
        {12, {1, 2, 3, 4}, SEGMENT_SWAPPED, "the other byte order is told"},
        {0, {'X', 'X', 'X', 'X'}, SEGMENT_BROKEN, "other magic is broken"},
    };
    struct segment_header h = sample(), back;
    uint8_t block[SEGMENT_HEADER_SIZE];

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        segment_format_header(&h, block);
        memcpy(block + cases[i].offset, cases[i].bytes, 4);
        is_int(segment_parse_header(block, sizeof(block), &back), cases[i].kind,
               "%s", cases[i].what);
    }
}

static void test_record(size_t len)
{
    static uint8_t payload[2000];
    _cleanup_(buffer_done) struct buffer out = {0};
    struct segment_record r = {.seq = 42,
                               .time = 4711,
                               .type = SPOOL_EVENT,
                               .flags = SEGMENT_BATCH,
                               .len = (uint32_t)len,
                               .data = payload};
    struct segment_record back;
    unsigned believed = 0;

    memset(payload, 'x', sizeof(payload));
    memcpy(r.id, "abcdefghijklmnop", 16);
    segment_add_record(&out, &r);
    ok(out.len % 8 == 0 && out.len == segment_record_size(len),
       "%zu bytes of payload make an aligned record", len);
    ok(segment_parse_record((uint8_t *)out.data, &back) && back.seq == 42 &&
           back.time == 4711 && back.type == SPOOL_EVENT &&
           back.flags == SEGMENT_BATCH && back.len == len &&
           memcmp(back.id, r.id, 16) == 0,
       "whose header is read back");
    ok(segment_check_payload(&back,
                             (uint8_t *)out.data + SEGMENT_RECORD_HEADER),
       "and its payload");
    for (size_t bit = 0; bit < (SEGMENT_RECORD_HEADER + len) * 8; bit++) {
        out.data[bit / 8] ^= (char)(1 << bit % 8);
        if (segment_parse_record((uint8_t *)out.data, &back) &&
            segment_check_payload(&back,
                                  (uint8_t *)out.data + SEGMENT_RECORD_HEADER))
            believed++;
        out.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    is_int(believed, 0, "and any bit of it changed is noticed");
}

/* Five records, each with another complete record as its payload. */
#define WALK_RECORDS 5

static void make_segment(struct buffer *out, size_t *offsets)
{
    _cleanup_(buffer_done) struct buffer inner = {0};
    struct segment_record r = {.seq = 3, .type = SPOOL_EVENT};

    segment_add_record(&inner, &r);
    memset(buffer_reserve(out, SEGMENT_HEADER_SIZE), 0, SEGMENT_HEADER_SIZE);
    out->len += SEGMENT_HEADER_SIZE;
    for (unsigned i = 0; i < WALK_RECORDS; i++) {
        offsets[i] = out->len;
        r = (struct segment_record){.seq = 10 + i,
                                    .type = SPOOL_EVENT,
                                    .len = (uint32_t)inner.len,
                                    .data = inner.data};
        segment_add_record(out, &r);
    }
    offsets[WALK_RECORDS] = out->len;
    memset(buffer_reserve(out, 4096), 0, 4096);
    out->len += 4096;
}

/* The sequences found, as bits of a mask; bit 31: something unexpected. */
static uint32_t walk_mask(int fd, uint64_t size, uint64_t first)
{
    struct segment_walk w = {0};
    struct segment_record r;
    uint32_t mask = 0;

    segment_walk_init(&w, fd, size, first);
    while (segment_walk_next(&w, &r, NULL) > 0)
        mask |= r.seq >= 10 && r.seq < 10 + WALK_RECORDS && r.len == 56
                    ? 1u << (r.seq - 10)
                    : 1u << 31;
    segment_walk_done(&w);
    return mask;
}

static void test_walk_damage(int fd, const struct buffer *image,
                             const size_t *offsets)
{
    const uint32_t all = (1u << WALK_RECORDS) - 1;
    unsigned wrong = 0;
    char byte;

    is_int(walk_mask(fd, image->len, 10), all, "all records are found");
    for (unsigned i = 0; i < WALK_RECORDS; i++)
        for (size_t at = offsets[i]; at < offsets[i + 1]; at++) {
            byte = (char)(image->data[at] ^ 0x55);
            if (pwrite(fd, &byte, 1, (off_t)at) != 1 ||
                walk_mask(fd, image->len, 10) != (all & ~(1u << i)) ||
                pwrite(fd, image->data + at, 1, (off_t)at) != 1)
                wrong++;
        }
    is_int(wrong, 0,
           "damage to any byte of a record costs this one only, "
           "and what it contains is not taken for a record");
}

static void test_walk(void)
{
    _cleanup_(buffer_done) struct buffer image = {0};
    size_t offsets[WALK_RECORDS + 1];
    _cleanup_close_ int fd = memfd_create("segment", MFD_CLOEXEC);

    make_segment(&image, offsets);
    if (fd < 0 || write(fd, image.data, image.len) != (ssize_t)image.len)
        skip_all("no memfd here");
    test_walk_damage(fd, &image, offsets);
    is_int(walk_mask(fd, offsets[3], 10), 7, "nothing beyond the limit is");
    is_int(walk_mask(fd, image.len, 0), 31, "an unknown start is found out");
    is_int(walk_mask(fd, image.len, 500), 0,
           "records with impossible sequences are not believed");
}

int main(void)
{
    static const size_t lengths[] = {0, 1, 7, 8, 9, 1000};

    test_header();
    test_header_damage();
    test_header_version();
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
        test_record(lengths[i]);
    test_walk();
    return done_testing();
}
