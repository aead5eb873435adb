/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cursors: whatever happens to one slot, the state before stands; whatever
 * happens to both, the start goes on. Damage is done to the file's bytes.
 */
#include "deliver/cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tap.h"
#include "util/file.h"
#include "util/io.h"

#define SLOT_DISTANCE 4096 /* of the file format */
#define VERSION_OFFSET 8

static char directory[] = "/tmp/trawl-cursor-XXXXXX";
static char path[64];

static const struct cursor_state first = {.seq = 7, .counted = 7};

/* Saves in slot 0 (made), 1, 0: the newest is in slot 0. */
static struct cursor_state numbered(uint64_t n)
{
    return (struct cursor_state){
        .seq = n,
        .counted = n + 1,
        .delivered = n + 2,
        .refused = n + 3,
        .skipped = n + 4,
    };
}

static int open_it(struct cursor **ret, struct cursor_state *ret_state,
                   enum cursor_found *ret_found)
{
    struct error err = {0};
    int r =
        cursor_open(directory, "siem", &first, ret, ret_state, ret_found, &err);

    if (r < 0)
        diag("%s", err.text);
    return r;
}

static void scribble(off_t at, const void *bytes, size_t len)
{
    _cleanup_close_ int fd = open(path, O_WRONLY);

    if (pwrite(fd, bytes, len, at) != (ssize_t)len)
        diag("cannot damage %s", path);
}

/* A fresh file with states 100 (slot 1) and 200 (slot 0). */
static void make_file(void)
{
    _cleanup_(cursor_closep) struct cursor *c = NULL;
    struct cursor_state state;
    enum cursor_found found;

    unlink(path);
    if (open_it(&c, &state, &found) < 0)
        return;
    state = numbered(100);
    cursor_save(c, &state, NULL);
    state = numbered(200);
    cursor_save(c, &state, NULL);
}

static void test_new(void)
{
    _cleanup_(cursor_closep) struct cursor *c = NULL;
    struct cursor_state state;
    enum cursor_found found;
    struct stat st;

    is_int(open_it(&c, &state, &found), 0, "a cursor is made");
    is_int(found, CURSOR_NEW, "a new one is told to be new");
    is_int(state.seq, 7, "it begins where the caller says");
    ok(stat(path, &st) == 0 && st.st_size == 2 * SLOT_DISTANCE &&
           st.st_blocks * 512 >= 2 * SLOT_DISTANCE,
       "all its blocks are there from the start");
}

static void test_read(void)
{
    _cleanup_(cursor_closep) struct cursor *c = NULL;
    struct cursor_state state, want = numbered(200);
    enum cursor_found found;

    make_file();
    is_int(open_it(&c, &state, &found), 0, "it opens again");
    is_int(found, CURSOR_READ, "as one that was there");
    ok(memcmp(&state, &want, sizeof(state)) == 0, "with all that was saved");
}

static const struct damage {
    const char *what;
    off_t at;
    const char *bytes;
    size_t len;
    off_t cut; /* 0: not */
    enum cursor_found found;
    uint64_t seq;
} damages[] = {
    {"the newer slot is torn", 40, "\xff", 1, 0, CURSOR_READ, 100},
    {"the older slot is torn", SLOT_DISTANCE + 40, "\xff", 1, 0, CURSOR_READ,
     200},
    {"a version number alone is damaged", VERSION_OFFSET, "\x09", 1, 0,
     CURSOR_READ, 100},
    {"the size in a slot is absurd", 12, "\xff\xff\xff\xff", 4, 0, CURSOR_READ,
     100},
    {"the size in a slot is nothing", 12, "\0\0\0\0", 4, 0, CURSOR_READ, 100},
    {"the file is half as long", 0, NULL, 0, SLOT_DISTANCE, CURSOR_READ, 200},
    {"the file is cut within the first slot", 0, NULL, 0, 20, CURSOR_LOST, 0},
};

static void test_damage(void)
{
    for (size_t i = 0; i < ARRAY_LEN(damages); i++) {
        const struct damage *d = &damages[i];
        _cleanup_(cursor_closep) struct cursor *c = NULL;
        struct cursor_state state = {0};
        enum cursor_found found = CURSOR_NEW;

        make_file();
        if (d->len > 0)
            scribble(d->at, d->bytes, d->len);
        if (d->cut > 0 && truncate(path, d->cut) < 0)
            diag("cannot cut %s", path);
        is_int(open_it(&c, &state, &found), 0, "%s: it opens", d->what);
        is_int(found, d->found, "%s: and says so", d->what);
        is_int(state.seq, d->seq, "%s: and goes on from %llu", d->what,
               (unsigned long long)d->seq);
    }
}

static void test_both_bad(void)
{
    _cleanup_(cursor_closep) struct cursor *c = NULL, *again = NULL;
    struct cursor_state state, want = numbered(300);
    enum cursor_found found;

    make_file();
    scribble(40, "\xff", 1);
    scribble(SLOT_DISTANCE + 40, "\xff", 1);
    is_int(open_it(&c, &state, &found), 0, "two bad slots stop nobody");
    is_int(found, CURSOR_LOST, "they are told");
    is_int(state.delivered, 0, "the sums begin again");
    is_int(cursor_save(c, &want, NULL), 0, "the file serves on");
    is_int(open_it(&again, &state, &found), 0, "and opens");
    is_int(state.seq, 300, "with what was saved in it");
}

/* Every save lands, and the one before it survives a torn newest. */
static void test_alternates(void)
{
    _cleanup_(cursor_closep) struct cursor *c = NULL;
    struct cursor_state state;
    enum cursor_found found;
    bool good = true;

    unlink(path);
    open_it(&c, &state, &found);
    for (uint64_t n = 1; n <= 20; n++) {
        struct cursor *other = NULL;

        state = numbered(n);
        good = good && cursor_save(c, &state, NULL) == 0;
        if (open_it(&other, &state, &found) < 0)
            break;
        good = good && state.seq == n;
        cursor_close(other);
    }
    ok(good, "each of 20 saves is what the next start reads");
}

/* A disk that fails: half a write, then a sync, then all is well again. */
struct fault {
    enum io_op op;
    unsigned calls;
};

static int fail_call(void *userdata, struct io_call *call)
{
    struct fault *fault = userdata;

    if (call->op != fault->op)
        return 0;
    fault->calls++;
    call->len /= 2;
    return -EIO;
}

static void test_fault(enum io_op op, const char *what)
{
    _cleanup_(cursor_closep) struct cursor *c = NULL, *other = NULL;
    struct fault fault = {.op = op};
    struct io_hook hook = {.before = fail_call, .userdata = &fault};
    struct cursor_state state;
    enum cursor_found found;
    struct error err = {0};

    make_file();
    open_it(&c, &state, &found);
    state = numbered(300);
    io_set_hook(&hook);
    is_int(cursor_save(c, &state, &err), -EIO, "%s fails", what);
    io_set_hook(NULL);
    ok(fault.calls > 0 && err.text[0], "with a text: %s", err.text);
    open_it(&other, &state, &found);
    ok(state.seq == 200 || state.seq == 300, "a state is there after %s (%llu)",
       what, (unsigned long long)state.seq);
    state = numbered(400);
    is_int(cursor_save(c, &state, NULL), 0, "the next save works");
    cursor_close(TAKE(other));
    open_it(&other, &state, &found);
    is_int(state.seq, 400, "and is what the next start reads");
}

int main(void)
{
    if (!mkdtemp(directory))
        skip_all("no temporary folder");
    snprintf(path, sizeof(path), "%s/cursor-siem", directory);
    test_new();
    test_read();
    test_damage();
    test_both_bad();
    test_alternates();
    test_fault(IO_WRITE, "half a write");
    test_fault(IO_SYNC, "a sync");
    unlink(path);
    rmdir(directory);
    return done_testing();
}
