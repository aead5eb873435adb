/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The format of a spool segment as bytes, without any I/O: a header block and
 * records behind each other, 8-byte aligned; zeros are room not yet used. In
 * the byte order of the machine, with a mark that tells.
 *
 * Header and payload of a record have a checksum each: where only the payload
 * is broken the length can still be believed, and the next record is found
 * without looking into bytes that a BMC chose.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/clock.h"

#define SEGMENT_VERSION 1u
#define SEGMENT_HEADER_SIZE 8192u
#define SEGMENT_CHECKPOINT_MAX 7168u
#define SEGMENT_RECORD_HEADER 56u
#define SEGMENT_MAGIC 0x6c774172u /* begins every record */
#define SEGMENT_UUID_LEN 16u

/* Everything before this record was durable when it was written. */
#define SEGMENT_BATCH 1u

/* Record type: the end of a cleanly closed segment; it uses up no sequence. */
#define SEGMENT_SEAL 0xffffu

struct segment_header {
    uint64_t number;
    uint64_t first_seq;
    usec_t created;
    uint8_t uuid[SEGMENT_UUID_LEN]; /* of the spool */
    uint64_t checkpoint_seq; /* the checkpoint covers records before this */
    size_t checkpoint_len;
    uint8_t checkpoint[SEGMENT_CHECKPOINT_MAX];
};

enum segment_kind {
    SEGMENT_VALID,
    SEGMENT_BLANK,   /* all zero: prepared and not used yet */
    SEGMENT_BROKEN,  /* not to be believed; its records may still be good */
    SEGMENT_NEWER,   /* of a later program */
    SEGMENT_SWAPPED, /* of a machine of the other byte order */
};

void segment_format_header(const struct segment_header *h,
                           uint8_t ret[SEGMENT_HEADER_SIZE]);

/* Fills `ret` only when it returns SEGMENT_VALID. */
enum segment_kind segment_parse_header(const uint8_t *data, size_t len,
                                       struct segment_header *ret);

struct segment_record {
    uint64_t seq;
    usec_t time;
    uint8_t id[16];
    uint16_t type;
    uint16_t flags;
    uint32_t len;
    uint32_t payload_crc; /* filled in by parsing */
    const void *data;
};

/* Bytes that a record with a payload of `len` occupies. */
uint64_t segment_record_size(uint64_t len);

void segment_add_record(struct buffer *out, const struct segment_record *r);

/*
 * Reads SEGMENT_RECORD_HEADER bytes; false if no good header stands there or
 * its length is above the limit. `ret->data` is left NULL.
 */
bool segment_parse_record(const uint8_t *data, struct segment_record *ret);

/* Whether the `len` bytes of payload are those that were written. */
bool segment_check_payload(const struct segment_record *r,
                           const uint8_t *payload);
