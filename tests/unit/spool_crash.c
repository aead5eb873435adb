/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power cuts at random moments, on one spool again and again: at each cut a
 * random part of the sectors written since their file's last sync gets its
 * old contents back, new files whose folder was not synced may be gone, and
 * removed ones may be back. Whatever the spool called durable must be there.
 *
 * The seed is fixed; TRAWL_TEST_SEED gives another one, TRAWL_TEST_RUNS more
 * or fewer cuts.
 */
#include <errno.h>
#include <pthread.h>

#include "spool_fixture.h"
#include "util/alloc.h"
#include "util/io.h"

#define SECTOR 512
#define PATHS_MAX 64

/* What a range held before a write that is not synced. */
struct undo {
    struct undo *next; /* older */
    int fd;
    ino_t inode;
    bool doomed; /* a sync of it failed: no later one saves it */
    uint64_t offset;
    size_t len;
    uint8_t *old;
};

struct disk {
    struct io_hook hook;
    pthread_mutex_t lock;
    uint32_t random;
    long calls_left; /* until the power fails */
    bool dead;
    bool faulty; /* now and then a write or sync fails */
    struct undo *undo;
    char *created[PATHS_MAX]; /* since the folder's last sync */
    size_t created_count;
    char *removed[PATHS_MAX];
    size_t removed_count;
};

static uint32_t draw(uint32_t *random)
{
    *random = *random * 1664525 + 1013904223;
    return *random >> 8;
}

static ino_t inode_of(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void remember(struct disk *d, int fd, uint64_t offset, size_t len)
{
    struct undo *u = XNEW(struct undo);
    ssize_t n;

    u->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    u->inode = inode_of(fd);
    u->offset = offset;
    u->old = xcalloc(1, len + 1);
    n = pread(fd, u->old, len, (off_t)offset);
    u->len = n > 0 ? (size_t)n : 0;
    u->next = d->undo;
    d->undo = u;
}

static void free_undo(struct undo *u)
{
    close(u->fd);
    free(u->old);
    free(u);
}

static void forget_file(struct disk *d, ino_t inode)
{
    struct undo **p = &d->undo, *u;

    while ((u = *p))
        if (u->inode == inode && !u->doomed) {
            *p = u->next;
            free_undo(u);
        } else {
            p = &u->next;
        }
}

static char *ghost_of(const char *path)
{
    return xasprintf("%s.ghost", path);
}

static void note_path(char **paths, size_t *count, const char *path)
{
    if (*count == PATHS_MAX)
        abort();
    paths[(*count)++] = xstrdup(path);
}

static void note_removed(struct disk *d, const char *path)
{
    _cleanup_free_ char *ghost = ghost_of(path);

    if (link(path, ghost) == 0)
        note_path(d->removed, &d->removed_count, path);
}

static void forget_paths(struct disk *d)
{
    while (d->created_count > 0)
        free(d->created[--d->created_count]);
    while (d->removed_count > 0) {
        _cleanup_free_ char *path = d->removed[--d->removed_count];
        _cleanup_free_ char *ghost = ghost_of(path);

        unlink(ghost);
    }
}

/* The disk does what it is told; what it must do for good is noted. */
static void note_call(struct disk *d, struct io_call *call)
{
    switch (call->op) {
    case IO_OPEN:
        if (call->flags & O_EXCL)
            note_path(d->created, &d->created_count, call->path);
        break;
    case IO_WRITE:
        remember(d, call->fd, call->offset, call->len);
        break;
    case IO_TRUNCATE:
        remember(d, call->fd, call->offset, FIXTURE_SEGMENT);
        break;
    case IO_SYNC:
        forget_file(d, inode_of(call->fd));
        break;
    case IO_SYNC_DIRECTORY:
        forget_paths(d);
        break;
    case IO_UNLINK:
        note_removed(d, call->path);
        break;
    case IO_READ:
    case IO_ALLOCATE:
    case IO_OP_END:
        break;
    }
}

static int fail_call(struct disk *d, struct io_call *call)
{
    if (call->op == IO_WRITE) {
        call->len = d->dead ? 0 : draw(&d->random) % (call->len + 1);
        remember(d, call->fd, call->offset, call->len);
    }
    if (call->op == IO_SYNC)
        for (struct undo *u = d->undo; u; u = u->next)
            u->doomed |= u->inode == inode_of(call->fd);
    return -EIO;
}

static int on_call(void *userdata, struct io_call *call)
{
    struct disk *d = userdata;
    bool fails;
    int r = 0;

    if (call->op == IO_READ)
        return 0;
    pthread_mutex_lock(&d->lock);
    fails = d->dead || --d->calls_left <= 0 ||
            (d->faulty && draw(&d->random) % 10 == 0 &&
             (call->op == IO_WRITE || call->op == IO_SYNC));
    if (fails)
        r = fail_call(d, call);
    else
        note_call(d, call);
    d->dead |= d->calls_left <= 0;
    pthread_mutex_unlock(&d->lock);
    return r;
}

static void take_back(struct disk *d, const struct undo *u)
{
    size_t n;

    for (size_t at = 0; at < u->len; at += n) {
        n = MIN_OF(SECTOR - (u->offset + at) % SECTOR, u->len - at);
        if (draw(&d->random) % 2 &&
            pwrite(u->fd, u->old + at, n, (off_t)(u->offset + at)) < 0)
            abort();
    }
}

static void lose_power(struct disk *d)
{
    struct undo *u;

    io_set_hook(NULL);
    while ((u = d->undo)) {
        d->undo = u->next;
        take_back(d, u);
        free_undo(u);
    }
    for (size_t i = 0; i < d->created_count; i++)
        if (draw(&d->random) % 2)
            unlink(d->created[i]);
    for (size_t i = 0; i < d->removed_count; i++) {
        _cleanup_free_ char *ghost = ghost_of(d->removed[i]);

        if (draw(&d->random) % 2)
            rename(ghost, d->removed[i]);
    }
    forget_paths(d);
}

static bool is_dead(struct disk *d)
{
    bool dead;

    pthread_mutex_lock(&d->lock);
    dead = d->dead;
    pthread_mutex_unlock(&d->lock);
    return dead;
}

/* What the spool has promised so far. */
struct promise {
    uint64_t durable;
    uint64_t released;
    uint32_t random; /* of the thread that appends */
};

static void work_until_dead(struct disk *d, struct fixture *f,
                            struct promise *p)
{
    uint64_t durable;

    while (!is_dead(d)) {
        for (uint32_t n = 1 + draw(&p->random) % 30; n > 0; n--)
            fixture_append(f);
        spool_flush(f->s);
        while (spool_durable(f->s) < spool_appended(f->s) && !is_dead(d))
            fixture_wait(f);
        durable = spool_durable(f->s);
        if (durable > p->durable && !is_dead(d))
            p->durable = durable;
        if (draw(&p->random) % 4 == 0 && !is_dead(d)) {
            p->released = MAX_OF(p->released, durable / 2 + 1);
            spool_release(f->s, p->released);
        }
    }
}

static void run_once(struct disk *d, struct fixture *f, struct promise *p)
{
    int r;

    d->calls_left = 1 + draw(&d->random) % 150;
    d->dead = false;
    d->faulty = false;
    io_set_hook(&d->hook);
    r = fixture_open(f);
    if (r == 0) {
        pthread_mutex_lock(&d->lock);
        d->faulty = draw(&d->random) % 3 == 0;
        pthread_mutex_unlock(&d->lock);
        work_until_dead(d, f, p);
        fixture_close(f);
    } else if (!is_dead(d)) {
        diag("open: %s", f->err.text);
    }
    lose_power(d);
}

static bool is_kept(struct fixture *f, const struct promise *p)
{
    uint64_t from = MAX_OF(p->released, 1u);
    bool good;

    if (fixture_open(f) < 0) {
        diag("open: %s", f->err.text);
        return false;
    }
    good = f->recovery.last_seq >= p->durable && f->recovery.bad_records == 0 &&
           (from > f->recovery.last_seq ||
            fixture_has(f->s, from, f->recovery.last_seq));
    if (!good)
        diag("durable %" PRIu64 ", released %" PRIu64 ", found %" PRIu64
             ", bad %" PRIu64,
             p->durable, p->released, f->recovery.last_seq,
             f->recovery.bad_records);
    fixture_close(f);
    return good;
}

static long number(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text ? strtol(text, NULL, 10) : otherwise;
}

int main(void)
{
    static struct disk d;
    struct promise promise = {0};
    struct fixture f;
    long runs = number("TRAWL_TEST_RUNS", 200);
    bool good = true;

    fixture_init(&f);
    f.options.keep = 0;
    d.hook = (struct io_hook){on_call, &d};
    pthread_mutex_init(&d.lock, NULL);
    d.random = promise.random = (uint32_t)number("TRAWL_TEST_SEED", 1);
    for (long i = 0; i < runs && good; i++) {
        run_once(&d, &f, &promise);
        good = is_kept(&f, &promise);
        if (!good)
            diag("after power cut %ld", i + 1);
    }
    ok(good, "%ld power cuts: all that was durable is there, once, in order",
       runs);
    ok(promise.durable > 500, "%d records had become durable",
       (int)promise.durable);
    fixture_done(&f);
    return done_testing();
}
