/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a segment; see segment.h. */
#include "spool/segment.h"

#include <assert.h>
#include <string.h>
#include <zlib.h>

#include "spool.h"

#define BYTE_ORDER_MARK 0x01020304u
#define BYTE_ORDER_SWAPPED 0x04030201u

static const char header_magic[8] = "TRAWLSEG";

/*
 * Magic, version and byte order stay where they are in all versions to come,
 * so that an older program can always tell that it is too old.
 */
struct disk_header {
    char magic[8];
    uint32_t version;
    uint32_t byte_order;
    uint32_t crc; /* of the whole block, with this field 0 */
    uint32_t checkpoint_len;
    uint64_t number;
    uint64_t first_seq;
    uint64_t created;
    uint8_t uuid[SEGMENT_UUID_LEN];
    uint64_t checkpoint_seq;
    uint8_t reserved[56];
    uint8_t checkpoint[SEGMENT_CHECKPOINT_MAX];
};

struct disk_record {
    uint32_t magic;
    uint32_t len;
    uint64_t seq;
    uint64_t time;
    uint8_t id[16];
    uint16_t type;
    uint16_t flags;
    uint32_t reserved;
    uint32_t payload_crc;
    uint32_t header_crc; /* of all before it */
};

static_assert(sizeof(struct disk_header) <= SEGMENT_HEADER_SIZE, "fits");
static_assert(sizeof(struct disk_record) == SEGMENT_RECORD_HEADER, "packed");

static uint32_t crc_of(const void *data, size_t len)
{
    return (uint32_t)crc32_z(0, data, len);
}

void segment_format_header(const struct segment_header *h,
                           uint8_t ret[SEGMENT_HEADER_SIZE])
{
    struct disk_header d = {
        .version = SEGMENT_VERSION,
        .byte_order = BYTE_ORDER_MARK,
        .checkpoint_len = (uint32_t)h->checkpoint_len,
        .number = h->number,
        .first_seq = h->first_seq,
        .created = h->created,
        .checkpoint_seq = h->checkpoint_seq,
    };

    assert(h->checkpoint_len <= SEGMENT_CHECKPOINT_MAX);
    memcpy(d.magic, header_magic, sizeof(d.magic));
    memcpy(d.uuid, h->uuid, sizeof(d.uuid));
    memcpy(d.checkpoint, h->checkpoint, h->checkpoint_len);
    memset(ret, 0, SEGMENT_HEADER_SIZE);
    memcpy(ret, &d, sizeof(d));
    /* Summed while the field is 0, as has_good_crc() does it again. */
    d.crc = crc_of(ret, SEGMENT_HEADER_SIZE);
    memcpy(ret, &d, sizeof(d));
}

/* Each byte is as the one before it, and the first is 0. */
static bool is_blank(const uint8_t *data, size_t len)
{
    return len == 0 || (data[0] == 0 && memcmp(data, data + 1, len - 1) == 0);
}

static bool has_good_crc(const uint8_t *data)
{
    uint8_t copy[SEGMENT_HEADER_SIZE];
    struct disk_header *d = (struct disk_header *)(void *)copy;
    uint32_t crc;

    memcpy(copy, data, sizeof(copy));
    memcpy(&crc, &d->crc, sizeof(crc));
    memset(&d->crc, 0, sizeof(d->crc));
    return crc_of(copy, sizeof(copy)) == crc;
}

/*
 * The version counts even when the checksum is wrong: a later one may sum
 * differently, and refusing to start loses nothing.
 */
static enum segment_kind kind_of(const struct disk_header *d)
{
    if (memcmp(d->magic, header_magic, sizeof(d->magic)) != 0)
        return SEGMENT_BROKEN;
    if (d->byte_order == BYTE_ORDER_SWAPPED)
        return SEGMENT_SWAPPED;
    if (d->byte_order == BYTE_ORDER_MARK && d->version > SEGMENT_VERSION)
        return SEGMENT_NEWER;
    if (d->version != SEGMENT_VERSION ||
        d->checkpoint_len > SEGMENT_CHECKPOINT_MAX)
        return SEGMENT_BROKEN;
    return SEGMENT_VALID;
}

enum segment_kind segment_parse_header(const uint8_t *data, size_t len,
                                       struct segment_header *ret)
{
    struct disk_header d;
    enum segment_kind kind;

    if (is_blank(data, len))
        return SEGMENT_BLANK;
    if (len < SEGMENT_HEADER_SIZE)
        return SEGMENT_BROKEN;
    memcpy(&d, data, sizeof(d));
    kind = kind_of(&d);
    if (kind != SEGMENT_VALID)
        return kind;
    if (!has_good_crc(data))
        return SEGMENT_BROKEN;
    ret->number = d.number;
    ret->first_seq = d.first_seq;
    ret->created = d.created;
    ret->checkpoint_seq = d.checkpoint_seq;
    ret->checkpoint_len = d.checkpoint_len;
    memcpy(ret->uuid, d.uuid, sizeof(ret->uuid));
    memcpy(ret->checkpoint, d.checkpoint, d.checkpoint_len);
    return SEGMENT_VALID;
}

uint64_t segment_record_size(uint64_t len)
{
    return (SEGMENT_RECORD_HEADER + len + 7) & ~(uint64_t)7;
}

void segment_add_record(struct buffer *out, const struct segment_record *r)
{
    size_t size = (size_t)segment_record_size(r->len);
    char *to = buffer_reserve(out, size);
    struct disk_record d = {
        .magic = SEGMENT_MAGIC,
        .len = r->len,
        .seq = r->seq,
        .time = r->time,
        .type = r->type,
        .flags = r->flags,
        .payload_crc = r->len > 0 ? crc_of(r->data, r->len) : 0,
    };

    memcpy(d.id, r->id, sizeof(d.id));
    d.header_crc = crc_of(&d, offsetof(struct disk_record, header_crc));
    memcpy(to, &d, sizeof(d));
    if (r->len > 0)
        memcpy(to + sizeof(d), r->data, r->len);
    memset(to + sizeof(d) + r->len, 0, size - sizeof(d) - r->len);
    out->len += size;
}

bool segment_parse_record(const uint8_t *data, struct segment_record *ret)
{
    struct disk_record d;

    memcpy(&d, data, sizeof(d));
    /* The cheap tests first: behind damage each eighth byte is tried. */
    if (d.magic != SEGMENT_MAGIC || d.len > SPOOL_RECORD_MAX || d.seq == 0)
        return false;
    if (d.header_crc != crc_of(&d, offsetof(struct disk_record, header_crc)))
        return false;
    *ret = (struct segment_record){.seq = d.seq,
                                   .time = d.time,
                                   .type = d.type,
                                   .flags = d.flags,
                                   .len = d.len,
                                   .payload_crc = d.payload_crc};
    memcpy(ret->id, d.id, sizeof(ret->id));
    return true;
}

bool segment_check_payload(const struct segment_record *r,
                           const uint8_t *payload)
{
    return r->len == 0 || crc_of(payload, r->len) == r->payload_crc;
}
