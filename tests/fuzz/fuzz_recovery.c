/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as the segment of a spool, walked by itself and then opened,
 * written to and opened again. Blind bytes would hardly get past a checksum,
 * so the input is read as a list of orders that build the file: good records
 * and headers, bytes as they are, zeros, bytes overwritten. Whatever stands in
 * it: sequences ascend, none is given twice, what was read once is read again
 * after a restart, and a segment of a newer version stays as it is. Who reads
 * beside the daemon sees what a start will find, and a repair takes no record
 * away.
 * Built with -fsanitize=fuzzer,address,undefined.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "spool/history.h"
#include "spool/repair.h"
#include "spool/segment.h"
#include "spool/segment_walk.h"
#include "spool.h"
#include "util/file.h"

#define SEGMENT (32u << 10)
#define FILES_MAX 4
#define FILE_MAX (256u << 10) /* an order of one byte can add 8 KiB */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(cond) \
    do {              \
        if (!(cond))  \
            abort();  \
    } while (0)

enum order {
    ORDER_RECORD, /* flags, step of the sequence, length */
    ORDER_HEADER, /* a good one for the next sequence */
    ORDER_BYTES,  /* so many, as they follow */
    ORDER_ZEROS,  /* eight times so many */
    ORDER_PATCH,  /* where, in 8 KiB parts and bytes; what */
    ORDER_FILE,   /* the next segment begins */
    ORDER_COUNT
};

struct build {
    const uint8_t *data;
    size_t left;
    uint64_t seq;
    uint64_t number;
    struct buffer file;
};

static char folder[] = "/dev/shm/trawl-fuzz-spool.XXXXXX";

static void path_of(const char *name, char ret[300])
{
    snprintf(ret, 300, "%s/%s", folder, name);
}

static void empty_folder(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    char path[300];

    while (dir && (entry = readdir(dir))) {
        path_of(entry->d_name, path);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    if (dir)
        closedir(dir);
}

static void remove_folder(void)
{
    empty_folder();
    rmdir(folder);
}

static void prepare_folder(void)
{
    if (folder[sizeof(folder) - 2] == 'X') {
        REQUIRE(mkdtemp(folder));
        atexit(remove_folder);
    }
    empty_folder();
}

static uint8_t take_byte(struct build *b)
{
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->data++;
}

static const void *take_bytes(struct build *b, size_t *len)
{
    const void *bytes = b->data;

    if (*len > b->left)
        *len = b->left;
    b->data += *len;
    b->left -= *len;
    return bytes;
}

static void write_file(struct build *b)
{
    char name[32], path[300];
    int fd;

    snprintf(name, sizeof(name), "%010llu.seg",
             (unsigned long long)b->number++);
    path_of(name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    REQUIRE(b->file.len == 0 ||
            write(fd, b->file.data, b->file.len) == (ssize_t)b->file.len);
    close(fd);
    buffer_clear(&b->file);
}

static void add_header(struct build *b)
{
    struct segment_header h = {.number = b->number,
                               .first_seq = b->seq,
                               .created = 1,
                               .checkpoint_len = 4,
                               .checkpoint_seq = b->seq};
    uint8_t block[SEGMENT_HEADER_SIZE];

    memcpy(h.checkpoint, "sums", 4);
    segment_format_header(&h, block);
    buffer_add(&b->file, block, sizeof(block));
}

/* Mostly ahead, sometimes up to four back. */
static uint64_t next_seq(uint64_t seq, uint8_t step)
{
    return MAX_OF(seq + step, 5u) - 4;
}

static void add_record(struct build *b)
{
    uint8_t flags = take_byte(b);
    struct segment_record r = {
        .time = 1, .type = SPOOL_EVENT, .flags = flags & 1 ? SEGMENT_BATCH : 0};
    size_t len;

    if (flags & 2)
        b->seq = next_seq(b->seq, take_byte(b));
    if (flags & 4)
        r.type = SEGMENT_SEAL;
    len = take_byte(b);
    r.data = take_bytes(b, &len);
    r.len = (uint32_t)len;
    r.seq = b->seq;
    b->seq += r.type != SEGMENT_SEAL;
    segment_add_record(&b->file, &r);
}

static void add_zeros(struct build *b)
{
    size_t len = take_byte(b) * 8u;

    memset(buffer_reserve(&b->file, len), 0, len);
    b->file.len += len;
}

static void patch(struct build *b)
{
    size_t at = take_byte(b) % 8 * SEGMENT_HEADER_SIZE + take_byte(b);
    uint8_t value = take_byte(b);

    if (at < b->file.len)
        b->file.data[at] = (char)value;
}

static void obey(struct build *b, enum order order)
{
    size_t len;

    switch (order) {
    case ORDER_RECORD:
        add_record(b);
        break;
    case ORDER_HEADER:
        add_header(b);
        break;
    case ORDER_BYTES:
        len = take_byte(b);
        buffer_add(&b->file, take_bytes(b, &len), len);
        break;
    case ORDER_ZEROS:
        add_zeros(b);
        break;
    case ORDER_PATCH:
        patch(b);
        break;
    case ORDER_FILE:
        if (b->number < FILES_MAX)
            write_file(b);
        break;
    case ORDER_COUNT:
        break;
    }
}

/* The sequences that were read, to be read again. */
struct reading {
    uint64_t first, last, count, sum;
};

static void note(struct reading *got, uint64_t seq)
{
    REQUIRE(got->count == 0 || seq > got->last);
    got->first = got->count == 0 ? seq : got->first;
    got->last = seq;
    got->count++;
    got->sum += seq * 2654435761u;
}

static void check_walk(const struct buffer *file, bool tolerant)
{
    int fd = memfd_create("segment", MFD_CLOEXEC);
    struct segment_walk walk = {0};
    struct segment_record record;
    struct reading got = {0};
    uint64_t used;

    REQUIRE(fd >= 0);
    REQUIRE(write(fd, file->data, file->len) == (ssize_t)file->len);
    segment_walk_init(&walk, fd, file->len, 0);
    walk.tolerant = tolerant;
    while (segment_walk_next(&walk, &record, NULL) > 0) {
        REQUIRE(record.data && walk.offset <= file->len);
        REQUIRE(segment_check_payload(&record, record.data));
        if (record.type != SEGMENT_SEAL)
            note(&got, record.seq);
    }
    if (segment_walk_used(&walk, &used, NULL) == 0)
        REQUIRE(used <= MAX_OF(file->len, SEGMENT_HEADER_SIZE));
    segment_walk_done(&walk);
    close(fd);
}

static struct reading read_all(struct spool *s)
{
    struct spool_reader *r = spool_reader_new(s, 1);
    struct spool_record record;
    struct reading got = {0};

    while (spool_reader_next(r, &record, NULL) > 0)
        note(&got, record.seq);
    REQUIRE(got.last <= spool_durable(s));
    spool_reader_free(r);
    return got;
}

static int open_spool(struct spool **ret, struct spool_recovery *recovery)
{
    struct spool_options options = {.directory = folder,
                                    .max_size = 8 * FILES_MAX * FILE_MAX,
                                    .keep = USEC_PER_DAY,
                                    .segment_size = SEGMENT};
    struct error err = {""};
    int r = spool_open(&options, ret, recovery, &err);

    REQUIRE(r == 0 || err.text[0]);
    return r;
}

static void append_one(struct spool *s)
{
    struct pollfd wait = {.fd = spool_fd(s), .events = POLLIN};
    uint8_t id[SPOOL_ID_LEN] = {0};
    uint64_t before = spool_appended(s), seq;

    seq = spool_append(s, SPOOL_EVENT, 2, id, "appended", 8);
    REQUIRE(seq == before + 1);
    spool_flush(s);
    while (spool_durable(s) < seq) {
        poll(&wait, 1, -1);
        spool_acknowledge(s);
    }
}

/* What there is for one who reads only. */
static struct reading read_history(void)
{
    struct history *h;
    struct spool_record record;
    struct reading got = {0};

    REQUIRE(history_open(folder, &h, NULL) == 0);
    while (history_next(h, &record, NULL) > 0)
        note(&got, record.seq);
    history_free(h);
    return got;
}

/* Repairs if there is anything to: all that could be read still can. */
static void check_repair(void)
{
    struct reading before = read_history(), after;
    struct inspect in;
    struct repair plan;
    struct error err = {""};

    REQUIRE(inspect_run(folder, &in, &err) == 0);
    REQUIRE(repair_plan(folder, &in, &plan, &err) == 0);
    for (size_t i = 0; i < plan.count; i++)
        REQUIRE(repair_apply(folder, &plan.steps[i], &err) == 0);
    repair_done(&plan);
    inspect_done(&in);
    after = read_history();
    REQUIRE(after.count == before.count && after.sum == before.sum);
}

/* Twice: what the first start made of it must stand at the second. */
static void check_spool(void)
{
    struct spool_recovery recovery;
    struct reading before, after;
    struct spool *s;

    if (open_spool(&s, &recovery) < 0)
        return;
    before = read_all(s);
    REQUIRE(before.last <= recovery.last_seq);
    append_one(s);
    spool_close(s);
    buffer_done(&recovery.checkpoint);
    REQUIRE(open_spool(&s, &recovery) == 0);
    REQUIRE(recovery.torn_bytes == 0);
    after = read_all(s);
    REQUIRE(after.count == before.count + 1);
    REQUIRE(after.sum - after.last * 2654435761u == before.sum);
    spool_close(s);
    buffer_done(&recovery.checkpoint);
}

static void read_first(struct buffer *ret)
{
    char path[300];

    path_of("0000000001.seg", path);
    REQUIRE(file_read(path, SIZE_MAX / 2, ret, NULL) == 0);
}

/* True if the first segment is one to keep the hands off, which they were. */
static bool check_newer(void)
{
    _cleanup_(buffer_done) struct buffer before = {0};
    _cleanup_(buffer_done) struct buffer after = {0};
    struct segment_header header;
    struct spool_recovery recovery;
    enum segment_kind kind;
    struct spool *s;

    read_first(&before);
    kind =
        segment_parse_header((const uint8_t *)before.data, before.len, &header);
    if (kind != SEGMENT_NEWER && kind != SEGMENT_SWAPPED)
        return false;
    REQUIRE(open_spool(&s, &recovery) == -EPROTONOSUPPORT);
    read_first(&after);
    REQUIRE(after.len == before.len);
    REQUIRE(memcmp(after.data, before.data, before.len) == 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct build b = {data, size, 1, 1, {0}};

    prepare_folder();
    while (b.left > 0 && b.file.len < FILE_MAX)
        obey(&b, take_byte(&b) % ORDER_COUNT);
    check_walk(&b.file, size % 2);
    write_file(&b);
    if (!check_newer()) {
        check_repair();
        check_spool();
    }
    buffer_done(&b.file);
    return 0;
}
