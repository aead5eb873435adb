/* SPDX-License-Identifier: Apache-2.0 */
/* Two slots in a preallocated file; see cursor.h. */
#include "deliver/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "util/alloc.h"
#include "util/crash.h"
#include "util/file.h"
#include "util/io.h"

#define SLOT_DISTANCE                                      \
    4096 /* no write of one slot touches the other's block \
          */

/* In the machine's byte order, like the spool that it belongs to. */
struct slot {
    char magic[8];
    uint32_t version;
    uint32_t size;
    uint64_t generation;
    struct cursor_state state;
    uint32_t zero;
    uint32_t crc; /* of everything before it */
};

struct cursor {
    int fd;
    char *path;
    uint64_t generation;
};

static const char slot_magic[8] = "TRAWLCUR";

static uint32_t slot_crc(const struct slot *slot)
{
    return (uint32_t)crc32(0, (const void *)slot, offsetof(struct slot, crc));
}

static struct slot make_slot(uint64_t generation,
                             const struct cursor_state *state)
{
    struct slot slot = {
        .version = CURSOR_VERSION,
        .size = sizeof(slot),
        .generation = generation,
        .state = *state,
    };

    memcpy(slot.magic, slot_magic, sizeof(slot_magic));
    slot.crc = slot_crc(&slot);
    return slot;
}

/* Writes the whole file: slot 0 filled, slot 1 empty. */
static int make_file(struct cursor *c, const struct cursor_state *state,
                     struct error *err)
{
    char bytes[2 * SLOT_DISTANCE] = {0};
    struct slot slot = make_slot(2, state);
    int r;

    memcpy(bytes, &slot, sizeof(slot));
    r = file_write(c->path, bytes, sizeof(bytes), 0640, err);
    if (r < 0)
        return r;
    if (c->fd >= 0)
        close(c->fd);
    c->fd = io_open(c->path, O_RDWR, 0);
    if (c->fd < 0)
        return error_set(err, c->fd, "cannot open %s: %s", c->path,
                         strerror(-c->fd));
    c->generation = 2;
    return 0;
}

/*
 * Whether the bytes are a whole slot, of whatever version: each tells its own
 * size, and its last four bytes are the checksum.
 */
static bool is_whole(const char *bytes, ssize_t n, struct slot *ret)
{
    uint32_t crc;

    if (n < (ssize_t)sizeof(*ret))
        return false;
    memcpy(ret, bytes, sizeof(*ret));
    if (memcmp(ret->magic, slot_magic, sizeof(slot_magic)) != 0 ||
        ret->size < sizeof(*ret) || ret->size > (size_t)n)
        return false;
    memcpy(&crc, bytes + ret->size - sizeof(crc), sizeof(crc));
    return crc ==
           crc32(0, (const void *)bytes, ret->size - (uint32_t)sizeof(crc));
}

/* Reads both slots and keeps the newest whole one: 1 if there was one. */
static int read_slots(struct cursor *c, struct cursor_state *ret,
                      struct error *err)
{
    char bytes[SLOT_DISTANCE];
    struct slot slot;
    int found = 0;

    for (int i = 0; i < 2; i++) {
        ssize_t n =
            io_read(c->fd, bytes, sizeof(bytes), (uint64_t)i * SLOT_DISTANCE);

        if (n < 0)
            return error_set(err, (int)n, "cannot read %s: %s", c->path,
                             strerror((int)-n));
        if (!is_whole(bytes, n, &slot) || slot.generation <= c->generation)
            continue;
        if (slot.version != CURSOR_VERSION)
            return error_set(err, -EPROTONOSUPPORT,
                             "%s has format %u, this program knows %d: start "
                             "the newer program, or remove the file to send "
                             "the history again",
                             c->path, slot.version, CURSOR_VERSION);
        c->generation = slot.generation;
        *ret = slot.state;
        found = 1;
    }
    return found;
}

static int open_slots(struct cursor *c, const struct cursor_state *initial,
                      struct cursor_state *ret_state,
                      enum cursor_found *ret_found, struct error *err)
{
    int r;

    c->fd = io_open(c->path, O_RDWR, 0);
    if (c->fd < 0 && c->fd != -ENOENT)
        return error_set(err, c->fd, "cannot open %s: %s", c->path,
                         strerror(-c->fd));
    *ret_state = *initial;
    *ret_found = CURSOR_NEW;
    if (c->fd < 0)
        return make_file(c, ret_state, err);
    r = read_slots(c, ret_state, err);
    if (r < 0)
        return r;
    *ret_found = r > 0 ? CURSOR_READ : CURSOR_LOST;
    if (r > 0)
        return 0;
    *ret_state = (struct cursor_state){0};
    return make_file(c, ret_state, err);
}

int cursor_open(const char *directory, const char *name,
                const struct cursor_state *initial, struct cursor **ret,
                struct cursor_state *ret_state, enum cursor_found *ret_found,
                struct error *err)
{
    _cleanup_(cursor_closep) struct cursor *c = XNEW(struct cursor);
    int r;

    c->fd = -1;
    c->path = xasprintf("%s/cursor-%s", directory, name);
    r = open_slots(c, initial, ret_state, ret_found, err);
    if (r < 0)
        return r;
    *ret = TAKE(c);
    return 0;
}

int cursor_look(const char *directory, const char *name,
                struct cursor_state *ret_state, enum cursor_found *ret_found,
                struct error *err)
{
    _cleanup_(cursor_closep) struct cursor *c = XNEW(struct cursor);
    int r;

    c->path = xasprintf("%s/cursor-%s", directory, name);
    c->fd = io_open(c->path, O_RDONLY, 0);
    if (c->fd < 0)
        return error_set(err, c->fd, "cannot open %s: %s", c->path,
                         strerror(-c->fd));
    r = read_slots(c, ret_state, err);
    *ret_found = r > 0 ? CURSOR_READ : CURSOR_LOST;
    return r < 0 ? r : 0;
}

int cursor_save(struct cursor *c, const struct cursor_state *state,
                struct error *err)
{
    struct slot slot = make_slot(c->generation + 1, state);
    uint64_t at = slot.generation % 2 * SLOT_DISTANCE;
    /* A write that fails midway breaks this slot; the other one is whole. */
    int r = io_write(c->fd, &slot, sizeof(slot), at);

    crash_point("cursor-written");
    if (r == 0)
        r = io_sync(c->fd);
    if (r < 0)
        return error_set(err, r, "cannot save %s: %s", c->path, strerror(-r));
    c->generation = slot.generation;
    return 0;
}

void cursor_close(struct cursor *c)
{
    if (!c)
        return;
    if (c->fd >= 0)
        close(c->fd);
    free(c->path);
    free(c);
}
