/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The append-only log on disk that everything is delivered from. It knows
 * records (sequence, time, id, bytes), not events.
 *
 * Files NNNNNNNNNN.seg of SPOOL_SEGMENT_SIZE in one folder, preallocated, each
 * with a versioned header and records of length, type, sequence, time, id and
 * CRC-32. One thread (the loop) appends; the committer writes and syncs; any
 * number of threads read up to the published end. A start always opens a new
 * segment, so only the last one needs a scan.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/buffer.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/macro.h"

#define SPOOL_SEGMENT_SIZE (64u << 20)
#define SPOOL_RECORD_MAX (20u << 20) /* the largest body and its fields */
#define SPOOL_ID_LEN 16

enum spool_record_type {
    SPOOL_EVENT = 1, /* a table of fields (event.h) */
};

struct spool_record {
    uint64_t seq;
    usec_t time; /* real, of the append */
    enum spool_record_type type;
    uint8_t id[SPOOL_ID_LEN];
    const void *data; /* until the next call on the reader */
    size_t len;
};

struct spool_options {
    const char *directory;
    uint64_t max_size;     /* bytes of all segments */
    usec_t keep;           /* history stays this long after delivery */
    uint64_t segment_size; /* SPOOL_SEGMENT_SIZE; smaller in tests */
    /*
     * Asked on the appending thread for bytes to put into the header of the
     * segment that begins with record `seq` (at most 4 KiB): the sums of all
     * records before it. May be NULL.
     */
    void (*checkpoint)(void *userdata, uint64_t seq, struct buffer *out);
    void *userdata;
};

/* What recovery found, for the log and for Trawl's own events. */
struct spool_recovery {
    uint64_t first_seq;       /* oldest record there is; 0 if none */
    uint64_t last_seq;        /* newest; the next append gets the one after */
    uint64_t torn_bytes;      /* cut off the tail */
    uint64_t bad_records;     /* skipped in the middle */
    struct buffer checkpoint; /* of the last segment's header; may be empty */
    uint64_t checkpoint_seq;  /* it covers all records before this one */
};

enum spool_state {
    SPOOL_OK,
    SPOOL_FULL, /* no room: push back */
    SPOOL_SICK, /* a write or sync failed and has not worked again yet */
};

struct spool;
struct spool_reader;

/*
 * Opens the folder (made if missing), recovers what is there, starts the
 * committer. -EPROTONOSUPPORT for a format newer than this program: nothing
 * was touched. Recovery is filled in; its buffer is the caller's.
 */
int spool_open(const struct spool_options *options, struct spool **ret,
               struct spool_recovery *ret_recovery, struct error *err);

/* Waits until all that was appended is durable (or sick), stops, frees. */
void spool_close(struct spool *s);

/* Whether requests may be taken: to be asked before any stage sees one. */
enum spool_state spool_state(struct spool *s);

/*
 * Appends a record for the next batch and returns its sequence: the ticket to
 * wait for with spool_durable(). Never fails: room is what spool_state() said.
 */
uint64_t spool_append(struct spool *s, enum spool_record_type type, usec_t time,
                      const uint8_t id[SPOOL_ID_LEN], const void *data,
                      size_t len);

/* Hands what was appended to the committer; once per turn of the loop. */
void spool_flush(struct spool *s);

/* All records up to this sequence are on stable storage. */
uint64_t spool_durable(struct spool *s);

/* The last sequence appended. */
uint64_t spool_appended(struct spool *s);

/* Bytes of all records appended since the start. The appending thread only. */
uint64_t spool_added(struct spool *s);

/*
 * A descriptor (eventfd) that becomes readable when spool_durable() or
 * spool_state() changed; the loop reads it empty with spool_acknowledge().
 */
int spool_fd(struct spool *s);
void spool_acknowledge(struct spool *s);

/* The text of the last write or sync error, "" if none. */
void spool_trouble(struct spool *s, struct error *ret);

/*
 * Everything before `seq` is delivered (the least of all cursors): segments
 * wholly before it and older than `keep`, or needed for room, may go.
 */
void spool_release(struct spool *s, uint64_t seq);

/* Bytes that the segments occupy, and the number of segments. */
uint64_t spool_size(struct spool *s, size_t *ret_segments);

/* The oldest sequence that is still there; 0 if there is none. */
uint64_t spool_oldest(struct spool *s);

/*
 * The first sequence of the segment that may hold what was appended at `time`
 * (real), and since when there are records; 0 if there are none.
 */
uint64_t spool_since(struct spool *s, usec_t time, usec_t *ret_oldest);

/* Adopts new limits (a reload); fewer than three segments count as three. */
void spool_set_limits(struct spool *s, uint64_t max_size, usec_t keep);

/* Bytes of others (the quarantine) that count against max_size as well. */
void spool_set_extra(struct spool *s, uint64_t bytes);

/*
 * Since when (monotonic) the committer has been at one batch; 0 if it waits.
 * For the watchdog: waiting for room or for a sick disk is no standstill.
 */
usec_t spool_busy_since(struct spool *s);

/*
 * A reader that begins at record `seq` (or the next one there is). Of one
 * thread; several readers do not disturb each other.
 */
struct spool_reader *spool_reader_new(struct spool *s, uint64_t seq);
void spool_reader_free(struct spool_reader *r);

/*
 * The next durable record: 1 and the record, 0 if there is none yet, negative
 * on a read error (with text; call again later). Bad records are skipped and
 * counted.
 */
int spool_reader_next(struct spool_reader *r, struct spool_record *ret,
                      struct error *err);

/* Records that this reader had to skip because they were unreadable. */
uint64_t spool_reader_skipped(const struct spool_reader *r);

/*
 * A descriptor (eventfd) of this reader that becomes readable when there may
 * be something new; spool_reader_next() reads it empty when it returns 0.
 */
int spool_reader_fd(const struct spool_reader *r);
